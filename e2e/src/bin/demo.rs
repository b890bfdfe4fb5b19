//! `scripts/demo`: the filter in Envoy, to look at.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match vestibule_e2e::demo::run(std::env::args().skip(1)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}
