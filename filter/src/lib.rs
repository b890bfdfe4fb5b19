//! Vestibule signs people in with Okta, or any OpenID Provider, inside Envoy.
//!
//! The core decides and the host does. A request goes in as its headers, a decision comes out as an
//! [`engine::Step`]: forward it with these edits, answer it, make this call, or let it wait. Time, randomness and
//! whatever else a decision needs are arguments ([`inputs`]), so everything but `host` is tested as ordinary Rust.
//!
//! # The house
//!
//! Each room knows those below it and none above. `filter/tests/rooms.rs` reads the imports and holds them to this.
//!
//! ```text
//!   host        the only room that knows proxy-wasm: hostcalls become events, effects become hostcalls
//!     │
//!   driver      who waits and until when, whose call is under way, limits, the next tick
//!     │
//!   engine      what a request means: each machine of a sign-in, a session and their ends in a file
//!     │
//!     ├──────────┬──────────┬──────────┬──────────┐     these five do not know each other
//!   oidc      session     access    upstream    page
//!   OIDC and  what the    who may   what the    what a person
//!   the RFCs  browser     enter     application sees, and where
//!     │       holds       where     is told     a reply may lead
//!     │          │          │          │          │
//!     ├──────────┴──────────┴──────────┴──────────┘
//!   config      the configuration: read, validated, and in the types that all read
//!     │
//!     ├────────── jose   signatures, JWK sets, private keys: below `oidc`, and the client's key in `config`
//!     │
//!   web         hosts, paths, URLs, octets, cookies, times, names of headers: each read by one parser
//! ```
//!
//! `inputs` and `redacted` are the ground that everybody stands on.
//!
//! # Three ways a request goes
//!
//! Each front to back, with no way back:
//!
//! 1. **No session:** `host` → [`driver`] → `engine::request` → [`access`] (the rule) → [`session`] (none) →
//!    `engine::sign_in` → [`oidc`] (the authorization request) and `session` (the sealed sign-in) → 302.
//! 2. **Callback:** `host` → `driver` → `engine::request` → `engine::endpoints` → `engine::callback` → `oidc` (the
//!    authorization response) → `session` (the sign-in of this browser) → `oidc` (the token request): a call. Its answer:
//!    `driver` → `engine::callback` → `engine::exchange` → `oidc` (ID token, and userinfo where claims are missing) →
//!    `session` (the sealed session) → 302.
//! 3. **Session:** `host` → `driver` → `engine::request` → `access` (the rule) → `session` (mostly in its cache) →
//!    `access` (the verdict) → [`upstream`] (the headers) → forward. No call, no JSON, no signature.
//!
//! What everybody needs, metadata and keys and renewed tokens, `engine::discovery` and `engine::refresh` fetch through the
//! root context: one worker for all in an Envoy, through shared data, and each for itself where those fail.

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
pub mod driver;
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
