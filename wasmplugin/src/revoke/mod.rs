//! `wasmplugin revoke`: sign somebody out, or everybody, through the configuration of a plugin.
//!
//! [`change`] is what becomes of `session.revoked` and `session.not_before`, a pure function. [`file`] writes it into a
//! manifest, by [`edit`], and leaves every other byte as it was; [`cluster`] into a resource of the cluster, unless [`owners`] says that
//! somebody else writes it. Istio or Envoy Gateway brings it to every replica.

mod change;
mod cluster;
mod edit;
mod file;
mod owners;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use vestibule::inputs::Timestamp;
use vestibule::web::time::parse_time;

use change::Whom;

/// Sign somebody out, or everybody: sessions and tokens from before now are refused from then on
///
/// In a manifest (FILE), which is changed in its place, or in the cluster (--namespace, --name), by kubectl. Entries that are
/// older than session.max_age are dropped: no session can be that old.
///
/// Exit status: 0 done; 1 refused, with the reason; 2 usage.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["email", "sub", "everyone"]))]
#[command(group = clap::ArgGroup::new("where").required(true).args(["file", "namespace"]))]
pub(crate) struct Arguments {
    /// A manifest with one of the resources that carry the filter, or the configuration of Envoy
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The person with this email address
    #[arg(long)]
    email: Option<String>,
    /// The person whose ID tokens have this sub
    #[arg(long)]
    sub: Option<String>,
    /// Everybody
    #[arg(long)]
    everyone: bool,
    /// Sign-ins from before this time, in place of now: RFC 3339, `2026-11-24T08:00:00Z`
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The namespace of the resource in the cluster
    #[arg(long, requires = "name")]
    namespace: Option<String>,
    /// The name of the resource; in a file, where it has several
    #[arg(long)]
    name: Option<String>,
    /// The context of kubectl
    #[arg(long, requires = "namespace")]
    context: Option<String>,
    /// What the resource in the cluster is
    #[arg(long, value_enum, default_value = "WasmPlugin", requires = "namespace")]
    kind: cluster::Kind,
    /// Also where Argo CD, Flux or Helm writes the resource: its next sync takes the change back
    #[arg(long, requires = "namespace")]
    force: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match revoke(arguments) {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("wasmplugin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn revoke(arguments: &Arguments) -> Result<Vec<String>, String> {
    let now = Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()));
    let before = match &arguments.at {
        Some(text) => parse_time(text)
            .ok_or_else(|| format!("--at {text}: wanted is a time such as 2026-11-24T08:00:00Z"))?,
        None => now,
    };
    let whom = match (&arguments.email, &arguments.sub) {
        (Some(email), _) => Whom::Email(email.clone()),
        (None, Some(sub)) => Whom::Sub(sub.clone()),
        (None, None) => Whom::Everyone,
    };
    let wanted = change::Wanted { whom, before, now };
    let name = arguments.name.as_deref();
    if let Some(path) = &arguments.file {
        return file::revoke(path, name, &wanted, arguments.dry_run);
    }
    let resource = cluster::Resource {
        kind: arguments.kind,
        namespace: arguments.namespace.as_deref().unwrap_or_default(),
        name: name.unwrap_or_default(),
        context: arguments.context.as_deref(),
    };
    cluster::revoke(&resource, &wanted, arguments.force, arguments.dry_run)
}
