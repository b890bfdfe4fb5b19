//! The image in a real registry, and what the tools of others make of it.

mod docker;
mod pulled;
mod push;
mod referrers;
mod refused;
