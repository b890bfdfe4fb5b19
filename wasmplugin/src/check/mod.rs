//! `wasmplugin check`: what the filter would say of a configuration, before it is applied, and what else is worth a
//! look.
//!
//! The filter's own code decides what is a fault. [`diagnostic`] is one finding, [`warnings`] has what is taken and
//! perhaps not meant; [`text`], [`json`] and [`github`] say it, through [`report`]. No finding and no line that is shown
//! holds a secret ([`shown`]). [`live`] asks the provider.

mod diagnostic;
pub(crate) mod environment;
mod github;
mod json;
mod live;
mod over;
mod places;
mod report;
mod shown;
mod text;
mod warnings;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use vestibule::config::{self, Config, ConfigError};

use crate::documents::{self, Documents, Kind, Plugin};
use crate::input::{self, Input};
use crate::yaml::{Broken, Node, Place};
use diagnostic::{CONFIGURATION, Diagnostic, Severity, UNREADABLE};
use environment::Values;
use over::Base;
use report::{Report, USAGE};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// YAML or JSON; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How findings are said: for people, for programs, or as workflow commands of GitHub Actions
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Real values of environment variables, as lines of KEY=VALUE; none of them is ever shown
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// Ask the real provider as well: metadata, keys, clock, the client's credentials, redirect URIs
    ///
    /// From this machine, over HTTPS, or HTTP to a loopback address. The credentials are tried with a code that nobody
    /// has, where `--env` gives them: never for a file of a stranger, whose issuer would get them. Each redirect URI is
    /// tried with a request that no person sees.
    #[arg(long)]
    live: bool,
    /// Warnings fail as well
    #[arg(long)]
    strict: bool,
    /// Files without any configuration are no error: for hooks that give all files
    #[arg(long)]
    allow_none: bool,
    /// For files that hold a part, such as rules alone: a whole configuration, as JSON, that they are laid over
    ///
    /// As JSON merge patches (RFC 7396). That of the demo is `target/demo/running.json`.
    #[arg(long, value_name = "FILE")]
    over: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
}

/// Checks the files, prints what was found, and says by the exit code whether something is wrong: 0 no, 1 yes, 2 nothing
/// could be checked.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let read = input::read(&arguments.files).and_then(|inputs| {
        let values = Values::read_file(arguments.env.as_deref())?;
        Ok((inputs, values, Base::read_file(arguments.over.as_deref())?))
    });
    let (inputs, values, base) = match read {
        Ok(read) => read,
        Err(error) => {
            eprintln!("wasmplugin: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let report = report(&inputs, &values, &base, arguments.live);
    print!(
        "{}",
        match arguments.format {
            Format::Text => text::text(&report),
            Format::Json => json::json(&report),
            Format::Github => github::github(&report),
        }
    );
    if report.is_empty() {
        eprintln!(
            "wasmplugin: no configuration of the filter in these files: wanted is a WasmPlugin, a TrafficExtension, an \
             EnvoyExtensionPolicy, an EnvoyFilter, or what stands below pluginConfig"
        );
    }
    report.exit(arguments.strict, arguments.allow_none)
}

fn report(inputs: &[Input], values: &Values, base: &Base, live: bool) -> Report {
    let documents = documents::find(inputs);
    Report::new(inputs, &documents, check(inputs, &documents, values, base, live))
}

fn check(
    inputs: &[Input],
    documents: &Documents,
    values: &Values,
    base: &Base,
    live: bool,
) -> Vec<Diagnostic> {
    let mut found: Vec<_> =
        documents.broken.iter().map(|(file, broken)| unreadable(*file, broken, inputs)).collect();
    for plugin in &documents.plugins {
        let (config, faults) = load(plugin, values, base);
        found.extend(faults);
        found.extend(warnings::of(plugin, config.as_ref(), documents));
        if let (Some(config), true) = (&config, live) {
            found.extend(live::ask(plugin, config, documents, values));
        }
    }
    found
}

fn unreadable(file: usize, broken: &Broken, inputs: &[Input]) -> Diagnostic {
    let text = inputs.get(file).map_or("", |input| input.text.as_str());
    let mut place = broken.place;
    let mut accepted = "YAML or JSON, indented by spaces";
    if broken.why.contains("tab") {
        // The reader points at the value before it.
        let is_tab = |(_, line): &(usize, &str)| line.trim_start_matches(' ').starts_with('\t');
        let below = text.lines().enumerate().skip(place.line.saturating_sub(1));
        if let Some((index, line)) = below.into_iter().find(is_tab) {
            let column = line.len() - line.trim_start_matches(' ').len() + 1;
            place = Place { line: index + 1, column, width: 1 };
            accepted = "spaces: YAML takes no tabs before a key";
        }
    }
    let line = text.lines().nth(place.line.saturating_sub(1));
    if line.is_some_and(|line| line.contains("{{")) {
        accepted = "what `helm template` makes of it: this is a template that was not rendered";
    }
    Diagnostic {
        severity: Severity::Fault,
        code: UNREADABLE,
        file,
        place,
        key: String::new(),
        found: broken.why.clone(),
        accepted: accepted.to_owned(),
    }
}

/// What the filter would make of the configuration, and what it would say.
fn load(plugin: &Plugin, values: &Values, base: &Base) -> (Option<Config>, Vec<Diagnostic>) {
    let named = plugin.config.as_ref().map(environment::named).unwrap_or_default();
    let mut found = environment::not_passed(plugin, &named);
    found.extend(environment::stood_in_for(plugin, values, &named));
    let bytes =
        plugin.config.as_ref().map(|config| base.below(config.json()).to_string()).unwrap_or_default();
    let lookup = |name: &str| Some(environment::value(plugin, values, &named, name));
    match config::load(bytes.as_bytes(), &lookup) {
        Ok(config) => (Some(config), found),
        Err(faults) => {
            found.extend(faults.into_iter().map(|fault| of_filter(plugin, fault)));
            found.extend(only_a_part(plugin).filter(|_| base.is_none()));
            (None, found)
        }
    }
}

/// Rules alone, as the demo takes them.
fn only_a_part(plugin: &Plugin) -> Option<Diagnostic> {
    let config = plugin.config.as_ref().filter(|_| plugin.kind == Kind::Bare)?;
    let is_whole = ["provider", "client", "session"].iter().any(|key| config.get(key).is_some());
    (!is_whole).then(|| {
        let found = "this is only a part of a configuration";
        Diagnostic::of_key(plugin, (Severity::Note, "part"), "", found, "--over FILE with the whole, as JSON")
    })
}

fn of_filter(plugin: &Plugin, fault: ConfigError) -> Diagnostic {
    let find = |node: &Node| {
        if fault.found == "an unknown key" {
            places::place_of_key(node, &fault.key)
        } else {
            places::place_of(node, &fault.key)
        }
    };
    let place = plugin.config.as_ref().map_or(plugin.place, find);
    let hint = match (fault.found.as_str(), place.width) {
        // Written with other letters than it is read with.
        ("true", width) if width != "true".len() => IN_QUOTES,
        ("false", width) if width != "false".len() => IN_QUOTES,
        _ => "",
    };
    Diagnostic {
        severity: Severity::Fault,
        code: CONFIGURATION,
        file: plugin.file,
        place,
        key: fault.key,
        found: format!("found {}", fault.found),
        accepted: format!("{}{hint}", fault.accepted),
    }
}

/// What surprises people in YAML: `no`, `on` and `y` are no texts.
const IN_QUOTES: &str = "; YAML reads this word as a boolean, so it needs quotes where it is meant as a text";

#[cfg(test)]
mod tests;
