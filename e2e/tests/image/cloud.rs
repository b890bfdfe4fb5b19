//! Registries as they are in the cloud.

use serde_json::json;
use vestibule_e2e::tools::run;

use crate::pusher::{Push, auths};
use crate::stub::{Fault, PASSWORD, SECRET, Stub, USER};

async fn refused(fault: Fault, password: &str) -> (Stub, String) {
    let stub = Stub::start(fault).await;
    let push = Push::new(stub.address, &auths(stub.address, USER, password));
    // The stub answers in this process, while the tool runs.
    let refused = tokio::task::spawn_blocking(move || push.refused()).await.unwrap();
    assert!(refused.contains(&stub.address.to_string()) && !refused.contains(SECRET), "{refused}");
    (stub, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_gives_tokens_and_lists_referrers_needs_no_list_of_ours() {
    let stub = Stub::start(Fault::None).await;
    let push = Push::new(stub.address, &auths(stub.address, USER, PASSWORD));
    let said = tokio::task::spawn_blocking(move || run(&mut push.command())).await.unwrap();
    let digest = said.lines().next().unwrap().split_once('@').unwrap().1;
    let pushed = stub.pushed();
    // The image by its digest and its tag, and two artifacts.
    assert_eq!(pushed.len(), 4, "{pushed:?}");
    assert!(pushed.iter().any(|name| name == digest) && pushed.iter().any(|name| name == "1"), "{pushed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_get_no_token_are_refused() {
    let (stub, refused) = refused(Fault::None, "guessed-secret").await;
    assert!(refused.contains("refuses the credentials"), "{refused}");
    let nobody = Push::new(stub.address, &json!({}));
    let refused = tokio::task::spawn_blocking(move || nobody.refused()).await.unwrap();
    assert!(refused.contains(&format!("docker login {}", stub.address)), "{refused}");
    assert_eq!(stub.pushed(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_come_from_this_machine_over_plain_http_and_from_no_other() {
    let tokens = Stub::start(Fault::None).await;
    let stub = Stub::start(Fault::TokensAt(tokens.address)).await;
    let push = Push::new(stub.address, &auths(stub.address, USER, PASSWORD));
    tokio::task::spawn_blocking(move || run(&mut push.command())).await.unwrap();

    let elsewhere = "192.0.2.1:80".parse().unwrap();
    let (stub, refused) = refused(Fault::TokensAt(elsewhere), PASSWORD).await;
    assert!(refused.contains("leads to http://192.0.2.1 ") && refused.contains("plain HTTP"), "{refused}");
    assert_eq!(stub.pushed(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_pull_is_told() {
    let (stub, refused) = refused(Fault::Denies, PASSWORD).await;
    assert!(refused.contains("may not push to vestibule"), "{refused}");
    assert_eq!(stub.pushed(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_has_another_digest_gets_no_tag() {
    let (stub, refused) = refused(Fault::OtherDigest, PASSWORD).await;
    assert!(refused.contains("was pushed"), "{refused}");
    assert!(!stub.pushed().iter().any(|name| name == "1"), "{:?}", stub.pushed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_breaks_down_is_named_by_its_status_alone() {
    let (stub, refused) = refused(Fault::BreaksDown, PASSWORD).await;
    assert!(refused.contains("answers 502"), "{refused}");
    assert_eq!(stub.pushed(), [""; 0]);
}
