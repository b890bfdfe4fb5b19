//! ID tokens and keys.

use serde_json::{Value, json};
use vestibule_e2e::okta::{AuthorizationServer, IdTokenTamper};

use super::rp::{CLIENT_ID, Rp, jwt, options, text};

const SCOPE: &str = "openid profile email";

#[tokio::test]
async fn a_custom_server_gives_fat_id_tokens() {
    let mut rp = Rp::of_default_server(options()).await;
    let tokens = rp.tokens("alice", SCOPE).await;
    let (header, claims) = jwt(&tokens["id_token"]);
    assert_eq!(header, json!({ "alg": "RS256", "kid": rp.okta.current_kid() }));
    assert_eq!(claims["iss"], rp.okta.default_issuer());
    assert_eq!((&claims["aud"], &claims["nonce"]), (&json!(CLIENT_ID), &json!("nonce-1")));
    assert!(text(&claims, "sub").starts_with("00u"));
    assert_eq!((&claims["name"], &claims["email_verified"]), (&json!("Alice Ångström"), &json!(true)));
    assert_eq!(claims["groups"], json!(["Everyone", "admin", "finance"]));
    let (_, access) = jwt(&tokens["access_token"]);
    assert_eq!((&access["aud"], &access["sub"]), (&json!("api://default"), &json!("alice@example.com")));
    assert_eq!((&access["cid"], &access["uid"]), (&claims["aud"], &claims["sub"]));
    assert!(access["scp"].is_array());
}

#[tokio::test]
async fn the_org_server_gives_thin_ones_and_the_rest_in_userinfo() {
    let mut rp = Rp::of_org_server(options()).await;
    let tokens = rp.tokens("dave", "openid profile email groups").await;
    let (_, claims) = jwt(&tokens["id_token"]);
    assert_eq!(claims["iss"], rp.okta.org_issuer());
    assert_eq!(claims["email"], "dave@example.com");
    for absent in ["groups", "email_verified", "given_name"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let (access_header, _) = jwt(&tokens["access_token"]);
    let published =
        |kid: &Value| rp.okta.jwk_set()["keys"].as_array().unwrap().iter().any(|k| k["kid"] == *kid);
    assert!(!published(&access_header["kid"]));

    let answer = rp.userinfo(text(&tokens, "access_token")).await;
    let userinfo: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(userinfo["sub"], claims["sub"]);
    assert_eq!(userinfo["groups"], json!(["Everyone", "finance"]));
    assert_eq!(userinfo["email_verified"], false);
}

#[tokio::test]
async fn keys_rotate_among_odd_ones() {
    let rp = Rp::of_default_server(options()).await;
    let kids = || -> Vec<String> {
        let set = rp.okta.jwk_set();
        set["keys"].as_array().unwrap().iter().map(|key| text(key, "kid").to_string()).collect()
    };
    let old = rp.okta.current_kid();
    rp.okta.rotate_keys();
    let new = rp.okta.current_kid();
    assert!(
        old != new && kids().contains(&old) && kids().contains(&new) && kids().contains(&"odd-enc".into())
    );
    rp.okta.withdraw_old_keys();
    assert!(!kids().contains(&old) && kids().contains(&new));

    let answer = rp.http.get(format!("{}/v1/keys", rp.base)).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-cache, no-store");
    let published: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(published, rp.okta.jwk_set());
}

#[tokio::test]
async fn id_tokens_can_be_forged_in_many_ways() {
    let mut rp = Rp::of_default_server(options()).await;
    let honest = rp.tokens("alice", SCOPE).await;
    let (_, claims) = jwt(&honest["id_token"]);
    let forged = |tampers: &[IdTokenTamper]| rp.okta.sign_tampered(&claims, tampers).map(Value::String);

    let (header, _) = jwt(&forged(&[IdTokenTamper::AlgNone]).unwrap());
    assert_eq!(header["alg"], "none");
    let (header, _) = jwt(&forged(&[IdTokenTamper::Hs256WithPublicKey, IdTokenTamper::NoKid]).unwrap());
    assert_eq!(header, json!({ "alg": "HS256" }));
    let wrong_aud = [
        IdTokenTamper::Claim("aud".into(), json!(["other", CLIENT_ID])),
        IdTokenTamper::WithoutClaim("sub".into()),
    ];
    let (_, other) = jwt(&forged(&wrong_aud).unwrap());
    assert_eq!(other["aud"], json!(["other", CLIENT_ID]));
    assert!(other.get("sub").is_none());
    assert_eq!(forged(&[IdTokenTamper::Missing]), None);

    let good = rp.okta.sign(&claims);
    let bad = forged(&[IdTokenTamper::BadSignature]).unwrap();
    let bad = bad.as_str().unwrap();
    assert!(bad != good && bad.rsplit_once('.').unwrap().0 == good.rsplit_once('.').unwrap().0);
}

#[tokio::test]
async fn tampering_lasts_until_cleared() {
    let mut rp = Rp::of_default_server(options()).await;
    rp.okta.tamper(IdTokenTamper::Claim("nonce".into(), json!("another")));
    rp.okta.tamper(IdTokenTamper::ClaimFromNow("exp".into(), -120));
    let (_, claims) = jwt(&rp.tokens("alice", SCOPE).await["id_token"]);
    assert_eq!(claims["nonce"], "another");
    assert!(claims["exp"].as_u64() < claims["iat"].as_u64());
    rp.okta.clear_tampers();
    let (_, claims) = jwt(&rp.tokens("alice", SCOPE).await["id_token"]);
    assert_eq!(claims["nonce"], "nonce-1");
}

#[tokio::test]
async fn an_access_token_comes_without_a_sign_in_too() {
    let rp = Rp::of_default_server(options()).await;
    let server = AuthorizationServer::Custom("default".into());
    let token = rp.okta.access_token(&server, CLIENT_ID, "bob", &["openid", "orders.read"]).unwrap();
    assert_eq!(rp.userinfo(&token).await.status(), 200);
    assert_eq!(rp.okta.access_token(&server, CLIENT_ID, "nobody", &[]), None);
}
