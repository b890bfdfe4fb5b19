//! Every workload of a namespace, with the environment from a template of the injection: no Deployment is changed.

use serde_json::json;
use vestibule_e2e::istio::mesh::{HOST, Mesh};
use vestibule_e2e::istio::sidecar::{NAMESPACE, Sidecar};

#[tokio::test]
async fn a_namespace_is_guarded_and_no_deployment_was_changed() {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start_by_template(&mesh).await;
    assert_eq!(mesh.visitor(sidecar.inbound, HOST).page("/page").await.status, 200, "before");
    mesh.deploy("many-workloads", &mesh.push("0.1.0"), &[]);
    mesh.guarded(sidecar.inbound, &sidecar.proxy).await;

    for host in [HOST, "one.apps.example.com"] {
        assert_eq!(mesh.visitor(sidecar.inbound, host).fetch("/page").await.status, 401, "{host}");
    }
    let mut alice = mesh.visitor(sidecar.inbound, HOST);
    mesh.sign_in(&mut alice, "alice", "/page").await;
    mesh.search_for_secrets(&sidecar.proxy);
}

/// A pod that has not got the variables yet: the filter does not load there, says why, and nothing passes.
#[tokio::test]
async fn a_pod_without_the_variables_lets_nothing_through() {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start_without_variables(&mesh).await;
    assert_eq!(mesh.visitor(sidecar.inbound, HOST).page("/page").await.status, 200, "before");
    mesh.deploy("many-workloads", &mesh.push("0.1.0"), &[]);
    assert!(sidecar.proxy.logged("COOKIE_SECRET").await, "{}", sidecar.proxy.log());
    let shut = async || mesh.visitor(sidecar.inbound, HOST).page("/page").await.status >= 500;
    sidecar.proxy.until(shut).await;
    let before = mesh.application.requests().len();
    for _ in 0..50 {
        assert!(shut().await);
    }
    assert_eq!(mesh.application.requests().len(), before);
}

/// Both forms of a sidecar; and a namespace without the Secret has pods that start as before.
#[tokio::test]
async fn the_template_gives_either_kind_of_sidecar_its_variables() {
    let mesh = Mesh::start().await;
    mesh.make_secret(NAMESPACE);
    for native in ["true", "false"] {
        let name = format!("native-{native}");
        let deployment = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {
                        "labels": {"app": name},
                        "annotations": {"sidecar.istio.io/nativeSidecar": native},
                    },
                    "spec": {"containers": [{"name": "application", "image": "application"}]},
                },
            },
        });
        mesh.cluster.apply(&deployment.to_string());
        mesh.inject_with_template(NAMESPACE, &name);
        let names: Vec<String> = mesh.environment(NAMESPACE, &name).into_keys().collect();
        assert_eq!(names, ["COOKIE_SECRET", "OKTA_CLIENT_SECRET"], "{native}");

        let injected = mesh.cluster.get(NAMESPACE, "deployment", &name);
        let pod = &injected["spec"]["template"]["spec"];
        let of = |kind: &str| pod[kind].as_array().into_iter().flatten().collect::<Vec<_>>();
        let proxies = |kind: &str| of(kind).iter().filter(|one| one["name"] == "istio-proxy").count();
        let expected = if native == "true" { (0, 1) } else { (1, 0) };
        assert_eq!((proxies("containers"), proxies("initContainers")), expected, "{native}");
        let proxy =
            of("containers").into_iter().chain(of("initContainers")).find(|one| one["name"] == "istio-proxy");
        let variables = proxy.and_then(|one| one["env"].as_array()).expect("an environment");
        let ours = variables.iter().filter(|one| one["valueFrom"]["secretKeyRef"]["name"] == "vestibule");
        assert!(
            ours.clone().count() == 2
                && ours.clone().all(|one| one["valueFrom"]["secretKeyRef"]["optional"] == true)
        );
    }
}
