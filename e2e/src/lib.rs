//! What the end-to-end tests and the demo are made of.
//!
//! * [`okta`]: a stand-in Okta;
//! * `application`: what the filter protects.

mod html;
pub mod okta;
