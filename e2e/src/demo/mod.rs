//! The demo: an OpenID Provider, the application, and Envoy with the filter in between.
//!
//! * `options` says what was asked for, `provider` which Okta it is;
//! * `envoy_config` fills in the template, `envoy` runs the process;
//! * `words` is what the terminal shows.

mod envoy;
mod envoy_config;
mod options;
mod provider;
mod words;

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::application::Application;
use envoy::Envoy;
use options::{Mode, Options};
use provider::Provider;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Runs until Ctrl-C, SIGTERM, or the end of Envoy.
pub async fn run(args: impl IntoIterator<Item = String>) -> Result<()> {
    let options = match Options::parse(args)? {
        Mode::Help => {
            print!("{}", options::USAGE);
            return Ok(());
        }
        Mode::Run(options) => options,
    };
    // Before anything starts, so that no signal is missed.
    let mut signals = Signals::new()?;

    let root = repository();
    let port = choose_port(&options)?;
    let application = Application::start(free_port(port + 2)?).await?;
    let provider = Provider::start(&options, port).await?;
    let file = root.join("target/demo/envoy.yaml");
    envoy_config::write(&file, &root, port, application.port(), &provider, &options)?;

    if options.envoy {
        let mut envoy = Envoy::start(&root, &file, &provider).await?;
        tokio::select! {
            ready = envoy.ready(port) => ready?,
            () = signals.end() => return envoy.stop().await,
        }
        words::welcome(port, &provider);
        tokio::select! {
            () = signals.next(&provider) => envoy.stop().await,
            ended = envoy.ended() => Err(ended),
        }
    } else {
        words::by_hand(&file, &envoy::binary(&root), &provider);
        signals.next(&provider).await;
        Ok(())
    }
}

fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The port that was asked for, or from 10000 on the first that is free.
fn choose_port(options: &Options) -> Result<u16> {
    match options.port {
        Some(port) if is_free(port) => Ok(port),
        Some(port) => Err(format!("port {port} is taken").into()),
        None => Ok(free_port(10000)?),
    }
}

fn free_port(first: u16) -> io::Result<u16> {
    let near = (first..first.saturating_add(200)).find(|port| is_free(*port));
    near.ok_or_else(|| io::Error::other(format!("no free port from {first} on")))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    user1: Signal,
    user2: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    async fn end(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }

    /// Obeys the signals that play with the stand-in, until one that ends the demo.
    async fn next(&mut self, provider: &Provider) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hang_up.recv() => return,
                _ = self.user1.recv() => provider.go_away_or_come_back().await,
                _ = self.user2.recv() => provider.rotate_keys(),
            }
        }
    }
}
