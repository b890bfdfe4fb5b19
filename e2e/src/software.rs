//! Other people's software in place of the test's own application: what they make of a request, its method, path, host
//! and headers, is not what its bytes say.
//!
//! Their sources are in `e2e/software`. Each answers any request with JSON: `method`, `path` (decoded, as it would choose
//! a route by it), `host`, `headers`, and what else it has.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use tokio::net::TcpStream;

use crate::ports;
use crate::process::Process;
use crate::scratch::{Scratch, own_target};

/// Whose software it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// PHP's built-in server. Also `server`: the variables of CGI.
    Php,
    /// Flask behind its `ProxyFix`, which believes `x-forwarded-host`. Also `route`, and `server`: the variables of WSGI.
    Flask,
    /// Express. Also `route`, and `decoded_first`: the path where a handler decodes before it reads a URL.
    Express,
    /// Node's `http` and `URL`. Also `pathname` (not decoded), `target` and `trailers`; and it takes WebSockets.
    Node,
    /// Python's `http.server` and `urllib.parse.urlsplit`. Also `target`.
    Python,
}

impl Software {
    fn command(self, port: u16) -> Command {
        let source = |name| Path::new(env!("CARGO_MANIFEST_DIR")).join("software").join(name);
        let with_port = |program: &str, name| {
            let mut command = Command::new(program);
            command.arg(source(name)).arg(port.to_string());
            command
        };
        match self {
            Self::Php => {
                let mut command = Command::new("php");
                command.arg("-S").arg(format!("127.0.0.1:{port}")).arg(source("app.php"));
                command
            }
            Self::Flask => {
                let mut command = with_port("python3", "flask_app.py");
                command.env("PYTHONPATH", own_target().join("tools/python"));
                command
            }
            Self::Express => with_port("node", "express_app.mjs"),
            Self::Node => with_port("node", "node_app.mjs"),
            Self::Python => with_port("python3", "urllib_app.py"),
        }
    }
}

/// A running server of theirs. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    port: u16,
    _process: Process,
    _folder: Scratch,
}

impl Server {
    /// Returns when it serves.
    ///
    /// # Panics
    /// With what it said, when it does not.
    pub async fn start(software: Software) -> Self {
        let folder = Scratch::new("software");
        let port = ports::free();
        let log = folder.path().join("output.log");
        let process = Process::try_start(&mut software.command(port), log, true);
        let mut process = process.unwrap_or_else(|error| panic!("{error} with --e2e"));
        process.until(async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()).await;
        Self { port, _process: process, _folder: folder }
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }
}
