//! `wasmplugin migrate`: from a setup of oauth2-proxy to resources for the filter.
//!
//! ```text
//!   files ──sources──> found ──in_force──> what counts ──plan──> configuration + report ──output──> YAML
//! ```
//!
//! * [`sources`] know where options stand: charts, manifests, files, variables, the mesh. What they find is in [`found`].
//! * [`in_force`] knows which setting of an option counts; [`options`] knows all of oauth2-proxy's options, and
//!   [`conditions`] what else may say who may enter.
//! * [`plan`] decides what becomes of each, a section of the configuration a file; [`routes`] turns expressions into paths.
//! * [`secrets`] looks once more that none comes out; [`check`] asks the filter what it thinks.
//! * [`report`] is what a person must know, in the [`words`] of the [`kind`] that is written; [`output`] and [`tree`] write the resources.
//!
//! Three rules: nothing is lost without a word, nothing is guessed (a gap is marked, and keeps the door shut), and no
//! secret's value comes out anywhere.

mod check;
mod conditions;
mod found;
mod in_force;
mod kind;
mod options;
mod output;
mod plan;
mod report;
mod routes;
mod secrets;
mod setting;
mod sources;
mod tree;
mod words;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::input::{self, Input};
use in_force::InForce;
use kind::Kind;
use output::File;
use words::Words;

/// Make resources for the filter from a setup of oauth2-proxy
///
/// Give all files of one setup together: values of the Helm chart (also within a HelmRelease, an Application or a HelmChart),
/// oauth2-proxy.cfg, the alpha configuration, Deployments, ConfigMaps, compose files, .env, and of Istio the mesh's
/// configuration, AuthorizationPolicies with action CUSTOM, RequestAuthentications, routes and Gateways.
///
/// The resources go to standard output (or --out), the report to standard error: what is carried over, what is changed or
/// lost and what to do, what is not needed any more. Secrets are referred to; no value of one is ever written.
///
/// Exit status: 0 all is said; 1 refused, with the reason; 2 usage; 3 written, with gaps that a person must fill.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The files of one setup; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The resource to write
    #[arg(long, value_enum, default_value = "WasmPlugin")]
    kind: Kind,
    /// Write files into this folder in place of standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Which oauth2-proxy, where the files have several: `Deployment NAME`
    #[arg(long, value_name = "NAME")]
    proxy: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let migrated = input::read(&arguments.files)
        .and_then(|inputs| migrate(&inputs, arguments.kind, arguments.proxy.as_deref()));
    let written = migrated.and_then(|migrated| {
        match &arguments.out {
            None => print!("{}", output::in_one(&migrated.files)),
            Some(folder) => write(folder, &migrated.files)?,
        }
        Ok(migrated)
    });
    match written {
        Ok(Migrated { report, has_gaps, .. }) => {
            eprint!("{report}");
            ExitCode::from(if has_gaps { 3 } else { 0 })
        }
        Err(error) => {
            eprintln!("wasmplugin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &PathBuf, files: &[File]) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    files.iter().try_for_each(|file| {
        let path = folder.join(file.name);
        fs::write(&path, &file.text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
    })
}

struct Migrated {
    files: Vec<File>,
    report: String,
    has_gaps: bool,
}

fn migrate(inputs: &[Input], kind: Kind, proxy: Option<&str>) -> Result<Migrated, String> {
    let mut found = sources::read(inputs)?;
    found.choose(proxy)?;
    found.name_missing_files();
    if found.settings.is_empty() {
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        return Err(format!("no option of oauth2-proxy is in {}", names.join(", ")));
    }
    let secrets = secrets::of(&found.settings);
    let options = InForce::of(&mut found);
    let mut plan = plan::make(&found, &options, Words::of(kind))?;
    secrets::take_out(&secrets, &mut plan);
    check::check(&mut plan);
    output::prepare(&mut plan, &found, kind)?;
    Ok(Migrated {
        files: output::files(&plan, kind),
        report: plan.report.render(),
        has_gaps: !plan.report.gaps.is_empty(),
    })
}

#[cfg(test)]
mod tests;
