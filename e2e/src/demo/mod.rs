//! The demo: an OpenID Provider, the application, and Envoy with the filter in between.
//!
//! * `options` says what was asked for, `provider` which Okta it is;
//! * `filter` says how Envoy and the filter in it are, `rules` what somebody's own file changes of it;
//! * `signals` is what people do while it runs, `words` is what the terminal shows.

mod filter;
mod options;
mod provider;
mod rules;
mod signals;
mod words;

use std::future::pending;
use std::path::Path;
use std::time::Duration;

use crate::application::Application;
use crate::envoy::{self, Envoy, EnvoyOptions};
use crate::ports;
use crate::scratch::own_target;
use filter::Ports;
use options::{Mode, Options, Result};
use provider::{Place, Provider};
use rules::Rules;
use signals::{Event, Signals};

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
    let ports = Ports { plain: port, admin: ports::free_from(port.saturating_add(3))? };
    let folder = own_target().join("demo");
    let mut envoy_options = filter::options(ports, &application, &provider, &folder);
    let mut rules = own_rules(&options, &provider, &mut envoy_options, &folder)?;
    if let Some(configuration) = &envoy_options.filter {
        rules::write_running(configuration, &folder)?;
    }

    let mut running = if options.envoy {
        let envoy = tokio::select! {
            started = Envoy::start(envoy_options.clone()) => started?,
            () = signals.end() => return Ok(()),
        };
        words::welcome(ports, &provider);
        Running::Here(Box::new(envoy))
    } else {
        let file = envoy::write_configuration(&envoy_options, &folder)?;
        words::by_hand(&file, &envoy::binary(), ports, &provider);
        Running::ByHand
    };
    if let Some(rules) = &rules {
        words::watching(rules.file());
    }

    loop {
        tokio::select! {
            event = signals.next() => match event {
                Event::End => break,
                Event::OktaGoesOrComes => provider.go_away_or_come_back().await,
                Event::KeysRotate => provider.rotate_keys(),
            },
            error = running.ended() => return Err(error.into()),
            () = change_of(rules.as_ref()) => if let Some(rules) = &mut rules {
                match rules.read() {
                    Ok(laid) => {
                        envoy_options.filter = Some(laid.configuration.clone());
                        let taken = running.update(&envoy_options, &folder).await?;
                        if taken {
                            rules::write_running(&laid.configuration, &folder)?;
                        }
                        words::changed(&laid, taken);
                    }
                    Err(error) => words::unchanged(rules.file(), &error.to_string()),
                }
            },
        }
    }
    if let Running::Here(envoy) = running {
        envoy.stop().await;
    }
    Ok(())
}

/// Those of `--config`, which Envoy gets from the start.
fn own_rules(
    options: &Options,
    provider: &Provider,
    envoy: &mut EnvoyOptions,
    folder: &Path,
) -> Result<Option<Rules>> {
    let Some(file) = &options.config else { return Ok(None) };
    let stand_in = matches!(provider.place, Place::Here { .. });
    let mut rules = Rules::new(file, &filter::configuration(provider), stand_in, folder)?;
    let laid = rules.read().map_err(|error| words::refused(file, &error.to_string()))?;
    words::laid(file, &laid);
    envoy.filter = Some(laid.configuration);
    // A control plane would give Envoy its listeners anew; here it is a file.
    envoy.dynamic = true;
    // Connections that are open would keep the rules that were there before.
    envoy.drain = Some(Duration::from_secs(1));
    Ok(Some(rules))
}

async fn change_of(rules: Option<&Rules>) {
    match rules {
        Some(rules) => rules.change().await,
        None => pending().await,
    }
}

/// Whose Envoy it is.
enum Running {
    Here(Box<Envoy>),
    ByHand,
}

impl Running {
    /// Waits until it ends by itself; what is to be said then.
    async fn ended(&mut self) -> String {
        match self {
            Self::Here(envoy) => {
                let status = envoy.ended().await;
                words::ended(status, &envoy.log())
            }
            Self::ByHand => pending().await,
        }
    }

    /// Gives it another configuration of the filter; whether it takes it, as far as that is known.
    async fn update(&self, options: &EnvoyOptions, folder: &Path) -> Result<bool> {
        match self {
            Self::Here(envoy) => Ok(envoy.update(options).await),
            Self::ByHand => {
                envoy::write_configuration(options, folder)?;
                Ok(true)
            }
        }
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
