//! The providers of wasmplugin/PROVIDERS.md, as the stand-in plays them: what their metadata lack, where their groups are,
//! how their errors look. The facts are from their public documentation.

use serde_json::{Value, json};
use vestibule_e2e::okta::{Endpoint, Fault, OktaOptions, Person};
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::target_of;
use vestibule_e2e::wire::State;

/// A stage whose provider has such metadata, and such a person.
async fn played(metadata: Value, config: Value, person: Person) -> Stage {
    let mut okta = OktaOptions::default();
    okta.people.push(person);
    let options = StageOptions { config, okta, provider: State::Refused, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    stage.okta.fault(Endpoint::Metadata, Fault::Merge(metadata));
    stage.wire.set(State::Open);
    stage.ready().await;
    stage
}

fn person() -> Person {
    Person::new("petra", "Petra", "Provider")
}

#[tokio::test]
async fn people_of_other_providers_sign_in_with_their_groups_and_out() {
    let group = "22222222-2222-2222-2222-222222222222";
    // Metadata, configuration, the person, their groups for the application, whether the provider has a logout.
    let cases = [
        (
            "Keycloak",
            json!({"authorization_response_iss_parameter_supported": false}),
            json!({"identity": {"groups_claim": "/realm_access/roles"}, "session": {"refresh": true}}),
            person().claim("realm_access", json!({"roles": ["finance", "uma_authorization"]})),
            Some("finance,uma_authorization"),
            true,
        ),
        (
            "Entra",
            json!({"scopes_supported": ["openid", "profile", "email", "offline_access"], "claims_supported": null}),
            json!({"access": [{"require": {"groups": [group]}}]}),
            person().groups([group]),
            Some(group),
            true,
        ),
        (
            "Google",
            json!({"scopes_supported": ["openid", "email", "profile"], "end_session_endpoint": null}),
            json!({"access": [{"require": {"email_domains": ["example.com"]}}], "session": {"refresh": true}}),
            person(),
            None,
            false,
        ),
        (
            "Auth0",
            json!({"end_session_endpoint": null}),
            json!({"identity": {"groups_claim": "https://example.com/groups"}}),
            person().claim("https://example.com/groups", json!(["finance"])),
            Some("finance"),
            false,
        ),
        (
            "dex",
            json!({"end_session_endpoint": null, "revocation_endpoint": null, "userinfo_endpoint": null}),
            json!({}),
            person().groups(["finance"]),
            Some("finance"),
            false,
        ),
    ];
    for (provider, metadata, config, person, groups, has_logout) in cases {
        let stage = played(metadata, config, person).await;
        let mut petra = stage.signed_in("petra").await;
        let response = petra.page("/page").await;
        assert_eq!(response.status, 200, "{provider}: {}", response.summary());
        let reached = stage.reached().pop().unwrap();
        assert_eq!(reached.one("x-auth-request-groups").as_deref(), groups, "{provider}");
        assert_eq!(reached.one("x-auth-request-email").as_deref(), Some("petra@example.com"), "{provider}");
        let out = petra.page("/oauth2/sign_out").await.location();
        assert_eq!(out.contains("/v1/logout?id_token_hint="), has_logout, "{provider}: {out}");
        assert!(has_logout || out == "/oauth2/signed_out", "{provider}: {out}");
        assert_eq!(petra.fetch("/page").await.status, 401, "{provider}");
    }
}

#[tokio::test]
async fn errors_in_their_words_have_the_right_reason() {
    let stage = played(json!({}), json!({}), person()).await;
    let answers = [
        // Microsoft Entra ID: a code that was used or has run out.
        (
            400,
            json!({"error": "invalid_grant", "error_codes": [70008], "error_description": "AADSTS70008: The provided \
            authorization code or refresh token has expired due to inactivity.", "trace_id": "a", "timestamp": "b"}),
            "token_refused",
        ),
        // Microsoft Entra ID and Google: a wrong secret. Keycloak has another code for it.
        (
            401,
            json!({"error": "invalid_client", "error_codes": [7000215], "error_description": "AADSTS7000215"}),
            "client_refused",
        ),
        (
            401,
            json!({"error": "unauthorized_client", "error_description": "Invalid client or Invalid client \
            credentials"}),
            "client_refused",
        ),
        // Auth0.
        (
            403,
            json!({"error": "invalid_grant", "error_description": "Invalid authorization code"}),
            "token_refused",
        ),
    ];
    for (status, body, code) in answers {
        let mut petra = stage.visitor();
        let callback = stage.approve(&petra.begin("/page").await, "petra").await;
        let body = body.to_string();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        stage.okta.fault(Endpoint::Token, Fault::Status { status, headers, body: body.clone() });
        let response = petra.page(target_of(&callback)).await;
        stage.okta.clear_faults();
        assert_eq!(response.status, 502, "{body}: {}", response.summary());
        let page = response.text();
        assert!(page.contains(&format!("Code: {code}")) && !page.contains("AADSTS"), "{body}: {page}");
    }
    // In the authorization response: Google's scope, Auth0's Action, and a person whom Entra has not assigned.
    for (error, code) in [
        ("invalid_scope", "provider_error"),
        ("unauthorized", "provider_error"),
        ("access_denied", "provider_denied"),
    ] {
        let mut petra = stage.visitor();
        let denied = target_of(&stage.deny(&petra.begin("/page").await).await);
        let state = denied.split_once("state=").unwrap().1.split('&').next().unwrap();
        let path =
            format!("/oauth2/callback?error={error}&error_description=AADSTS50105%3A+no&state={state}");
        let page = petra.page(&path).await.text();
        assert!(page.contains(&format!("Code: {code}")) && !page.contains("AADSTS"), "{error}: {page}");
    }
}
