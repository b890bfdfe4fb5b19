//! What the provider answers, truly or not.

use serde_json::{Value, json};
use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};
use vestibule_testing::{ISSUER, answer, ok};

use crate::support::{form, jwk, signed};

/// Whom the provider knows: in finance, not in finance, and in finance by userinfo only.
pub(super) const SUBS: [&str; 3] = ["00u1", "00u2", "00u3"];

/// Whether the provider says that somebody is in that group.
pub(super) fn is_in_finance(sub: &str) -> bool {
    sub != "00u2"
}

/// What is told by an answer; everything else is trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Honest,
    /// As Envoy says it where the connection was gone.
    Reset,
    Nothing,
    TooLarge,
    Refused,
    Garbage,
}

impl Kind {
    /// Mostly honest.
    pub(super) fn of(choice: u8) -> Self {
        match choice % 10 {
            5 => Self::Reset,
            6 => Self::Nothing,
            7 => Self::TooLarge,
            8 => Self::Refused,
            9 => Self::Garbage,
            _ => Self::Honest,
        }
    }
}

/// To whom a code or a token belongs: in their names, so that the provider needs no memory.
fn named(name: &str, prefix: &str) -> Option<usize> {
    name.strip_prefix(prefix)?.split('-').next()?.parse().ok().filter(|person| *person < SUBS.len())
}

pub(super) fn code(person: u8, nonce: &str) -> String {
    format!("code-{}-{nonce}", usize::from(person) % SUBS.len())
}

pub(super) fn answer_to(call: &HttpCall, kind: Kind, metadata: &Value, now: Timestamp) -> Answer {
    match kind {
        Kind::Honest => honest(call, metadata, now),
        Kind::Reset => answer(503, b"upstream connect error or disconnect/reset before headers"),
        Kind::Nothing => Answer::Nothing,
        Kind::TooLarge => Answer::TooLarge,
        Kind::Refused => answer(400, br#"{"error":"invalid_grant"}"#),
        Kind::Garbage => answer(200, b"{\"keys\":7,\"issuer\":[],\"access_token\":\"\"}\xff"),
    }
}

fn honest(call: &HttpCall, metadata: &Value, now: Timestamp) -> Answer {
    match call.path.rsplit('/').next().unwrap_or_default() {
        "openid-configuration" => ok(metadata),
        "keys" => ok(&json!({"keys": [jwk(0)]})),
        "par" => {
            // The reference has the nonce in it: the browser brings it on to the provider.
            let form = form(call);
            let body =
                json!({"request_uri": format!("urn:{}:{}", form["nonce"], form["state"]), "expires_in": 60});
            answer(201, &body.to_string())
        }
        "token" => tokens(call, now),
        "userinfo" => userinfo(call),
        _ => ok(&json!({})),
    }
}

fn tokens(call: &HttpCall, now: Timestamp) -> Answer {
    let form = form(call);
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    let (person, nonce) = match get("grant_type") {
        "authorization_code" => {
            let code = get("code");
            let nonce = code.splitn(3, '-').nth(2).unwrap_or_default();
            (named(code, "code-"), Some(nonce))
        }
        _ => (named(get("refresh_token"), "refresh-"), None),
    };
    let Some(person) = person else { return answer(400, br#"{"error":"invalid_grant"}"#) };
    let mut claims = json!({"iss": ISSUER, "aud": "app", "exp": now.0.saturating_add(3600), "iat": now.0,
        "sub": SUBS[person], "email": "somebody@example.com"});
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    match person {
        0 => claims["groups"] = json!(["finance", "staff"]),
        1 => claims["groups"] = json!(["staff"]),
        _ => {}
    }
    let id_token = signed(0, &json!({"alg": "ES256", "kid": "0"}).to_string(), &claims.to_string());
    ok(&json!({"id_token": id_token, "access_token": format!("access-{person}"), "token_type": "Bearer",
        "expires_in": 600, "refresh_token": format!("refresh-{person}-{}", now.0)}))
}

fn userinfo(call: &HttpCall) -> Answer {
    let bearer = call.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value);
    let person = bearer.and_then(|bearer| named(bearer.rsplit(' ').next()?, "access-"));
    match person {
        Some(person) => ok(&json!({"sub": SUBS[person], "groups": ["finance"]})),
        None => answer(401, b""),
    }
}
