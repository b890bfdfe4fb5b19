//! The programs: Envoy itself, what runs it, and builds of the filter.

use std::env;
use std::path::PathBuf;

use crate::scratch::{own_target, target};

/// `ENVOY_PATH`, or what scripts/bootstrap left.
#[must_use]
pub fn binary() -> PathBuf {
    env::var_os("ENVOY_PATH").map_or_else(|| left("tools/envoy"), PathBuf::from)
}

/// The filter: `VESTIBULE_WASM`, or what scripts/build left.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn filter_wasm() -> PathBuf {
    find_filter().unwrap_or_else(|missing| panic!("{missing}"))
}

/// A filter that dies where a request has the header [`CRASH`], with all that is in its VM.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn crashing_wasm() -> PathBuf {
    let built = there(left("crashing.wasm"), "scripts/build --crashing");
    built.unwrap_or_else(|missing| panic!("{missing}"))
}

/// See [`crashing_wasm`].
pub const CRASH: &str = "x-vestibule-crash";

/// As [`filter_wasm`]; what is missing, where it is not there.
pub(super) fn find_filter() -> Result<PathBuf, String> {
    there(
        env::var_os("VESTIBULE_WASM").map_or_else(|| left("vestibule.wasm"), PathBuf::from),
        "scripts/build",
    )
}

/// func-e, where it is on the `PATH`.
pub(super) fn func_e() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join("func-e")).find(|program| program.is_file())
}

/// What a script left: where Cargo builds, or else in the repository.
fn left(name: &str) -> PathBuf {
    let path = target().join(name);
    if path.exists() { path } else { own_target().join(name) }
}

fn there(path: PathBuf, by: &str) -> Result<PathBuf, String> {
    if path.is_file() { Ok(path) } else { Err(format!("{} is missing: run {by}", path.display())) }
}
