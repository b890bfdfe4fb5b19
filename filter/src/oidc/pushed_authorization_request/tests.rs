use serde_json::json;

use super::super::provider::testing::{self, answer, metadata, provider};
use super::*;
use crate::config::{Client, ClientAuth, Secret};
use crate::inputs::Timestamp;
use crate::inputs::testing::{Alone, Counting, NoCalls};

fn client(auth: ClientAuth) -> Client {
    Client {
        id: "app 1".to_owned(),
        auth,
        scopes: vec!["openid".to_owned()],
        authorization_params: vec![("ui_locales".to_owned(), "de".to_owned())],
        ..testing::client()
    }
}

fn push(auth: ClientAuth) -> HttpCall {
    let parameters = Parameters {
        redirect_uri: "https://app.example/oauth2/callback",
        state: "s.t",
        nonce: "n",
        code_verifier: "v",
        prompt: None,
        login_hint: None,
        authentication: None,
    };
    let endpoint = HttpUrl::parse("https://op.example/par").unwrap();
    let inputs = &mut Inputs {
        now: Timestamp(1),
        entropy: &mut Counting::default(),
        shared: &mut Alone,
        calls: &mut NoCalls,
    };
    let (provider, client, metadata) = (provider(), client(auth), metadata());
    let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
    call(&relying_party, &endpoint, &parameters, inputs).unwrap()
}

#[test]
fn every_parameter_is_pushed_once_whatever_the_authentication() {
    for auth in [
        ClientAuth::None,
        ClientAuth::Basic(Secret::new("s3cr3t".to_owned())),
        ClientAuth::Post(Secret::new("s3cr3t".to_owned())),
    ] {
        let (is_basic, is_post) = (matches!(auth, ClientAuth::Basic(_)), matches!(auth, ClientAuth::Post(_)));
        let call = push(auth);
        assert_eq!((call.method, call.path.as_str()), ("POST", "/par"));
        let mut names: Vec<_> =
            form_urlencoded::parse(&call.body).map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names.iter().any(|name| name == "client_secret"), is_post);
        assert_eq!(call.headers.iter().any(|(name, _)| *name == "authorization"), is_basic);
        names.retain(|name| name != "client_secret");
        assert_eq!(
            names,
            [
                "response_type",
                "client_id",
                "redirect_uri",
                "scope",
                "state",
                "nonce",
                "code_challenge",
                "code_challenge_method",
                "ui_locales"
            ]
        );
        // The verifier stays here, and no request_uri is pushed (§2.1).
        assert!(!String::from_utf8(call.body.clone()).unwrap().contains("code_verifier"));
        assert!(!format!("{call:?}").contains("s3cr3t"));
    }
}

#[test]
fn configuration_and_metadata_say_whether_requests_are_pushed() {
    let mut metadata = metadata();
    let mut client = client(ClientAuth::None);
    for (configured, required, wanted) in
        [(None, false, false), (None, true, true), (Some(true), false, true), (Some(false), true, false)]
    {
        client.pushed_authorization_requests = configured;
        metadata.require_pushed_authorization_requests = required;
        let relying_party = RelyingParty { provider: &provider(), client: &client, metadata: &metadata };
        assert_eq!(is_wanted(&relying_party), wanted, "{configured:?} {required}");
    }
}

fn read(status: u16, body: &serde_json::Value) -> Result<RequestUri, PushError> {
    RequestUri::read(&answer(status, &body.to_string()))
}

#[test]
fn the_browser_gets_client_and_reference_only_and_goes_to_the_endpoint_of_the_provider() {
    let (provider, client, metadata) = (provider(), client(ClientAuth::None), metadata());
    let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
    for uri in [
        "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c",
        "urn:okta:a&client_id=other#fragment",
        // A foreign one is a parameter like any other: nobody is sent there.
        "https://evil.example/request",
        "javascript:alert(1)",
    ] {
        let reference = read(201, &json!({"request_uri": uri, "expires_in": 60})).unwrap();
        assert!(!format!("{reference:?}").contains(uri));
        let location = url::Url::parse(&reference.url(&relying_party)).unwrap();
        let (place, _) = location.as_str().split_once('?').unwrap();
        assert_eq!(place, "https://op.example/oauth2/default/v1/authorize");
        assert_eq!(location.fragment(), None);
        let pairs: Vec<_> = location.query_pairs().into_owned().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs, [pair("client_id", "app 1"), pair("request_uri", uri)]);
    }
}

#[test]
fn an_odd_reference_is_none() {
    for uri in [
        json!(""),
        json!("no-scheme"),
        json!("urn:"),
        json!(":x"),
        json!("1urn:x"),
        json!("u n:x"),
        json!("urn:a b"),
        json!("urn:a\r\nset-cookie: x"),
        json!("urn:\u{7f}"),
        json!("urn:é"),
        json!(format!("urn:{}", "x".repeat(MAX_REQUEST_URI))),
        json!(1),
        json!(["urn:x"]),
        json!(null),
    ] {
        assert_eq!(read(201, &json!({"request_uri": uri})).unwrap_err(), PushError::RequestUri, "{uri}");
    }
    read(200, &json!({"request_uri": "urn:x"})).unwrap();
}

#[test]
fn every_other_answer_says_what_it_is() {
    let error = |answer: &Answer| RequestUri::read(answer).unwrap_err();
    let refused =
        |code: &str, status| PushError::Refused { code: code.to_owned(), status, description: None };
    assert_eq!(error(&answer(401, r#"{"error":"invalid_client"}"#)), refused("invalid_client", 401));
    assert_eq!(error(&answer(429, r#"{"errorCode":"E0000047"}"#)), refused("E0000047", 429));
    assert_eq!(error(&answer(400, r#"{"error":"a <b>"}"#)), PushError::Answer(AnswerError::Status(400)));
    assert_eq!(error(&answer(302, "")), PushError::Answer(AnswerError::Status(302)));
    assert_eq!(error(&answer(500, "{}")), PushError::Answer(AnswerError::Status(500)));
    assert_eq!(error(&answer(201, "<html>")), PushError::Answer(AnswerError::NotJson));
    assert_eq!(error(&Answer::TooLarge), PushError::Answer(AnswerError::TooLarge));
    assert_eq!(error(&Answer::Nothing), PushError::Answer(AnswerError::Nothing));
}
