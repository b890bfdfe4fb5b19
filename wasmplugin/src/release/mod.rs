//! `wasmplugin release`: what `scripts/release` does beside git and the build.
//!
//! [`write`](write()) gives the tree a version: [`changelog`] has what is new, [`named`] knows where else the version
//! stands. [`files`](files()) makes what is published, of a tree that has its version: [`chart`] packs the chart. Both are a
//! function of the tree, so that whoever does it again gets the same bytes.

mod changelog;
mod chart;
mod files;
mod named;
mod version;

use std::path::{Path, PathBuf};

use crate::source;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write a version into the files that name it, and what is new into a section of its own
    Write {
        /// MAJOR.MINOR.PATCH, also with a pre-release: 1.0.0-rc.1
        version: String,
        /// The day, for the list of changes: 2026-11-30
        #[arg(long)]
        date: String,
    },
    /// Make the files of the version that the tree has
    Files {
        version: String,
        /// The folder for them, which is made
        #[arg(long)]
        out: PathBuf,
        /// The filter: of another than scripts/build leaves, neither commit nor command is noted
        #[arg(long, default_value = source::BUILT)]
        wasm: PathBuf,
    },
    /// Only pack the chart
    Chart {
        /// The file, which Helm takes
        #[arg(long)]
        out: PathBuf,
    },
}

/// In the current folder, which is the repository's root.
pub(crate) fn run(command: &Command) -> Result<String, String> {
    match command {
        Command::Write { version, date } => write(Path::new("."), version, date),
        Command::Chart { out } => {
            let packed = chart::package(Path::new("."))?;
            std::fs::write(out, packed).map_err(|error| format!("{}: {error}", out.display()))?;
            Ok(out.display().to_string())
        }
        Command::Files { version, out, wasm } => files::write(version, out, wasm),
    }
}

/// The names of the files that are other ones now, a line each.
fn write(root: &Path, version: &str, date: &str) -> Result<String, String> {
    let version = version::parse(version)?;
    let changelog = changelog::Changelog::read(root)?;
    let present = named::present(root)?;
    version::may_follow(&version, changelog.last().as_ref(), &present)?;
    let mut written = vec![changelog.release(root, &version, date)?];
    written.extend(named::replace(root, &present, &version)?);
    Ok(written.join("\n"))
}

#[cfg(test)]
mod tests;
