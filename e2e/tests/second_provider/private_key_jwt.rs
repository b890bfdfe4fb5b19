//! The client authenticates by a signed assertion (OpenID Connect Core §9, RFC 7523).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};
use vestibule_e2e::oidc_provider::ProviderOptions;

use crate::stage::{Options, Stage};

const KEY_ID: &str = "vestibule-2026";

/// What the filter gets, and what the provider gets.
struct Pair {
    private: String,
    public: Value,
}

/// A PEM (PKCS#8) for the filter.
fn rsa_pair() -> Pair {
    let key = RsaPrivateKey::new(&mut rand::thread_rng(), 2048).expect("an RSA key");
    Pair {
        private: key.to_pkcs8_pem(LineEnding::LF).expect("a PEM").to_string(),
        public: json!({
            "kty": "RSA",
            "kid": KEY_ID,
            "n": encode(&key.n().to_bytes_be()),
            "e": encode(&key.e().to_bytes_be()),
        }),
    }
}

/// A private JWK for the filter.
fn ec_pair() -> Pair {
    let key = p256::SecretKey::random(&mut rand::thread_rng());
    let point = key.public_key().to_encoded_point(false);
    let public = json!({
        "kty": "EC",
        "crv": "P-256",
        "kid": KEY_ID,
        "x": encode(point.x().expect("a point that is not at infinity")),
        "y": encode(point.y().expect("an uncompressed point")),
    });
    let mut private = public.clone();
    private["d"] = json!(encode(&key.to_bytes()));
    Pair { private: private.to_string(), public }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn options(algorithm: &str, private: String, public: &Value) -> Options {
    Options {
        config: json!({"client": {
            "auth_method": "private_key_jwt",
            "secret": null,
            "private_key": {"env": "PRIVATE_KEY"},
            "key_id": KEY_ID,
        }}),
        client: json!({
            "client_secret": null,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": algorithm,
            "jwks": {"keys": [public]},
        }),
        environment: vec![("PRIVATE_KEY", private)],
        ..Options::default()
    }
}

async fn signs_in(options: Options) -> Stage {
    let stage = Stage::start(options).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    let redeemed = stage.provider.grants("authorization_code");
    assert_eq!(redeemed.len(), 1, "{redeemed:?}");
    by_assertion(&redeemed[0]);
    stage
}

fn by_assertion(request: &Value) {
    assert_eq!(request["client_auth"], "private_key_jwt", "{request}");
    let parameters = request["parameters"].as_array().expect("its parameters");
    assert!(parameters.contains(&json!("client_assertion")), "{request}");
    assert!(!parameters.contains(&json!("client_secret")), "{request}");
}

#[tokio::test]
async fn an_rsa_key_signs_in_with_rs256() {
    let Pair { private, public } = rsa_pair();
    signs_in(options("RS256", private, &public)).await;
}

#[tokio::test]
async fn an_ec_key_signs_in_with_es256() {
    let Pair { private, public } = ec_pair();
    signs_in(options("ES256", private, &public)).await;
}

#[tokio::test]
async fn a_pushed_request_and_a_refresh_carry_an_assertion_too() {
    let Pair { private, public } = ec_pair();
    let mut options = options("ES256", private, &public);
    options.provider =
        ProviderOptions { require_par: true, access_token_lifetime: 5, ..ProviderOptions::default() };
    options.config["session"] = json!({"refresh": true});
    options.config["client"]["authorization_params"] = json!({"prompt": "consent"});
    let stage = signs_in(options).await;
    for pushed in stage.provider.requests("/request") {
        assert_eq!(pushed["status"], 201, "{pushed}");
        // It takes the assertion out of what it has been pushed before it writes its line.
        assert_eq!(pushed["client_auth"], "private_key_jwt", "{pushed}");
    }
    // The provider takes each assertion once: every call has one of its own.
    for _ in 0..2 {
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
        stage.open("/page").await;
        stage.browser.shows("alice@example.com").await;
    }
    let refreshed = stage.provider.grants("refresh_token");
    assert_eq!(refreshed.len(), 2, "{refreshed:?}");
    for refresh in refreshed {
        assert_eq!(refresh["status"], 200, "{refresh}");
        by_assertion(&refresh);
    }
}

#[tokio::test]
async fn a_key_that_the_provider_does_not_know_is_a_page_that_says_so() {
    let stage = Stage::start(options("ES256", ec_pair().private, &ec_pair().public)).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("client_refused").await;
    assert_eq!(stage.reached().len(), 0);
    let redeemed = stage.provider.grants("authorization_code");
    assert_eq!((&redeemed[0]["status"], &redeemed[0]["error"]), (&json!(401), &json!("invalid_client")));
}
