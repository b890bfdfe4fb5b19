//! The line between Envoy and the provider: a TCP forwarder that a test can cut or slow down.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What happens on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Everything passes.
    Open,
    /// Connections are refused, as where nothing listens.
    Refused,
    /// Connections are accepted, and nothing ever comes back.
    Silent,
    /// Each piece of an answer comes this much later.
    Slow(Duration),
}

/// Ends with all its connections when dropped.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    state: watch::Sender<State>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Wire {
    pub async fn start(to: SocketAddr, state: State) -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), to, state).await
    }

    /// At this address; with port 0, at a free port of it.
    pub async fn at(address: SocketAddr, to: SocketAddr, state: State) -> Self {
        let socket = bind(address).await;
        let address = socket.local_addr().expect("an address");
        let (state, changes) = watch::channel(state);
        let connections = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(run(socket, address, to, changes, Arc::clone(&connections)));
        Self { address, state, connections, task }
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the state and closes every connection that is open, so that the new state holds for all.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A socket that is bound but does not listen refuses connections, and keeps the port for us.
async fn bind(address: SocketAddr) -> TcpSocket {
    for _ in 0..1000 {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("a socket option");
        if socket.bind(address).is_ok() {
            return socket;
        }
        // The listener before us is just being closed.
        sleep(Duration::from_millis(5)).await;
    }
    panic!("{address} is taken by somebody else");
}

async fn run(
    socket: TcpSocket,
    address: SocketAddr,
    to: SocketAddr,
    mut changes: watch::Receiver<State>,
    count: Arc<AtomicUsize>,
) {
    let mut socket = Some(socket);
    loop {
        let bound = match socket.take() {
            Some(socket) => socket,
            None => bind(address).await,
        };
        let state = *changes.borrow_and_update();
        if state == State::Refused {
            if changes.changed().await.is_err() {
                return;
            }
            socket = Some(bound);
            continue;
        }
        let listener = bound.listen(1024).expect("a listener");
        while accept(&listener, to, state, &mut changes, &count).await {}
        if changes.has_changed().is_err() {
            return;
        }
    }
}

/// False when the state has changed.
async fn accept(
    listener: &TcpListener,
    to: SocketAddr,
    state: State,
    changes: &mut watch::Receiver<State>,
    count: &AtomicUsize,
) -> bool {
    tokio::select! {
        _ = changes.changed() => {
            changes.mark_changed();
            false
        }
        accepted = listener.accept() => {
            if let Ok((stream, _)) = accepted {
                count.fetch_add(1, Ordering::Relaxed);
                let mut closed = changes.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = closed.changed() => {}
                        _ = forward(stream, to, state) => {}
                    }
                });
            }
            true
        }
    }
}

async fn forward(client: TcpStream, to: SocketAddr, state: State) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    if state == State::Silent {
        tokio::io::copy(&mut from_client, &mut tokio::io::sink()).await?;
        return Ok(());
    }
    let (mut from_server, mut to_server) = TcpStream::connect(to).await?.into_split();
    let there = async {
        tokio::io::copy(&mut from_client, &mut to_server).await?;
        to_server.shutdown().await
    };
    let back = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let length = from_server.read(&mut buffer).await?;
            if let State::Slow(by) = state {
                sleep(by).await;
            }
            match buffer.get(..length) {
                Some(piece) if !piece.is_empty() => to_client.write_all(piece).await?,
                _ => return to_client.shutdown().await,
            }
        }
    };
    // The answer's end is the end: a client that keeps its half open must not hold the connection.
    tokio::select! {
        result = back => result,
        result = async { there.await?; std::future::pending().await } => result,
    }
}
