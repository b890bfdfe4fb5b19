//! The image in a real registry.

use vestibule_e2e::client::{self, Request};
use vestibule_e2e::registry::{Registry, RegistryOptions};

async fn status(registry: &Registry) -> Option<u16> {
    client::send(registry.address(), &Request::get("/v2/")).await.ok().map(|answer| answer.status)
}

#[tokio::test]
async fn the_registry_goes_away_and_comes_back() {
    let mut registry = Registry::start().await;
    assert_eq!(status(&registry).await, Some(200));
    registry.stop();
    assert_eq!(status(&registry).await, None);
    registry.start_again().await;
    assert_eq!(status(&registry).await, Some(200));

    let closed = Registry::with(RegistryOptions { sign_in: true }).await;
    assert_eq!(status(&closed).await, Some(401));
}
