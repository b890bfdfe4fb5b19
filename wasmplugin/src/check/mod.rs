//! `wasmplugin check`: what is wrong with configurations of the filter, before they are applied.
//!
//! Faults are the filter's own, from its own code, with the places that they have in the files. [`warnings`] are about
//! what loads and does something else than was meant. [`format`] writes both.

mod covering;
mod diagnostic;
mod format;
mod warnings;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::documents::{self, File, Plugin};
use crate::input::{self, Input};
use crate::loading::{self, Variables};
use crate::yaml::Place;
use diagnostic::{Diagnostic, Severity};
use format::Format;

/// Find what is wrong with configurations of the filter before they are applied
///
/// Takes a WasmPlugin, a TrafficExtension, an EnvoyExtensionPolicy, an EnvoyFilter, Envoy's own configuration or a
/// configuration by itself; several documents, lists, JSON, and what `helm template` prints. Give the other resources too
/// (ServiceEntry, DestinationRule, VirtualService, Gateway, HTTPRoute), and they are compared. Plugins of other people are
/// passed over.
///
/// Exit status: 0 nothing is wrong (there may be warnings); 1 something is; 2 usage, or a file cannot be read.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Lines NAME=value with the secrets, which are then checked too; without it they are taken to be right
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let variables = arguments.env.as_deref().map_or_else(|| Ok(Variables::new()), loading::variables);
    let read = variables.and_then(|variables| Ok((input::read(&arguments.files)?, variables)));
    let (inputs, variables) = match read {
        Ok(read) => read,
        Err(error) => {
            eprintln!("wasmplugin: {error}");
            return ExitCode::from(2);
        }
    };
    let Checked { diagnostics, files } = check(&inputs, &variables);
    print!("{}", format::render(arguments.format, &diagnostics, &files));
    for file in &files {
        file.others
            .iter()
            .for_each(|other| eprintln!("{}: {other} is not the filter's: passed over", file.name));
    }
    let worst = if arguments.strict { Severity::Warning } else { Severity::Error };
    if diagnostics.iter().any(|diagnostic| diagnostic.severity <= worst) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// What is to be said of some files.
pub(crate) struct Checked {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) files: Vec<File>,
}

fn check(inputs: &[Input], variables: &Variables) -> Checked {
    let (mut diagnostics, mut files) = (Vec::new(), Vec::new());
    for input in inputs {
        match documents::read(input) {
            Ok(file) => files.push(file),
            Err(broken) => {
                diagnostics.push(whole_file(
                    input,
                    "not_yaml",
                    broken.place,
                    format!("this is no YAML: {}", broken.why),
                ));
                let (name, text) = (input.name.clone(), input.text.clone());
                files.push(File {
                    name,
                    text,
                    documents: Vec::new(),
                    plugins: Vec::new(),
                    others: Vec::new(),
                });
            }
        }
    }
    let is_empty = files.iter().all(|file| file.plugins.is_empty());
    if is_empty
        && diagnostics.is_empty()
        && let Some(input) = inputs.first()
    {
        let place = Place { line: 1, column: 1, width: 1 };
        diagnostics.push(whole_file(
            input,
            "nothing_to_check",
            place,
            "there is no configuration of the filter in these files".to_owned(),
        ));
    }
    for file in &files {
        for plugin in &file.plugins {
            match loading::load(plugin, variables) {
                Ok(config) => warnings::of_config(
                    &warnings::Context { file, plugin, files: &files },
                    &config,
                    &mut diagnostics,
                ),
                Err(faults) => diagnostics.extend(faults.iter().map(|fault| of_fault(file, plugin, fault))),
            }
            warnings::of_resource(&warnings::Context { file, plugin, files: &files }, &mut diagnostics);
        }
    }
    diagnostics.sort_by(|one, other| {
        (&one.file, one.place.line, one.place.column).cmp(&(
            &other.file,
            other.place.line,
            other.place.column,
        ))
    });
    Checked { diagnostics, files }
}

fn of_fault(file: &File, plugin: &Plugin, fault: &vestibule::config::ConfigError) -> Diagnostic {
    // What is wrong with the name of a key is at the key.
    let is_about_key = fault.found.contains("unknown key") || fault.found.starts_with("a key");
    Diagnostic {
        severity: Severity::Error,
        code: "refused",
        file: file.name.clone(),
        place: plugin.config.place_of(&fault.key, is_about_key),
        key: fault.key.clone(),
        says: format!("found {}", fault.found),
        help: format!("accepted: {}", fault.accepted),
    }
}

fn whole_file(input: &Input, code: &'static str, place: Place, says: String) -> Diagnostic {
    let severity = Severity::Error;
    Diagnostic {
        severity,
        code,
        file: input.name.clone(),
        place,
        key: String::new(),
        says,
        help: String::new(),
    }
}

#[cfg(test)]
mod tests;
