//! The configuration contract: what people write (`raw`) and what the rooms read (`types`).
//!
//! Loading is a pure function of the bytes and the environment. Everything may read the validated
//! types; nothing else of this room is for others.

mod http_url;
mod types;

pub use http_url::{HttpUrl, HttpUrlError, is_loopback};
pub use types::*;
