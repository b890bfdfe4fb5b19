//! Releases: what `scripts/release` makes and refuses, and what the workflows of GitHub call.

mod documents;
mod refused;
mod repository;
mod script;
mod workflows;
