//! What the end-to-end tests and the demo are made of.
//!
//! * [`okta`]: a stand-in Okta;
//! * [`application`]: what the filter protects;
//! * [`demo`]: both of them with Envoy in between, to look at.

pub mod application;
pub mod demo;
mod html;
pub mod okta;
