//! `wasmplugin explain`: what the filter does with a request, and why.
//!
//! The filter itself decides ([`filter`]), with a provider that is made up ([`provider`]) and a clock that stands still.
//! [`person`] is whoever asks, [`answer`] what came out in words, [`cases`] a file of requests with what is expected.

mod answer;
mod cases;
mod filter;
mod person;
mod provider;
mod rules;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use vestibule::access::Policy;
use vestibule::config::{Config, HostPattern, Rule};
use vestibule::inputs::Timestamp;

use crate::documents::Plugin;
use crate::input;
use crate::loading;
use answer::Explained;
use filter::{Asked, Filter};
use person::Person;

/// Say what the filter does with a request, which rule decides, and why those before it do not
///
/// Nothing is sent anywhere: the filter's own code signs the person in with a provider that is made up. Tokens of --bearer are
/// judged by what they say; their signature is not looked at.
///
/// Exit status: 0; 1 a case of --cases differs, or the configuration is refused; 2 usage, or a file cannot be read.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["host", "all", "cases"]))]
pub(crate) struct Arguments {
    /// The manifest or the configuration; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The host of the request
    #[arg(long)]
    host: Option<String>,
    /// The path of the request, with its query if it has one
    #[arg(long, default_value = "/")]
    path: String,
    #[arg(long, default_value = "GET")]
    method: String,
    #[command(flatten)]
    person: person::Arguments,
    /// A header of the request: NAME=VALUE
    #[arg(long = "header", value_name = "NAME=VALUE")]
    headers: Vec<String>,
    /// The address of the client, as Envoy knows it
    #[arg(long, value_name = "ADDRESS")]
    from: Option<IpAddr>,
    /// A table: every rule with a request that reaches it
    #[arg(long)]
    all: bool,
    /// A file of requests with what is expected of each: exit status 1 where one differs
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
    /// Which plugin, where the file has several: its name
    #[arg(long)]
    name: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match explain(arguments) {
        Ok((said, holds)) => {
            print!("{said}");
            if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(Failed { says, status }) => {
            eprintln!("wasmplugin: {says}");
            ExitCode::from(status)
        }
    }
}

#[derive(Debug)]
struct Failed {
    says: String,
    status: u8,
}

impl From<String> for Failed {
    fn from(says: String) -> Self {
        Self { says, status: 2 }
    }
}

fn explain(arguments: &Arguments) -> Result<(String, bool), Failed> {
    let inputs = input::read(std::slice::from_ref(&arguments.file))?;
    let input = inputs.first().ok_or_else(|| "a file is wanted".to_owned())?;
    let subject = Subject::new(loading::plugin(input, arguments.name.as_deref())?)?;
    if let Some(cases) = &arguments.cases {
        let inputs = input::read(std::slice::from_ref(cases))?;
        return Ok(cases::run(&subject, &inputs)?);
    }
    if arguments.all {
        return Ok((rules::table(&subject), true));
    }
    let person = arguments.person.person()?;
    let mut headers = Vec::new();
    for header in &arguments.headers {
        let (name, value) =
            header.split_once('=').ok_or_else(|| format!("--header {header}: NAME=VALUE is wanted"))?;
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let host = arguments.host.as_deref().unwrap_or_default();
    let asked = Asked { method: &arguments.method, host, path: &arguments.path, headers };
    Ok((subject.explain(&asked, &person, arguments.from).render(&subject), true))
}

/// A configuration that is asked about.
pub(super) struct Subject {
    plugin: Plugin,
    policy: Policy,
    rules: Vec<Rule>,
    hosts: Option<Vec<HostPattern>>,
    now: Timestamp,
}

impl Subject {
    fn new(plugin: Plugin) -> Result<Self, Failed> {
        let config = load(&plugin)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        Ok(Self {
            policy: Policy::compile(&config.access),
            rules: config.access,
            hosts: config.hosts,
            now: Timestamp(now),
            plugin,
        })
    }

    /// What becomes of one request of one person, from the beginning.
    fn explain(&self, asked: &Asked<'_>, person: &Person, address: Option<IpAddr>) -> Explained {
        let Some(mut filter) =
            load(&self.plugin).ok().and_then(|config| Filter::new(config, self.now, address))
        else {
            return Explained::nothing(asked);
        };
        let mut asked = asked.clone();
        if !asked.headers.iter().any(|(name, _)| name == "accept" || name.starts_with("sec-fetch"))
            && person.browses()
        {
            asked.headers.extend(filter::navigation());
        }
        let signed_in = match person.credentials(&mut filter, asked.host, self.now) {
            Ok(headers) => {
                asked.headers.extend(headers);
                Ok(())
            }
            Err(instead) => Err(instead),
        };
        let outcome = signed_in.map_or_else(|instead| instead, |()| filter.ask(&asked));
        Explained::new(&asked, person, address, outcome)
    }
}

fn load(plugin: &Plugin) -> Result<Config, Failed> {
    loading::load(plugin).map_err(|faults| Failed {
        says: format!("the filter refuses the configuration (wasmplugin check says where):\n{faults}"),
        status: 1,
    })
}

#[cfg(test)]
mod tests;
