//! The shared data of one Envoy, in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use vestibule::inputs::{Shared, SharedSlot, SharedValue};

/// Its clones hold the same: each is what one worker of that Envoy sees.
#[derive(Clone, Debug, Default)]
pub struct TestShared(Rc<RefCell<Held>>);

#[derive(Debug, Default)]
struct Held {
    slots: BTreeMap<SharedSlot, SharedValue>,
    reads: usize,
    lost_writes: usize,
}

impl TestShared {
    /// Writes as another plugin could, between two writes of the filter: the mark stays as it is.
    pub fn forge(&self, slot: SharedSlot, bytes: &[u8]) {
        self.0.borrow_mut().slots.entry(slot).or_default().bytes = bytes.to_vec();
    }

    /// What another plugin sees there.
    #[must_use]
    pub fn spy(&self, slot: SharedSlot) -> Vec<u8> {
        self.0.borrow().slots.get(&slot).map(|value| value.bytes.clone()).unwrap_or_default()
    }

    /// So many writes from now on come too late: somebody else was faster.
    pub fn lose_writes(&self, times: usize) {
        self.0.borrow_mut().lost_writes = times;
    }

    /// How often somebody has read so far.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.0.borrow().reads
    }
}

impl Shared for TestShared {
    fn read(&mut self, slot: SharedSlot) -> SharedValue {
        let mut held = self.0.borrow_mut();
        held.reads += 1;
        held.slots.get(&slot).cloned().unwrap_or_default()
    }

    fn write(&mut self, slot: SharedSlot, bytes: &[u8], mark: u32) -> bool {
        let mut held = self.0.borrow_mut();
        if held.lost_writes > 0 {
            held.lost_writes -= 1;
            return false;
        }
        let value = held.slots.entry(slot).or_default();
        let fits = value.mark == mark;
        if fits {
            *value = SharedValue { bytes: bytes.to_vec(), mark: mark + 1 };
        }
        fits
    }
}
