//! What a fleet of gateways asks of the provider, by the filter's own core: thousands of drivers, a clock that the program
//! moves, and a provider with Okta's published limits. No Envoy, no network.
//!
//! ```text
//! cargo bench --locked -p vestibule --bench fleet     a few minutes; writes e2e/bench/fleet.md and fleet.svg
//! ```

mod curve;
mod gateway;
mod okta;
mod report;
mod scenarios;
#[path = "../../tests/engine/world/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
mod world;

fn main() {
    let text = report::text();
    println!("{text}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../e2e/bench/fleet.md");
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
}
