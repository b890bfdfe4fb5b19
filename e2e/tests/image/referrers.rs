//! The bill of materials and the note of the provenance are found from the image.
//!
//! This registry does not know `subject`: the list is at the tag that the distribution specification has for that.

use serde_json::Value;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::filter_wasm;
use vestibule_e2e::image;
use vestibule_e2e::registry::Registry;

use crate::pulled::inspect;

/// The image's digest, and the registry that has it.
async fn pushed() -> (Registry, String) {
    let registry = Registry::start().await;
    let pushed = push(&registry);
    (registry, pushed)
}

fn push(registry: &Registry) -> String {
    let pushed = image::push(&filter_wasm(), &format!("{}/vestibule:1", registry.address()));
    pushed.split_once('@').unwrap().1.to_owned()
}

fn tag_of(digest: &str) -> String {
    digest.replace(':', "-")
}

fn listed(registry: &Registry, digest: &str) -> Vec<Value> {
    let index = inspect(&format!("{}/vestibule:{}", registry.address(), tag_of(digest)), &["--raw"]);
    assert_eq!(index["mediaType"], "application/vnd.oci.image.index.v1+json");
    index["manifests"].as_array().unwrap().clone()
}

/// The document of an artifact.
async fn document(registry: &Registry, digest: &str, listed: &Value) -> Value {
    let artifact = listed["digest"].as_str().unwrap();
    let manifest = inspect(&format!("{}/vestibule@{artifact}", registry.address()), &["--raw"]);
    assert_eq!(manifest["subject"]["digest"], digest);
    assert_eq!(manifest["artifactType"], listed["artifactType"]);
    let blob = manifest["layers"][0]["digest"].as_str().unwrap();
    let answer = client::send(registry.address(), &Request::get(format!("/v2/vestibule/blobs/{blob}"))).await;
    serde_json::from_slice(&answer.unwrap().body).unwrap()
}

#[tokio::test]
async fn both_documents_are_about_the_image() {
    let (registry, digest) = pushed().await;
    let listed = listed(&registry, &digest);
    let kinds: Vec<&str> = listed.iter().map(|one| one["artifactType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["application/vnd.cyclonedx+json", "application/vnd.in-toto+json"]);

    let sbom = document(&registry, &digest, &listed[0]).await;
    let names: Vec<&str> =
        sbom["components"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    for inside in ["proxy-wasm", "jwt-simple", "chacha20poly1305", "rust-std"] {
        assert!(names.contains(&inside), "{inside} is in the filter");
    }
    // A macro, what only tests use, and what only this tool uses.
    for outside in ["serde_derive", "proptest", "tokio", "oci-client", "vestibule"] {
        assert!(!names.contains(&outside), "{outside} is not in the filter");
    }

    let statement = document(&registry, &digest, &listed[1]).await;
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(format!("sha256:{}", statement["subject"][0]["digest"]["sha256"].as_str().unwrap()), digest);
}

#[tokio::test]
async fn the_list_keeps_what_others_put_there_and_nothing_is_in_it_twice() {
    let (registry, digest) = pushed().await;
    let first = listed(&registry, &digest);
    assert_eq!(push(&registry), digest);
    assert_eq!(listed(&registry, &digest), first);

    // Somebody else's list, in which one of the two is missing.
    let mut theirs = first[0].clone();
    theirs["annotations"] = serde_json::json!({"com.example": "theirs"});
    let index = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [theirs],
    });
    let put = Request::new("PUT", format!("/v2/vestibule/manifests/{}", tag_of(&digest)))
        .header("content-type", "application/vnd.oci.image.index.v1+json")
        .body(index.to_string());
    assert_eq!(client::send(registry.address(), &put).await.unwrap().status, 201);
    assert_eq!(push(&registry), digest);
    assert_eq!(listed(&registry, &digest), [theirs, first[1].clone()]);
}
