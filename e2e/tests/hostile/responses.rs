//! What comes back through the browser: authorization response, a sign-in begun elsewhere, the way out.

use vestibule_e2e::okta::{Endpoint, OktaOptions, TokenRequest};
use vestibule_e2e::stage::{CLIENT_ID, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};

use crate::world::{Attempt, Refusal, alone, attempt_with, on_a_stage};

const WRONG_ISSUER: Refusal = Refusal { status: 400, code: "authorization_response_issuer", detail: "" };

/// A callback that says that this is who sent it; `None`: that says nothing.
async fn from(stage: &Stage, iss: Option<&str>) -> Attempt {
    attempt_with(
        stage,
        "bob",
        |_| (),
        |callback| {
            // Without what the provider itself has said.
            let mut parts: Vec<&str> = callback.split('&').collect();
            parts.retain(|part| !part.starts_with("iss="));
            let callback = parts.join("&");
            match iss {
                Some(iss) => format!("{callback}&iss={}", encoded(iss)),
                None => callback,
            }
        },
    )
    .await
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn refuses(stage: &Stage, iss: Option<&str>) {
    let asked = stage.okta.requests(Endpoint::Token);
    let attempt = from(stage, iss).await;
    assert_eq!(stage.okta.requests(Endpoint::Token), asked, "the code went to the provider: {iss:?}");
    attempt.must_be_refused(stage, &format!("{iss:?}"), &WRONG_ISSUER).await;
}

/// RFC 9207 §2.4, at a provider that announces it.
#[test]
fn iss_in_the_authorization_response_of_a_provider_that_announces_it() {
    alone(async || {
        let okta = OktaOptions { iss_parameter: true, ..OktaOptions::default() };
        let stage = Stage::with(StageOptions { okta, ..StageOptions::default() }).await;
        from(&stage, Some(&stage.issuer())).await.must_be_accepted(&stage, "the right one").await;
        let (issuer, org) = (stage.issuer(), stage.okta.org_issuer());
        for iss in ["", "https://evil.test", &format!("{issuer}/"), &issuer.to_uppercase(), &org] {
            refuses(&stage, Some(iss)).await;
        }
        refuses(&stage, None).await;
        // An error is an answer of the provider too, or of somebody who wants to be taken for it.
        let denied = attempt_with(
            &stage,
            "bob",
            |_| (),
            |callback| {
                let state = callback.split("state=").nth(1).unwrap().split('&').next().unwrap();
                format!("/oauth2/callback?error=access_denied&state={state}")
            },
        );
        denied.await.must_be_refused(&stage, "an error without it", &WRONG_ISSUER).await;
    });
}

/// A provider that does not announce it may still send it: then it must be right.
#[test]
fn iss_in_the_authorization_response_of_a_provider_that_does_not_announce_it() {
    on_a_stage(async |stage| {
        from(stage, Some(&stage.issuer())).await.must_be_accepted(stage, "the right one").await;
        for iss in ["https://evil.test", ""] {
            refuses(stage, Some(iss)).await;
        }
    });
}

#[test]
fn oidcc_client_test_client_secret_basic() {
    on_a_stage(async |stage| {
        stage.signed_in("bob").await;
        let TokenRequest { client_id, auth_method, .. } = stage.okta.token_requests().pop().unwrap();
        assert_eq!(client_id.as_deref(), Some(CLIENT_ID));
        assert_eq!(auth_method.as_deref(), Some("client_secret_basic"));
    });
}

/// A tile of the provider's dashboard opens `<prefix>/start`. Where to go in the end is not the tile's to say.
#[test]
fn oidcc_client_test_3rd_party_init_login() {
    on_a_stage(async |stage| {
        let issuer = encoded(&stage.issuer());
        for query in [
            format!("iss={issuer}"),
            format!("iss={issuer}&login_hint=bob&target_link_uri=https%3A%2F%2Fevil.test%2F"),
        ] {
            let mut bob = stage.visitor();
            let authorization = bob.begin(&format!("/oauth2/start?{query}")).await;
            assert!(authorization.starts_with(&stage.issuer()), "{query}: {authorization}");
            let callback = target_of(&stage.approve(&authorization, "bob").await);
            let response = bob.page(&callback).await;
            assert_eq!((response.status, response.location().as_str()), (302, "/"), "{query}");
        }
        let refused = stage.visitor().page("/oauth2/start?iss=https%3A%2F%2Fevil.test").await;
        assert_eq!(refused.status, 400, "{}", refused.summary());
    });
}

/// Up to the provider's logout and back: the address at which it left the browser.
async fn signed_out(stage: &Stage, rd: &str) -> (Visitor, String) {
    let mut alice = stage.signed_in("alice").await;
    let response = alice.page(format!("/oauth2/sign_out{rd}")).await;
    assert_eq!(response.status, 302, "{}", response.summary());
    let location = response.location();
    assert!(location.contains("id_token_hint=") && location.contains("client_id="), "{location}");
    let back = stage.at_okta(&location).await.location();
    assert_eq!(alice.fetch("/page").await.status, 401);
    (alice, target_of(&back))
}

#[test]
fn oidcc_client_test_rp_init_logout() {
    on_a_stage(async |stage| {
        let (mut alice, back) = signed_out(stage, "?rd=/bye").await;
        let page = alice.page(back).await;
        assert_eq!((page.status, page.location().as_str()), (302, "/bye"), "{}", page.summary());
    });
}

#[test]
fn oidcc_client_test_rp_init_logout_other_state() {
    on_a_stage(async |stage| {
        let (mut alice, back) = signed_out(stage, "?rd=/bye").await;
        let (path, state) = back.split_once("?state=").unwrap();
        let reversed: String = state.chars().rev().collect();
        for state in [&reversed, "/bye", "https%3A%2F%2Fevil.test", ""] {
            let page = alice.page(format!("{path}?state={state}")).await;
            assert_eq!(page.status, 200, "{state}: {}", page.summary());
        }
    });
}

#[test]
fn oidcc_client_test_rp_init_logout_no_state() {
    on_a_stage(async |stage| {
        let (mut alice, back) = signed_out(stage, "").await;
        let page = alice.page(back.split('?').next().unwrap()).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    });
}
