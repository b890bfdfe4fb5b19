//! The same with a real API server: the repository's manifests by kubectl, in the order of the guide.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy;
use vestibule_e2e::envoy_gateway::{HOST, InKubernetes, OPEN_HOST};
use vestibule_e2e::leaks;
use vestibule_e2e::tools::all;

use crate::failures::crash;
use crate::upgrade::{is_the_new_one, strangers};

const POLICY: &str = "envoyextensionpolicy";

#[tokio::test]
async fn the_manifests_sign_people_in_and_their_status_says_so() {
    let gateway = InKubernetes::without_route(&envoy::filter_wasm()).await;
    // Step 3 of the guide.
    gateway.until(async || gateway.stat("wasm.envoy.wasm.runtime.v8.active").await > 0).await;
    gateway.says(POLICY, "vestibule", "Accepted", "True").await;
    gateway.says("httproute", "okta", "Accepted", "True").await;
    gateway.says("envoypatchpolicy", "vestibule-reload", "Programmed", "True").await;
    // Step 4.
    gateway.open_the_route();
    gateway.guarded().await;
    assert_eq!(gateway.status(HOST, "/page").await, 401);
    assert_eq!(gateway.status(HOST, "/healthz").await, 200);
    assert_eq!(gateway.status("okta.invalid", "/").await, 403);
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/reports/2026?quarter=3").await;
    assert_eq!(alice.page("/finance/report").await.status, 200);
    let mut carol = gateway.visitor(HOST);
    gateway.sign_in(&mut carol, "carol", "/page").await;
    assert_eq!(carol.page("/finance/report").await.status, 403);
    assert_eq!(gateway.status(OPEN_HOST, "/page").await, 200);
    let seen = gateway.application.requests();
    let of_alice = seen.iter().find(|request| request.path == "/finance/report").expect("Alice's request");
    let email: Vec<_> = of_alice.header("x-auth-request-email").collect();
    assert_eq!(email, [b"alice@example.com"]);
    // Law 8.
    let lines = envoy::filter_lines(&gateway.log());
    assert!(!lines.is_empty(), "the filter has not said a word");
    leaks::search(&lines, gateway.okta.secrets());
}

/// Another policy, with a few lines of Lua.
fn of_somebody_else(target: &Value) -> Value {
    json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyExtensionPolicy",
        "metadata": {"name": "of-somebody-else", "namespace": "default"},
        "spec": {
            "targetRefs": [target],
            "lua": [{"type": "Inline", "inline": "function envoy_on_response(handle) end"}],
        },
    })
}

/// At the route, at a rule of it, and at the listener: each is nearer than the Gateway.
#[tokio::test]
async fn a_nearer_policy_opens_the_door_and_the_status_says_overridden() {
    let gateway = InKubernetes::usual().await;
    let group = "gateway.networking.k8s.io";
    for target in [
        json!({"group": group, "kind": "HTTPRoute", "name": "application"}),
        json!({"group": group, "kind": "HTTPRoute", "name": "application", "sectionName": "all"}),
        json!({"group": group, "kind": "Gateway", "name": "eg", "sectionName": "http"}),
    ] {
        gateway.cluster.apply(&of_somebody_else(&target).to_string());
        // The door is open.
        gateway.until(async || gateway.status(HOST, "/page").await == 200).await;
        gateway.says(POLICY, "vestibule", "Overridden", "True").await;
        gateway.says(POLICY, "vestibule", "Accepted", "True").await;
        gateway.cluster.kubectl(&["delete", POLICY, "of-somebody-else"]);
        gateway.until(async || gateway.status(HOST, "/page").await == 401).await;
        gateway.until(async || gateway.condition(POLICY, "vestibule", "Overridden").is_none()).await;
    }
}

#[tokio::test]
async fn an_image_that_is_not_there_shuts_the_routes_and_the_status_says_invalid() {
    let gateway = InKubernetes::usual().await;
    let digest = "0".repeat(64);
    gateway.deploy(&format!("{}/vestibule@sha256:{digest}", gateway.registry.address()), &[]);
    gateway.until(async || gateway.status(HOST, "/page").await == 500).await;
    gateway.says(POLICY, "vestibule", "Accepted", "False").await;
    let accepted = gateway.condition(POLICY, "vestibule", "Accepted").expect("the condition");
    assert_eq!(accepted["reason"], "Invalid", "{accepted}");
    assert!(gateway.application.requests().is_empty());
    gateway.deploy(&gateway.push(&envoy::filter_wasm(), "0.1.0"), &[]);
    gateway.until(async || gateway.status(HOST, "/page").await == 401).await;
    gateway.says(POLICY, "vestibule", "Accepted", "True").await;
}

#[tokio::test]
async fn a_new_module_comes_with_a_rollout_and_goes_with_another() {
    let gateway = InKubernetes::usual().await;
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/page").await;
    gateway.deploy(&gateway.push(&envoy::crashing_wasm(), "0.2.0"), &[]);
    assert_eq!(strangers(&gateway, Duration::from_secs(8)).await, [401]);
    assert!(!is_the_new_one(&gateway).await, "it kept the old one when this was written");

    let gateway = gateway.restarted().await;
    gateway.guarded().await;
    assert!(is_the_new_one(&gateway).await);
    gateway.until(async || alice.page("/page").await.status == 200).await;
    // Envoy Gateway has not taken back what `rollout restart` has written, so the pods are new ones.
    let pods = gateway.deployment()["spec"]["template"]["metadata"].take();
    assert!(pods["annotations"]["kubectl.kubernetes.io/restartedAt"].is_string(), "{pods}");

    // Back.
    gateway.deploy(&gateway.push(&envoy::filter_wasm(), "0.1.0"), &[]);
    let gateway = gateway.restarted().await;
    gateway.guarded().await;
    assert!(!is_the_new_one(&gateway).await);
    assert_eq!(alice.page("/page").await.status, 200);
}

#[tokio::test]
async fn a_filter_that_failed_is_loaded_again_by_the_patch_alone() {
    let gateway = InKubernetes::running(&envoy::crashing_wasm()).await;
    crash(&gateway).await;
    gateway.until(async || gateway.status(HOST, "/page").await == 401).await;
    assert!(gateway.application.requests().is_empty());

    // It is the patch that does it.
    gateway.cluster.kubectl(&["delete", "envoypatchpolicy", "vestibule-reload"]);
    let gateway = gateway.restarted().await;
    gateway.guarded().await;
    for _ in 0..10 {
        // Each worker has a VM of its own.
        crash(&gateway).await;
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(gateway.status(HOST, "/page").await, 503);
}

#[tokio::test]
async fn a_configuration_that_the_filter_refuses_changes_nothing_until_envoy_starts_anew() {
    let gateway = InKubernetes::usual().await;
    let refused = json!({"op": "add", "path": "/spec/wasm/0/config/hosts", "value": "not a list"});
    gateway.deploy(&gateway.push(&envoy::filter_wasm(), "0.1.0"), &[refused]);
    gateway.until(async || gateway.log().contains("configuration: hosts: found a string")).await;
    assert_eq!(strangers(&gateway, Duration::from_secs(5)).await, [401]);
    let gateway = gateway.restarted().await;
    gateway.until(async || gateway.status(HOST, "/page").await == 503).await;
    assert_eq!(gateway.status(OPEN_HOST, "/page").await, 503);
    assert!(gateway.application.requests().is_empty());
}

/// As the guide says: by kubectl, which Envoy Gateway follows.
#[tokio::test]
async fn a_person_is_revoked_in_the_cluster() {
    let gateway = InKubernetes::usual().await;
    let (mut alice, mut carol) = (gateway.visitor(HOST), gateway.visitor(HOST));
    gateway.sign_in(&mut alice, "alice", "/page").await;
    gateway.sign_in(&mut carol, "carol", "/page").await;
    // A sign-in of the same second counts as later.
    sleep(Duration::from_secs(1)).await;
    let kind = ["--kind", "EnvoyExtensionPolicy", "--email", "alice@example.com"];
    let revoked = gateway.cluster.revoke("default", "vestibule", &kind);
    assert!(revoked.status.success(), "{}", all(&revoked));
    gateway.until(async || alice.page("/page").await.status == 302).await;
    assert_eq!(carol.page("/page").await.status, 200);
    gateway.says(POLICY, "vestibule", "Accepted", "True").await;
}

/// Where the filter stands among what a SecurityPolicy brings.
#[tokio::test]
async fn the_filter_is_behind_basic_auth_and_before_the_authorization_of_a_security_policy() {
    let gateway = InKubernetes::usual().await;
    let page = async || {
        let request = Request::page("/page").host(HOST);
        client::send(gateway.address(), &request).await.expect("an answer").status
    };
    let of_the_gateway = |spec: Value| {
        let mut policy = json!({
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "SecurityPolicy",
            "metadata": {"name": "of-somebody-else", "namespace": "default"},
            "spec": spec,
        });
        policy["spec"]["targetRefs"] =
            json!([{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "eg"}]);
        gateway.cluster.apply(&policy.to_string());
    };
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/page").await;
    assert_eq!((page().await, alice.page("/page").await.status), (302, 200));

    // Only who is signed in comes as far as there.
    of_the_gateway(json!({"authorization": {"defaultAction": "Deny"}}));
    gateway.until(async || alice.page("/page").await.status == 403).await;
    assert_eq!(page().await, 302);

    let users = "somebody:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
    let users = format!("--from-literal=.htpasswd={users}");
    gateway.cluster.kubectl(&["create", "secret", "generic", "users", &users]);
    gateway.cluster.kubectl(&["delete", "securitypolicy", "of-somebody-else"]);
    of_the_gateway(json!({"basicAuth": {"users": {"name": "users"}}}));
    gateway.until(async || page().await == 401).await;
}
