//! Holds answers back until a test lets them go.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate, closed at first. Its clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<Passage>>);

#[derive(Debug)]
struct Passage {
    open: bool,
    arrived: u64,
}

impl Gate {
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(Passage { open: false, arrived: 0 })))
    }

    /// For those who wait and those who come later.
    pub fn open(&self) {
        self.0.send_modify(|passage| passage.open = true);
    }

    /// Waits until so many answers have come to the gate.
    pub async fn arrived(&self, count: u64) {
        // The sender lives as long as this does, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|passage| passage.arrived >= count).await;
    }

    pub(crate) async fn pass(&self) {
        self.0.send_modify(|passage| passage.arrived += 1);
        let _ = self.0.subscribe().wait_for(|passage| passage.open).await;
    }
}
