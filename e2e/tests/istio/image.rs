//! The image cannot be had, or is not what was pushed: the door stays shut.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;
use vestibule_e2e::image;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::{HOST, Mesh, OTHER_HOST};

#[tokio::test]
async fn while_the_registry_is_away_the_door_is_shut() {
    let mut mesh = Mesh::start().await;
    let image = mesh.push("0.1.0");
    mesh.registry.stop();
    mesh.deploy("ingress-gateway", &image, &[]);
    let gateway = Gateway::start(&mesh).await;
    stays_shut(&mesh, &gateway).await;
    assert!(gateway.proxy.logged("connection refused").await, "{}", gateway.proxy.log());

    // The agent does not try again by itself; it does at the next change of the resource, as the guide says.
    mesh.registry.start_again().await;
    stays_shut(&mesh, &gateway).await;
    mesh.cluster.kubectl(&["annotate", "wasmplugin", "vestibule", "-n", "istio-system", "pull=again"]);
    mesh.guarded(gateway.plain, &gateway.proxy).await;
    let mut alice = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut alice, "alice", "/").await;
}

#[tokio::test]
async fn an_image_that_is_not_the_one_of_the_digest_is_not_loaded() {
    let mesh = Mesh::start().await;
    let image = mesh.push("0.1.0");
    // Somebody with access to the registry's storage puts another plugin under the same digest.
    let mut evil = fs::read(mesh.wasm()).expect("the filter");
    evil.extend_from_slice(b"\0\x05\x04evil");
    let path = mesh.file("evil.wasm");
    fs::write(&path, evil).expect("evil.wasm");
    let _ = image::push(&path, &format!("{}/evil:1", mesh.registry.address()));
    swap_layers(&mesh.registry.storage());
    mesh.deploy("ingress-gateway", &image, &[]);
    let gateway = Gateway::start(&mesh).await;
    stays_shut(&mesh, &gateway).await;
    assert!(gateway.proxy.logged("error in converting the wasm config to local").await);
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled_shuts_the_door_and_the_one_before_opens_it_without_a_registry() {
    let (mut mesh, gateway, image) = Gateway::guarded().await;
    let mut alice = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut alice, "alice", "/").await;

    let (name, _) = image.split_once('@').expect("a digest");
    mesh.deploy("ingress-gateway", &format!("{name}@sha256:{}", "0".repeat(64)), &[]);
    assert!(gateway.proxy.logged("error in converting the wasm config to local").await);
    sleep(Duration::from_secs(1)).await;
    stays_shut(&mesh, &gateway).await;
    assert_eq!(alice.page("/").await.status, 403);

    // Back, and at once: the agent has kept what it pulled.
    mesh.registry.stop();
    mesh.deploy("ingress-gateway", &image, &[]);
    mesh.guarded(gateway.plain, &gateway.proxy).await;
    assert_eq!(alice.page("/").await.status, 200);
}

/// Nobody gets anything, for two seconds: not at the other hosts of the gateway either.
async fn stays_shut(mesh: &Mesh, gateway: &Gateway) {
    let reached = mesh.application.requests().len();
    for _ in 0..20 {
        for (host, path) in [(HOST, "/page"), (HOST, "/healthz"), (OTHER_HOST, "/page")] {
            let answer = mesh.visitor(gateway.plain, host).page(path).await;
            assert_eq!((answer.status, answer.text().as_str()), (403, "RBAC: access denied"), "{host}{path}");
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(mesh.application.requests().len(), reached);
}

/// Gives each of the two layers the bytes of the other.
fn swap_layers(storage: &Path) {
    let blobs = storage.join("docker/registry/v2/blobs/sha256");
    let folders = fs::read_dir(blobs).expect("the registry's blobs").flatten();
    let blobs = folders.flat_map(|folder| fs::read_dir(folder.path()).expect("a folder").flatten());
    let layers: Vec<PathBuf> = blobs
        .map(|blob| blob.path().join("data"))
        .filter(|data| fs::metadata(data).is_ok_and(|data| data.len() > 100_000))
        .collect();
    let [one, other] = layers.as_slice() else { panic!("not two layers: {layers:?}") };
    let (first, second) = (fs::read(one).expect("a layer"), fs::read(other).expect("a layer"));
    fs::write(one, second).expect("a layer");
    fs::write(other, first).expect("a layer");
}
