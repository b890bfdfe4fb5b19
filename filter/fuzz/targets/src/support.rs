//! What the targets share: a configuration, a provider's key, randomness that repeats itself from run to run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use vestibule::config::{self, Config, Secret};
use vestibule::inputs::{Entropy, NoEntropy, Shared, SharedValue, Timestamp};
use vestibule::oidc::Answer;
use vestibule::session::scope::Scopes;
use vestibule::session::{CookieJar, Sealer};

pub(crate) const ISSUER: &str = "https://op.example/oauth2/default";
pub(crate) const HOST: &str = "app.example.com";
pub(crate) const COOKIE: &str = "__Host-vestibule";
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);
pub(crate) const CLIENT_SECRET: &str = "the-client-secret";
pub(crate) const SESSION_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// No two draws are equal, and every run draws the same.
#[derive(Debug, Default)]
pub(crate) struct TestEntropy {
    drawn: u64,
    pub(crate) dry: bool,
}

impl Entropy for TestEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        if self.dry {
            return Err(NoEntropy);
        }
        for chunk in bytes.chunks_mut(8) {
            self.drawn += 1;
            // Splitmix: neighbours look nothing like one another.
            let mut word = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word ^= word >> 27;
            chunk.copy_from_slice(&word.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// The shared data of one Envoy.
#[derive(Debug, Default)]
pub(crate) struct TestShared(BTreeMap<u8, SharedValue>);

impl Shared for TestShared {
    fn read(&mut self, slot: u8) -> SharedValue {
        self.0.get(&slot).cloned().unwrap_or_default()
    }

    fn write(&mut self, slot: u8, bytes: &[u8], mark: u32) -> bool {
        let value = self.0.entry(slot).or_default();
        let fits = value.mark == mark;
        if fits {
            *value = SharedValue { bytes: bytes.to_vec(), mark: mark + 1 };
        }
        fits
    }
}

/// The smallest configuration, with `extra` merged into it.
pub(crate) fn configuration(extra: &Value) -> Value {
    let mut base = json!({
        "provider": {"issuer": ISSUER},
        "client": {"id": "app", "secret": {"value": CLIENT_SECRET}, "scopes": ["openid", "email", "groups"]},
        "session": {"secrets": [{"value": SESSION_SECRET}]},
    });
    merge(&mut base, extra);
    base
}

fn merge(base: &mut Value, extra: &Value) {
    match (base, extra) {
        (Value::Object(base), Value::Object(extra)) => {
            for (key, value) in extra {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, extra) => *base = extra.clone(),
    }
}

/// The smallest configuration, read once.
pub(crate) static CONFIG: LazyLock<Config> = LazyLock::new(|| config(&json!({})));

pub(crate) fn config(extra: &Value) -> Config {
    let configuration = configuration(extra).to_string();
    config::load(configuration.as_bytes(), &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn scopes(config: &Config) -> Scopes {
    Scopes::new(&config.session.cookie, config.provider.issuer.as_str(), &config.client.id)
}

pub(crate) fn sealer(config: &Config) -> Sealer {
    Sealer::new(&config.session.secrets).expect("there is a secret")
}

/// Of another deployment.
pub(crate) fn unused_sealer() -> Sealer {
    Sealer::new(&[Secret::new("fedcba9876543210fedcba9876543210".to_owned())]).expect("there is a secret")
}

pub(crate) fn answer(status: u16, body: &[u8]) -> Answer {
    Answer::Response { status, headers: vec![], body: body.to_vec() }
}

pub(crate) fn ok(body: &Value) -> Answer {
    answer(200, body.to_string().as_bytes())
}

pub(crate) fn metadata_json() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/v1/authorize"),
        "token_endpoint": format!("{ISSUER}/v1/token"),
        "jwks_uri": format!("{ISSUER}/v1/keys"),
        "userinfo_endpoint": format!("{ISSUER}/v1/userinfo"),
        "end_session_endpoint": format!("{ISSUER}/v1/logout"),
        "revocation_endpoint": format!("{ISSUER}/v1/revoke"),
    })
}

/// Keys of the provider; each signs, and its public half is a JWK with the number as `kid`.
static KEYS: LazyLock<Vec<(SigningKey, Value)>> = LazyLock::new(|| {
    let key = |number: u8| {
        let key = SigningKey::from_slice(&[number + 7; 32]).expect("a small number is a key");
        let point = key.verifying_key().to_sec1_point(false);
        let coordinate =
            |bytes: Option<&p256::FieldBytes>| URL_SAFE_NO_PAD.encode(bytes.expect("no infinity"));
        let jwk = json!({"kty": "EC", "crv": "P-256", "kid": number.to_string(),
            "x": coordinate(point.x()), "y": coordinate(point.y())});
        (key, jwk)
    };
    (0..3).map(key).collect()
});

pub(crate) fn jwk(key: usize) -> &'static Value {
    &KEYS[key].1
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token whose two JSON parts are these texts, whatever they are.
pub(crate) fn signed(key: usize, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", base64url(header), base64url(payload));
    let signature: Signature = KEYS[key].0.sign(signed.as_bytes());
    format!("{signed}.{}", base64url(signature.to_bytes()))
}

/// The pairs of a `cookie` header, read independently of the filter.
pub(crate) fn pairs(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    header.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|pair| !pair.is_empty()).map(|pair| {
        match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (pair[..at].trim_ascii_end(), pair[at + 1..].trim_ascii_start()),
            None => (pair, b"".as_slice()),
        }
    })
}

/// The browser's `cookie` header after these `Set-Cookie` values, and no others.
pub(crate) fn header_of(set_cookies: &[String]) -> String {
    set_cookies
        .iter()
        .filter(|cookie| !cookie.contains("Max-Age=0"))
        .map(|cookie| cookie.split(';').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("; ")
}

pub(crate) fn jar(header: &[u8]) -> CookieJar<'_> {
    CookieJar::parse([header])
}

/// A `Set-Cookie` value is one line that a browser reads as meant.
pub(crate) fn assert_set_cookie(cookie: &str, secure: bool) {
    assert!(cookie.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{cookie:?}");
    let mut parts = cookie.split("; ");
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a pair");
    assert!(!name.is_empty() && name.len() + value.len() <= 4096, "{cookie:?}");
    let attributes: Vec<_> = parts.collect();
    for wanted in ["Path=/", "HttpOnly"] {
        assert!(attributes.contains(&wanted), "{cookie:?}");
    }
    assert_eq!(attributes.contains(&"Secure"), secure, "{cookie:?}");
    if name.starts_with("__Host-") {
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("Domain=")), "{cookie:?}");
    }
}

/// Splits a piece of `length` bytes, or of all there are, from `data`.
pub(crate) fn take<'d>(data: &mut &'d [u8], length: usize) -> &'d [u8] {
    let (piece, rest) = data.split_at(length.min(data.len()));
    *data = rest;
    piece
}

/// One byte; 0 after the end.
pub(crate) fn byte(data: &mut &[u8]) -> u8 {
    take(data, 1).first().copied().unwrap_or(0)
}
