//! The token endpoint: codes, client authentication, refresh tokens; and userinfo, introspection, revocation.

use std::time::Duration;

use vestibule_e2e::okta::{ClientAuth, RefreshTokens, TokenAnswer};

use super::rp::{CLIENT_ID, REDIRECT_URI, Rp, SECRET, VERIFIER, basic, jwt, options, text};

const OFFLINE: &str = "openid profile email offline_access";

#[tokio::test]
async fn a_code_gives_tokens_once() {
    let mut rp = Rp::of_default_server(options()).await;
    let code = rp.code("alice", "openid").await;
    let (status, tokens) = rp.redeem(&code, VERIFIER).await;
    assert_eq!((status, text(&tokens, "token_type")), (200, "Bearer"));
    assert!(tokens.get("refresh_token").is_none());

    let (status, error) = rp.redeem(&code, VERIFIER).await;
    assert_eq!((status, text(&error, "error")), (400, "invalid_grant"));
    assert_eq!(rp.okta.code_replays(), 1);
    // What the code had given is void.
    assert_eq!(rp.userinfo(text(&tokens, "access_token")).await.status(), 401);

    let log = rp.okta.token_requests();
    assert_eq!(log[0].answer, TokenAnswer::Tokens);
    assert_eq!(log[0].auth_method.as_deref(), Some("client_secret_basic"));
    assert_eq!(log[1].answer, TokenAnswer::Refused("invalid_grant".into()));
    assert!(rp.okta.secrets().contains(&code));
}

#[tokio::test]
async fn a_code_is_bound_to_verifier_uri_server_and_time() {
    let mut rp = Rp::of_default_server(options()).await;
    let code = rp.code("alice", "openid").await;
    let other_verifier = "x".repeat(43);
    let form = |uri| {
        [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", uri),
            ("code_verifier", VERIFIER),
        ]
    };
    assert_eq!(text(&rp.redeem(&code, &other_verifier).await.1, "error"), "invalid_grant");
    assert_eq!(text(&rp.token(&form("http://localhost:10000/")).await.1, "error"), "invalid_grant");
    let default = std::mem::replace(&mut rp.base, format!("{}/oauth2", rp.okta.base_url()));
    assert_eq!(text(&rp.token(&form(REDIRECT_URI)).await.1, "error"), "invalid_grant");
    rp.base = default;
    rp.okta.advance_clock(Duration::from_secs(301));
    assert_eq!(text(&rp.redeem(&code, VERIFIER).await.1, "error"), "invalid_grant");
}

#[tokio::test]
async fn a_client_authenticates_in_exactly_one_registered_way() {
    let mut rp = Rp::of_default_server(options()).await;
    let (post, wrong) = ([("client_id", CLIENT_ID), ("client_secret", SECRET)], basic(CLIENT_ID, "wrong"));
    let right = basic(CLIENT_ID, SECRET);
    for (auth, form, header, expected) in [
        (ClientAuth::Secret(SECRET.into()), vec![], Some(&right), 200),
        (ClientAuth::Secret(SECRET.into()), post.to_vec(), None, 200),
        (ClientAuth::Secret(SECRET.into()), post.to_vec(), Some(&right), 400),
        (ClientAuth::Secret(SECRET.into()), vec![], Some(&wrong), 401),
        (ClientAuth::Secret(SECRET.into()), vec![post[0]], None, 401),
        (ClientAuth::Basic(SECRET.into()), post.to_vec(), None, 401),
        (ClientAuth::Post(SECRET.into()), vec![], Some(&right), 401),
        (ClientAuth::None, vec![post[0]], None, 200),
        (ClientAuth::None, vec![], Some(&right), 401),
    ] {
        rp.okta.configure(|options| options.clients[0].auth = auth.clone());
        let code = rp.code("alice", "openid").await;
        let mut form = form;
        form.extend([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ]);
        let (status, answer) = rp.post("token", &form, header.map(String::as_str)).await;
        assert_eq!(status, expected, "{auth:?} {answer}");
        if status == 401 {
            assert_eq!(text(&answer, "error"), "invalid_client");
        }
    }
}

#[tokio::test]
async fn private_key_jwt_is_verified_and_single_use() {
    let mut rp = Rp::of_default_server(options()).await;
    // The stand-in's own key serves as the client's.
    let key = rp.okta.jwk_set()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == rp.okta.current_kid())
        .unwrap()
        .clone();
    rp.okta.configure(|options| options.clients[0].auth = ClientAuth::PrivateKeyJwt(vec![key]));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let assertion = |aud: &str, exp: u64| {
        rp.okta.sign(&serde_json::json!({
            "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": aud, "exp": exp, "iat": now, "jti": format!("{aud}{exp}"),
        }))
    };
    let endpoint = format!("{}/v1/token", rp.base);
    let good = assertion(&endpoint, now + 60);
    let cases = [
        (assertion("https://elsewhere", now + 60), 401),
        (assertion(&endpoint, now + 7200), 401),
        (good.clone(), 200),
        (good, 401),
    ];
    for (assertion, expected) in cases {
        let code = rp.code("alice", "openid").await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let (status, answer) = rp.post("token", &form, None).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_refresh_token_rotates_with_grace_and_its_reuse_ends_the_family() {
    let mut rp = Rp::of_default_server(options()).await;
    let first = rp.tokens("alice", OFFLINE).await;
    let old = text(&first, "refresh_token");
    assert_eq!(old.len(), 43);

    let (_, second) = rp.refresh(old).await;
    let new = text(&second, "refresh_token");
    assert_ne!(new, old);
    let (_, claims) = jwt(&second["id_token"]);
    assert!(claims.get("nonce").is_none());

    let (status, again) = rp.refresh(old).await;
    assert_eq!((status, text(&again, "refresh_token")), (200, new), "within the grace");

    rp.okta.advance_clock(Duration::from_secs(31));
    assert_eq!(text(&rp.refresh(old).await.1, "error"), "invalid_grant");
    assert_eq!(text(&rp.refresh(new).await.1, "error"), "invalid_grant");
    assert_eq!(rp.userinfo(text(&again, "access_token")).await.status(), 401);
}

#[tokio::test]
async fn without_rotation_no_new_refresh_token_comes() {
    let mut rp = Rp::of_default_server(options()).await;
    rp.okta.configure(|options| options.refresh = RefreshTokens::Keep);
    let tokens = rp.tokens("alice", OFFLINE).await;
    let (_, refreshed) = rp.refresh(text(&tokens, "refresh_token")).await;
    assert!(refreshed.get("refresh_token").is_none() && refreshed.get("id_token").is_some());
    let (_, bare) =
        rp.token(&[("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))]).await;
    assert!(bare.get("id_token").is_none(), "'openid' was not asked for again");
}

#[tokio::test]
async fn tokens_can_be_introspected_and_revoked() {
    let mut rp = Rp::of_default_server(options()).await;
    let tokens = rp.tokens("alice", OFFLINE).await;
    let access_token = text(&tokens, "access_token");
    let client = basic(CLIENT_ID, SECRET);
    let (_, about) = rp.post("introspect", &[("token", access_token)], Some(&client)).await;
    assert_eq!((&about["active"], &about["username"]), (&true.into(), &"alice@example.com".into()));
    assert_eq!(rp.post("introspect", &[("token", access_token)], None).await.0, 401);

    let refresh_token = text(&tokens, "refresh_token");
    assert_eq!(rp.post("revoke", &[("token", refresh_token)], Some(&client)).await.0, 200);
    let (_, about) = rp.post("introspect", &[("token", access_token)], Some(&client)).await;
    assert_eq!(about, serde_json::json!({ "active": false }));
    assert_eq!(rp.refresh(refresh_token).await.0, 400);
}

#[tokio::test]
async fn userinfo_tells_its_errors_in_a_challenge() {
    let rp = Rp::of_default_server(options()).await;
    let answer = rp.userinfo("garbage").await;
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{challenge}");
}
