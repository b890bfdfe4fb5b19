//! What the tests of several crates share: those in `filter/tests`, the fuzz targets, and `e2e`.
//!
//! * [`configuration`]: the smallest configuration, with what a test changes in it; [`merge`] changes any JSON;
//! * [`metadata_json`]: what the provider of that configuration says of itself, and [`ok`] and [`answer`] how a call ends;
//! * [`TestEntropy`] and [`TestShared`]: randomness that repeats itself, and the shared data of an Envoy;
//! * [`long_name`]: names that take their room also where they are deflated;
//! * [`recipes`]: those of the page "which rule do I need", and requests under each.
//!
//! It is built upon the filter's library, so the unit tests in `filter/src` cannot use it.

mod configuration;
mod entropy;
mod names;
mod provider;
pub mod recipes;
mod shared;

pub use configuration::{CLIENT_SECRET, HOST, ISSUER, SESSION_SECRET, configuration, merge};
pub use entropy::TestEntropy;
pub use names::long_name;
pub use provider::{answer, metadata_json, ok};
pub use shared::TestShared;
