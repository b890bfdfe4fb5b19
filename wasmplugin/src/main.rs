//! `wasmplugin`: everything that is done to the filter on its way to Istio.
//!
//! * [`check`], [`explain`], [`jwks`], [`migrate`], [`revoke`]: what people do with configurations, before the filter runs and while it
//!   does; [`admission`] and [`plugin_schema`] are for the cluster and for editors. [`documents`] finds configurations in
//!   whatever carries them, [`loading`] reads them as the filter does; [`input`] reads files, [`yaml`] keeps the places, [`plain`] makes
//!   one line of what a file says;
//! * [`layout`]: an image as a folder; [`image`] makes it, of what [`source`] finds, with [`sbom`] and [`provenance`];
//! * [`push`]: to a registry, by its [`reference`], with the [`credentials`] of Docker's configuration and through
//!   its [`proxies`]; [`refused`] says why it did not work;
//! * [`release`]: the files of a release, for `scripts/release`; [`archive`] packs them.
//!
//! An error is one line for a person: what happened, and what to do.

mod admission;
mod archive;
mod check;
mod credentials;
mod documents;
mod explain;
mod image;
mod input;
mod jwks;
mod layout;
mod loading;
mod made_up_key;
mod migrate;
mod plain;
mod plugin_schema;
mod provenance;
mod proxies;
mod push;
mod reference;
mod refused;
mod release;
mod revoke;
mod sbom;
mod source;
mod yaml;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::layout::Layout;
use crate::source::Kind;

#[derive(Debug, Parser)]
#[command(
    name = "wasmplugin",
    version,
    about = "Everything around the filter: check, explain, migrate, revoke, image, push",
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the image of a filter as an OCI image layout, and print its digest
    ///
    /// To be run in the root of the repository. The same source makes the same digest.
    Image {
        /// The filter: of another than scripts/build leaves, neither commit nor command is noted
        #[arg(long, default_value = source::BUILT)]
        wasm: PathBuf,
        /// The folder for the layout, in place of one that is there
        #[arg(long, default_value = "target/image")]
        out: PathBuf,
        /// For the tests: take the debug build that dies on request as well
        #[arg(long, hide = true)]
        crashing: bool,
    },
    /// Push an OCI image layout to a registry, and print the addresses for a WasmPlugin
    ///
    /// The first is pinned to the digest. Credentials are those of `docker login`. HTTPS, except on a loopback address.
    Push {
        /// The folder that `wasmplugin image` made
        layout: PathBuf,
        /// REGISTRY/NAME:TAG
        reference: String,
    },
    /// Print a ValidatingAdmissionPolicy by which the cluster refuses what the filter would refuse
    ///
    /// As far as CEL can say it: unknown keys, missing ones, choices and patterns. It looks at WasmPlugins and
    /// TrafficExtensions with the label app.kubernetes.io/name: vestibule; those of other people pass.
    Admission,
    /// Check configurations before they are applied, by the filter's own code
    ///
    /// Takes a WasmPlugin, a TrafficExtension, an EnvoyExtensionPolicy, an EnvoyFilter, the chart's values or a
    /// configuration alone; several files and documents, and what `helm template` prints. All faults are told at once.
    /// Exit code: 0 nothing is wrong, 1 something is, 2 nothing could be checked.
    Check(check::Arguments),
    /// Print the configuration of a file as JSON, whatever carries it: for the demo
    #[command(hide = true)]
    Config {
        file: PathBuf,
    },
    Explain(Box<explain::Arguments>),
    Jwks(jwks::Arguments),
    Migrate(migrate::Arguments),
    Revoke(revoke::Arguments),
    /// What scripts/release needs, in the root of the repository
    #[command(subcommand, hide = true)]
    Release(release::Command),
    /// Print a JSON Schema for a WasmPlugin or a TrafficExtension with the filter in it
    Schema,
    /// Print completions for a shell
    Completions {
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Image { wasm, out, crashing: false } => image(&wasm, Kind::Release, &out),
        Command::Image { wasm, out, crashing: true } => image(&wasm, Kind::Any, &out),
        Command::Push { layout, reference } => push(&layout, &reference),
        Command::Admission => Ok(admission::policy().trim_end().to_owned()),
        Command::Check(arguments) => return check::run(&arguments),
        Command::Config { file } => config(&file),
        Command::Explain(arguments) => return explain::run(&arguments),
        Command::Jwks(arguments) => jwks::run(&arguments),
        Command::Migrate(arguments) => return migrate::run(&arguments),
        Command::Release(command) => release::run(&command),
        Command::Schema => Ok(format!("{:#}", plugin_schema::schema())),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "wasmplugin", &mut std::io::stdout());
            return ExitCode::SUCCESS;
        }
        Command::Revoke(arguments) => return revoke::run(&arguments),
    };
    match done {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("wasmplugin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn image(wasm: &Path, kind: Kind, out: &Path) -> Result<String, String> {
    let layout = image::layout(&source::of(wasm, kind)?)?;
    layout.write(out)?;
    Ok(layout.manifests()?.0.entry.digest)
}

fn config(file: &Path) -> Result<String, String> {
    let inputs = input::read(&[file.to_owned()])?;
    let plugin = loading::plugin(inputs.first().ok_or("no file")?, None)?;
    let config = plugin.config.ok_or_else(|| format!("{} has no configuration", plugin.name))?;
    Ok(config.json().to_string())
}

fn push(layout: &Path, to: &str) -> Result<String, String> {
    let to = reference::parse(to)?;
    let layout = Layout::read(layout)?;
    let auth = credentials::of(to.resolve_registry())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("this machine: {error}"))?;
    let digest = runtime.block_on(push::push(&layout, &to, auth))?;
    Ok(format!("oci://{}/{}@{digest}\noci://{to}", to.registry(), to.repository()))
}
