//! Three applications, an API with two issuers and pages for a stronger sign-in, in one Envoy with one client at Okta:
//! everybody, with every token, on every path.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::reached::Reached;
use vestibule_e2e::stage::{CLIENT_ID, HOST, ORG_SERVER, Stage};
use vestibule_e2e::visitor::{Visitor, target_of};

use Ask::{Fetch, Page};

const AUDIENCE: &str = "api://orders";
const MFA: &str = "urn:okta:loa:2fa:any";

fn rules() -> Value {
    let finance = json!({"groups": ["finance"]});
    let orders = |providers: Value| json!({"providers": providers, "audiences": [AUDIENCE], "scopes": ["orders.read"]});
    json!({
        "providers": {"partner": {"issuer": ORG_SERVER, "cluster": "okta"}},
        // One sign-in for all three.
        "session": {"cookie": {"domains": [".example.test"]}},
        "access": [
            {"match": {"paths": ["/healthz"]}, "allow": "public"},
            {"match": {"hosts": [HOST], "paths": ["/orders/*"]}, "require": finance,
                "bearer": orders(json!(["provider", "partner"])), "unauthenticated": "status"},
            {"match": {"hosts": [HOST], "paths": ["/deliveries/*"]}, "require": finance,
                "bearer": orders(json!(["partner"]))},
            {"match": {"hosts": [HOST], "paths": ["/transfers/*"]},
                "require": {"groups": ["finance"], "acr": [MFA]}},
            {"match": {"hosts": [HOST]}, "require": finance},
            {"match": {"hosts": ["admin.example.test"]}, "require": {"groups": ["admin"]}},
            {"match": {"hosts": ["other.example.test"]}, "require": {"groups": ["engineering"]}},
            {"allow": "none"},
        ],
    })
}

/// The answer to each column's person or token. Where `-` stands the rule reads no token, and the person decides.
///
/// * `passes`: the application is told who it is, and `open`: it is told of nobody;
/// * `sign-in`, and `strong` for one with two factors: a page is sent to Okta, a script is told;
/// * `step-up`: as `strong`, for somebody who is signed in without a second factor;
/// * `status`: 401, also for a page;
/// * `lacks`, `closed`, `invalid`, `scope`: refused, see [`meaning`].
///
/// Alice is in `finance` and `admin`, Bob in `engineering`, Carol in no group. `alice2` has used a second factor.
const MATRIX: &str = "
                              | nobody   carol   bob     alice    alice2 | ours    partner  audience  scope   id-token
app.example.test/healthz      | open     open    open    open     open   | -       -        -         -       -
app.example.test/             | sign-in  lacks   lacks   passes   passes | -       -        -         -       -
app.example.test/reports/q3   | sign-in  lacks   lacks   passes   passes | -       -        -         -       -
app.example.test/orders/1     | status   lacks   lacks   passes   passes | passes  passes   invalid   scope   invalid
app.example.test/ORDERS/1     | status   lacks   lacks   passes   passes | -       -        -         -       -
app.example.test/orders2      | sign-in  lacks   lacks   passes   passes | -       -        -         -       -
app.example.test/deliveries/1 | sign-in  lacks   lacks   passes   passes | invalid passes   invalid   invalid invalid
app.example.test/transfers/1  | strong   lacks   lacks   step-up  passes | -       -        -         -       -
app.example.test/TRANSFERS/1  | strong   lacks   lacks   step-up  passes | -       -        -         -       -
app.example.test//transfers/1 | strong   lacks   lacks   step-up  passes | -       -        -         -       -
admin.example.test/           | sign-in  lacks   lacks   passes   passes | -       -        -         -       -
admin.example.test/orders/1   | sign-in  lacks   lacks   passes   passes | -       -        -         -       -
admin.example.test/transfers/1| sign-in  lacks   lacks   passes   passes | -       -        -         -       -
ADMIN.example.test.:443/x     | sign-in  lacks   lacks   passes   passes | -       -        -         -       -
other.example.test/           | sign-in  lacks   passes  lacks    lacks  | -       -        -         -       -
other.example.test/healthz    | open     open    open    open     open   | -       -        -         -       -
other.example.test/orders/1   | sign-in  lacks   passes  lacks    lacks  | -       -        -         -       -
fourth.example.test/          | closed   closed  closed  closed   closed | -       -        -         -       -
";

/// What a word of the matrix is as an answer; `who` is seen by the application where it passes.
fn meaning(word: &str, who: &str, ask: Ask) -> String {
    let answer = match (word, ask) {
        ("passes", _) => return format!("200 as {who}"),
        ("open", _) => "200 as nobody",
        ("sign-in", Page) => "302 to Okta",
        ("strong" | "step-up", Page) => "302 to Okta for two factors",
        ("sign-in" | "strong", Fetch) | ("status", _) => "401 not_signed_in",
        ("step-up", Fetch) => "401 step_up_needed",
        ("invalid", _) => "401 bearer_invalid",
        ("lacks", _) => "403 not_permitted",
        ("scope", _) => "403 insufficient_scope",
        ("closed", _) => "403 closed",
        _ => panic!("{word} is no word of the matrix"),
    };
    answer.to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Page,
    Fetch,
}

impl Ask {
    /// With an identity that the client made up, which must never get through.
    fn request(self, path: &str) -> Request {
        let request = match self {
            Page => Request::page(path),
            Fetch => Request::fetch(path),
        };
        IDENTITY.iter().fold(request, |request, name| request.header(name, "admin"))
    }
}

const IDENTITY: [&str; 3] = ["x-auth-request-user", "x-auth-request-email", "x-auth-request-groups"];

/// Whom the application is told, by the columns of the matrix.
const KNOWN: [(&str, [&str; 3]); 6] = [
    ("nobody", ["", "", ""]),
    ("carol", ["00ucarol0000000001d7", "carol@example.com", ""]),
    ("bob", ["00ubob000000000001d7", "bob@example.com", "Everyone,engineering"]),
    ("alice", ["00ualice0000000001d7", "alice@example.com", "Everyone,admin,finance"]),
    ("ours", ["robot@example.com", "robot@example.com", "robots"]),
    ("partner", ["their-robot", "", ""]),
];

#[tokio::test]
async fn everybody_with_every_token_on_every_path() {
    let stage = Stage::configured(rules()).await;
    let mut lines = MATRIX.lines().filter(|line| !line.is_empty()).map(row);
    let (_, people_names, token_names) = lines.next().expect("the columns");
    let mut people = Vec::new();
    for name in people_names {
        people.push((name, person(&stage, name).await));
    }
    let tokens: Vec<_> = token_names.into_iter().map(|name| (name, token(&stage, name))).collect();
    let mut wrong = Vec::new();
    for (place, by_person, by_token) in lines {
        assert_eq!((by_person.len(), by_token.len()), (people.len(), tokens.len()), "{place}");
        let (host, path) = place.split_at(place.find('/').expect("a path"));
        for ((name, person), word) in people.iter().zip(by_person) {
            let person = person.moved(stage.envoy.plain(), host);
            let mut expect = async |token: Option<&(&str, String)>, word: &str, who: &str| {
                for ask in [Page, Fetch] {
                    let found = answer(&stage, &person, ask, path, token).await;
                    let expected = meaning(word, who, ask);
                    if found != expected {
                        let token = token.map(|(token, _)| token);
                        wrong.push(format!("{name} {token:?} {ask:?} {place}: {found}, not {expected}"));
                    }
                }
            };
            let who = name.trim_end_matches('2');
            expect(None, word, who).await;
            for (token, its_word) in tokens.iter().zip(&by_token) {
                match *its_word {
                    "-" => expect(Some(token), word, who).await,
                    its_word => expect(Some(token), its_word, token.0).await,
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands left of both bars, and the words between and behind them.
fn row(line: &str) -> (&str, Vec<&str>, Vec<&str>) {
    let parts: Vec<&str> = line.split('|').collect();
    let [place, people, tokens] = parts[..] else { panic!("no row: {line}") };
    (place.trim(), people.split_whitespace().collect(), tokens.split_whitespace().collect())
}

/// Signed in once, at the first of the hosts.
async fn person(stage: &Stage, name: &str) -> Visitor {
    match name {
        "nobody" => stage.visitor(),
        "alice2" => {
            let mut alice = stage.signed_in("alice").await;
            let callback = stage.approve(&alice.begin("/transfers/1").await, "alice").await;
            assert_eq!(alice.page(target_of(&callback)).await.location(), "/transfers/1");
            alice
        }
        nick => stage.signed_in(nick).await,
    }
}

/// Signed by a key of both issuers, which have the same ones.
fn token(stage: &Stage, name: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({"iss": stage.issuer(), "aud": AUDIENCE, "sub": "robot@example.com",
        "email": "robot@example.com", "groups": ["robots"], "scp": ["orders.read"], "iat": now, "exp": now + 600});
    match name {
        "ours" => {}
        "partner" => {
            claims = json!({"iss": stage.okta.org_issuer(), "aud": [AUDIENCE, "api://deliveries"],
                "sub": "their-robot", "scope": "orders.read more", "iat": now, "exp": now + 600});
        }
        "audience" => claims["aud"] = json!("api://another"),
        "scope" => claims["scp"] = json!(["orders.list"]),
        // Of somebody who is in every group.
        "id-token" => {
            let groups = json!(["finance", "admin", "engineering"]);
            claims["aud"] = json!(CLIENT_ID);
            claims["groups"] = groups;
            claims["nonce"] = json!("x");
        }
        _ => panic!("no such token: {name}"),
    }
    stage.okta.sign(&claims)
}

/// In the words of [`meaning`].
async fn answer(
    stage: &Stage,
    person: &Visitor,
    ask: Ask,
    path: &str,
    token: Option<&(&str, String)>,
) -> String {
    let mut request = ask.request(path);
    if let Some((_, token)) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    stage.application.forget_requests();
    let response = person.clone().send(request).await;
    match &stage.reached()[..] {
        [] if response.status == 302 => at_okta(stage, &response),
        [] => format!("{} {}", response.status, reason(&response)),
        [reached] => format!("{} as {}", response.status, told(reached)),
        more => panic!("{path} reached the application {} times", more.len()),
    }
}

fn at_okta(stage: &Stage, response: &Response) -> String {
    let location = response.location();
    assert!(location.starts_with(&format!("{}/v1/authorize?", stage.issuer())), "{location}");
    assert!(location.contains(&format!("client_id={CLIENT_ID}&")), "{location}");
    let strong = if location.contains("acr_values=") { " for two factors" } else { "" };
    format!("302 to Okta{strong}")
}

/// As the page or the JSON says it.
fn reason(response: &Response) -> String {
    let text = response.text();
    match text.split_once("Code: ").and_then(|(_, rest)| rest.split_once("</p>")) {
        Some((code, _)) => code.to_owned(),
        None => response.json()["error"].as_str().unwrap_or_default().to_owned(),
    }
}

fn told(reached: &Reached) -> String {
    let told = IDENTITY.map(|name| reached.one(name).unwrap_or_default());
    let known = KNOWN.iter().find(|(_, headers)| *headers == told);
    known.map_or_else(|| format!("{told:?}"), |(name, _)| (*name).to_owned())
}
