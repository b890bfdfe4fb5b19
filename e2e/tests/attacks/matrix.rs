//! Several of everything behind one filter and one client at Okta: three applications for three groups, an API for two
//! issuers, and a page that asks for more. All people and tokens at all doors, as one table.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::stage::{CLIENT_ID, ORG_SERVER, Stage};
use vestibule_e2e::visitor::{Visitor, target_of};

const AUDIENCE: &str = "api://orders";
const MFA: &str = "urn:okta:loa:2fa:any";

fn configuration() -> Value {
    let of_group =
        |host: &str, group: &str| json!({"match": {"hosts": [host]}, "require": {"groups": [group]}});
    json!({
        "session": {"cookie": {"domains": ["example.test"]}},
        "providers": {"partner": {"issuer": ORG_SERVER, "cluster": "okta"}},
        "access": [
            {"match": {"paths": ["/healthz"]}, "allow": "public"},
            {"match": {"hosts": ["money.example.test"], "paths": ["/transfer/*"]}, "require": {"groups": ["finance"], "acr": [MFA]}},
            of_group("money.example.test", "finance"),
            of_group("code.example.test", "engineering"),
            of_group("people.example.test", "admin"),
            {"match": {"hosts": ["api.example.test"], "paths": ["/orders/*"]},
                "bearer": {"audiences": [AUDIENCE], "scopes": ["orders.read"]}},
            {"match": {"hosts": ["api.example.test"], "paths": ["/stock/*"]},
                "bearer": {"providers": ["provider", "partner"], "audiences": [AUDIENCE]}, "unauthenticated": "status"},
            {"match": {"hosts": ["api.example.test"]}, "allow": "none"},
        ],
    })
}

/// The doors, from left to right.
const DOORS: [(&str, &str); 8] = [
    ("money", "/accounts"),
    ("money", "/transfer/1"),
    ("code", "/repositories"),
    ("people", "/"),
    ("api", "/orders/1"),
    ("api", "/stock/1"),
    ("api", "/admin"),
    ("code", "/healthz"),
];

/// `in`: the application answers and is told who it is; `open`: it answers and is told of nobody; `okta`: to the sign-in;
/// `more`: to a stronger one, in one go for whoever has no session; otherwise the filter's own status.
#[rustfmt::skip]
const TABLE: &[(&str, [&str; 8])] = &[
    //                money   transfer code    people  orders  stock   admin   healthz
    ("nobody",       ["okta", "more", "okta", "okta", "okta", "401",  "403",  "open"]),
    ("a script",     ["401",  "401",  "401",  "401",  "401",  "401",  "403",  "open"]),
    ("alice",        ["in",   "more", "403",  "in",   "in",   "in",   "403",  "open"]),
    ("alice, mfa",   ["in",   "in",   "403",  "in",   "in",   "in",   "403",  "open"]),
    ("bob",          ["403",  "403",  "in",   "403",  "in",   "in",   "403",  "open"]),
    ("carol",        ["403",  "403",  "403",  "403",  "in",   "in",   "403",  "open"]),
    ("okta's token", ["401",  "401",  "401",  "401",  "in",   "in",   "403",  "open"]),
    ("no scope",     ["401",  "401",  "401",  "401",  "403",  "in",   "403",  "open"]),
    ("partner's",    ["401",  "401",  "401",  "401",  "401",  "in",   "403",  "open"]),
    ("other's",      ["401",  "401",  "401",  "401",  "401",  "401",  "403",  "open"]),
    ("an ID token",  ["401",  "401",  "401",  "401",  "401",  "401",  "403",  "open"]),
    ("alice, bad",   ["in",   "more", "403",  "in",   "401",  "401",  "403",  "open"]),
];

#[tokio::test]
async fn all_people_and_tokens_at_all_doors() {
    let stage = Stage::configured(configuration()).await;
    let people = people(&stage).await;
    let tokens = tokens(&stage);
    let mut wrong = Vec::new();
    for (who, expected) in TABLE {
        for ((host, path), expected) in DOORS.iter().zip(expected) {
            let host = format!("{host}.example.test");
            let before = stage.reached().len();
            let person = people.get(*who).or_else(|| people.get(who.split(',').next().unwrap_or_default()));
            let mut visitor = person
                .map_or_else(|| stage.visitor_at(&host), |person| person.moved(stage.envoy.plain(), &host));
            let token = tokens.get(*who);
            let request = match (token, *who) {
                (Some(token), "alice, bad") => {
                    Request::page(path).header("authorization", format!("Bearer {token}"))
                }
                (Some(token), _) => Request::fetch(path).header("authorization", format!("Bearer {token}")),
                (None, "a script") => Request::fetch(path),
                (None, _) => Request::page(path),
            };
            let response = visitor.send(request).await;
            let reached = stage.reached().split_off(before);
            let told = reached.first().map(|request| request.one("x-auth-request-user").is_some());
            let found = outcome(&response, told);
            if found != *expected {
                wrong.push(format!(
                    "{who} at {host}{path}: expected {expected}, found {found}: {}",
                    response.summary()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn outcome(response: &Response, told: Option<bool>) -> String {
    match told {
        Some(true) => "in".to_owned(),
        Some(false) => "open".to_owned(),
        None if response.status == 302 && response.location().contains("acr_values=") => "more".to_owned(),
        None if response.status == 302 => "okta".to_owned(),
        None => response.status.to_string(),
    }
}

async fn people(stage: &Stage) -> BTreeMap<&'static str, Visitor> {
    let mut people = BTreeMap::new();
    for nick in ["alice", "bob", "carol"] {
        people.insert(nick, stage.signed_in(nick).await);
    }
    // At the host whose callback Okta knows, with what the page wants.
    let mut strong = stage.signed_in("alice").await;
    let wish = strong.moved(stage.envoy.plain(), "money.example.test").begin("/transfer/1").await;
    assert!(wish.contains("acr_values="), "{wish}");
    let authorization = strong.begin("/oauth2/start?rd=/").await;
    let authorization = format!("{authorization}&acr_values={MFA}");
    let callback = stage.approve(&authorization, "alice").await;
    assert_eq!(strong.page(target_of(&callback)).await.status, 302);
    people.insert("alice, mfa", strong);
    people
}

fn tokens(stage: &Stage) -> BTreeMap<&'static str, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let claims = json!({"iss": stage.issuer(), "aud": AUDIENCE, "sub": "robot", "scp": ["orders.read"], "iat": now, "exp": now + 600});
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        stage.okta.sign(&claims)
    };
    let id_token = {
        let mut claims = claims.clone();
        claims["aud"] = json!(CLIENT_ID);
        claims["nonce"] = json!("n");
        stage.okta.sign(&claims)
    };
    BTreeMap::from([
        ("okta's token", stage.okta.sign(&claims)),
        ("no scope", with("scp", json!(["other"]))),
        ("partner's", with("iss", json!(stage.okta.org_issuer()))),
        ("other's", with("iss", json!("https://evil.example"))),
        ("an ID token", id_token),
        // A session beside a token that does not count: where tokens are taken it is judged by the token alone.
        ("alice, bad", with("aud", json!("api://other"))),
    ])
}
