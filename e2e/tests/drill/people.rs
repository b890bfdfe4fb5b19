//! People: without the group, without the application, with too much in their session.

use serde_json::json;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::Person;
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::target_of;

use crate::drill::{Before, Signs, callback_of, says};

/// A group was renamed at Okta: the rule names one that nobody is in any more.
#[tokio::test]
async fn a_group_was_renamed() {
    let options = StageOptions { config: json!({"logging": {"person": "email"}}), ..StageOptions::default() };
    let stage = Stage::with(options).await;
    let mut bob = stage.signed_in("bob").await;
    let before = Before::of(&stage.envoy).await;
    let page = bob.page("/finance/report?quarter=3").await;
    says(&page, 403, "not_permitted");
    Signs {
        reason: "not_permitted",
        log: &[
            "status=403",
            "rule=access[1]",
            "missing=\"groups\"",
            "host=app.example.test",
            "path=/finance/report ",
            "person=\"bob@",
            "request_id=",
            "sign_in=",
        ],
        metric: ("vestibule_decisions_total", &[("outcome", "refused"), ("reason", "not_permitted")]),
        details: "vestibule_not_permitted{access[1]}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
    assert!(!stage.envoy.filter_log().iter().any(|line| line.contains("quarter")));
}

/// The page, the filter's log and the access log speak of the same request, and one sign-in has one name in all lines.
#[tokio::test]
async fn one_request_and_one_sign_in_can_be_followed() {
    let envoy = EnvoyOptions {
        access_log_format: "%REQ(X-REQUEST-ID)% %RESPONSE_CODE_DETAILS%\n".to_owned(),
        ..EnvoyOptions::default()
    };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.page("/finance/report").await.status, 403);
    assert!(stage.envoy.logged("reason=not_permitted").await);
    let lines = stage.envoy.filter_log();
    let field = |line: &str, name: &str| {
        let value = line.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("no {name} in {line}")).to_owned()
    };
    let line = |reason: &str| {
        let found = lines.iter().rev().find(|line| line.contains(&format!("reason={reason} ")));
        found.unwrap_or_else(|| panic!("no {reason}: {lines:#?}"))
    };
    let id = field(line("not_permitted"), "request_id");
    assert!(stage.envoy.access_log().await.contains(&format!("{id} vestibule_not_permitted{{access[1]}}")));
    let names =
        ["sign_in_started", "signed_in", "not_permitted"].map(|reason| field(line(reason), "sign_in"));
    assert!(names.iter().all(|name| *name == names[0] && name.len() == 12), "{names:?}");
}

/// Okta answers that the person may not use the application.
#[tokio::test]
async fn a_person_is_not_assigned() {
    let stage = Stage::start().await;
    let before = Before::of(&stage.envoy).await;
    let mut visitor = stage.visitor();
    let denied = target_of(&stage.deny(&visitor.begin("/page").await).await);
    says(&visitor.page(&denied).await, 403, "provider_denied");
    Signs {
        reason: "provider_denied",
        log: &[
            "cause=access_denied",
            "endpoint=authorization provider_error=access_denied",
            "provider_error_description=\"",
        ],
        metric: ("vestibule_sign_ins_total", &[("outcome", "failed"), ("reason", "provider_denied")]),
        details: "vestibule_provider_denied{access_denied}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
}

/// More than a browser keeps: first what nobody needs goes.
#[tokio::test]
async fn a_session_loses_what_nobody_needs() {
    let stage = Stage::start().await;
    change_bob(&stage, |bob| {
        bob.groups((0..90).map(|number| format!("{number}-{}", noise(200 + number))).collect::<Vec<_>>())
    });
    let before = Before::of(&stage.envoy).await;
    assert_eq!(callback_of(&stage, "bob", |_| ()).await.status, 302);
    Signs {
        reason: "session_trimmed",
        log: &["left out for its size: id_token, groups"],
        metric: ("vestibule_left_out_total", &[("part", "groups")]),
        details: "vestibule_session_trimmed",
    }
    .are_seen(&stage.envoy, &before)
    .await;
}

/// And where the application wants what is too large, there is no session.
#[tokio::test]
async fn a_session_is_too_large() {
    let stage = Stage::configured(json!({"upstream": {"authorization": "id_token"}})).await;
    change_bob(&stage, |bob| bob.claim("notes", json!(noise(14_000))));
    let before = Before::of(&stage.envoy).await;
    says(&callback_of(&stage, "bob", |_| ()).await, 502, "session_too_large");
    Signs {
        reason: "session_too_large",
        log: &["sign_in="],
        metric: ("vestibule_sign_ins_total", &[("outcome", "failed"), ("reason", "session_too_large")]),
        details: "vestibule_session_too_large",
    }
    .are_seen(&stage.envoy, &before)
    .await;
}

fn change_bob(stage: &Stage, change: impl FnOnce(Person) -> Person) {
    stage.okta.configure(|options| {
        let person = options.people.iter_mut().find(|person| person.nick == "bob").expect("bob");
        *person = change(person.clone());
        options.group_limit = None;
    });
}

/// Text in which nothing repeats, so that deflating does not help; another one for each length.
fn noise(length: usize) -> String {
    let mut seed = u64::try_from(length).expect("a length").wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let next = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from(seed >> 58).unwrap_or_default())
    };
    (0..length).map(next).collect()
}
