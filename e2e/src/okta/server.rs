//! The socket: connections are served here, and all cut when the stand-in stops.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::exchange::exchange;
use super::state::State;

/// A running server. Dropping it cuts its connections soon after; `stop` waits until the port is free.
pub(crate) struct Server {
    task: JoinHandle<()>,
}

impl Server {
    /// Loopback only, whatever the public name is.
    pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
    }

    pub(crate) fn start(listener: TcpListener, state: Arc<Mutex<State>>) -> Self {
        Self { task: tokio::spawn(serve(listener, state)) }
    }

    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // Cancelled, as it should be: the listener and all connections are gone then.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(|request| {
                let state = Arc::clone(&state);
                // An error makes hyper close the connection without an answer.
                async move { exchange(&state, request).await.ok_or_else(|| io::Error::other("a fault")) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
