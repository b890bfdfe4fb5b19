//! A path that servers read in several ways is asked about in all of them.

use serde_json::{Value, json};
use vestibule::engine::Step;
use vestibule::page::Reason;

use crate::world::*;

fn status_of(world: &mut World, path: &str) -> (u16, Option<Reason>) {
    answer(world, page(path))
}

fn answer(world: &mut World, headers: Vec<(&'static str, String)>) -> (u16, Option<Reason>) {
    match world.send(headers) {
        Step::Forward(..) => (200, None),
        Step::Reply(reply, _) => (reply.status(), Some(reply.reason)),
        other => panic!("{other:?}"),
    }
}

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/open/*", "/healthz"]}, "allow": "public"},
        {"match": {"paths": ["/home/*"]}, "allow": "optional"},
        {"match": {"paths": ["/closed/*"]}, "allow": "none"},
        {"match": {"paths": ["/staff/*"]}, "require": {"groups": ["staff"]}},
        {"match": {"paths": ["/legal/*"]}, "require": {"groups": ["legal"]}, "unauthenticated": "status"},
        {"match": {"paths": ["/app/*"]}, "unauthenticated": "redirect"},
    ]})
}

/// RabbitMQ, Argo CD, npm, GitLab, Grafana, Jenkins, Matrix and others.
#[test]
fn everyday_paths_pass_on_a_host_with_path_rules() {
    let mut alice = World::signed_in(&rules());
    for path in [
        "/api/queues/%2F/q",
        "/api/exchanges/%2f/amq.direct/bindings/source",
        "/api/v1/repositories/https%3A%2F%2Fgithub.com%2Fa%2Fb",
        "/@scope%2fname",
        "/api/v4/projects/a%2Fb/repository/files/src%2Fmain.rs/raw?ref=main",
        "/api/datasources/proxy/uid/x/api/v1/label/%2Fmetrics/values",
        "/job/a;param/1/console",
        "/job/folder%2Fjob/lastBuild",
        "/login;jsessionid=0123",
        "/wiki/What%3F",
        "/wiki/C%23",
        "/search/100%2525",
        "/a//b",
        "/a%5Cb",
        "/odata/Products(1);v=2/Name",
    ] {
        assert_eq!(status_of(&mut alice, path), (200, None), "{path}");
    }
}

#[test]
fn no_reading_opens_a_path_and_a_closed_one_is_not_entered_by_another() {
    for mut world in [World::ready(&rules()), World::signed_in(&rules())] {
        let is_in = status_of(&mut world, "/x").0 == 200;
        // What opens is to the letter, in one reading.
        for path in
            ["/open/a%2fb", "/open//a", "/healthz;x", "//a/healthz", "/home/a;b", "/x%2f%2e%2fhealthz"]
        {
            assert_eq!(status_of(&mut world, path).0, if is_in { 200 } else { 302 }, "{path}");
        }
        // Closed to everyone in one reading, and not in another: no answer is right.
        for path in ["/closed%2fx", "//a/closed/x", "/closed;x", "/clos%2565d/x", "/closed%3fx"] {
            assert_eq!(status_of(&mut world, path), (400, Some(Reason::PathAmbiguous)), "{path}");
        }
        // Closed in all of them.
        for path in ["/closed/a%2fb", "/closed//a", "/closed/;x", "/closed/a;b"] {
            assert_eq!(status_of(&mut world, path), (403, Some(Reason::Closed)), "{path}");
        }
    }
}

#[test]
fn whoever_enters_is_let_in_by_every_reading() {
    let in_groups = |groups: Value| {
        let mut world = World::ready(&rules());
        world.provider.claims["groups"] = groups;
        world.sign_in("/");
        world
    };
    let (mut none, mut staff) = (in_groups(json!([])), in_groups(json!(["staff"])));
    let (mut legal, mut both) = (in_groups(json!(["legal"])), in_groups(json!(["staff", "legal"])));
    for path in [
        "/staff%2fx",
        "/staff;x/y",
        "/staff%5cx",
        "/staff\\x",
        "/staff%3fx",
        "//a/staff/x",
        "/%2fa/staff/x",
        "/st%2561ff/x",
    ] {
        for (world, status) in [(&mut none, 403), (&mut staff, 200), (&mut legal, 403), (&mut both, 200)] {
            assert_eq!(status_of(world, path).0, status, "{path}");
        }
    }
    // Two readings that want different groups.
    for path in ["//staff/legal/x", "/staff;x/../legal", "/legal%2f..%2fstaff/x"] {
        let answers = if path.contains("..") { [400; 4] } else { [403, 403, 403, 200] };
        for (world, status) in [&mut none, &mut staff, &mut legal, &mut both].into_iter().zip(answers) {
            assert_eq!(status_of(world, path).0, status, "{path}");
        }
    }
}

/// A program that was promised a 401 gets one, whichever reading is the application's.
#[test]
fn without_a_session_the_answer_is_the_one_that_redirects_less() {
    let mut stranger = World::ready(&rules());
    assert_eq!(status_of(&mut stranger, "/legal/x").0, 401);
    for path in ["/legal%2fx", "/legal;x", "//app/legal/x"] {
        assert_eq!(status_of(&mut stranger, path).0, 401, "{path}");
    }
    assert_eq!(status_of(&mut stranger, "/app%2fx").0, 302);
    // Not a navigation: the reading that is no path of the application says no to it.
    assert_eq!(answer(&mut stranger, bare("GET", "/app/x")).0, 302);
    assert_eq!(answer(&mut stranger, bare("GET", "/app%2fx")).0, 401);
}

#[test]
fn a_long_path_with_several_readings_is_refused_and_one_with_one_is_not() {
    let mut alice = World::signed_in(&rules());
    let long = |piece: &str| format!("/{}", piece.repeat(5000 / piece.len()));
    assert_eq!(status_of(&mut alice, &long("a")).0, 200);
    assert_eq!(status_of(&mut alice, &long("a%2f")), (400, Some(Reason::PathAmbiguous)));
    let mut literal =
        World::signed_in(&json!({"access": rules()["access"], "paths": {"ambiguous": "allow"}}));
    assert_eq!(status_of(&mut literal, &long("a%2f")).0, 200);
}
