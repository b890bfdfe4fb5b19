//! `upstream.headers`: a token in any header.

use serde_json::json;
use vestibule_e2e::client::Request;
use vestibule_e2e::stage::Stage;

#[tokio::test]
async fn tokens_come_in_headers_of_their_own_and_never_from_outside() {
    let stage = Stage::configured(json!({
        "upstream": {"headers": {"x-id-token": "id_token", "x-api-token": "access_token"}},
    }))
    .await;
    let forged = |path| {
        let names = ["x-id-token", "X_Id_Token", "x-api-token", "x.api.token"];
        names.into_iter().fold(Request::page(path), |request, name| request.header(name, "forged"))
    };
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.send(forged("/page")).await.status, 200);
    assert_eq!(stage.visitor().send(forged("/public/x")).await.status, 200);
    let reached = stage.reached();
    let (signed_in, stranger) = (&reached[0], &reached[1]);
    let id_token = signed_in.one("x-id-token").expect("an ID token");
    assert!(id_token.starts_with("eyJ") && id_token.split('.').count() == 3, "{id_token}");
    let access_token = signed_in.one("x-api-token").expect("an access token");
    assert!(stage.okta.secrets().contains(&access_token), "not the one that Okta gave");
    for name in ["x-id-token", "x-api-token", "x_id_token", "x.api.token"] {
        assert_eq!(stranger.one(name), None, "{name}");
    }
    // The application's own header passes as it came.
    assert_eq!(signed_in.one("authorization"), None);
}
