//! A hostile provider.

mod discovery;
mod id_tokens;
mod responses;
mod signatures;
mod userinfo;
mod world;
