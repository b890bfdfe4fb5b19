//! The authorization endpoint.

use vestibule_e2e::okta::{Client, OktaOptions, deny};

use super::rp::{CLIENT_ID, Rp, SECRET, VERIFIER, jwt, options, parameters, value};

#[tokio::test]
async fn a_second_sign_in_passes_without_the_page() {
    let mut rp = Rp::of_default_server(options()).await;
    rp.code("alice", "openid").await;
    // Nobody has this nick, so a click on it would deny.
    rp.code("nobody", "openid").await;
}

#[tokio::test]
async fn prompt_max_age_hint_and_acr_ask_again() {
    let mut rp = Rp::of_default_server(options()).await;
    rp.code("alice", "openid").await;
    for extra in [
        ("prompt", "login"),
        ("max_age", "0"),
        ("login_hint", "bob@example.com"),
        ("acr_values", "urn:okta:loa:2fa:any"),
    ] {
        let url = rp.authorization_url("openid", &[extra]);
        let answer = rp.http.get(&url).header("cookie", &rp.cookies).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{extra:?}");
        assert!(answer.text().await.unwrap().contains("id=\"sign-in-alice\""), "{extra:?}");
    }
    for extra in [("prompt", "none"), ("max_age", "3600"), ("login_hint", "alice@example.com")] {
        let url = rp.authorization_url("openid", &[extra]);
        value(&rp.visit(&url, "nobody").await, "code");
    }
}

#[tokio::test]
async fn a_second_factor_shows_in_the_id_token() {
    let mut rp = Rp::of_default_server(options()).await;
    let url = rp.authorization_url("openid", &[("acr_values", "unknown urn:okta:loa:2fa:any")]);
    let answer = rp.visit(&url, "alice").await;
    let (_, tokens) = rp.redeem(value(&answer, "code"), VERIFIER).await;
    let (_, claims) = jwt(&tokens["id_token"]);
    assert_eq!(claims["acr"], "urn:okta:loa:2fa:any");
    assert!(claims["amr"].as_array().unwrap().iter().any(|amr| amr == "mfa"));
}

#[tokio::test]
async fn prompt_none_without_a_session_is_login_required() {
    let mut rp = Rp::of_default_server(options()).await;
    let url = rp.authorization_url("openid", &[("prompt", "none")]);
    assert_eq!(value(&rp.visit(&url, "alice").await, "error"), "login_required");
}

#[tokio::test]
async fn a_person_may_deny_and_may_not_be_assigned() {
    let mut rp = Rp::of_default_server(options()).await;
    let url = rp.authorization_url("openid", &[]);
    let denied = parameters(&deny(&rp.http, &url, &mut rp.cookies).await.unwrap());
    assert_eq!((value(&denied, "error"), value(&denied, "state")), ("access_denied", "state-1"));

    rp.okta.configure(|options| options.clients[0].assigned = Some(vec!["alice@example.com".into()]));
    assert_eq!(value(&rp.visit(&url, "bob").await, "error"), "access_denied");
}

#[tokio::test]
async fn more_than_a_hundred_groups_fail_the_sign_in() {
    let mut rp = Rp::of_default_server(options()).await;
    let url = rp.authorization_url("openid", &[]);
    assert_eq!(value(&rp.visit(&url, "erin").await, "error"), "server_error");
    rp.okta.configure(|options| options.group_limit = None);
    value(&rp.visit(&url, "erin").await, "code");
}

#[tokio::test]
async fn a_wrong_client_or_redirect_uri_never_redirects() {
    let rp = Rp::of_default_server(options()).await;
    let good = rp.authorization_url("openid", &[]);
    for bad in [good.replace("callback", "elsewhere"), good.replace(CLIENT_ID, "0oaunknown")] {
        let answer = rp.http.get(&bad).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert!(answer.headers().get("location").is_none());
    }
}

#[tokio::test]
async fn protocol_errors_go_back_to_the_client() {
    let mut rp = Rp::of_default_server(options()).await;
    let good = rp.authorization_url("openid", &[]);
    for (bad, error) in [
        (good.replace("state=state-1&", ""), "invalid_request"),
        (good.replace("state-1", "state%7E1"), "invalid_request"),
        (good.replace("S256", "plain"), "invalid_request"),
        (good.replace("code_challenge=", "x="), "invalid_request"),
        (format!("{good}&nonce=twice"), "invalid_request"),
        (good.replace("response_type=code", "response_type=token"), "unsupported_response_type"),
        (good.replace("scope=openid", "scope=email"), "invalid_scope"),
        // Only the org server knows it.
        (good.replace("scope=openid", "scope=openid+groups"), "invalid_scope"),
    ] {
        assert_eq!(value(&rp.visit(&bad, "alice").await, "error"), error, "{bad}");
    }
}

#[tokio::test]
async fn a_pushed_request_is_used_once() {
    let mut client = Client::web(CLIENT_ID, SECRET).serving("http://localhost:10000");
    client.require_par = true;
    let mut rp = Rp::of_default_server(OktaOptions { clients: vec![client], ..OktaOptions::default() }).await;
    let url = rp.authorization_url("openid", &[]);
    assert_eq!(rp.http.get(&url).send().await.unwrap().status(), 400);

    let form: Vec<_> = parse_query(&url);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (status, pushed) = rp.post("par", &form, Some(&super::rp::basic(CLIENT_ID, SECRET))).await;
    assert_eq!(status, 201, "{pushed}");
    let url = format!(
        "{}/v1/authorize?client_id={CLIENT_ID}&request_uri={}",
        rp.base,
        pushed["request_uri"].as_str().unwrap()
    );
    value(&rp.visit(&url, "alice").await, "code");
    assert_eq!(rp.http.get(&url).send().await.unwrap().status(), 400);
}

fn parse_query(url: &str) -> Vec<(String, String)> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}
