//! What a provider, or whoever plays one, answers.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;
use vestibule::inputs::Timestamp;
use vestibule::jose::JwkSet;
use vestibule::oidc::authorization_request::{self, Parameters, Prompt};
use vestibule::oidc::id_token::{Expected, Nonce};
use vestibule::oidc::provider::discovery_call;
use vestibule::oidc::token::{TokenError, TokenResponse};
use vestibule::oidc::{Answer, IdToken, ProviderMetadata, RelyingParty, VerifiedClaims, jwks};
use vestibule_testing::{ISSUER, answer, metadata_json, ok};

use crate::support::{CONFIG, NOW, base64url, byte, jwk, signed, take};

const NONCE: &str = "the-nonce";
const ACCESS_TOKEN: &str = "the-access-token";

const EXPECTED: Expected<'static> = Expected {
    issuer: ISSUER,
    client_id: "app",
    nonce: Nonce::Is(NONCE),
    access_token: ACCESS_TOKEN,
    max_age: None,
    now: NOW,
};

fn honest_claims() -> Value {
    json!({"iss": ISSUER, "aud": "app", "exp": NOW.0 + 3600, "iat": NOW.0, "nonce": NONCE, "sub": "00u1"})
}

fn honest_token() -> String {
    signed(0, r#"{"alg":"ES256","kid":"0"}"#, &honest_claims().to_string())
}

fn verified(token: &str, keys: &JwkSet) -> Option<VerifiedClaims> {
    IdToken::new(token.to_owned()).verify(keys, &EXPECTED).ok()
}

fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(bytes).ok()
}

/// A set verifies the key's token only if the key is in it, and no odd key spoils a good one.
pub fn jwk_set(data: &[u8]) {
    let token = honest_token();
    let set = object(data);
    let keys = set.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
    if let Ok(read) = jwks::read(&answer(200, data)) {
        let keys = keys.expect("a set is an object with keys");
        let in_it = keys.iter().any(|key| key["x"] == jwk(0)["x"] && key["y"] == jwk(0)["y"]);
        assert!(in_it || verified(&token, &read).is_none(), "signed by a key that is not there");
        // Whatever the keys are: signatures that nobody made fit none of them.
        for key in keys.iter().take(4) {
            let kid = key.get("kid").and_then(Value::as_str).unwrap_or_default();
            for algorithm in ["RS256", "PS512", "ES256", "ES384", "EdDSA", "HS256", "none"] {
                let header = json!({"alg": algorithm, "kid": kid}).to_string();
                let forged = signed(2, &header, &honest_claims().to_string());
                let by_its_key = keys.iter().any(|key| key["x"] == jwk(2)["x"] && key["y"] == jwk(2)["y"]);
                assert!(by_its_key || verified(&forged, &read).is_none(), "{algorithm}");
            }
        }
    }
    assert!(jwks::read(&answer(500, data)).is_err() && jwks::read(&Answer::TooLarge).is_err());
    // Law 10: beside whatever else is there.
    if let Some(keys) = keys.filter(|keys| keys.len() < 63) {
        for at in [0, keys.len()] {
            let mut keys = keys.clone();
            keys.insert(at, jwk(0).clone());
            let read = jwks::read(&ok(&json!({"keys": keys}))).expect("one key is good");
            assert!(verified(&token, &read).is_some(), "an odd key spoils the others");
        }
    }
}

/// What verifies was signed by the provider's key and says what OIDC Core §3.1.3.7 asks for.
///
/// The first byte says how the rest becomes a token: as it stands; as its parts, signed by the right key or
/// by another; or as changes of an honest token's parts.
pub fn id_token(data: &[u8]) {
    let mut data = data;
    let way = byte(&mut data) % 4;
    let keys = jwks::read(&ok(&json!({"keys": [jwk(0), jwk(1)]}))).expect("good keys");
    let text = String::from_utf8_lossy(data).into_owned();
    if way == 0 {
        let honest = honest_token();
        if verified(&text, &keys).is_some() {
            // A signature has two forms (`s` and `n - s`): what is signed must be the same, text for text.
            let signed = |token: &str| token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
            assert_eq!(signed(&text), signed(&honest));
        }
        let at = text.len() % honest.len();
        let cut = format!("{}{}", &honest[..at], &honest[at + 1..]);
        assert!(verified(&cut, &keys).is_none(), "a character less at {at}");
        return;
    }
    let (header, payload) = match way {
        1 | 2 => {
            let (header, payload) = text.split_once('\n').unwrap_or((r#"{"alg":"ES256","kid":"0"}"#, &text));
            (header.to_owned(), payload.to_owned())
        }
        _ => changed(&mut data),
    };
    let key = if way == 2 { 2 } else { 0 };
    let token = signed(key, &header, &payload);
    let Some(claims) = verified(&token, &keys) else { return };
    assert_eq!(key, 0, "signed by a key that is not in the set");
    let header = object(header.as_bytes()).expect("an object");
    let payload = object(payload.as_bytes()).expect("an object");
    assert_eq!(header["alg"], "ES256");
    assert!(!header.contains_key("crit"));
    assert!(
        header
            .get("typ")
            .is_none_or(|kind| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("jwt")))
    );
    assert_rules(&payload);
    assert_eq!(payload["sub"], claims.sub.as_str());
    assert!(!claims.sub.is_empty() && claims.sub.len() <= 255);
    assert_eq!(claims.claims, payload);
}

/// Honest parts after some changes: each names a claim (or a member of the header) and a new value.
fn changed(data: &mut &[u8]) -> (String, String) {
    const NAMES: [&str; 14] = [
        "iss", "aud", "exp", "iat", "nonce", "sub", "azp", "nbf", "at_hash", "alg", "kid", "typ", "crit",
        "jti",
    ];
    let half = |text: &str| base64url(&Sha256::digest(text)[..16]);
    let values = [
        Value::Null,
        json!(""),
        json!("app"),
        json!(["app"]),
        json!(["app", "other"]),
        json!(["other"]),
        json!([]),
        json!(ISSUER),
        json!(format!("{ISSUER}/")),
        json!(NONCE),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(NOW.0),
        json!(NOW.0 - 60),
        json!(NOW.0 - 61),
        json!(NOW.0 + 60),
        json!(NOW.0 + 61),
        json!(NOW.0 as f64 + 60.5),
        json!(u64::MAX),
        json!("ES256"),
        json!("none"),
        json!("HS256"),
        json!("EdDSA"),
        json!("0"),
        json!("1"),
        json!("JWT"),
        json!("at+jwt"),
        json!({}),
        json!(true),
        json!(half(ACCESS_TOKEN)),
        json!(half("another")),
        json!("s".repeat(255)),
        json!("s".repeat(256)),
    ];
    let mut header = json!({"alg": "ES256", "kid": "0"});
    let mut payload = honest_claims();
    while data.len() >= 2 {
        let name = NAMES[usize::from(byte(data)) % NAMES.len()];
        let value = usize::from(byte(data));
        let part = if matches!(name, "alg" | "kid" | "typ" | "crit") { &mut header } else { &mut payload };
        match values.get(value % (values.len() + 2)) {
            Some(value) => part[name] = value.clone(),
            None if value % 2 == 0 => {
                part.as_object_mut().expect("an object").remove(name);
            }
            None => part[name] = Value::from(String::from_utf8_lossy(take(data, 8))),
        }
    }
    (header.to_string(), payload.to_string())
}

/// The rules of the specification once more.
fn assert_rules(claims: &Map<String, Value>) {
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["nonce"], NONCE);
    let for_us = |aud: &Value| *aud == "app";
    match &claims["aud"] {
        Value::Array(several) => {
            assert!(several.iter().any(for_us));
            assert!(several.len() == 1 || claims.get("azp").is_some_and(for_us));
        }
        one => assert!(for_us(one)),
    }
    assert!(claims.get("azp").is_none_or(for_us));
    let now = NOW.0 as f64;
    assert!(claims["exp"].as_f64().is_some_and(|exp| exp > now - 60.0));
    assert!(claims["iat"].as_f64().is_some_and(|iat| iat < now + 61.0));
    assert!(claims.get("nbf").is_none_or(|nbf| nbf.as_f64().is_some_and(|nbf| nbf < now + 61.0)));
    let hash = base64url(&Sha256::digest(ACCESS_TOKEN)[..16]);
    assert!(claims.get("at_hash").is_none_or(|at_hash| *at_hash == hash));
}

/// Tokens only from a 200 with everything in it; an error is a line that can be logged.
///
/// Two bytes are the status, 0 for 200.
pub fn token_response(data: &[u8]) {
    let mut data = data;
    let status = u16::from_be_bytes([byte(&mut data), byte(&mut data)]);
    let status = if status == 0 { 200 } else { status };
    let signed_in = TokenResponse::read(&answer(status, data), NOW)
        .and_then(|tokens| Ok((tokens.require_id_token()?.clone(), tokens)));
    match signed_in {
        Ok((id_token, tokens)) => {
            let response = object(data).expect("an object");
            let text = |name: &str| response[name].as_str().expect("a text");
            assert_eq!(status, 200);
            assert!(text("token_type").eq_ignore_ascii_case("bearer"));
            assert_eq!(text("id_token"), id_token.as_str());
            assert_eq!(text("access_token"), tokens.access_token);
            assert!(!tokens.access_token.is_empty() && !id_token.as_str().is_empty());
            assert!(tokens.access_token_expires_at.is_none_or(|at| at >= NOW));
            let shown = format!("{tokens:?}");
            assert!(shown.contains("redacted") && shown.len() < 40, "{shown}");
            let keys = jwks::read(&ok(&json!({"keys": [jwk(0)]}))).expect("a good key");
            assert!(id_token.verify(&keys, &EXPECTED).is_err() || data.len() > 200);
        }
        Err(error) => {
            let line = error.to_string();
            assert!(line.len() < 200 && line.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{line:?}");
            if matches!(error, TokenError::Refused { .. }) {
                assert!((400..500).contains(&status));
            }
        }
    }
    // A refresh is answered likewise, with an ID token or without.
    if let Ok(refreshed) = TokenResponse::read(&answer(status, data), NOW) {
        assert!(status == 200 && !refreshed.access_token.is_empty());
        assert!(refreshed.refresh_token.is_none_or(|token| !token.is_empty()));
    }
    let headers =
        vec![("retry-after".to_owned(), data.to_vec()), ("x-rate-limit-reset".to_owned(), data.to_vec())];
    let limited = Answer::Response { status: 429, headers, body: vec![] };
    assert!(limited.retry_after(NOW).is_none_or(|seconds| seconds <= 60));
    let lost = [Answer::Nothing, Answer::TooLarge];
    assert!(lost.iter().all(|answer| TokenResponse::read(answer, Timestamp(u64::MAX)).is_err()));
}

/// Metadata are of the configured issuer, and every endpoint in them can be called and is secure.
///
/// The document as it stands; and, where it is a JSON object, its members in place of honest ones.
pub fn metadata(data: &[u8]) {
    let config = &*CONFIG;
    check_metadata(data, config);
    if let Some(changes) = object(data) {
        let mut metadata = metadata_json();
        metadata.as_object_mut().expect("an object").extend(changes);
        check_metadata(metadata.to_string().as_bytes(), config);
    }
    let call = discovery_call(&config.provider);
    assert_eq!(call.path, "/oauth2/default/.well-known/openid-configuration");
}

fn check_metadata(document: &[u8], config: &vestibule::config::Config) {
    let metadata = match ProviderMetadata::read(&answer(200, document), &config.provider) {
        Ok(metadata) => metadata,
        Err(error) => {
            let line = error.to_string();
            assert!(line.len() < 200 && line.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{line:?}");
            return;
        }
    };
    assert_eq!(object(document).expect("an object")["issuer"], ISSUER);
    let ProviderMetadata { userinfo_endpoint, end_session_endpoint, revocation_endpoint, .. } = &metadata;
    let optional = [userinfo_endpoint, end_session_endpoint, revocation_endpoint];
    let required = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
    for endpoint in required.into_iter().chain(optional.into_iter().flatten()) {
        let url = Url::parse(endpoint.as_str()).expect("a URL");
        // A host at the root is compared without its dot.
        let host = url.host_str().expect("a host").trim_end_matches('.');
        assert!(url.scheme() == "https" || vestibule::web::host::is_loopback(host), "{url}");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
        assert_eq!((endpoint.host(), Some(endpoint.port())), (host, url.port_or_known_default()));
        assert!(endpoint.path_and_query().starts_with('/'));
        for part in [endpoint.authority(), endpoint.path_and_query()] {
            assert!(part.bytes().all(|byte| byte.is_ascii_graphic()), "{part:?}");
        }
    }
    let parameters = Parameters {
        login_hint: None,
        redirect_uri: "https://a.example/cb",
        state: "s.t",
        nonce: "n",
        code_verifier: "v",
        prompt: Some(Prompt::SelectAccount),
        authentication: None,
    };
    let relying_party =
        RelyingParty { provider: &config.provider, client: &config.client, metadata: &metadata };
    let location = authorization_request::url(&relying_party, &parameters);
    let url = Url::parse(&location).expect("a URL");
    let endpoint = Url::parse(metadata.authorization_endpoint.as_str()).expect("a URL");
    assert_eq!((url.origin(), url.path()), (endpoint.origin(), endpoint.path()));
    assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
    let last = |name: &str| {
        url.query_pairs().filter(|(own, _)| own == name).last().map(|(_, value)| value.into_owned())
    };
    assert_eq!(last("state").as_deref(), Some("s.t"));
    assert_eq!(last("code_challenge_method").as_deref(), Some("S256"));
    let prompt = last("prompt");
    assert!(matches!(prompt.as_deref(), Some("login" | "select_account")), "{prompt:?}");
}
