//! Ports for programs that must be told theirs.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// A port of 127.0.0.1 that is free, and that this process has not given out before.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return port;
        }
    }
}

/// The first loopback address beside 127.0.0.1 on which this port is free, and that was not given out before.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_address(port: u16) -> SocketAddr {
    static GIVEN: Mutex<BTreeSet<SocketAddr>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    (2..=254)
        .map(|last| SocketAddr::from(([127, 0, 0, last], port)))
        .find(|address| !in_use(*address) && given.insert(*address))
        .expect("a free loopback address")
}

fn in_use(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
