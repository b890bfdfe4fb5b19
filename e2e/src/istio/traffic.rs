//! Requests that keep coming while something is changed: what a rollout must not be noticed by.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::mesh::HOST;
use crate::client::{self, Request};
use crate::visitor::Visitor;

/// The path that only the traffic asks for.
pub const PATH: &str = "/traffic";

/// A person who is signed in and a stranger, each asking again and again.
#[derive(Debug)]
pub struct Traffic {
    stop: Arc<AtomicBool>,
    person: JoinHandle<Statuses>,
    stranger: JoinHandle<Statuses>,
}

/// How often each status came; 0 stands for a connection that failed.
pub type Statuses = BTreeMap<u16, usize>;

impl Traffic {
    /// `person` is signed in.
    #[must_use]
    pub fn start(to: SocketAddr, mut person: Visitor) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (first, second) = (Arc::clone(&stop), Arc::clone(&stop));
        let person = tokio::spawn(async move {
            let mut statuses = Statuses::new();
            while !first.load(Ordering::Relaxed) {
                count(&mut statuses, person.page(PATH).await.status);
                sleep(Duration::from_millis(5)).await;
            }
            statuses
        });
        let stranger = tokio::spawn(async move {
            let mut statuses = Statuses::new();
            while !second.load(Ordering::Relaxed) {
                let answer = client::send(to, &Request::fetch(PATH).host(HOST)).await;
                count(&mut statuses, answer.map_or(0, |answer| answer.status));
                sleep(Duration::from_millis(5)).await;
            }
            statuses
        });
        Self { stop, person, stranger }
    }

    /// What the person and what the stranger got.
    pub async fn end(self) -> (Statuses, Statuses) {
        self.stop.store(true, Ordering::Relaxed);
        (self.person.await.expect("the person"), self.stranger.await.expect("the stranger"))
    }
}

fn count(statuses: &mut Statuses, status: u16) {
    let count = statuses.entry(status).or_default();
    *count = count.saturating_add(1);
}
