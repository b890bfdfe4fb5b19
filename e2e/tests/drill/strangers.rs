//! What a stranger would try with what operators read: fill the disk, write lines of their own, make series, look like
//! another request.

use std::collections::BTreeSet;
use std::time::Duration;

use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::process::until_within;
use vestibule_e2e::stage::Stage;

#[tokio::test]
async fn a_crowd_of_refusals_does_not_fill_the_log() {
    let stage = Stage::start().await;
    let lines = || {
        let log = stage.envoy.filter_log();
        log.into_iter().filter(|line| line.contains("reason=path_invalid")).collect::<Vec<_>>()
    };
    for _ in 0..300 {
        assert_eq!(stage.visitor().fetch("/a%00b").await.status, 400);
    }
    // What was left out is said.
    assert!(eventually(|| lines().iter().any(|line| line.contains(" left_out="))).await, "{:#?}", lines());
    let count = lines().len();
    assert!(count < 200, "{count} lines");
    // All are counted, written or not.
    let counted = [("outcome", "refused"), ("reason", "path_invalid")];
    let all = async || stage.envoy.metric("vestibule_decisions_total", &counted).await >= 300.0;
    until_within(Duration::from_secs(5), all, || "not all are counted".to_owned()).await;
    let left_out = stage.envoy.metric("vestibule_log_lines_left_out_total", &[]).await;
    assert!(left_out > 50.0, "{left_out}");
}

#[tokio::test]
async fn nothing_of_a_request_makes_a_series_a_line_or_a_detail() {
    let stage = Stage::start().await;
    let series = async || {
        let samples = stage.envoy.samples().await;
        let name = |sample: &vestibule_e2e::envoy::Sample| format!("{}{:?}", sample.name, sample.labels);
        samples.of_the_filter().map(name).collect::<BTreeSet<_>>()
    };
    let before = series().await;
    assert!(before.len() > 100, "{}", before.len());
    for target in [
        "/%0Areason=signed_in%20status=200",
        "/a%00b%22%20reason=x",
        "/a%0a{access[9]}",
        "/;.;reason=.=evil;.;vestibule_decisions_total",
        "/oauth2/callback?state=x&error=evil&error_description=vestibule:+reason=signed_in",
        "/oauth2/auth?allowed_evil=reason",
        "/oauth2/evil{access[9]}",
    ] {
        for method in ["GET", "POST", "get", "EVIL{x}"] {
            let request = Request::new(method, target)
                .header("accept", "text/html")
                .header("x-request-id", "x reason=signed_in")
                .header("user-agent", "x reason=evil status=200");
            let _ = stage.visitor().send(request).await;
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(series().await, before);
    for line in stage.envoy.filter_log() {
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && line.len() < 1500, "{line:?}");
        assert!(!line.contains("reason=signed_in") && !line.contains("reason=evil"), "{line:?}");
    }
    let of_details = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_{}[],.".contains(c);
    let log = stage.envoy.access_log().await;
    let details: Vec<&str> = log.split(' ').filter(|word| word.starts_with("vestibule_")).collect();
    assert!(details.len() > 10, "{details:?}");
    assert!(details.iter().all(|word| word.chars().all(of_details)), "{details:?}");
}
