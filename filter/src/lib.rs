//! Vestibule signs people in with Okta, or any OpenID Provider, inside Envoy.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

#[forbid(unsafe_code)]
pub mod access;
#[forbid(unsafe_code)]
pub mod config;
#[forbid(unsafe_code)]
pub mod engine;
#[cfg(target_arch = "wasm32")]
mod host;
#[forbid(unsafe_code)]
pub mod inputs;
#[forbid(unsafe_code)]
pub mod oidc;
#[forbid(unsafe_code)]
pub mod page;
#[forbid(unsafe_code)]
mod redacted;
#[forbid(unsafe_code)]
pub mod session;
