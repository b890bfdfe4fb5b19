//! `wasmplugin explain` and the filter in Envoy, asked the same things.

use std::fs;

use serde_json::{Map, Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::stage::{Stage, usual_config};
use vestibule_e2e::visitor::{Visitor, target_of};
use vestibule_testing::merge;

const HOSTS: [&str; 3] = ["app.example.test", "admin.example.test", "elsewhere.example.org"];

const PATHS: [&str; 22] = [
    "/",
    "/page?a=b",
    "/healthz",
    "/healthz/",
    "//healthz",
    "/HEALTHZ",
    "/public/a",
    "/public",
    "/public/../finance/x",
    "/public/%2e%2e/finance",
    "/finance/report",
    "/FINANCE/report",
    "/finance",
    "/finance.json",
    "/finance%2freport",
    "/a%00b",
    "/only/get",
    "/closed/x",
    "/api/x",
    "/teams/x",
    "/oauth2/auth",
    "/oauth2/userinfo",
];

const METHODS: [&str; 3] = ["GET", "POST", "OPTIONS"];

/// Rules of every kind.
fn rules() -> Value {
    json!({
        "hosts": ["*.example.test"],
        "session": {"cookie": {"domains": ["example.test"]}},
        "upstream": {"claims": {"x-locale": "locale"}},
        "access": [
            {"match": {"paths": ["/healthz", "/public/*"]}, "allow": "public"},
            {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
            {"match": {"hosts": ["admin.example.test"], "paths": ["/teams/*"]}, "require": {"groups": ["admin"], "email_domains": ["example.com"]}},
            {"match": {"paths": ["/only/*"], "methods": ["GET"]}, "require": {"emails": ["bob@example.com"]}},
            {"match": {"paths": ["/closed/*"]}, "allow": "none"},
            {"match": {"paths": ["/api/*"]}, "unauthenticated": "status", "preflight": "allow"},
            {"match": {"hosts": ["admin.example.test"], "paths": ["/"]}, "allow": "optional"},
        ],
    })
}

/// Whoever asks, with what their ID token says.
struct Person {
    visitor: Option<Visitor>,
    claims: Option<Value>,
}

#[tokio::test]
async fn explain_says_what_envoy_does() {
    let stage = Stage::configured(rules()).await;
    let mut people = vec![Person { visitor: None, claims: None }];
    for nick in ["alice", "bob", "carol"] {
        people.push(signed_in(&stage, nick).await);
    }
    let mut cases = Vec::new();
    for host in HOSTS {
        for path in PATHS {
            for (index, person) in people.iter().enumerate() {
                // Every method by somebody and by nobody, the rest as pages.
                for method in METHODS.iter().take(if index < 2 { METHODS.len() } else { 1 }) {
                    cases.push(
                        asked(&stage, (host, path), method, person, host.ends_with(".example.test")).await,
                    );
                }
            }
        }
    }
    let mut config = usual_config(&stage.issuer());
    merge(&mut config, &rules());
    agrees(&config, &cases);
    // The table is worth something only where it has every kind of answer.
    let words: Vec<String> = cases.iter().map(|case| case["expect"].to_string().replace('"', "")).collect();
    for expected in ["forward", "sign_in", "pass_by", "200", "202", "400", "401", "403"] {
        assert!(words.iter().any(|word| word == expected), "{expected}");
    }
}

/// The recipes of the page "which rule do I need", each in an Envoy of its own.
#[tokio::test]
async fn the_recipes_do_in_envoy_what_explain_says() {
    let page = include_str!("../../wasmplugin/RULES.md");
    let recipes: Vec<&str> =
        page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let mut count = 0;
    for recipe in recipes {
        let recipe: Value = serde_yaml_ng::from_str(recipe).expect("YAML");
        if recipe["access"].is_null() {
            continue;
        }
        count += 1;
        let stage = Stage::configured(recipe.clone()).await;
        let people = [Person { visitor: None, claims: None }, signed_in(&stage, "alice").await];
        let mut cases = Vec::new();
        for (host, path) in places(&recipe["access"]) {
            for person in &people {
                for method in METHODS {
                    cases.push(asked(&stage, (&host, &path), method, person, host == HOSTS[0]).await);
                }
            }
        }
        let mut config = usual_config(&stage.issuer());
        merge(&mut config, &recipe);
        agrees(&config, &cases);
    }
    assert!(count >= 10, "{count}");
}

/// Hosts and paths that its rules name, and some beside them.
fn places(access: &Value) -> Vec<(String, String)> {
    let mut places = vec![(HOSTS[0].to_owned(), "/".to_owned()), (HOSTS[0].to_owned(), "/beside".to_owned())];
    for rule in access.as_array().into_iter().flatten() {
        let first = |key: &str, other: &str| rule["match"][key][0].as_str().unwrap_or(other).to_owned();
        let host = first("hosts", HOSTS[0]).replace("*.", "any.");
        let path = first("paths", "/elsewhere").replace('*', "something");
        places.extend([(host.clone(), path.clone()), (host, format!("{path}.json"))]);
    }
    places
}

/// Whether `explain` has each case as Envoy had it.
fn agrees(config: &Value, cases: &[Value]) {
    let folder = Scratch::new("explain");
    let (config_file, cases_file) = (folder.path().join("config.json"), folder.path().join("cases.json"));
    fs::write(&config_file, config.to_string()).expect("a file");
    fs::write(&cases_file, format!("{:#}", Value::from(cases.to_vec()))).expect("a file");
    let said = wasmplugin()
        .arg("explain")
        .arg(&config_file)
        .arg("--cases")
        .arg(&cases_file)
        .output()
        .expect("the tool");
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{config:#}\n{out}\n{err}");
    assert!(out.contains(&format!("cases: {}, of which differ: 0", cases.len())), "{out}");
}

/// A person whose claims are what the application is told.
async fn signed_in(stage: &Stage, nick: &str) -> Person {
    let mut visitor = stage.visitor();
    let authorization = visitor.begin("/oauth2/start?rd=/somewhere").await;
    let callback = stage.approve(&authorization, nick).await;
    assert_eq!(visitor.page(target_of(&callback)).await.status, 302);
    let before = stage.reached().len();
    assert_eq!(visitor.page("/somewhere").await.status, 200);
    let reached = stage.reached();
    let told = |name: &str| reached[before].one(&format!("x-auth-request-{name}"));
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(told("user")));
    claims.insert("email".to_owned(), json!(told("email")));
    claims.insert("email_verified".to_owned(), json!(true));
    if let Some(groups) = told("groups") {
        claims.insert("groups".to_owned(), groups.split(',').collect());
    }
    if let Some(name) = told("preferred-username") {
        claims.insert("preferred_username".to_owned(), json!(name));
    }
    if let Some(locale) = reached[before].one("x-locale") {
        claims.insert("locale".to_owned(), json!(locale));
    }
    Person { visitor: Some(visitor), claims: Some(Value::Object(claims)) }
}

/// A case for `explain`, with what Envoy did as what is expected.
async fn asked(
    stage: &Stage,
    (host, path): (&str, &str),
    method: &str,
    person: &Person,
    has_cookie: bool,
) -> Value {
    let preflight = [("origin", "https://spa.example.test"), ("access-control-request-method", "PUT")];
    let mut request = match method {
        "GET" => Request::page(path),
        _ => preflight
            .iter()
            .fold(Request::new(method, path), |request, (name, value)| request.header(name, value)),
    };
    if method == "POST" {
        request = request.body("a=b");
    }
    let before = stage.reached().len();
    let visitor = person
        .visitor
        .as_ref()
        .map_or_else(|| stage.visitor_at(host), |visitor| visitor.moved(stage.envoy.plain(), host));
    let response = visitor.clone().send(request).await;
    let reached = stage.reached().split_off(before);
    let mut case =
        json!({"name": format!("{method} {host}{path}"), "host": host, "path": path, "method": method});
    if method != "GET" {
        case["request_headers"] =
            preflight.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    }
    // A browser has no cookie for a host of another domain.
    if let Some(claims) = person.claims.as_ref().filter(|_| has_cookie) {
        case["claims"] = claims.clone();
    }
    case["from"] = json!("127.0.0.1");
    case["expect"] = match reached.as_slice() {
        [_] if host == HOSTS[2] => json!("pass_by"),
        [request] => {
            let names = ["x-auth-request-user", "x-auth-request-email", "x-auth-request-groups", "x-locale"];
            let told = names.iter().filter_map(|name| Some(((*name).to_owned(), json!(request.one(name)?))));
            case["headers"] = told.collect();
            json!("forward")
        }
        _ if response.status == 302 && response.location().starts_with(&stage.issuer()) => json!("sign_in"),
        _ => json!(response.status),
    };
    case
}
