//! The admission policy and `revoke` at a real API server.

use std::process::Output;

use serde_json::{Value, json};
use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::istio::cluster::Cluster;

const NAMESPACE: &str = "istio-system";

async fn cluster() -> Cluster {
    let cluster = Cluster::start().await;
    cluster.namespace(NAMESPACE);
    cluster
}

/// The plugin of the manifests, or the same as a TrafficExtension.
fn resource(kind: &str) -> Value {
    let config = json!({
        "provider": {"issuer": "https://acme.okta.com/oauth2/default"},
        "client": {"id": "0oa1b2c3", "secret": {"env": "OKTA_CLIENT_SECRET"}},
        "session": {"secrets": [{"env": "COOKIE_SECRET"}], "max_age": "8h"},
        "hosts": ["admin.example.com", "*.apps.example.com", "127.0.0.1"],
        "access": [
            {"match": {"paths": ["/healthz", "/static/*"]}, "allow": "public"},
            {"match": {"paths": ["/*"], "methods": ["GET"]}, "require": {"emails": ["ann@example.com"], "max_age": "15m"}},
        ],
    });
    let env = json!([{"name": "OKTA_CLIENT_SECRET", "valueFrom": "HOST"}, {"name": "COOKIE_SECRET", "valueFrom": "HOST"}]);
    let module = json!({"url": "oci://registry.example.com/vestibule:1", "failStrategy": "FAIL_RELOAD", "vmConfig": {"env": env}, "pluginConfig": config});
    let mut spec = match kind {
        "WasmPlugin" => module,
        _ => json!({"wasm": module}),
    };
    spec["phase"] = json!("AUTHN");
    let metadata = json!({"name": "vestibule", "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": "vestibule"}});
    json!({"apiVersion": "extensions.istio.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
}

fn module(resource: &mut Value) -> &mut Value {
    let at = if resource["kind"] == "WasmPlugin" { "/spec" } else { "/spec/wasm" };
    resource.pointer_mut(at).expect("a module")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// What the policy refuses: a pointer below `pluginConfig`, what stands there, and words of the answer.
#[tokio::test]
async fn the_cluster_refuses_what_the_filter_would_refuse() {
    let cluster = cluster().await;
    let policy = wasmplugin().arg("admission").output().expect("the tool");
    cluster.apply(&String::from_utf8_lossy(&policy.stdout));
    let try_apply = |resource: &Value| {
        cluster.try_kubectl(&["apply", "--dry-run=server", "-f", "-"], &resource.to_string())
    };
    // It takes a moment until a new policy holds.
    let mut open = resource("WasmPlugin");
    open["spec"]["failStrategy"] = json!("FAIL_OPEN");
    for _ in 0..100 {
        if !try_apply(&open).status.success() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let bad = [
        ("/sesion", json!({}), "a key that is not known"),
        ("/session/cookie", json!({"samesite": "lax"}), "session.cookie: a key that is not known"),
        ("/session/max_age", json!("8 hours"), "session.max_age"),
        ("/session/max_age", json!(480), "session.max_age"),
        ("/session/secrets", json!([{"name": "COOKIE_SECRET"}]), "session.secrets[]"),
        (
            "/session/revoked",
            json!([{"before": "2026-01-01T00:00:00Z", "sub": "a", "email": "a@b.example"}]),
            "exactly one of sub and email",
        ),
        ("/provider/issuer", json!("acme.okta.com"), "provider.issuer"),
        ("/provider", json!({}), "provider.issuer is missing"),
        ("/client/private_key", json!({"env": "KEY"}), "at most one of secret and private_key"),
        ("/client/auth_method", json!("client_secret_jwt"), "client.auth_method"),
        ("/hosts", json!(["localhost:10000"]), "hosts[]"),
        ("/hosts", json!(["https://admin.example.com"]), "hosts[]"),
        ("/access/0/allow", json!("everyone"), "access[].allow"),
        ("/access/0/match/paths", json!(["/a/*/b"]), "access[].match.paths[]"),
        ("/access/0/match/paths", json!(["healthz"]), "access[].match.paths[]"),
        ("/access/1/match/methods", json!(["get"]), "access[].match.methods[]"),
        ("/access/1/require", json!({"group": ["a"]}), "access[].require: a key"),
        ("/upstream", json!({"access_token": "yes"}), "upstream.access_token: true or false"),
    ];
    for kind in ["WasmPlugin", "TrafficExtension"] {
        let good = try_apply(&resource(kind));
        assert!(good.status.success(), "{kind}: {}", said(&good));
        for (pointer, value, words) in &bad {
            let mut resource = resource(kind);
            let config = &mut module(&mut resource)["pluginConfig"];
            let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
            config.pointer_mut(parent).expect("a parent")[key] = value.clone();
            let refused = try_apply(&resource);
            assert!(
                !refused.status.success() && said(&refused).contains(words),
                "{kind} {pointer} {value}: {}",
                said(&refused)
            );
        }
        let mut open = resource(kind);
        module(&mut open)["failStrategy"] = json!("FAIL_OPEN");
        assert!(said(&try_apply(&open)).contains("FAIL_OPEN lets every request through"));
        let mut of_connections = resource(kind);
        module(&mut of_connections)["type"] = json!("NETWORK");
        assert!(said(&try_apply(&of_connections)).contains("type NETWORK"));
        module(&mut of_connections)["type"] = json!("HTTP");
        assert!(try_apply(&of_connections).status.success(), "{}", said(&try_apply(&of_connections)));
        for (targets, entries, is_refused) in modes() {
            let mut resource = resource(kind);
            let spec = resource["spec"].as_object_mut().expect("a map");
            spec.extend(targets.as_object().expect("a map").clone());
            spec.insert("match".to_owned(), entries);
            let answer = try_apply(&resource);
            let (is_taken, answer) = (answer.status.success(), said(&answer));
            assert_eq!(is_taken, !is_refused, "{kind} {}: {answer}", resource["spec"]["match"]);
            assert_eq!(answer.contains("no request is checked"), is_refused, "{kind}: {answer}");
        }
        let mut without = resource(kind);
        module(&mut without).as_object_mut().expect("a map").remove("pluginConfig");
        assert!(said(&try_apply(&without)).contains("pluginConfig is missing"));
        // What is not ours passes, whatever it is.
        open["metadata"]["labels"] = json!({"app.kubernetes.io/name": "other"});
        module(&mut open)["pluginConfig"] = json!({"rules": [1, 2]});
        assert!(try_apply(&open).status.success(), "{}", said(&try_apply(&open)));
        open["metadata"].as_object_mut().expect("a map").remove("labels");
        assert!(try_apply(&open).status.success());
    }
}

/// What a filter is for, `match`, and whether Istio would then show no request to it.
fn modes() -> [(Value, Value, bool); 9] {
    let selector = |labels: Value| json!({"selector": {"matchLabels": labels}});
    let gateway = || selector(json!({"istio": "ingressgateway"}));
    let waypoint = || json!({"targetRefs": [{"group": "", "kind": "Service", "name": "admin"}]});
    let (server, client) = (json!({"mode": "SERVER"}), json!({"mode": "CLIENT"}));
    [
        (gateway(), json!([server]), true),
        (gateway(), json!([server, {"mode": "SERVER", "ports": [{"number": 8443}]}]), true),
        (gateway(), json!([server, client]), false),
        (gateway(), json!([{"ports": [{"number": 8443}]}]), false),
        (gateway(), json!([]), false),
        (selector(json!({"app": "payment-gateway"})), json!([server]), false),
        (selector(json!({"istio": "other"})), json!([server]), false),
        (waypoint(), json!([client]), true),
        (waypoint(), json!([server]), false),
    ]
}

fn revoke(cluster: &Cluster, arguments: &[&str]) -> Output {
    cluster.revoke(NAMESPACE, "vestibule", arguments)
}

fn session(cluster: &Cluster) -> Value {
    cluster.get(NAMESPACE, "wasmplugin", "vestibule")["spec"]["pluginConfig"]["session"].clone()
}

#[tokio::test]
async fn people_are_revoked_by_two_and_nobody_is_forgotten() {
    let cluster = cluster().await;
    cluster.apply(&resource("WasmPlugin").to_string());
    let bob = revoke(&cluster, &["--email", "bob@example.com"]);
    assert!(bob.status.success(), "{}", said(&bob));
    // Somebody else writes another field, as another manager.
    let change = json!({"spec": {"pluginConfig": {"session": {"max_age": "10h"}}}}).to_string();
    cluster.kubectl(&[
        "patch",
        "wasmplugin",
        "vestibule",
        "-n",
        NAMESPACE,
        "--type=merge",
        "--field-manager=somebody",
        "--patch",
        &change,
    ]);
    // Two at the same time: each keeps what the other put in.
    std::thread::scope(|scope| {
        for sub in ["00u1", "00u2", "00u3"] {
            let cluster = &cluster;
            scope.spawn(move || {
                let done = revoke(cluster, &["--sub", sub]);
                assert!(done.status.success(), "{}", said(&done));
            });
        }
    });
    let now = session(&cluster);
    assert_eq!(now["max_age"], "10h");
    let people: Vec<String> = now["revoked"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["sub"].as_str().or_else(|| entry["email"].as_str()).unwrap_or_default().to_owned())
        .collect();
    for person in ["bob@example.com", "00u1", "00u2", "00u3"] {
        assert_eq!(people.iter().filter(|one| *one == person).count(), 1, "{people:?}");
    }
    let dry = revoke(&cluster, &["--everyone", "--dry-run"]);
    assert!(dry.status.success() && session(&cluster)["not_before"].is_null(), "{}", said(&dry));
    assert!(revoke(&cluster, &["--everyone"]).status.success());
    let after = session(&cluster);
    assert!(after["not_before"].is_string() && after["revoked"].is_null(), "{after}");
}

#[tokio::test]
async fn what_somebody_else_writes_is_left_to_them() {
    let cluster = cluster().await;
    let mut owned = resource("WasmPlugin");
    owned["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": "edge:extensions.istio.io/WasmPlugin:istio-system/vestibule"});
    cluster.apply(&owned.to_string());
    let refused = revoke(&cluster, &["--sub", "00u1"]);
    assert!(!refused.status.success() && said(&refused).contains("Application edge"), "{}", said(&refused));
    assert!(session(&cluster)["revoked"].is_null());
    let forced = revoke(&cluster, &["--sub", "00u1", "--force"]);
    assert!(
        forced.status.success() && said(&forced).contains("the next sync takes this back"),
        "{}",
        said(&forced)
    );
    assert_eq!(session(&cluster)["revoked"][0]["sub"], "00u1");
    // By its fields alone, as Flux writes them.
    cluster.kubectl(&["delete", "wasmplugin", "vestibule", "-n", NAMESPACE]);
    let text = resource("WasmPlugin").to_string();
    let applied = cluster
        .try_kubectl(&["apply", "--server-side", "--field-manager=kustomize-controller", "-f", "-"], &text);
    assert!(applied.status.success(), "{}", said(&applied));
    let refused = revoke(&cluster, &["--sub", "00u1"]);
    assert!(
        !refused.status.success() && said(&refused).contains("kustomize-controller"),
        "{}",
        said(&refused)
    );
}
