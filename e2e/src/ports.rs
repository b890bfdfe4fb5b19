//! Ports for programs that must be told theirs.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// A port of 127.0.0.1 that is free, and that this process has not given out before.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return port;
        }
    }
}

/// The first port of 127.0.0.1 from this one on that is free: one that people can remember.
///
/// # Errors
/// Where none of 200 is free.
pub fn free_from(first: u16) -> io::Result<u16> {
    let near = (first..=first.saturating_add(199)).find(|port| is_free(*port));
    near.ok_or_else(|| io::Error::other(format!("no free port from {first} on")))
}

/// Whether this process could listen on this port of 127.0.0.1.
#[must_use]
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
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

/// Others may listen where this process may not: a port below 1024 that nobody has is not in use.
fn in_use(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
