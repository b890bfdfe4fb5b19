//! The demo: an OpenID Provider, the application, and Envoy with the filter in between.
//!
//! * `options` says what was asked for, `provider` which Okta it is;
//! * `filter` says how Envoy and the filter in it are;
//! * `words` is what the terminal shows.

mod filter;
mod options;
mod provider;
mod words;

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::application::Application;
use crate::envoy::{self, Envoy};
use crate::ports;
use crate::scratch::own_target;
use options::{Mode, Options, Result};
use provider::Provider;

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

    let port = choose_port(&options)?;
    let application = Application::start(ports::free_from(port.saturating_add(2))?).await?;
    let provider = Provider::start(&options, port).await?;
    let folder = own_target().join("demo");
    let envoy_options = filter::options(port, &application, &provider, &folder);
    if !options.envoy {
        let file = envoy::write_configuration(&envoy_options, &folder)?;
        words::by_hand(&file, &envoy::binary(), &provider);
        signals.next(&provider).await;
        return Ok(());
    }

    let mut envoy = tokio::select! {
        started = Envoy::start(envoy_options) => started?,
        () = signals.end() => return Ok(()),
    };
    words::welcome(port, &provider);
    tokio::select! {
        () = signals.next(&provider) => {
            envoy.stop().await;
            Ok(())
        }
        status = envoy.ended() => Err(words::ended(status, &envoy.log()).into()),
    }
}

/// The port that was asked for, or from 10000 on the first that is free.
fn choose_port(options: &Options) -> Result<u16> {
    match options.port {
        Some(port) if ports::is_free(port) => Ok(port),
        Some(port) => Err(format!("port {port} is taken").into()),
        None => Ok(ports::free_from(10000)?),
    }
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
