//! A small relying party, so that a test says only what is particular to it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use url::form_urlencoded;
use vestibule_e2e::okta::{Client, OktaOptions, StandInOkta, sign_in};

pub(crate) const CLIENT_ID: &str = "0oa1vestibule00001d7";
/// With characters that must be encoded in a Basic header.
pub(crate) const SECRET: &str = "a secret:with+odd%characters&and=more";
pub(crate) const REDIRECT_URI: &str = "http://localhost:10000/oauth2/callback";
pub(crate) const SIGNED_OUT: &str = "http://localhost:10000/oauth2/signed_out";
/// From RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Rp {
    pub(crate) okta: StandInOkta,
    /// The base of the endpoints: `…/oauth2/default` or `…/oauth2`.
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    pub(crate) cookies: String,
}

impl Rp {
    pub(crate) async fn of_default_server(options: OktaOptions) -> Self {
        Self::new(options, "/oauth2/default").await
    }

    pub(crate) async fn of_org_server(options: OktaOptions) -> Self {
        Self::new(options, "/oauth2").await
    }

    async fn new(options: OktaOptions, base: &str) -> Self {
        let okta = StandInOkta::start(options).await.unwrap();
        let base = format!("{}{base}", okta.base_url());
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { okta, base, http, cookies: String::new() }
    }

    pub(crate) fn authorization_url(&self, scope: &str, extra: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", CLIENT_ID),
                ("redirect_uri", REDIRECT_URI),
                ("response_type", "code"),
                ("scope", scope),
                ("state", "state-1"),
                ("nonce", "nonce-1"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .extend_pairs(extra)
            .finish();
        format!("{}/v1/authorize?{query}", self.base)
    }

    /// The parameters of the authorization response.
    pub(crate) async fn visit(&mut self, url: &str, nick: &str) -> Vec<(String, String)> {
        let location = sign_in(&self.http, url, nick, &mut self.cookies).await.unwrap();
        parameters(&location)
    }

    pub(crate) async fn code(&mut self, nick: &str, scope: &str) -> String {
        let url = self.authorization_url(scope, &[]);
        let answer = self.visit(&url, nick).await;
        assert_eq!(value(&answer, "state"), "state-1");
        value(&answer, "code").to_string()
    }

    /// Signs the person in and redeems the code.
    pub(crate) async fn tokens(&mut self, nick: &str, scope: &str) -> Value {
        let code = self.code(nick, scope).await;
        let (status, tokens) = self.redeem(&code, VERIFIER).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    pub(crate) async fn redeem(&self, code: &str, verifier: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", verifier),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", "openid offline_access"),
        ])
        .await
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        self.post("token", form, Some(&basic(CLIENT_ID, SECRET))).await
    }

    pub(crate) async fn post(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> (u16, Value) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self
            .http
            .post(format!("{}/v1/{endpoint}", self.base))
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    pub(crate) async fn userinfo(&self, access_token: &str) -> reqwest::Response {
        let url = format!("{}/v1/userinfo", self.base);
        self.http.get(url).header("authorization", format!("Bearer {access_token}")).send().await.unwrap()
    }
}

/// A stand-in that knows this relying party.
pub(crate) fn options() -> OktaOptions {
    let client = Client::web(CLIENT_ID, SECRET).serving("http://localhost:10000");
    OktaOptions { clients: vec![client], ..OktaOptions::default() }
}

pub(crate) fn basic(id: &str, secret: &str) -> String {
    let encoded = |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

pub(crate) fn parameters(location: &str) -> Vec<(String, String)> {
    let url = url::Url::parse(location).unwrap();
    assert!(location.starts_with(REDIRECT_URI), "{location}");
    url.query_pairs().into_owned().collect()
}

pub(crate) fn value<'a>(parameters: &'a [(String, String)], name: &str) -> &'a str {
    let found = parameters.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no {name} in {parameters:?}"))
}

/// Header and claims of a JWT, unverified.
pub(crate) fn jwt(token: &Value) -> (Value, Value) {
    let mut parts =
        token.as_str().unwrap().split('.').map(|part| {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap_or(Value::Null)
        });
    (parts.next().unwrap(), parts.next().unwrap())
}

pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("no {name} in {object}"))
}
