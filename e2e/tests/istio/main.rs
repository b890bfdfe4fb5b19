//! In Istio, for real.
use std::collections::BTreeMap;
use vestibule_e2e::istio::cluster::Cluster;
use vestibule_e2e::istio::istiod::Istiod;
use vestibule_e2e::istio::proxy::{Kind, Pod, Proxy};
use vestibule_e2e::ports;

#[tokio::test]
async fn comes_up() {
    let t = std::time::Instant::now();
    let cluster = Cluster::start().await;
    eprintln!("cluster {:?}", t.elapsed());
    let istiod = Istiod::start(&cluster).await;
    eprintln!("istiod {:?}", t.elapsed());
    let port = ports::free();
    cluster.apply(&format!(
        r#"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: gateway, namespace: istio-system}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
    - hosts: ["*"]
      bind: 127.0.0.1
      port: {{number: {port}, name: http, protocol: HTTP}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: app, namespace: istio-system}}
spec:
  hosts: ["*"]
  gateways: [gateway]
  http: [{{directResponse: {{status: 200, body: {{string: hello}}}}}}]
"#
    ));
    let pod = Pod {
        kind: Kind::Router,
        namespace: "istio-system".into(),
        name: "ingressgateway".into(),
        labels: BTreeMap::from([("istio".to_owned(), "ingressgateway".to_owned())]),
        environment: BTreeMap::new(),
        insecure_registries: String::new(),
        concurrency: 2,
    };
    let mut proxy = Proxy::start(&cluster, &istiod, &pod);
    proxy.listens(port).await;
    eprintln!("proxy {:?}", t.elapsed());
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    panic!("{}\n\n{}", proxy.log(), istiod.log());
}
