//! The shared data of one Envoy, in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use vestibule::inputs::{Shared, SharedSlot, SharedValue};

/// Its clones hold the same: each is what one worker of that Envoy sees.
#[derive(Clone, Debug, Default)]
pub struct TestShared(Rc<RefCell<BTreeMap<SharedSlot, SharedValue>>>);

impl TestShared {
    /// Writes as another plugin could, between two writes of the filter: the mark stays as it is.
    pub fn forge(&self, slot: SharedSlot, bytes: &[u8]) {
        self.0.borrow_mut().entry(slot).or_default().bytes = bytes.to_vec();
    }
}

impl Shared for TestShared {
    fn read(&mut self, slot: SharedSlot) -> SharedValue {
        self.0.borrow().get(&slot).cloned().unwrap_or_default()
    }

    fn write(&mut self, slot: SharedSlot, bytes: &[u8], mark: u32) -> bool {
        let mut slots = self.0.borrow_mut();
        let value = slots.entry(slot).or_default();
        let fits = value.mark == mark;
        if fits {
            *value = SharedValue { bytes: bytes.to_vec(), mark: mark + 1 };
        }
        fits
    }
}
