//! A provider that says what it is told to: the filter signs people in with it as with a real one, and nothing leaves
//! this machine. Its keys are made up, so whatever it signs counts nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Map, Value, json};
use vestibule::config::Config;
use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};

use crate::made_up_key;

/// Stands for every access token.
pub(super) const ACCESS_TOKEN: &str = "made-up-access-token";

pub(super) struct Provider {
    key: SigningKey,
    issuer: String,
    client: String,
    /// Of the further issuers as well.
    issuers: Vec<String>,
    endpoints: Map<String, Value>,
    /// What the ID token of the sign-in under way says.
    claims: Map<String, Value>,
    nonce: String,
}

impl Provider {
    pub(super) fn of(config: &Config) -> Option<Self> {
        let issuer = config.provider.issuer.as_str().to_owned();
        let named = &config.provider.endpoints;
        let at = |given: &Option<vestibule::config::HttpUrl>, path: &str| {
            json!(given.as_ref().map_or_else(
                || format!("{}/{path}", issuer.trim_end_matches('/')),
                |url| url.as_str().to_owned()
            ))
        };
        let endpoints = [
            ("authorization_endpoint", at(&named.authorization_endpoint, "authorize")),
            ("token_endpoint", at(&named.token_endpoint, "token")),
            ("jwks_uri", at(&named.jwks_uri, "keys")),
            ("userinfo_endpoint", at(&named.userinfo_endpoint, "userinfo")),
            ("end_session_endpoint", at(&named.end_session_endpoint, "logout")),
            (
                "pushed_authorization_request_endpoint",
                at(&named.pushed_authorization_request_endpoint, "par"),
            ),
        ];
        Some(Self {
            key: made_up_key::signing_key()?,
            client: config.client.id.clone(),
            issuers: config.issuers.iter().map(|issuer| issuer.provider.issuer.as_str().to_owned()).collect(),
            endpoints: endpoints.into_iter().map(|(name, url)| (name.to_owned(), url)).collect(),
            issuer,
            claims: Map::new(),
            nonce: String::new(),
        })
    }

    /// What the next ID token says of somebody.
    pub(super) fn will_say(&mut self, claims: Map<String, Value>) {
        self.claims = claims;
    }

    pub(super) fn remember_nonce(&mut self, nonce: &str) {
        nonce.clone_into(&mut self.nonce);
    }

    pub(super) fn is_authorization(&self, url: &str) -> bool {
        self.endpoints["authorization_endpoint"].as_str().is_some_and(|endpoint| url.starts_with(endpoint))
    }

    /// Answers whatever the filter asks a provider.
    pub(super) fn answer(&mut self, call: &HttpCall, now: Timestamp) -> Answer {
        let url = format!("{}://{}{}", call.scheme, call.authority, call.path);
        let is = |name: &str| self.endpoints[name].as_str() == Some(&url);
        if is("jwks_uri") || url.ends_with("/made-up-keys") {
            return ok(&json!({"keys": [made_up_key::public(&self.key)]}));
        }
        if is("token_endpoint") {
            return ok(&self.tokens(now));
        }
        if is("userinfo_endpoint") {
            let mut claims = self.claims.clone();
            claims.entry("sub").or_insert(json!("someone"));
            return ok(&Value::Object(claims));
        }
        if is("pushed_authorization_request_endpoint") {
            let body = url::form_urlencoded::parse(&call.body).into_owned();
            let nonce = body.filter(|(name, _)| name == "nonce").map(|(_, value)| value).last();
            self.nonce = nonce.unwrap_or_default();
            let state =
                url::form_urlencoded::parse(&call.body).into_owned().find(|(name, _)| name == "state");
            self.endpoints.insert("pushed_state".to_owned(), json!(state.map(|(_, value)| value)));
            return response(201, &json!({"request_uri": "urn:made-up", "expires_in": 60}));
        }
        if url.starts_with(&self.issuer) {
            let mut metadata = self.endpoints.clone();
            metadata.insert("issuer".to_owned(), json!(self.issuer));
            return ok(&Value::Object(metadata));
        }
        let further = self.issuers.iter().find(|issuer| url.starts_with(issuer.as_str()));
        further.map_or(Answer::Nothing, |issuer| {
            let at = |name: &str| format!("{}/{name}", issuer.trim_end_matches('/'));
            ok(&json!({"issuer": issuer, "jwks_uri": at("made-up-keys"), "authorization_endpoint": at("authorize"), "token_endpoint": at("token")}))
        })
    }

    /// The `state` of a pushed request, which the browser's URL does not show.
    pub(super) fn pushed_state(&self) -> Option<String> {
        self.endpoints.get("pushed_state").and_then(Value::as_str).map(str::to_owned)
    }

    fn tokens(&self, now: Timestamp) -> Value {
        let mut claims = self.claims.clone();
        claims.entry("sub").or_insert(json!("someone"));
        claims.entry("auth_time").or_insert(json!(now.0));
        for (name, value) in [
            ("iss", json!(self.issuer)),
            ("aud", json!(self.client)),
            ("iat", json!(now.0)),
            ("exp", json!(now.0 + 3_600)),
            ("nonce", json!(self.nonce)),
        ] {
            claims.insert(name.to_owned(), value);
        }
        let id_token = self.sign(&json!({}), &Value::Object(claims));
        json!({"id_token": id_token, "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3_600})
    }

    /// A token with these claims and this header, signed anew.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut header = header.as_object().cloned().unwrap_or_default();
        header.insert("alg".to_owned(), json!("ES256"));
        header.insert("kid".to_owned(), json!(made_up_key::KID));
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&Value::Object(header)), part(claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

fn ok(body: &Value) -> Answer {
    response(200, body)
}

fn response(status: u16, body: &Value) -> Answer {
    Answer::Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}
