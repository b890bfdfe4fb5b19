//! Whoever can answer in Okta's place is not believed for that.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::acme::front;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::{HOST, Mesh};

#[tokio::test]
async fn a_certificate_for_another_name_does_not_pass_for_okta() {
    let mesh = Mesh::start().await;
    let image = mesh.push("0.1.0");
    let gateway = Gateway::start(&mesh).await;
    // Somebody else's, of a CA that everybody trusts, at the end of Okta's name.
    let other = front("evil.example.com", &mesh.okta).await;
    let put = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
    let endpoint = json!([put("/spec/endpoints/0/ports/https", json!(other.tls().port()))]);
    let authority = put("/spec/trafficPolicy/tls/caCertificates", json!(other.certificate()));
    let trusted = json!([authority]);
    let changes = [("ServiceEntry", endpoint.clone()), ("DestinationRule", trusted)];
    mesh.deploy("ingress-gateway", &image, &changes);
    // Istio needs a moment, the filter several: until then the whole door is open, since no plugin is there.
    let stranger = || mesh.visitor(gateway.plain, HOST);
    gateway.proxy.until(async || stranger().page("/page").await.status != 200).await;
    for _ in 0..30 {
        let answer = mesh.visitor(gateway.plain, HOST).page("/page").await;
        assert_eq!(answer.status, 503, "{}", answer.summary());
        sleep(Duration::from_millis(100)).await;
    }
    assert!(gateway.proxy.logged("reason=provider_not_ready").await);
    assert_eq!(mesh.okta.token_requests().len(), 0);

    // It is the names that hold: without them the same certificate would do.
    let unnamed = json!([
        put("/spec/trafficPolicy/tls/caCertificates", json!(other.certificate())),
        {"op": "remove", "path": "/spec/trafficPolicy/tls/subjectAltNames"},
    ]);
    mesh.deploy("ingress-gateway", &image, &[("ServiceEntry", endpoint), ("DestinationRule", unnamed)]);
    mesh.guarded(gateway.plain, &gateway.proxy).await;
}
