//! What the end-to-end tests and the demo are made of.
//!
//! * [`stage`]: all of it together, in one line of a test;
//! * [`demo`]: all of it together, to look at;
//! * [`okta`]: a stand-in Okta;
//! * [`oidc_provider`]: a second provider, for real;
//! * [`application`]: what the filter protects; [`software`]: other people's in its place;
//! * [`envoy`]: a real Envoy with the filter in it;
//! * [`wire`]: the line between Envoy and the provider, which a test can cut or slow down;
//! * [`accessibility`] and [`looks`]: what a page is for everybody who reads it, and in which light;
//! * [`browser`]: a real Chromium; [`visitor`] and [`client`]: its plain counterpart, for what no browser would send.
//! * [`registry`] and [`image`]: a real registry, and the image that the product's own tool pushes there;
//! * [`migration`]: what the product's own tool makes of a setup with oauth2-proxy;
//! * [`istio`]: a mesh, for real;
//! * [`process`] and [`ports`]: the programs of which all this is made; [`terminal`]: one as somebody runs it;
//! * [`tools`]: the programs of others that the tests in Istio run.

pub mod accessibility;
pub mod acme;
pub mod application;
pub mod browser;
pub mod client;
pub mod demo;
pub mod envoy;
pub mod envoy_gateway;
mod html;
pub mod image;
pub mod istio;
pub mod jar;
pub mod leaks;
pub mod looks;
pub mod migration;
pub mod oidc_provider;
pub mod okta;
pub mod ports;
pub mod process;
pub mod reached;
pub mod registry;
pub mod scratch;
pub mod software;
pub mod stage;
pub mod terminal;
pub mod tools;
pub mod visitor;
mod webdriver;
pub mod wire;
