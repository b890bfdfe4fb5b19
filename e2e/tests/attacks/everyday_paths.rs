//! Paths that people meet every day, and what resembles them and is meant to get past a rule.

use std::collections::BTreeSet;

use serde_json::json;
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::stage::{Stage, StageOptions};

/// As their programs and pages send them.
const EVERYDAY: &[&str] = &[
    // RabbitMQ's management: the virtual host `/`.
    "/api/queues/%2F/q",
    "/api/exchanges/%2f/amq.direct/bindings/source",
    // Argo CD.
    "/api/v1/repositories/https%3A%2F%2Fgithub.com%2Fa%2Fb",
    "/api/v1/repositories/https%3A%2F%2Fgithub.com%2Fa%2Fb.git/apps?revision=HEAD",
    // npm's registry, and Verdaccio's page of a package.
    "/@scope%2fname",
    "/-/package/@scope%2Fname/dist-tags",
    // GitLab.
    "/api/v4/projects/a%2Fb/repository/files/src%2Fmain.rs/raw?ref=main",
    "/api/v4/projects/a%2Fb/repository/branches/feature%2Fx%23y",
    // Grafana.
    "/api/datasources/proxy/uid/x/api/v1/label/__name__/values?start=1",
    "/api/plugins/a%2Fb/resources//health",
    // Jenkins, and what runs in a servlet container.
    "/job/a;param/1/console",
    "/job/folder/job/branch%2Fname/lastBuild/",
    "/login;jsessionid=0123",
    // Wikis.
    "/wiki/What%3F",
    "/wiki/C%23",
    "/wiki/AC/DC%5C",
];

#[tokio::test]
async fn everyday_paths_arrive_as_they_were_sent_on_a_host_with_path_rules() {
    let stage = Stage::start().await;
    let mut bob = stage.signed_in("bob").await;
    for path in EVERYDAY {
        let response = bob.page(path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.summary());
        let reached = stage.reached().last().unwrap().path.clone();
        assert!(
            path.starts_with(&reached) && path[reached.len()..].trim_start_matches('?').len() < 20,
            "{reached}"
        );
    }
    let stranger = stage.visitor().page(EVERYDAY[0]).await;
    assert_eq!(stranger.status, 302, "{}", stranger.summary());
}

/// Bob is not in finance. Whatever any of the programs takes for its restricted places, he does not reach.
#[tokio::test]
async fn what_any_software_reads_as_a_restricted_path_is_not_reached_without_the_group() {
    let stored = include_str!("../../../filter/tests/readings/software.tsv");
    let is_restricted = |reading: &str| {
        let lower = reading.to_ascii_lowercase();
        lower == "/finance"
            || lower.starts_with("/finance/")
            || ["/exact", "/exact/", "/report.json"].contains(&&*lower)
    };
    let rules = json!([
        {"match": {"paths": ["/exact", "/report", "/finance/*"]}, "require": {"groups": ["finance"]}},
    ]);
    let rows: Vec<Vec<&str>> =
        stored.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
    let dangerous: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row[1..].iter().any(|reading| is_restricted(reading)))
        .map(|row| row[0])
        .collect();
    assert!(dangerous.len() > 100, "{}", dangerous.len());
    for software in [Software::Node, Software::Flask] {
        let server = Server::start(software).await;
        let (config, application) = (json!({"access": rules}), Some(server.address()));
        let stage = Stage::with(StageOptions { config, application, ..StageOptions::default() }).await;
        let (mut bob, mut alice) = (stage.signed_in("bob").await, stage.signed_in("alice").await);
        for path in &dangerous {
            let response = bob.page(path).await;
            assert!(matches!(response.status, 400 | 403), "{software:?} {path}: {}", response.summary());
        }
        assert_eq!(alice.page("//a/finance%2fx").await.status, 200);
        assert_eq!(bob.page("//a/b%2fx").await.status, 200);
    }
}
