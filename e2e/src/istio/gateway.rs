//! An ingress gateway, as it is before Vestibule comes: the routes of two hosts to one application.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::json;

use super::istiod::ISTIO_SYSTEM;
use super::mesh::{APPLICATION, HOST, Mesh, OTHER_HOST, deployment, service_here};
use super::proxy::{Kind, Pod, Proxy};
use crate::ports;

/// Of the Deployment whose pods it stands for.
pub const DEPLOYMENT: &str = "istio-ingressgateway";

#[derive(Debug)]
pub struct Gateway {
    pub proxy: Proxy,
    /// Where it speaks plain HTTP.
    pub plain: SocketAddr,
    /// Where it speaks TLS.
    pub tls: SocketAddr,
}

impl Gateway {
    /// The gateway of `istioctl install`, with what the overlay `ingress-gateway` asks of it.
    pub async fn start(mesh: &Mesh) -> Self {
        mesh.make_secret(ISTIO_SYSTEM);
        mesh.cluster.apply(&deployment(ISTIO_SYSTEM, DEPLOYMENT, "istio-proxy", &labels()).to_string());
        mesh.patch_deployment(ISTIO_SYSTEM, DEPLOYMENT, "manifests/environment/deployment.yaml");
        let (plain, tls) = (ports::free(), ports::free());
        mesh.cluster.apply(&certificate(ISTIO_SYSTEM, "example-com", &[HOST, OTHER_HOST]));
        mesh.cluster.apply(&gateway_resources(plain, tls));
        mesh.cluster.apply(&service_here(ISTIO_SYSTEM, APPLICATION, 80, mesh.application.port()));
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (plain, tls) = (loopback(plain), loopback(tls));
        Self { proxy: proxy(mesh, plain, tls, 0).await, plain, tls }
    }

    /// A mesh, a gateway in it, and the overlay `ingress-gateway` with the image that is named; a sign-in can begin.
    pub async fn guarded() -> (Mesh, Self, String) {
        let mesh = Mesh::start().await;
        let image = mesh.push("0.1.0");
        let gateway = Self::start(&mesh).await;
        mesh.deploy("ingress-gateway", &image, &[]);
        mesh.guarded(gateway.plain, &gateway.proxy).await;
        (mesh, gateway, image)
    }

    /// A new pod in the place of this one, with the environment of now.
    pub async fn restarted(self, mesh: &Mesh) -> Self {
        self.restarted_behind(0, mesh).await
    }

    /// The same, told that so many proxies stand before it.
    pub async fn restarted_behind(self, trusted_proxies: u32, mesh: &Mesh) -> Self {
        let Self { proxy: old, plain, tls } = self;
        drop(old);
        Self { proxy: proxy(mesh, plain, tls, trusted_proxies).await, plain, tls }
    }
}

async fn proxy(mesh: &Mesh, plain: SocketAddr, tls: SocketAddr, trusted_proxies: u32) -> Proxy {
    let pod = Pod {
        kind: Kind::Router,
        namespace: ISTIO_SYSTEM.to_owned(),
        name: "ingressgateway".to_owned(),
        labels: labels(),
        environment: mesh.environment(ISTIO_SYSTEM, DEPLOYMENT),
        insecure_registries: mesh.registry.address().to_string(),
        concurrency: 2,
        trusted_proxies,
    };
    let mut proxy = Proxy::start(&mesh.cluster, &mesh.istiod, &pod);
    proxy.listens(plain.port()).await;
    proxy.listens(tls.port()).await;
    proxy
}

fn labels() -> BTreeMap<String, String> {
    BTreeMap::from([("istio".to_owned(), "ingressgateway".to_owned())])
}

/// A Secret with a certificate for these names.
fn certificate(namespace: &str, name: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let issued = rcgen::generate_simple_self_signed(names).expect("a certificate");
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": issued.cert.pem(), "tls.key": issued.signing_key.serialize_pem()},
    })
    .to_string()
}

fn gateway_resources(plain: u16, tls: u16) -> String {
    format!(
        r#"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: gateway, namespace: {ISTIO_SYSTEM}}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
    - hosts: [{HOST}, {OTHER_HOST}]
      bind: 127.0.0.1
      port: {{number: {plain}, name: http, protocol: HTTP}}
    - hosts: [{HOST}, {OTHER_HOST}]
      bind: 127.0.0.1
      port: {{number: {tls}, name: https, protocol: HTTPS}}
      tls: {{mode: SIMPLE, credentialName: example-com}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: application, namespace: {ISTIO_SYSTEM}}}
spec:
  hosts: [{HOST}, {OTHER_HOST}]
  gateways: [gateway]
  http: [{{route: [{{destination: {{host: {APPLICATION}, port: {{number: 80}}}}}}]}}]
"#
    )
}
