//! Bob is signed in and not in finance. He wants what is for finance alone, and looks for another name for it: one that
//! the framework behind the filter takes for the same, and the filter's rules do not.

use serde_json::{Value, json};
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::Visitor;

/// Everything for finance alone has a rule; the rest is for whoever is signed in.
fn rules() -> Value {
    json!([
        {"match": {"paths": ["/public/*"]}, "allow": "public"},
        {"match": {"paths": ["/exact", "/report", "/finance/*"]}, "require": {"groups": ["finance"]}},
    ])
}

struct Attack {
    stage: Stage,
    server: Server,
    bob: Visitor,
}

impl Attack {
    async fn on(software: Software, ambiguous: &str) -> Self {
        let server = Server::start(software).await;
        let config = json!({"access": rules(), "paths": {"ambiguous": ambiguous}});
        let application = Some(server.address());
        let stage = Stage::with(StageOptions { config, application, ..StageOptions::default() }).await;
        let bob = stage.signed_in("bob").await;
        Self { stage, server, bob }
    }

    /// What the software itself says of a path, with nothing in front of it.
    async fn behind(&self, path: &str, what: &str) -> String {
        let response = client::send(self.server.address(), &Request::page(path)).await.expect("an answer");
        assert_eq!(response.status, 200, "{path}: {}", response.summary());
        response.json()[what].as_str().unwrap_or_default().to_owned()
    }

    /// Whether somebody who is signed in, and a stranger, are answered as they must be.
    async fn is_refused(&mut self, path: &str, status: u16, code: &str) {
        let response = self.bob.page(path).await;
        assert_eq!(response.status, status, "{path}: {}", response.summary());
        assert!(response.text().contains(code), "{path}: {}", response.summary());
        let stranger = self.stage.visitor().page(path).await;
        let expected = if status == 400 { 400 } else { 302 };
        assert_eq!(stranger.status, expected, "{path}: {}", stranger.summary());
    }

    async fn alice_gets(&self, path: &str, route: &str) {
        let response = self.stage.signed_in("alice").await.page(path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.summary());
        assert_eq!(response.json()["route"], route, "{path}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_is_no_way_into_an_exact_path_of_flask_or_express() {
    for software in [Software::Flask, Software::Express] {
        let mut attack = Attack::on(software, "refuse").await;
        for path in ["/exact", "/exact/", "/exact/?x"] {
            assert_eq!(attack.behind(path, "route").await, "/exact", "{software:?} {path}");
            attack.is_refused(path, 403, "not_permitted").await;
        }
        attack.alice_gets("/exact/", "/exact").await;
    }
}

#[tokio::test]
async fn neither_another_case_nor_an_extension_is_a_way_round_a_rule() {
    let mut attack = Attack::on(Software::Express, "refuse").await;
    for (path, route) in [
        ("/EXACT", "/exact"),
        ("/eXact/", "/exact"),
        ("/%45xact", "/exact"),
        ("/FINANCE/x", "/finance"),
        ("/finance/X", "/finance"),
        ("/Finance/x/", "/finance"),
        ("/report.json", "/report"),
        ("/Report.JSON/", "/report"),
        ("/report.7z", "/report"),
        ("/report%2ejson", "/report"),
    ] {
        // Express decodes after it has chosen the route, others before: the filter does not ask which.
        if !path.contains('%') {
            assert_eq!(attack.behind(path, "route").await, route, "{path}");
        }
        attack.is_refused(path, 403, "not_permitted").await;
    }
    attack.alice_gets("/FINANCE/x", "/finance").await;
    attack.alice_gets("/report.json", "/report").await;
    // What resembles no rule is for whoever is signed in, as before.
    for path in ["/exactly", "/exact/x", "/reports.json", "/report/x.json"] {
        let response = attack.bob.page(path).await;
        assert_eq!((response.status, &response.json()["route"]), (200, &json!("other")), "{path}");
    }
    // And nothing is public because it resembles what is.
    for path in ["/PUBLIC/x", "/public.json"] {
        let response = attack.stage.visitor().page(path).await;
        assert_eq!(response.status, 302, "{path}: {}", response.summary());
    }
}

#[tokio::test]
async fn a_question_mark_or_hash_that_appears_by_decoding_is_no_way_round_a_rule() {
    let mut attack = Attack::on(Software::Express, "refuse").await;
    for path in ["/finance%23/x", "/finance%3f", "/finance%3Fx/y", "/exact%23", "/exact%3fx"] {
        let name = attack.behind(path, "decoded_first").await;
        assert!(["/finance", "/exact"].contains(&name.as_str()), "{path} {name}");
        attack.is_refused(path, 403, "not_permitted").await;
    }
    for path in ["/wiki/What%3F", "/wiki/C%23"] {
        assert_eq!(attack.bob.page(path).await.status, 200, "{path}");
    }
    // Here somebody says that the application reads them as ordinary characters.
    let mut literal = Attack::on(Software::Express, "allow").await;
    for path in ["/wiki/What%3F", "/wiki/C%23"] {
        let response = literal.bob.page(path).await;
        assert_eq!((response.status, &response.json()["route"]), (200, &json!("other")), "{path}");
    }
}

/// What a service behind the filter makes `/finance/x` of, also where its paths are said to be read literally.
const UPWARDS: &[&str] = &[
    "/public/../finance/x",
    "/public/%2e%2e/finance/x",
    "/public/..%2ffinance/x",
    "/public/%2e%2e%5cfinance/x",
    "/public/..%5Cfinance/x",
    "/public/%252e%252e/finance/x",
    "/public/.%252E/finance/x",
];

/// What no service that is in the harness reads so, and others did: overlong slashes and dots, texts that end at a NUL,
/// Java's `..;`, decoders that never stop.
const DOUBTFUL: &[&str] = &[
    "/finance%00/x",
    "/finance%00",
    "/finance%0a",
    "/finance%7f",
    "/finance%2500",
    "/%zzfinance/x",
    "/finance%",
    "/%252566inance/x",
    "/%25252566inance/x",
    "/finance%c0%af",
    "/finance%25c0%25af",
    "/finance%e0%80%af",
    "/finance%ED%A0%80",
    "/finance%f0%80%80%af",
    "/finance%F4%90%80%80",
    "/finance%f5",
    "/finance%F8%80%80%80%AFx",
    "/finance%FC%80%80%80%80%AFx",
    "/finance%ff",
    "/public/..;/finance/x",
    "/public/..;x=y/finance/x",
    "/public/..%3b/finance/x",
    "/public/..%253b/finance/x",
    "/public/..%252ffinance/x",
    "/public/%2e%2e%255cfinance/x",
    "/public/..%3f/finance/x",
];

#[tokio::test]
async fn what_is_never_guessed_is_refused_also_where_ambiguous_paths_are_allowed() {
    for ambiguous in ["allow", "refuse"] {
        let mut attack = Attack::on(Software::Express, ambiguous).await;
        let mut entered = Vec::new();
        for path in UPWARDS {
            assert_eq!(attack.behind(path, "decoded_first").await, "/finance/x", "{path}");
        }
        for path in UPWARDS.iter().chain(DOUBTFUL) {
            if attack.bob.page(path).await.status != 400 {
                entered.push(path);
            }
        }
        assert_eq!(entered, [] as [&&str; 0], "{ambiguous}");
        for path in UPWARDS.iter().chain(DOUBTFUL) {
            attack.is_refused(path, 400, "path_invalid").await;
        }
        // Letters of other scripts and of Latin-1, a `%` that is one, and dots that lead nowhere.
        for path in ["/caf%C3%A9", "/%F0%9F%98%80", "/a..b/..c", "/..."] {
            let response = attack.bob.page(path).await;
            assert_eq!(response.status, 200, "{ambiguous} {path}: {}", response.summary());
        }
    }
}
