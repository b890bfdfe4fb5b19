//! What `wasmplugin migrate` makes of a setup with oauth2-proxy, in the place of that setup.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::istiod::ISTIO_SYSTEM;
use vestibule_e2e::istio::mesh::{CLIENT_ID, HOST, Mesh, OKTA, OTHER_HOST};
use vestibule_e2e::istio::oauth2_proxy;
use vestibule_e2e::istio::sidecar::{NAMESPACE, Sidecar};
use vestibule_e2e::migration;
use vestibule_e2e::tools::{all, tool};

use super::ext_authz::{Answers, Case, Identity, Outcome, answers, before, before_with, compare, everyone};

/// The resources that `migrate` makes of files.
fn migrated(mesh: &Mesh, files: &str, kind: &str) -> Vec<Value> {
    let made = migration::migrated(&mesh.file(""), files, kind);
    assert!(!made.has_gaps);
    let analyzed = std::process::Command::new(tool("istioctl"))
        .args(["analyze", "--use-kube=false"])
        .args(["plugin.yaml", "provider.yaml"].map(|name| made.folder.join(name)))
        .output()
        .expect("istioctl");
    let said = all(&analyzed);
    assert!(analyzed.status.success() && !said.contains("Error ["), "{said}");
    made.resources
}

/// The sign-in, who is let in, and what the application is told, as oauth2-proxy had it.
#[tokio::test]
async fn what_migrate_makes_of_the_setup_does_what_the_setup_did() {
    let (mesh, sidecar, _oauth2_proxy) = before().await;
    let mut people = everyone(&mesh, &sidecar).await;
    compare(&mesh, &sidecar, &people, |case| case.oauth2_proxy).await;

    take_over(&mesh, &sidecar, &[]).await;
    people = everyone(&mesh, &sidecar).await;
    compare(&mesh, &sidecar, &people, |case: &Case| match (case.who, case.path) {
        // The overlay has a rule for this path. Here there is none, as there was none before.
        (Some("carol"), "/finance/report") => Outcome::Application(Identity::Carol),
        _ => case.vestibule,
    })
    .await;
    mesh.search_for_secrets(&sidecar.proxy);
}

/// What `migrate` makes of it, in its place.
async fn take_over(mesh: &Mesh, sidecar: &Sidecar, more: &[&str]) {
    let mut plugin = migrated(mesh, &oauth2_proxy::files(more), "WasmPlugin").remove(0);
    assert_eq!(plugin["metadata"]["namespace"], NAMESPACE);
    assert_eq!(plugin["spec"]["pluginConfig"]["hosts"], json!([HOST]));
    // What a person does who puts it beside a workload: the image, the direction, TLS for the filter's calls alone.
    let image = mesh.push("0.1.0");
    mesh.deploy("admin-service", &image, &[]);
    plugin["spec"]["url"] = json!(image);
    plugin["spec"]["match"] = json!([{"mode": "SERVER"}]);
    plugin["spec"]["pluginConfig"]["provider"]["cluster"] = json!(format!("outbound|443|vestibule|{OKTA}"));
    let plugin = plugin.to_string().replace("OIDC_CLIENT_SECRET", "OKTA_CLIENT_SECRET");
    mesh.cluster.kubectl(&["delete", "wasmplugin", "vestibule", "-n", NAMESPACE]);
    mesh.cluster.apply(&plugin);
    oauth2_proxy::unguard(mesh);
    let stranger = mesh.visitor(sidecar.inbound, HOST);
    sidecar.proxy.until(async || answers(&stranger).await == Some(Answers::Vestibule)).await;
}

/// Tokens in the place of a session, preflights, open routes and the groups of `/oauth2/auth`.
const MORE: [&str; 3] = ["--skip-jwt-bearer-tokens", "--skip-auth-preflight", "--skip-auth-route=^/static/"];

/// What is sent, and what comes of it: `in` for the application, otherwise the status; with oauth2-proxy, and with Vestibule.
#[tokio::test]
async fn tokens_preflights_and_open_routes_come_over() {
    let (mesh, sidecar, _oauth2_proxy) = before_with(&MORE).await;
    let before = outcomes(&mesh, &sidecar).await;
    take_over(&mesh, &sidecar, &MORE).await;
    let after = outcomes(&mesh, &sidecar).await;
    let expected = [
        ("an open route", "in", "in"),
        ("below it only", "302", "302"),
        ("a preflight", "in", "in"),
        // oauth2-proxy lets every OPTIONS through.
        ("OPTIONS that is no preflight", "in", "401"),
        ("an ID token", "in alice@example.com", "in alice@example.com"),
        // It sends a program to the sign-in.
        ("an ID token for another client", "302", "401"),
        ("an ID token that has run out", "302", "401"),
        ("an unsigned token", "302", "401"),
        ("a token beside a session", "in alice@example.com", "in alice@example.com"),
        ("auth with a group", "202", "202"),
        ("auth without a group", "403", "403"),
        ("auth for an address", "202", "202"),
    ];
    let names = expected.map(|(name, ..)| name);
    assert_eq!(before.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    let mut wrong = Vec::new();
    for (((name, with_proxy, with_filter), (_, before)), (_, after)) in
        expected.iter().zip(&before).zip(&after)
    {
        if with_proxy != before || with_filter != after {
            wrong.push(format!("{name}: {before} and {after}, not {with_proxy} and {with_filter}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn outcomes(mesh: &Mesh, sidecar: &Sidecar) -> Vec<(&'static str, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let claims = |audience: &str, expires: u64| {
        json!({"iss": format!("https://{OKTA}/oauth2/default"), "aud": audience, "sub": "00ualice0000000001d7", "email": "alice@example.com",
            "email_verified": true, "iat": now - 60, "exp": expires})
    };
    let token = |claims: &Value| mesh.okta.sign(claims);
    let good = token(&claims(CLIENT_ID, now + 600));
    let bearer = |token: &str| Request::fetch("/page").header("authorization", format!("Bearer {token}"));
    let unsigned = format!("{}.", good.rsplit_once('.').map_or("", |(signed, _)| signed));
    let preflight = Request::new("OPTIONS", "/page")
        .header("origin", "https://spa.example.com")
        .header("access-control-request-method", "PUT");
    let mut alice = mesh.visitor(sidecar.inbound, HOST);
    mesh.sign_in(&mut alice, "alice", "/page").await;
    let cases = [
        ("an open route", false, Request::page("/static/app.js")),
        ("below it only", false, Request::page("/statics")),
        ("a preflight", false, preflight),
        ("OPTIONS that is no preflight", false, Request::new("OPTIONS", "/page")),
        ("an ID token", false, bearer(&good)),
        ("an ID token for another client", false, bearer(&token(&claims("0oaother", now + 600)))),
        ("an ID token that has run out", false, bearer(&token(&claims(CLIENT_ID, now - 30)))),
        ("an unsigned token", false, bearer(&unsigned)),
        ("a token beside a session", true, bearer(&good)),
        ("auth with a group", true, Request::fetch("/oauth2/auth?allowed_groups=admin")),
        ("auth without a group", true, Request::fetch("/oauth2/auth?allowed_groups=nobody-is-in-it")),
        ("auth for an address", true, Request::fetch("/oauth2/auth?allowed_emails=alice@example.com")),
    ];
    let mut outcomes = Vec::new();
    for (name, signed_in, request) in cases {
        mesh.application.forget_requests();
        let mut visitor = if signed_in { alice.clone() } else { mesh.visitor(sidecar.inbound, HOST) };
        let response = visitor.send(request).await;
        let seen = mesh.application.requests();
        let told = seen.first().map(|seen| {
            let email: Vec<_> = seen.header("x-auth-request-email").map(String::from_utf8_lossy).collect();
            format!("in {}", email.join(" and ")).trim().to_owned()
        });
        outcomes.push((name, told.unwrap_or_else(|| response.status.to_string())));
    }
    outcomes
}

/// Values of the chart, the mesh's provider and the policy of a gateway.
fn gateway_files() -> String {
    let values = json!({
        "config": {"clientID": "0oa1b2c3", "clientSecret": "not-the-real-one", "cookieSecret": "not-the-real-one"},
        "extraArgs": {
            "provider": "oidc",
            "oidc-issuer-url": format!("https://{OKTA}/oauth2/default"),
            "email-domain": "*",
            "set-xauthrequest": true,
            "set-authorization-header": true,
            "skip-provider-button": true,
            "upstream": "static://200",
        },
    });
    let policy = json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "sso", "namespace": ISTIO_SYSTEM},
        "spec": {
            "selector": {"matchLabels": {"istio": "ingressgateway"}},
            "action": "CUSTOM",
            "provider": {"name": "oauth2-proxy"},
            "rules": [{"to": [{"operation": {"hosts": [HOST], "notPaths": ["/healthz"]}}]}],
        },
    });
    [values, policy].map(|document| document.to_string()).join("\n---\n")
}

/// Both kinds guard a gateway, and sign a person in, with nothing changed but the image.
#[tokio::test]
async fn both_kinds_guard_a_gateway() {
    let mesh = Mesh::start().await;
    let image = mesh.push("0.1.0");
    // How the proxy reaches Okta here; what the manifests have for it is the same as what `migrate` writes. The gateway
    // never gets the plugin that comes with it: Envoy keeps a configuration by its name for as long as an old listener
    // lives, and the new plugin, which has the same name, would begin with it.
    mesh.deploy("ingress-gateway", &image, &[]);
    mesh.cluster.kubectl(&["delete", "wasmplugin", "vestibule", "-n", ISTIO_SYSTEM]);
    let gateway = Gateway::start(&mesh).await;
    for kind in ["WasmPlugin", "TrafficExtension"] {
        let resources = migrated(&mesh, &gateway_files(), kind);
        let mut plugin = resources[0].clone();
        assert_eq!(plugin["kind"], kind);
        let module = if kind == "WasmPlugin" { "/spec" } else { "/spec/wasm" };
        plugin.pointer_mut(module).expect("a module")["url"] = json!(image);
        mesh.cluster.apply(&plugin.to_string().replace("OIDC_CLIENT_SECRET", "OKTA_CLIENT_SECRET"));
        mesh.guarded(gateway.plain, &gateway.proxy).await;
        let mut alice = mesh.visitor(gateway.plain, HOST);
        assert_eq!(alice.page("/healthz").await.status, 200);
        mesh.sign_in(&mut alice, "alice", "/reports/2026?quarter=3").await;
        mesh.application.forget_requests();
        assert_eq!(alice.page("/page").await.status, 200);
        let seen = mesh.application.requests().remove(0);
        let told =
            |name: &str| seen.header(name).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" and ");
        assert_eq!(told("x-auth-request-email"), "alice@example.com");
        assert!(told("authorization").starts_with("Bearer ey"), "{}", told("authorization"));
        assert_eq!(mesh.visitor(gateway.plain, OTHER_HOST).page("/page").await.status, 200);
        mesh.cluster.kubectl(&["delete", kind, "vestibule", "-n", ISTIO_SYSTEM]);
        gateway.proxy.until(async || is_gone(&mesh, &gateway).await).await;
    }
}

/// Whether no worker has the plugin any more: each takes over a new configuration in its own time, and a connection goes
/// to any of them.
async fn is_gone(mesh: &Mesh, gateway: &Gateway) -> bool {
    for _ in 0..20 {
        if mesh.visitor(gateway.plain, HOST).page("/oauth2/start").await.status == 302 {
            return false;
        }
    }
    true
}
