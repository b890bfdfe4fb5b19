//! Where a request comes from, as Envoy knows it. Nobody looks before a rule asks.

use std::cell::{OnceCell, RefCell};
use std::net::IpAddr;

/// The address of the client, read at most once.
pub struct Source<'a> {
    read: RefCell<&'a mut dyn FnMut() -> Option<IpAddr>>,
    address: OnceCell<Option<IpAddr>>,
}

impl<'a> Source<'a> {
    /// `read` gives what Envoy knows (`source.address`), and nothing that a client can write.
    pub fn new(read: &'a mut dyn FnMut() -> Option<IpAddr>) -> Self {
        Self { read: RefCell::new(read), address: OnceCell::new() }
    }

    /// `None` where nobody knows. An IPv4 address within IPv6 is that IPv4 address.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let read = || self.read.try_borrow_mut().ok().and_then(|mut read| read());
        *self.address.get_or_init(|| read().map(|address| address.to_canonical()))
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}
