//! The signed header in front of Istio's own policy: RequestAuthentication verifies it, AuthorizationPolicy decides by it.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::istio::mesh::{HOST, Mesh};
use vestibule_e2e::istio::sidecar::{NAMESPACE, Sidecar};
use vestibule_e2e::tools::all;

/// As the page for applications has them.
fn policies(keys: &str) -> String {
    let selector = json!({"matchLabels": {"app": "admin-service"}});
    let issuer = format!("https://{HOST}");
    let authentication = json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "vestibule", "namespace": NAMESPACE},
        "spec": {"selector": selector, "jwtRules": [{
            "issuer": issuer,
            "audiences": [HOST],
            "fromHeaders": [{"name": "x-vestibule-jwt"}],
            "forwardOriginalToken": true,
            "jwks": keys,
        }]},
    });
    let authorization = json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "vestibule", "namespace": NAMESPACE},
        "spec": {"selector": selector, "action": "ALLOW", "rules": [{
            "from": [{"source": {"requestPrincipals": [format!("{issuer}/*")]}}],
            "when": [{"key": "request.auth.claims[groups]", "values": ["admins"]}],
        }]},
    });
    format!("{authentication}\n---\n{authorization}")
}

#[tokio::test]
async fn istio_verifies_it_and_decides_by_its_claims() {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start(&mesh).await;
    let upstream = json!([
        {"op": "add", "path": "/spec/pluginConfig/upstream", "value": {"jwt": {}}},
        {"op": "add", "path": "/spec/pluginConfig/access", "value": [{"match": {"paths": ["/open"]}, "allow": "public"}]},
    ]);
    mesh.deploy("admin-service", &mesh.push("0.1.0"), &[("WasmPlugin", upstream)]);
    mesh.guarded(sidecar.inbound, &sidecar.proxy).await;
    let keys = keys(&mesh);
    // What the command prints is what the filter has.
    let served =
        client::send(sidecar.inbound, &Request::get("/oauth2/jwks").host(HOST)).await.expect("the sidecar");
    assert_eq!(served.json(), serde_json::from_str::<Value>(&keys).expect("JSON"));
    mesh.cluster.apply(&policies(&keys));

    let (mut alice, mut bob) = (mesh.visitor(sidecar.inbound, HOST), mesh.visitor(sidecar.inbound, HOST));
    mesh.sign_in(&mut alice, "alice", "/page").await;
    mesh.sign_in(&mut bob, "bob", "/page").await;
    for _ in 0..100 {
        // The policies have arrived when Bob, who lacks the group, is refused.
        if bob.page("/page").await.status == 403 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    mesh.application.forget_requests();
    assert_eq!(alice.page("/page").await.status, 200, "{}", sidecar.proxy.log());
    let word =
        mesh.application.requests()[0].header("x-vestibule-jwt").map(<[u8]>::to_vec).next().expect("a word");
    let refused = bob.page("/page").await;
    assert_eq!((refused.status, refused.text().as_str()), (403, "RBAC: access denied"));
    // Alice's word, brought by somebody else: to a page of the application's, and where the filter looks at nobody.
    mesh.application.forget_requests();
    let brought = |path| Request::page(path).header("x-vestibule-jwt", &word);
    assert_eq!(bob.send(brought("/page")).await.status, 403);
    assert_eq!(mesh.visitor(sidecar.inbound, HOST).send(brought("/open")).await.status, 403);
    assert!(mesh.application.requests().is_empty());
    mesh.search_for_secrets(&sidecar.proxy);
}

/// By `wasmplugin jwks`, from the resource in the cluster and the Secret.
fn keys(mesh: &Mesh) -> String {
    let (file, values) = (mesh.file("plugin.json"), mesh.file("values.env"));
    fs::write(&file, mesh.cluster.get(NAMESPACE, "wasmplugin", "vestibule").to_string()).expect("a file");
    let environment = mesh.environment(NAMESPACE, "admin-service");
    let lines: String = environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    fs::write(&values, lines).expect("a file");
    let done = wasmplugin().arg("jwks").arg(&file).arg("--env").arg(&values).output().expect("the tool");
    assert!(done.status.success(), "{}", all(&done));
    String::from_utf8(done.stdout).expect("JSON")
}
