//! A push that does not work says why in one line, which holds no secret.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use vestibule_e2e::registry::{PASSWORD, Registry, RegistryOptions, USER};
use vestibule_e2e::tools::run;

use crate::pusher::{Push, auths, encoded, refused_by};

async fn closed() -> Registry {
    Registry::with(RegistryOptions { sign_in: true, ..RegistryOptions::default() }).await
}

#[tokio::test]
async fn the_credentials_are_those_of_dockers_configuration() {
    let registry = closed().await;
    run(&mut Push::new(registry.address(), &auths(registry.address(), USER, PASSWORD)).command());

    let refused = Push::new(registry.address(), &auths(registry.address(), USER, "guessed-wrong")).refused();
    assert!(refused.contains(&format!("{} refuses the credentials", registry.address())), "{refused}");
    for secret in ["guessed-wrong", &encoded(USER, "guessed-wrong")] {
        assert!(!refused.contains(secret), "{refused}");
    }

    let elsewhere = json!({"auths": {"registry.example.com": {"auth": encoded("somebody", "else")}}});
    let refused = Push::new(registry.address(), &elsewhere).refused();
    assert!(refused.contains(&format!("docker login {}", registry.address())), "{refused}");
}

#[tokio::test]
async fn a_helper_program_may_have_them() {
    let registry = closed().await;
    let address = registry.address().to_string();
    for config in [json!({"credHelpers": {&address: "e2e"}}), json!({"credsStore": "e2e"})] {
        let push = Push::new(registry.address(), &config);
        let path = format!("{}:{}", push.docker.path().display(), std::env::var("PATH").unwrap());
        let answer = json!({"ServerURL": address, "Username": USER, "Secret": PASSWORD});
        helper(push.docker.path(), &format!("[ \"$(cat)\" = {address} ] && echo '{answer}'"));
        run(push.command().env("PATH", &path));

        // All of them say so, and it is no error.
        helper(push.docker.path(), "cat >/dev/null; echo credentials not found in native keychain; exit 1");
        let said = refused_by(push.command().env("PATH", &path));
        assert!(said.contains("docker login"), "{said}");

        helper(push.docker.path(), "cat >/dev/null; echo a-secret; echo a-secret >&2; exit 1");
        let said = refused_by(push.command().env("PATH", &path));
        assert!(said.contains("docker-credential-e2e failed") && !said.contains("a-secret"), "{said}");
    }
}

fn helper(folder: &Path, script: &str) {
    let path = folder.join("docker-credential-e2e");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_registry_that_is_away_is_named() {
    let mut registry = Registry::start().await;
    let push = Push::new(registry.address(), &json!({}));
    registry.stop();
    let refused = push.refused();
    let expected = format!("{} cannot be reached: Connection refused", registry.address());
    assert!(refused.contains(&expected), "{refused}");
    registry.start_again().await;
    run(&mut push.command());
}

#[tokio::test]
async fn what_is_not_the_image_is_not_pushed() {
    let registry = Registry::start().await;
    let mut push = Push::new(registry.address(), &json!({}));
    let right = push.to.clone();
    for wrong in ["vestibule:1", "me/vestibule:1", "https://127.0.0.1/vestibule:1"] {
        wrong.clone_into(&mut push.to);
        assert!(push.refused().contains("REGISTRY/NAME:TAG"));
    }
    push.to = right;

    let blobs = push.layout.path().join("blobs/sha256");
    for blob in fs::read_dir(&blobs).unwrap() {
        let blob = blob.unwrap().path();
        let bytes = fs::read(&blob).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        fs::write(&blob, flipped).unwrap();
        let refused = push.refused();
        assert!(refused.contains(blob.to_str().unwrap()) && refused.contains("digest"), "{refused}");
        fs::write(&blob, bytes).unwrap();
    }

    fs::remove_file(push.layout.path().join("oci-layout")).unwrap();
    assert!(push.refused().contains("is no OCI image layout"));
}
