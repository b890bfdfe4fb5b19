//! The overlay `admin-service` beside what it replaces: oauth2-proxy, asked by a `CUSTOM` policy about the same host of
//! the same workload.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::application::Seen;
use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::istio::mesh::{HOST, Mesh, OKTA, OTHER_HOST};
use vestibule_e2e::istio::oauth2_proxy::{self, OAuth2Proxy};
use vestibule_e2e::istio::sidecar::{NAMESPACE, Sidecar};
use vestibule_e2e::istio::traffic::{self, Traffic};
use vestibule_e2e::visitor::{Visitor, target_of};

use Ask::{Fetch, Forged, ForgedGroups, Form, Page, Preflight};
use Identity::{Alice, Carol, CarolWithForgedGroups, MadeUp, Nobody};
use Outcome::{Application, Guard, SignIn};

/// What a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A redirect to Okta, to sign in.
    SignIn,
    /// The guard answers, with this status.
    Guard(u16),
    /// The application answers, and sees this identity.
    Application(Identity),
}

/// Whom the application sees in `x-auth-request-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Nobody,
    Alice,
    Carol,
    /// Carol, who has no groups, with those that she made up.
    CarolWithForgedGroups,
    /// What the client made up, as it was sent.
    MadeUp,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    Page,
    Fetch,
    Form,
    Preflight,
    /// A page, with all identity headers made up.
    Forged,
    /// A page, with groups made up.
    ForgedGroups,
}

pub(super) struct Case {
    pub(super) who: Option<&'static str>,
    pub(super) ask: Ask,
    pub(super) host: &'static str,
    pub(super) path: &'static str,
    pub(super) oauth2_proxy: Outcome,
    pub(super) vestibule: Outcome,
}

/// As other workloads of the mesh call it.
const SERVICE: &str = "admin-service.admin.svc.cluster.local";
const WITH_PORT: &str = "admin.example.com:8080";
const WITH_DOT: &str = "admin.example.com.";
/// Where Vestibule is tried before it takes over.
const NEXT_HOST: &str = "admin-next.example.com";
const STRANGER: Option<&str> = None;
const ALICE: Option<&str> = Some("alice");
const CAROL: Option<&str> = Some("carol");

/// In both set-ups alike.
fn alike() -> Vec<Case> {
    let table = [
        (STRANGER, Page, HOST, "/page?a=b", SignIn),
        (STRANGER, Page, "ADMIN.Example.COM", "/page", SignIn),
        (STRANGER, Forged, HOST, "/page", SignIn),
        (STRANGER, Page, HOST, "/healthz", Application(Nobody)),
        (STRANGER, Page, HOST, "/oauth2/start?rd=/page", SignIn),
        (STRANGER, Fetch, HOST, "/oauth2/auth", Guard(401)),
        (STRANGER, Fetch, HOST, "/oauth2/userinfo", Guard(401)),
        (ALICE, Page, HOST, "/page?a=b&c=%2F", Application(Alice)),
        (ALICE, Fetch, HOST, "/page", Application(Alice)),
        (ALICE, Form, HOST, "/page", Application(Alice)),
        (ALICE, Forged, HOST, "/page", Application(Alice)),
        (ALICE, Page, HOST, "/finance/report", Application(Alice)),
        (ALICE, Fetch, HOST, "/oauth2/auth", Guard(202)),
        (CAROL, Page, HOST, "/page", Application(Carol)),
        // Other hosts pass untouched, whoever asks, and whatever for.
        (STRANGER, Page, OTHER_HOST, "/page", Application(Nobody)),
        (STRANGER, Form, OTHER_HOST, "/page", Application(Nobody)),
        (STRANGER, Forged, OTHER_HOST, "/page", Application(MadeUp)),
        (STRANGER, Forged, SERVICE, "/page", Application(MadeUp)),
        (STRANGER, Page, OTHER_HOST, "/oauth2/start", Application(Nobody)),
        (STRANGER, Page, OTHER_HOST, "/oauth2/callback?code=a&state=b", Application(Nobody)),
        (ALICE, Page, OTHER_HOST, "/page", Application(Nobody)),
    ];
    let case =
        |(who, ask, host, path, both)| Case { who, ask, host, path, oauth2_proxy: both, vestibule: both };
    table.map(case).into()
}

/// Differences that are meant: the outcome with oauth2-proxy, that with Vestibule, and why.
fn different() -> Vec<Case> {
    let table = [
        // A script cannot follow a redirect to another site, and what a form has posted would be lost on the way.
        (STRANGER, Fetch, HOST, "/page", SignIn, Guard(401)),
        (STRANGER, Form, HOST, "/page", SignIn, Guard(401)),
        (STRANGER, Preflight, HOST, "/page", SignIn, Guard(401)),
        // The policy compares the whole Host header; a host is the same host with its port and with the root's dot.
        (STRANGER, Page, WITH_PORT, "/page", Application(Nobody), SignIn),
        (STRANGER, Page, WITH_DOT, "/page", Application(Nobody), SignIn),
        (STRANGER, Forged, WITH_PORT, "/page", Application(MadeUp), SignIn),
        (ALICE, Page, WITH_PORT, "/page", Application(Nobody), Application(Alice)),
        // oauth2-proxy answers these itself, with 200, which Envoy takes for a yes: they are open to everybody.
        (STRANGER, Page, HOST, "/robots.txt", Application(Nobody), SignIn),
        (STRANGER, Page, HOST, "/ping", Application(Nobody), SignIn),
        (STRANGER, Page, HOST, "/ready", Application(Nobody), SignIn),
        // And its own answer of that status is lost: the application gets the request.
        (ALICE, Fetch, HOST, "/oauth2/userinfo", Application(Nobody), Guard(200)),
        // Here the page with the button; oauth2-proxy was told to skip it.
        (STRANGER, Page, HOST, "/oauth2/sign_in", SignIn, Guard(200)),
        // ext_authz replaces the headers for which it has a value, and leaves the others as the client sent them.
        (STRANGER, Forged, HOST, "/healthz", Application(MadeUp), Application(Nobody)),
        (CAROL, ForgedGroups, HOST, "/page", Application(CarolWithForgedGroups), Application(Carol)),
        // A rule for a path: with oauth2-proxy it takes a deployment for each group.
        (CAROL, Page, HOST, "/finance/report", Application(Carol), Guard(403)),
        // Servers read it in different ways; oauth2-proxy sends the browser to what it takes it for.
        (ALICE, Page, HOST, "/reports/..%2ffinance", Guard(301), Guard(400)),
        // Nobody began this sign-in: the statuses differ.
        (STRANGER, Page, HOST, "/oauth2/callback?code=a&state=bm9uY2U6L3BhZ2U", Guard(403), Guard(400)),
    ];
    for (_, _, host, path, one, other) in &table {
        assert_ne!(one, other, "{host}{path} is no difference");
    }
    let case = |(who, ask, host, path, oauth2_proxy, vestibule)| Case {
        who,
        ask,
        host,
        path,
        oauth2_proxy,
        vestibule,
    };
    table.map(case).into()
}

/// The set-up that Vestibule replaces; a sign-in can begin.
pub(super) async fn before() -> (Mesh, Sidecar, OAuth2Proxy) {
    before_with(&[]).await
}

/// The same, with more arguments of oauth2-proxy.
pub(super) async fn before_with(more: &[&str]) -> (Mesh, Sidecar, OAuth2Proxy) {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start(&mesh).await;
    let oauth2_proxy = OAuth2Proxy::with(&mesh, more).await;
    oauth2_proxy::guard(&mesh);
    mesh.guarded(sidecar.inbound, &sidecar.proxy).await;
    (mesh, sidecar, oauth2_proxy)
}

#[tokio::test]
async fn the_overlay_does_what_the_custom_policy_with_oauth2_proxy_did() {
    let (mesh, sidecar, _oauth2_proxy) = before().await;
    let mut people = everyone(&mesh, &sidecar).await;
    compare(&mesh, &sidecar, &people, |case| case.oauth2_proxy).await;
    // The application gets oauth2-proxy's session, too.
    assert!(cookies_at_application(&mesh, &people["alice"]).await.starts_with("_oauth2_proxy="));
    // The session ends here, and Okta's own goes on.
    assert_eq!(sign_out(people.get_mut("alice").expect("Alice")).await, "/");

    oauth2_proxy::unguard(&mesh);
    mesh.deploy("admin-service", &mesh.push("0.1.0"), &[]);
    let stranger = mesh.visitor(sidecar.inbound, HOST);
    sidecar.proxy.until(async || answers(&stranger).await == Some(Answers::Vestibule)).await;
    let mut people = everyone(&mesh, &sidecar).await;
    compare(&mesh, &sidecar, &people, |case| case.vestibule).await;
    assert_eq!(cookies_at_application(&mesh, &people["alice"]).await, "theme=dark");
    let okta = format!("https://{OKTA}/oauth2/default/v1/logout?");
    assert!(sign_out(people.get_mut("alice").expect("Alice")).await.starts_with(&okta));
    mesh.search_for_secrets(&sidecar.proxy);
}

#[tokio::test]
async fn nobody_gets_in_without_a_session_on_the_way_from_oauth2_proxy_and_back() {
    let (mesh, sidecar, _oauth2_proxy) = before().await;
    let mut alice = mesh.visitor(sidecar.inbound, HOST);
    mesh.sign_in(&mut alice, "alice", "/page").await;
    let stranger = || mesh.visitor(sidecar.inbound, HOST);
    let traffic = Traffic::start(sidecar.inbound, alice.clone());

    // Vestibule is tried on a host of its own; each guards its own.
    let image = mesh.push("0.1.0");
    mesh.okta.configure(|okta| {
        let also = okta.clients.iter().map(|client| client.clone().serving(&format!("https://{NEXT_HOST}")));
        okta.clients = also.collect();
    });
    let hosts = json!([{"op": "replace", "path": "/spec/pluginConfig/hosts", "value": [NEXT_HOST]}]);
    mesh.deploy("admin-service", &image, &[("WasmPlugin", hosts)]);
    let mut at_next = mesh.visitor(sidecar.inbound, NEXT_HOST);
    sidecar.proxy.until(async || answers(&at_next).await == Some(Answers::Vestibule)).await;
    mesh.sign_in(&mut at_next, "alice", "/page").await;
    assert_eq!(at_next.page("/page").await.status, 200);
    assert_eq!(answers(&stranger()).await, Some(Answers::OAuth2Proxy));
    assert_eq!(alice.page("/page").await.status, 200);

    // Both guard, oauth2-proxy first.
    mesh.deploy("admin-service", &image, &[]);
    sidecar.proxy.until(async || answers(&alice).await == Some(Answers::Vestibule)).await;
    assert_eq!(answers(&stranger()).await, Some(Answers::OAuth2Proxy));
    // It takes the callback, which it knows nothing of: no sign-in can be finished.
    let authorization = alice.begin("/page").await;
    let callback = mesh.approve(&authorization, "alice").await;
    assert_eq!(alice.page(target_of(&callback)).await.status, 403);
    sleep(Duration::from_secs(1)).await;

    // Vestibule alone.
    oauth2_proxy::unguard(&mesh);
    sidecar.proxy.until(async || answers(&stranger()).await == Some(Answers::Vestibule)).await;
    mesh.sign_in(&mut alice, "alice", "/page?a=b").await;
    assert_eq!(alice.page("/page?a=b").await.status, 200);
    sleep(Duration::from_secs(1)).await;

    // And back: whoever has both sessions is let through by both, then oauth2-proxy alone.
    oauth2_proxy::guard(&mesh);
    sidecar.proxy.until(async || answers(&stranger()).await == Some(Answers::OAuth2Proxy)).await;
    assert_eq!(alice.page("/page").await.status, 200);
    let mut carol = stranger();
    mesh.cluster.kubectl(&["delete", "wasmplugin", "vestibule", "-n", NAMESPACE]);
    sidecar.proxy.until(async || cookies_at_application(&mesh, &alice).await.contains("vestibule")).await;
    mesh.sign_in(&mut carol, "carol", "/page").await;
    sleep(Duration::from_secs(1)).await;

    let (person, stranger) = traffic.end().await;
    assert!(stranger.keys().all(|status| [302, 401].contains(status)), "{stranger:?}");
    assert!(person.keys().all(|status| [200, 302].contains(status)), "{person:?}");
    assert!(stranger[&302] > 50 && stranger[&401] > 50, "hardly any traffic: {stranger:?}");
    let seen: Vec<Seen> = mesh.application.requests();
    let seen: Vec<&Seen> = seen.iter().filter(|seen| seen.path == traffic::PATH).collect();
    assert_eq!(seen.len(), person[&200]);
    for request in seen {
        assert_eq!(identity(request), Alice, "{request:?}");
    }
}

/// Alice and Carol, signed in from a link to somewhere deep, where that ends.
pub(super) async fn everyone(mesh: &Mesh, sidecar: &Sidecar) -> BTreeMap<&'static str, Visitor> {
    let mut people = BTreeMap::new();
    for nick in ["alice", "carol"] {
        let mut visitor = mesh.visitor(sidecar.inbound, HOST);
        mesh.sign_in(&mut visitor, nick, "/reports/2026?quarter=3&from=%2Fhome").await;
        people.insert(nick, visitor);
    }
    people
}

pub(super) async fn compare(
    mesh: &Mesh,
    sidecar: &Sidecar,
    people: &BTreeMap<&'static str, Visitor>,
    expected: impl Fn(&Case) -> Outcome,
) {
    let mut wrong = Vec::new();
    for case in alike().iter().chain(&different()) {
        let mut visitor = match case.who {
            Some(nick) => people[nick].moved(sidecar.inbound, case.host),
            None => mesh.visitor(sidecar.inbound, case.host),
        };
        mesh.application.forget_requests();
        let response = visitor.send(request(case)).await;
        let found = outcome(&response, &mesh.application.requests(), case);
        if found != expected(case) {
            let Case { who, ask, host, path, .. } = case;
            wrong.push(format!("{who:?} {ask:?} {host}{path}: {found:?}, not {:?}", expected(case)));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), sidecar.proxy.log());
}

fn request(case: &Case) -> Request {
    let page = Request::page(case.path);
    match case.ask {
        Page => page,
        Fetch => Request::fetch(case.path),
        Form => Request::form(case.path, "a=b"),
        Preflight => Request::new("OPTIONS", case.path)
            .header("origin", "https://other.example.com")
            .header("access-control-request-method", "POST"),
        Forged => MADE_UP.iter().fold(page, |page, (name, value)| page.header(name, value)),
        ForgedGroups => page.header("x-auth-request-groups", "admins"),
    }
}

fn outcome(response: &Response, seen: &[Seen], case: &Case) -> Outcome {
    match seen {
        [] if response.status == 302 => {
            let location = response.location();
            assert!(
                location.starts_with(&format!("https://{OKTA}/oauth2/default/v1/authorize?")),
                "{location}"
            );
            SignIn
        }
        [] => Guard(response.status),
        [request] => {
            assert_eq!((response.status, request.path.as_str()), (200, case.path), "{}", response.summary());
            let body: &[u8] = if matches!(case.ask, Form) { b"a=b" } else { b"" };
            assert_eq!(request.body, body);
            Application(identity(request))
        }
        more => panic!("{}{} reached the application {} times", case.host, case.path, more.len()),
    }
}

const MADE_UP: [(&str, &str); 4] = [
    ("x-auth-request-user", "eve"),
    ("x-auth-request-email", "eve@example.com"),
    ("x-auth-request-groups", "admins"),
    ("x-auth-request-preferred-username", "eve"),
];

fn identity(request: &Seen) -> Identity {
    let found = MADE_UP.map(|(name, _)| {
        let values: Vec<_> = request.header(name).map(String::from_utf8_lossy).collect();
        values.join(" and ")
    });
    let one_of_all = [
        (Nobody, ["", "", "", ""]),
        (
            Alice,
            [
                "00ualice0000000001d7",
                "alice@example.com",
                "Everyone,admin,finance,admins",
                "alice@example.com",
            ],
        ),
        (Carol, ["00ucarol0000000001d7", "carol@example.com", "", "carol@example.com"]),
        (CarolWithForgedGroups, ["00ucarol0000000001d7", "carol@example.com", "admins", "carol@example.com"]),
        (MadeUp, MADE_UP.map(|(_, value)| value)),
    ];
    let one = one_of_all.into_iter().find(|(_, headers)| found == *headers);
    one.unwrap_or_else(|| panic!("{} saw {found:?}", request.path)).0
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    OAuth2Proxy,
    Vestibule,
}

/// Who sends this visitor to Okta: each has a cookie of its own for that.
pub(super) async fn answers(visitor: &Visitor) -> Option<Answers> {
    let response = visitor.clone().page("/page").await;
    let cookies = response.header("set-cookie").filter(|_| response.status == 302)?;
    match (cookies.contains("_oauth2_proxy"), cookies.contains("vestibule")) {
        (true, false) => Some(Answers::OAuth2Proxy),
        (false, true) => Some(Answers::Vestibule),
        _ => panic!("whose? {}", response.summary()),
    }
}

/// What is left of the visitor's cookies, and one of the application's own, when they get there.
async fn cookies_at_application(mesh: &Mesh, visitor: &Visitor) -> String {
    let mut visitor = visitor.clone();
    visitor.jar.set("theme", "dark");
    assert_eq!(visitor.page("/page").await.status, 200);
    let request = mesh.application.requests().pop().expect("the page");
    let cookies: Vec<_> = request.header("cookie").map(String::from_utf8_lossy).collect();
    cookies.join("; ")
}

/// Where that leads; the session is over.
async fn sign_out(visitor: &mut Visitor) -> String {
    let response = visitor.page("/oauth2/sign_out").await;
    assert_eq!(response.status, 302, "{}", response.summary());
    assert_eq!(visitor.page("/page").await.status, 302);
    response.location()
}
