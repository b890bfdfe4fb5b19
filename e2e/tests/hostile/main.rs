//! A hostile provider.

mod discovery;
mod endpoints;
mod id_tokens;
mod responses;
mod signatures;
mod userinfo;
mod world;
