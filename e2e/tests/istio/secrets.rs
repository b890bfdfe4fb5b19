//! A secret is rotated as the guide says, and nobody notices; a private registry.

use std::fs;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::image;
use vestibule_e2e::istio::gateway::{DEPLOYMENT, Gateway};
use vestibule_e2e::istio::istiod::ISTIO_SYSTEM;
use vestibule_e2e::istio::mesh::{HOST, Mesh};
use vestibule_e2e::registry::{PASSWORD, RegistryOptions, USER};

const SECOND: &str = "second-cookie-secret-that-no-log-may-hold-0002";

#[tokio::test]
async fn a_cookie_secret_is_rotated_and_nobody_is_signed_out() {
    let (mesh, gateway, image) = Gateway::guarded().await;
    let mut alice = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut alice, "alice", "/").await;

    // 1. The pods get the new secret.
    let secret = json!({"stringData": {"COOKIE_SECRET_2": SECOND}}).to_string();
    mesh.cluster.kubectl(&["patch", "secret", "vestibule", "-n", ISTIO_SYSTEM, "-p", &secret]);
    let reference = json!({"secretKeyRef": {"name": "vestibule", "key": "COOKIE_SECRET_2"}});
    let variables = json!([{"name": "COOKIE_SECRET_2", "valueFrom": reference}]);
    let containers = json!([{"name": "istio-proxy", "env": variables}]);
    let patch = json!({"spec": {"template": {"spec": {"containers": containers}}}}).to_string();
    mesh.cluster.kubectl(&["patch", "deployment", DEPLOYMENT, "-n", ISTIO_SYSTEM, "-p", &patch]);
    let gateway = gateway.restarted(&mesh).await;
    mesh.guarded(gateway.plain, &gateway.proxy).await;
    assert_eq!(alice.page("/page").await.status, 200);

    // 2. It opens cookies.
    let with_second = ["second-cookie-secret"];
    mesh.deploy_with(&with_second, "ingress-gateway", &image, &[]);
    has(&gateway, "secrets\":[{\"env\":\"COOKIE_SECRET\"},{\"env\":\"COOKIE_SECRET_2\"}]").await;
    assert_eq!(alice.page("/page").await.status, 200);

    // 3. It seals them.
    let put = |value: Value| {
        [(
            "WasmPlugin",
            json!([{"op": "replace", "path": "/spec/pluginConfig/session/secrets", "value": value}]),
        )]
    };
    let changes = put(json!([{"env": "COOKIE_SECRET_2"}, {"env": "COOKIE_SECRET"}]));
    mesh.deploy_with(&with_second, "ingress-gateway", &image, &changes);
    has(&gateway, "secrets\":[{\"env\":\"COOKIE_SECRET_2\"},{\"env\":\"COOKIE_SECRET\"}]").await;
    assert_eq!(alice.page("/page").await.status, 200);
    let mut bob = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut bob, "bob", "/").await;

    // 4. The old one goes: only what it has sealed goes with it.
    mesh.deploy_with(&with_second, "ingress-gateway", &image, &put(json!([{"env": "COOKIE_SECRET_2"}])));
    has(&gateway, "secrets\":[{\"env\":\"COOKIE_SECRET_2\"}]").await;
    assert_eq!(bob.page("/page").await.status, 200);
    assert_eq!(alice.fetch("/page").await.status, 401);
    mesh.search_for_secrets(&gateway.proxy);
    assert!(!gateway.proxy.log().contains(SECOND));
}

/// Waits until Envoy has a configuration with this in it, and works by it.
async fn has(gateway: &Gateway, text: &str) {
    // The configuration of a plugin is text within text.
    let dump = async || gateway.proxy.admin("/config_dump?resource=ecds_filters").await.replace('\\', "");
    gateway.proxy.until(async || dump().await.contains(text)).await;
    sleep(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn an_image_of_a_private_registry_is_pulled_with_the_secret_that_the_plugin_names() {
    let mesh = Mesh::with(RegistryOptions { sign_in: true, ..RegistryOptions::default() }).await;
    let registry = mesh.registry.address().to_string();
    let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let docker = json!({"auths": {&registry: {"auth": auth}}});
    fs::write(mesh.file("config.json"), docker.to_string()).expect("config.json");
    let image = image::push_with(&mesh.file(""), &mesh.wasm(), &format!("{registry}/vestibule:0.1.0"));

    let gateway = Gateway::start(&mesh).await;
    mesh.deploy("ingress-gateway", &image, &[]);
    assert!(gateway.proxy.logged("error in converting the wasm config to local").await);
    assert_eq!(mesh.visitor(gateway.plain, HOST).page("/page").await.status, 403, "without a secret");

    let options = [format!("--docker-server={registry}"), format!("--docker-username={USER}")];
    let password = format!("--docker-password={PASSWORD}");
    let create = ["create", "secret", "docker-registry", "registry", "-n", ISTIO_SYSTEM];
    mesh.cluster.kubectl(&[&create[..], &[&options[0], &options[1], &password]].concat());
    let named =
        [("WasmPlugin", json!([{"op": "add", "path": "/spec/imagePullSecret", "value": "registry"}]))];
    mesh.deploy("ingress-gateway", &image, &named);
    mesh.guarded(gateway.plain, &gateway.proxy).await;
    assert!(!gateway.proxy.log().contains(PASSWORD));
}
