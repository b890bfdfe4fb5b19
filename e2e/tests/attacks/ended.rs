//! What has ended and would go on: the attacker is somebody who has lost their account, their groups or their session, and
//! holds on to cookies that still open.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::okta::{Endpoint, Fault, Gate, OktaOptions};
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::target_of;

/// Of an access token. A refresh is due after four fifths of it.
const LIFETIME: Duration = Duration::from_secs(4);

async fn stage() -> Stage {
    let mut okta = OktaOptions::default();
    okta.lifetimes.access_token = LIFETIME;
    let config = json!({"session": {"refresh": true}});
    Stage::with(StageOptions { config, okta, ..StageOptions::default() }).await
}

fn error(status: u16, code: &str) -> Fault {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Fault::Status { status, headers, body: json!({ "error": code }).to_string() }
}

#[tokio::test]
async fn a_refresh_that_is_refused_for_the_persons_sake_ends_the_session() {
    let stage = stage().await;
    for (status, code) in [
        (400, "invalid_grant"),
        (400, "access_denied"),
        (403, "access_denied"),
        (400, "interaction_required"),
        (400, "login_required"),
        (400, "consent_required"),
        // Of which nobody here has heard.
        (400, "user_suspended"),
    ] {
        let mut alice = stage.signed_in("alice").await;
        sleep(LIFETIME).await;
        stage.okta.fault(Endpoint::Token, error(status, code));
        let response = alice.fetch("/finance/ledger").await;
        assert_eq!(response.status, 401, "{status} {code}: {}", response.summary());
        assert!(alice.jar.beginning("__Host-vestibule").next().is_none(), "{code}: {:?}", alice.jar);
        stage.okta.clear_faults();
    }
}

#[tokio::test]
async fn a_refresh_that_fails_for_another_reason_ends_no_session() {
    let stage = stage().await;
    for (status, code) in [
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "invalid_scope"),
        (400, "temporarily_unavailable"),
        (400, "server_error"),
        (429, "invalid_grant"),
        (503, "invalid_grant"),
        (404, "user_suspended"),
    ] {
        let mut alice = stage.signed_in("alice").await;
        sleep(LIFETIME).await;
        stage.okta.fault(Endpoint::Token, error(status, code));
        let response = alice.fetch("/finance/ledger").await;
        assert_eq!(response.status, 200, "{status} {code}: {}", response.summary());
        stage.okta.clear_faults();
    }
}

#[tokio::test]
async fn userinfo_about_somebody_else_or_refused_end_the_session() {
    let mut okta = OktaOptions::default();
    okta.lifetimes.access_token = LIFETIME;
    // The ID token lacks the groups.
    okta.thin_id_tokens.custom = true;
    let config = json!({"session": {"refresh": true}});
    let stage = Stage::with(StageOptions { config, okta, ..StageOptions::default() }).await;
    for fault in [
        Fault::Merge(json!({"sub": "00usomebodyelse"})),
        error(401, "invalid_token"),
        error(403, "insufficient_scope"),
    ] {
        let case = format!("{fault:?}");
        let mut alice = stage.signed_in("alice").await;
        assert_eq!(alice.fetch("/finance/ledger").await.status, 200, "{case}");
        sleep(LIFETIME).await;
        stage.okta.fault(Endpoint::Userinfo, fault);
        let response = alice.fetch("/finance/ledger").await;
        assert_eq!(response.status, 401, "{case}: {}", response.summary());
        stage.okta.clear_faults();
    }
}

/// Whoever asks there before letting a person in would let them in.
#[tokio::test]
async fn the_filters_own_endpoints_know_no_session_that_the_provider_has_ended() {
    let stage = stage().await;
    for path in ["/oauth2/auth", "/oauth2/userinfo"] {
        let mut alice = stage.signed_in("alice").await;
        stage.okta.revoke_all_tokens();
        sleep(LIFETIME).await;
        let response = alice.fetch(path).await;
        assert_eq!(response.status, 401, "{path}: {}", response.summary());
        assert!(alice.jar.beginning("__Host-vestibule").next().is_none(), "{path}: {:?}", alice.jar);
    }
}

#[tokio::test]
async fn the_filters_own_endpoints_wait_for_a_refresh_and_hand_over_what_it_brought() {
    let stage = stage().await;
    for path in ["/oauth2/auth", "/oauth2/userinfo"] {
        let mut alice = stage.signed_in("alice").await;
        let old = alice.clone();
        stage.okta.configure(|options| {
            let alice = options.people.iter_mut().find(|person| person.nick == "alice").unwrap();
            alice.groups.retain(|group| group != "finance");
        });
        sleep(LIFETIME).await;
        stage.okta.fault(Endpoint::Token, Fault::Delay(Duration::from_millis(500)));
        let response = alice.fetch(path).await;
        assert!([200, 202].contains(&response.status), "{path}: {}", response.summary());
        stage.okta.clear_faults();
        assert_ne!(old.jar.header(), alice.jar.header(), "{path}: the cookies are the old ones");
        if response.status == 200 {
            assert_eq!(response.json()["groups"], json!(["Everyone", "admin"]));
        }
        let before = stage.okta.requests(Endpoint::Token);
        assert_eq!(alice.fetch("/finance/ledger").await.status, 403, "{path}");
        assert_eq!(stage.okta.requests(Endpoint::Token), before, "{path}: refreshed once more");
        stage.okta.configure(|options| {
            let alice = options.people.iter_mut().find(|person| person.nick == "alice").unwrap();
            alice.groups.push("finance".to_owned());
        });
    }
}

/// At a computer that somebody has just left: the application was slow to answer them.
#[tokio::test]
async fn an_answer_under_way_at_the_sign_out_signs_nobody_in_again() {
    let stage = Stage::configured(json!({
        "session": {"idle_timeout": "10s"},
        "access": [{"match": {"paths": ["/home"]}, "allow": "optional"}],
    }))
    .await;
    let mut alice = stage.signed_in("alice").await;
    // A cookie with a new start of the idle timeout is due.
    sleep(Duration::from_secs(2)).await;
    let mut slow_tab = alice.clone();
    let slow = tokio::spawn(async move { slow_tab.fetch("/page?delay=2500").await });
    sleep(Duration::from_millis(500)).await;
    assert_eq!(alice.page("/oauth2/sign_out").await.status, 302);
    assert!(!alice.jar.has("__Host-vestibule"));
    let slow = slow.await.unwrap();
    assert_eq!(slow.status, 200, "{}", slow.summary());
    // The browser takes what the slow answer sets.
    alice.jar.absorb(&slow);
    assert!(alice.jar.has("__Host-vestibule"), "the answer set no cookie: {}", slow.summary());
    assert_eq!(alice.page("/home").await.status, 200);
    let reached = stage.reached().pop().unwrap();
    assert_eq!((reached.one("x-auth-request-user"), reached.one("cookie")), (None, None));
    for (path, status) in [("/oauth2/auth", 401), ("/oauth2/userinfo", 401), ("/page", 401)] {
        alice.jar.absorb(&slow);
        let response = alice.fetch(path).await;
        assert_eq!(response.status, status, "{path}: {}", response.summary());
        assert!(!alice.jar.has("__Host-vestibule"), "{path}: {:?}", alice.jar);
    }
    // Whoever signs in here next is signed in.
    let callback = stage.approve(&alice.begin("/page").await, "bob").await;
    alice.page(target_of(&callback)).await;
    assert_eq!(alice.fetch("/oauth2/userinfo").await.json()["email"], "bob@example.com");
}

/// A copy in another browser is another matter: nothing here remembers sign-outs. It lives until its next refresh.
#[tokio::test]
async fn a_copy_of_the_cookies_is_no_session_beside_the_mark_and_ends_with_its_refresh_without() {
    let stage = stage().await;
    let mut alice = stage.signed_in("alice").await;
    let mut copy = alice.clone();
    assert_eq!(alice.page("/oauth2/sign_out").await.status, 302);
    let mut back = alice.clone();
    for (name, value) in copy.jar.beginning("") {
        back.jar.set(name, value);
    }
    assert_eq!(back.fetch("/page").await.status, 401);
    assert_eq!(copy.fetch("/page").await.status, 200);
    sleep(LIFETIME).await;
    assert_eq!(copy.fetch("/page").await.status, 401);
}

/// The refresh token that a worker has, or is about to have, and the browser has not.
#[tokio::test]
async fn signing_out_ends_the_newest_refresh_token_also_one_that_is_to_come() {
    let stage = stage().await;
    for under_way in [false, true] {
        let mut alice = stage.signed_in("alice").await;
        let mut tab = alice.clone();
        sleep(LIFETIME).await;
        let before = stage.okta.requests(Endpoint::Revoke);
        let gate = Gate::closed();
        let waiting = if under_way {
            stage.okta.fault_times(Endpoint::Token, Fault::Gate(gate.clone()), 1);
            let waiting = tokio::spawn(async move { tab.fetch("/page").await.status });
            gate.arrived(1).await;
            Some(waiting)
        } else {
            // Renewed, and the answer was lost on its way to the browser.
            assert_eq!(tab.fetch("/page").await.status, 200);
            None
        };
        assert_eq!(alice.page("/oauth2/sign_out").await.status, 302);
        gate.open();
        if let Some(waiting) = waiting {
            waiting.await.unwrap();
        }
        let ended = || stage.okta.requests(Endpoint::Revoke) > before;
        assert!(eventually(ended).await);
        // The one before it is of no use to Okta.
        assert_eq!(stage.okta.live_refresh_tokens(), 0, "under way: {under_way}");
    }
}
