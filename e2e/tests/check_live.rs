//! `wasmplugin check --live` against the stand-in Okta: what it says when all is right, and of each thing that is not.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};
use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::okta::{Client, ClientAuth, Endpoint, Fault, OktaOptions, StandInOkta};
use vestibule_e2e::scratch::Scratch;

const CLIENT_ID: &str = "0oa1vestibule00001d7";
const SECRET: &str = "a secret:with+odd%characters&and=more";

async fn okta() -> StandInOkta {
    let client = Client::web(CLIENT_ID, SECRET).serving("https://admin.example.com");
    StandInOkta::start(OktaOptions { clients: vec![client], ..OktaOptions::default() }).await.unwrap()
}

/// A configuration for this issuer, with more below some of its keys.
fn configuration(issuer: &str) -> String {
    format!(
        "provider:\n  issuer: {issuer}\nclient:\n  id: {CLIENT_ID}\n  secret: {{env: CLIENT_SECRET}}\nsession:\n  \
         secrets: [{{env: COOKIE_SECRET}}]\nhosts: [admin.example.com]\n"
    )
}

/// What the program says, and how it ends.
struct Said {
    text: String,
    json: Value,
    code: Option<i32>,
}

impl Said {
    /// The findings with this code: severity, line, words.
    fn of(&self, code: &str) -> Vec<(String, u64, String)> {
        let all = self.json["diagnostics"].as_array().unwrap();
        let own = all.iter().filter(|one| one["code"] == code);
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        own.map(|one| {
            let words = format!("{} | {}", text(one, "found"), text(one, "accepted"));
            (text(one, "severity"), one["line"].as_u64().unwrap(), words)
        })
        .collect()
    }

    /// The only finding with this code is a fault at this line, with these words.
    fn is_fault(&self, code: &str, line: u64, words: &[&str]) {
        let found = self.of(code);
        assert_eq!((self.code, found.len()), (Some(1), 1), "{}", self.text);
        assert_eq!((found[0].0.as_str(), found[0].1), ("error", line), "{}", self.text);
        for word in words {
            assert!(found[0].2.contains(word), "{word}: {}", self.text);
        }
    }
}

async fn check(configuration: &str, env: Option<&str>) -> Said {
    let scratch = Scratch::new("check-live");
    let file = scratch.path().join("configuration.yaml");
    fs::write(&file, configuration).unwrap();
    let env_file = scratch.path().join("secrets.env");
    if let Some(env) = env {
        fs::write(&env_file, env).unwrap();
    }
    let has_env = env.is_some();
    let run = move |format: &str| -> Output {
        let mut command = wasmplugin();
        command.args(["check", "--live", "--format", format]).arg(&file);
        if has_env {
            command.arg("--env").arg(&env_file);
        }
        command.output().unwrap()
    };
    // The stand-in answers from this process: nobody may wait for the program on its thread.
    let both = tokio::task::spawn_blocking(move || (run("json"), run("text")));
    let (json, text) = both.await.unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for said in [&text, &String::from_utf8(json.stdout.clone()).unwrap()] {
        assert!(!said.contains(SECRET) && !said.contains("hunter2"), "{said}");
    }
    Said { text, json: serde_json::from_slice(&json.stdout).unwrap(), code: json.status.code() }
}

fn right() -> String {
    format!("CLIENT_SECRET='{SECRET}'\nCOOKIE_SECRET={}\n", "c".repeat(40))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_right() {
    let okta = okta().await;
    for issuer in [okta.default_issuer(), okta.org_issuer()] {
        let said = check(&configuration(&issuer), Some(&right())).await;
        assert_eq!(
            (said.code, &said.json["errors"], &said.json["warnings"]),
            (Some(0), &0.into(), &0.into())
        );
        assert!(said.of("live-provider")[0].2.contains("its keys can be used"), "{}", said.text);
        assert!(said.of("live-credentials")[0].2.contains("knows this client"), "{}", said.text);
        assert!(said.of("live-redirect-uri")[0].2.contains("1 of 1"), "{}", said.text);
    }
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_secret_the_rest_is_asked() {
    let okta = okta().await;
    let said = check(&configuration(&okta.default_issuer()), None).await;
    assert_eq!(said.code, Some(0), "{}", said.text);
    let found = said.of("live-credentials");
    assert_eq!(found[0].0, "note");
    assert!(found[0].2.contains("were not tried") && found[0].2.contains("CLIENT_SECRET"), "{}", said.text);
    assert!(said.of("live-redirect-uri")[0].2.contains("1 of 1"), "{}", said.text);
    assert_eq!(okta.requests(Endpoint::Token), 0);
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_or_client() {
    let okta = okta().await;
    let issuer = okta.default_issuer();
    let wrong = format!("CLIENT_SECRET=hunter2hunter2\nCOOKIE_SECRET={}\n", "c".repeat(40));
    let said = check(&configuration(&issuer), Some(&wrong)).await;
    said.is_fault("live-credentials", 5, &["invalid_client", "Client Credentials"]);
    let other = configuration(&issuer).replace(CLIENT_ID, "0oaunknown");
    check(&other, Some(&right())).await.is_fault("live-credentials", 5, &["invalid_client"]);
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_uri_that_is_not_registered() {
    let okta = okta().await;
    let two = configuration(&okta.default_issuer())
        .replace("[admin.example.com]", "[admin.example.com, b.example.com, \"*.c.example.com\"]");
    let said = check(&two, Some(&right())).await;
    let found = said.of("live-redirect-uri");
    let faults: Vec<_> = found.iter().filter(|one| one.0 == "error").collect();
    assert_eq!((said.code, faults.len()), (Some(1), 1), "{}", said.text);
    assert!(faults[0].2.contains("https://b.example.com/oauth2/callback among the sign-in redirect URIs"));
    let notes: Vec<_> = found.iter().filter(|one| one.0 == "note").map(|one| one.2.as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("1 of 2")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("not named here")), "{notes:?}");
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_busy_refuses_nothing() {
    let okta = okta().await;
    okta.fault_times(Endpoint::Authorize, Fault::RateLimited, 2);
    okta.fault_times(Endpoint::Token, Fault::RateLimited, 2);
    let said = check(&configuration(&okta.default_issuer()), Some(&right())).await;
    assert_eq!(said.code, Some(0), "{}", said.text);
    let (uris, credentials) = (said.of("live-redirect-uri"), said.of("live-credentials"));
    assert!(uris[0].0 == "note" && uris[0].2.contains("cannot be told"), "{}", said.text);
    assert!(credentials[0].0 == "warning" && credentials[0].2.contains("too often"), "{}", said.text);
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_server_does_not_have() {
    let okta = okta().await;
    let scope =
        configuration(&okta.default_issuer()).replace("client:\n", "client:\n  scopes: [openid, groups]\n");
    check(&scope, Some(&right())).await.is_fault("live-redirect-uri", 4, &["invalid_scope", "Scopes"]);
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_another_or_none() {
    let okta = okta().await;
    let metadata = |issuer: String| async move { check(&configuration(&issuer), Some(&right())).await };
    let slash = format!("{}/", okta.default_issuer());
    let right_one = format!("issuer: {}, letter by letter", okta.default_issuer());
    metadata(slash).await.is_fault("live-metadata", 2, &["calls itself", &right_one]);
    metadata(okta.issuer("nobodys")).await.is_fault("live-metadata", 2, &["404", "Authorization Servers"]);
    okta.configure(|options| options.api_access_management = false);
    metadata(okta.default_issuer()).await.is_fault("live-metadata", 2, &["401", "API Access Management"]);
    okta.stop().await;
    metadata(okta.org_issuer()).await.is_fault("live-metadata", 2, &["does not answer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_and_keys_that_cannot_be_used() {
    let okta = okta().await;
    let issuer = okta.default_issuer();
    for (fault, words) in [
        (Fault::Merge(json!({"token_endpoint": null})), "lack token_endpoint"),
        (Fault::Merge(json!({"token_endpoint": "http://a.example/t"})), "token_endpoint"),
        (Fault::HugeBody, "more than 256 KiB"),
        (Fault::EmptyBody, "not JSON"),
        (Fault::Issuer("https://a\u{1b}[31m.example".to_owned()), "https://a[31m.example"),
        (Fault::Redirect("https://a.example".to_owned()), "status 302"),
    ] {
        okta.fault_times(Endpoint::Metadata, fault, 2);
        let said = check(&configuration(&issuer), Some(&right())).await;
        said.is_fault("live-metadata", 2, &[words]);
    }
    for fault in [Fault::Json(json!({"keys": []})), Fault::Close, Fault::RateLimited] {
        okta.fault_times(Endpoint::Keys, fault, 2);
        let said = check(&configuration(&issuer), Some(&right())).await;
        said.is_fault("live-keys", 2, &["cannot be used"]);
    }
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong() {
    let okta = okta().await;
    let issuer = okta.default_issuer();
    let url = format!("{issuer}/.well-known/openid-configuration");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = http.get(url).send().await.unwrap().text().await.unwrap();
    for (date, expected) in [("Sun, 06 Nov 1994 08:49:37 GMT", 1), ("yesterday", 0)] {
        let headers = vec![("date".to_owned(), date.to_owned())];
        okta.fault_times(Endpoint::Metadata, Fault::Status { status: 200, headers, body: body.clone() }, 2);
        let said = check(&configuration(&issuer), Some(&right())).await;
        let found = said.of("live-clock");
        assert_eq!(found.len(), expected, "{}", said.text);
        assert!(found.iter().all(|one| one.0 == "warning" && one.2.contains("clock of this machine")));
        assert_eq!(said.code, Some(0));
    }
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_elsewhere_needs_a_service_entry_too() {
    let okta = okta().await;
    let issuer = okta.default_issuer();
    let elsewhere = json!({"userinfo_endpoint": "https://userinfo.example/u"});
    okta.fault_times(Endpoint::Metadata, Fault::Merge(elsewhere), 2);
    let entry = "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\nspec: {hosts: [localhost]}\n";
    let said = check(&format!("{}{entry}", configuration(&issuer)), Some(&right())).await;
    let found = said.of("no-service-entry");
    assert_eq!(found.len(), 1, "{}", said.text);
    assert!(found[0].2.contains("userinfo.example"), "{}", said.text);
    okta.shutdown().await;
}

/// The number 1 on P-256: nobody's key.
fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "kid": "k1",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_private_key_or_with_nothing() {
    let okta = okta().await;
    let mut private = jwk();
    private["d"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE".into();
    let env = format!("CLIENT_SECRET='{private}'\nCOOKIE_SECRET={}\n", "c".repeat(40));
    let with_key = configuration(&okta.default_issuer()).replace("  secret:", "  private_key:");
    okta.configure(|options| options.clients[0].auth = ClientAuth::PrivateKeyJwt(vec![jwk()]));
    let said = check(&with_key, Some(&env)).await;
    assert!(said.of("live-credentials")[0].2.contains("knows this client"), "{}", said.text);
    // The provider has another key.
    okta.configure(|options| options.clients[0].auth = ClientAuth::Secret(SECRET.to_owned()));
    check(&with_key, Some(&env)).await.is_fault("live-credentials", 5, &["invalid_client"]);

    let public = configuration(&okta.default_issuer()).replace("  secret: {env: CLIENT_SECRET}\n", "");
    okta.configure(|options| options.clients[0].auth = ClientAuth::None);
    let said = check(&public, None).await;
    assert!(said.of("live-credentials")[0].2.contains("knows this client"), "{}", said.text);
    okta.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_must_be_pushed_are_not_tried() {
    let okta = okta().await;
    let pushed = configuration(&okta.default_issuer())
        .replace("client:\n", "client:\n  pushed_authorization_requests: true\n");
    let said = check(&pushed, Some(&right())).await;
    assert!(said.of("live-redirect-uri")[0].2.contains("were not tried"), "{}", said.text);
    assert_eq!((said.code, okta.requests(Endpoint::Authorize)), (Some(0), 0));
    okta.shutdown().await;
}
