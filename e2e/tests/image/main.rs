//! The image in a real registry, and what the tools of others make of it.

mod cloud;
mod docker;
mod pulled;
mod push;
mod pusher;
mod referrers;
mod refused;
mod stub;
mod tls;
