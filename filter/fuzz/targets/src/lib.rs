//! What the fuzzer runs, as plain functions: each takes any bytes and panics where a property does not hold.
//!
//! `filter/fuzz` hands them to libFuzzer, with nightly; the test beside this crate runs every file of the
//! corpora through them, on stable and with every other test. A target looks for more than panics: it says
//! what must be true of the outcome, by means of its own where it can, so that a mistake of the filter is not
//! repeated here.

mod cookies;
mod driver;
mod engine;
mod places;
mod provider;
mod reached;
mod readers;
mod support;

pub use cookies::{cookie_header, pending_login, sealed_cookie};
pub use driver::{driver, driver_reaches};
pub use engine::{engine, engine_reaches};
pub use places::{access_path, redirect_target};
pub use provider::{id_token, jwk_set, metadata, token_response};
pub use reached::Reached;

/// Any bytes go in; a panic is a finding.
pub type Target = fn(&[u8]);

/// Every target under the name of its corpus.
pub const ALL: [(&str, Target); 11] = [
    ("cookie_header", cookie_header),
    ("sealed_cookie", sealed_cookie),
    ("pending_login", pending_login),
    ("jwk_set", jwk_set),
    ("id_token", id_token),
    ("token_response", token_response),
    ("metadata", metadata),
    ("redirect_target", redirect_target),
    ("access_path", access_path),
    ("engine", engine),
    ("driver", driver),
];
