//! What the targets share: the configuration as it is read, the provider's keys, and cookies read another way.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use vestibule::config::{self, Config, Secret};
use vestibule::inputs::Timestamp;
use vestibule::oidc::HttpCall;
use vestibule::session::cookie_scope::CookieScopes;
use vestibule::session::{CookieJar, Sealer};
use vestibule_testing::configuration;

pub(crate) const COOKIE: &str = "__Host-vestibule";
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);

/// The smallest configuration, read once.
pub(crate) static CONFIG: LazyLock<Config> = LazyLock::new(|| config(&json!({})));

pub(crate) fn config(extra: &Value) -> Config {
    let configuration = configuration(extra).to_string();
    config::load(configuration.as_bytes(), &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn scopes(config: &Config) -> CookieScopes {
    CookieScopes::new(config)
}

pub(crate) fn sealer(config: &Config) -> Sealer {
    Sealer::new(&config.session.secrets).expect("there is a secret")
}

/// Of another deployment.
pub(crate) fn unused_sealer() -> Sealer {
    Sealer::new(&[Secret::new("fedcba9876543210fedcba9876543210".to_owned())]).expect("there is a secret")
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

pub(crate) fn jar<'r>(scopes: &CookieScopes, header: &'r [u8]) -> CookieJar<'r> {
    CookieJar::parse(scopes, [header])
}

/// The fields of a call's form; the last where one comes twice.
pub(crate) fn form(call: &HttpCall) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&call.body).into_owned().collect()
}

/// A `Set-Cookie` value is one line that a browser reads as meant.
pub(crate) fn assert_set_cookie(cookie: &str, secure: bool) {
    assert!(cookie.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{cookie:?}");
    let mut parts = cookie.split("; ");
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a pair");
    assert!(!name.is_empty() && name.len() + value.len() <= 4096, "{cookie:?}");
    let attributes: Vec<_> = parts.collect();
    // What only the filter's own paths need goes there only.
    let path = if name.contains("vestibule_i") { "Path=/oauth2" } else { "Path=/" };
    for wanted in [path, "HttpOnly"] {
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
