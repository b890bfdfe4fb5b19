//! RP-initiated logout.

use std::time::Duration;

use super::rp::{Rp, SIGNED_OUT, options, text};

#[tokio::test]
async fn it_ends_the_session_and_echoes_the_state() {
    let mut rp = Rp::of_default_server(options()).await;
    let tokens = rp.tokens("alice", "openid").await;
    // An expired hint is as good.
    rp.okta.advance_clock(Duration::from_secs(3700));
    let answer = logout(&rp, text(&tokens, "id_token"), SIGNED_OUT).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], format!("{SIGNED_OUT}?state=s.1").as_str());

    let url = rp.authorization_url("openid", &[]);
    let page = rp.http.get(&url).header("cookie", &rp.cookies).send().await.unwrap();
    assert_eq!(page.status(), 200, "the page is shown again");
}

#[tokio::test]
async fn a_bad_hint_or_unregistered_uri_is_refused() {
    let mut rp = Rp::of_default_server(options()).await;
    let tokens = rp.tokens("alice", "openid").await;
    let hint = text(&tokens, "id_token");
    assert_eq!(logout(&rp, hint, "https://evil.example/").await.status(), 400);
    assert_eq!(logout(&rp, "", SIGNED_OUT).await.status(), 400);
    assert_eq!(logout(&rp, text(&tokens, "access_token"), SIGNED_OUT).await.status(), 400);
    // The session is still there.
    rp.code("nobody", "openid").await;
}

async fn logout(rp: &Rp, hint: &str, uri: &str) -> reqwest::Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", hint), ("post_logout_redirect_uri", uri), ("state", "s.1")])
        .finish();
    let url = format!("{}/v1/logout?{query}", rp.base);
    rp.http.get(url).header("cookie", &rp.cookies).send().await.unwrap()
}
