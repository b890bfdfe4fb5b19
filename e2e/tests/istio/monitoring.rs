//! What the operator sees in Istio, with the mesh configuration of `wasmplugin/monitoring`: an access log that says why, and
//! metrics with labels, without anything else that would let them pass.

use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::HOST;

#[tokio::test]
async fn istio_shows_reasons_in_its_access_log_and_labels_in_its_metrics() {
    let (_mesh, gateway, _image) = Gateway::guarded().await;
    let answer = client::send(gateway.plain, &Request::get("/finance/x?secret=1").host(HOST)).await.unwrap();
    assert_eq!(answer.status, 401, "{}", answer.summary());

    let written = || {
        let log = gateway.proxy.log();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.find(|line| line["path"] == "/finance/x")
    };
    assert!(eventually(|| written().is_some()).await, "{}", gateway.proxy.log());
    let line = written().unwrap();
    assert_eq!(
        (&line["method"], &line["host"], &line["status"]),
        (&"GET".into(), &HOST.into(), &401.into()),
        "{line}"
    );
    let details = line["details"].as_str().unwrap();
    assert!(details.starts_with("vestibule_not_signed_in{access["), "{line}");
    assert!(line["request_id"].as_str().is_some_and(|id| id.len() > 20), "{line}");
    assert!(!gateway.proxy.log().contains("secret=1"));

    let counted = async || {
        let metrics = gateway.proxy.admin("/stats/prometheus").await;
        let line = metrics.lines().find(|line| {
            line.starts_with("vestibule_decisions_total{")
                && line.contains("outcome=\"refused\"")
                && line.contains("reason=\"not_signed_in\"")
        });
        line.is_some_and(|line| !line.ends_with(" 0"))
    };
    gateway.proxy.until(counted).await;
    let metrics = gateway.proxy.admin("/stats/prometheus").await;
    for line in ["vestibule_ready{} 3", "envoy_server_concurrency{} 2"] {
        assert!(metrics.lines().any(|shown| shown == line), "{line}");
    }
}
