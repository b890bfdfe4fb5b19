//! What the end-to-end tests and the demo are made of.
//!
//! * [`stage`]: all of it together, in one line of a test;
//! * [`envoy`]: a real Envoy with the filter in it;
//! * [`wire`]: the line between Envoy and the provider, which a test can cut or slow down;
//! * [`browser`]: a real Chromium; [`client`] a plain client, for what no browser would send.

pub mod browser;
pub mod client;
pub mod envoy;
mod envoy_config;
pub mod scratch;
mod webdriver;
pub mod wire;
