//! Vestibule signs people in with Okta, or any OpenID Provider, inside Envoy.
//!
//! The core decides and the host does. A request goes in as its headers, a decision comes out as an
//! [`engine::Step`]: forward it with these edits, answer it, make this call, or let it wait. Time and
//! randomness are arguments ([`inputs`]), so everything but `host` is tested as ordinary Rust.
//!
//! The rooms, and the one way in which they know each other:
//!
//! ```text
//! host ──> engine ──> oidc      what OIDC and the RFCs define, one file a concept
//!                       └─> jose   what is below it: signatures, JWK sets, private keys
//!                 ──> session   what the browser holds, sealed
//!                 ──> access    who may enter where
//!                 ──> upstream  what is removed from a request, and what the application is told
//!                 ──> page      what a person sees, and where a reply may send them
//!                     all ──> config   the validated configuration, whose private key is jose's
//!                     all ──> web      hosts, paths, URLs, cookies, times: each read by one parser
//! ```
//!
//! Three ways a request goes:
//!
//! 1. **No session:** `engine::request` finds the rule (`access`) and no session (`session`), `engine::sign_in`
//!    makes the authorization request (`oidc`) and a pending login (`session`), and replies with 302.
//! 2. **Callback:** `engine::callback` compares the state with the pending login, redeems the code by a call,
//!    verifies the ID token, asks userinfo where claims are missing, seals a session, and replies with 302.
//! 3. **Session:** `engine::request` finds the rule and the opened session, mostly in `session::cache`, and
//!    forwards. No call, no JSON, no signature.
//!
//! What everybody needs, metadata and keys, `engine::ready` fetches through the root context.

// Not `forbid`, which one module of `host` could not lift. `tests/unsafe_code.rs` counts those that do.
#![deny(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        // Clock, environment and randomness: see `filter/clippy.toml`.
        clippy::disallowed_methods,
        clippy::disallowed_types
    )
)]
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod access;
pub mod config;
#[allow(missing_docs, reason = "not written yet")]
pub mod engine;
#[cfg(target_arch = "wasm32")]
#[expect(clippy::disallowed_methods, reason = "the one room that asks the system")]
mod host;
pub mod inputs;
pub mod jose;
pub mod oidc;
pub mod page;
mod redacted;
pub mod session;
pub mod upstream;
pub mod web;
