//! This program under Valgrind.

use std::process::Command;

/// Whatever was freed is kept for the next of its size: else it depends on all that went before when memory is put in
/// order, and which request pays for it.
const STEADY_MALLOC: &str = "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=65535";

/// How many instructions this program needs for a case with so many requests.
///
/// # Errors
/// One line: what is missing, or what Valgrind said.
pub(crate) fn instructions(case: &str, requests: usize) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let done = Command::new("valgrind")
        .env("GLIBC_TUNABLES", STEADY_MALLOC)
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(program)
        .args([case, &requests.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be run ({error}): install Debian's package valgrind"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    let count = said
        .lines()
        .find_map(|line| line.split_once("refs:").map(|(_, count)| count.trim().replace(',', "")));
    match count.and_then(|count| count.parse().ok()) {
        Some(count) if done.status.success() => Ok(count),
        _ => Err(format!("valgrind did not count {case}:\n{said}")),
    }
}
