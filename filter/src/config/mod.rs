//! The configuration contract: what people write (`raw`), how it is checked (`validate`, `grammar`) and what
//! the rooms read (`types`).
//!
//! Loading is a pure function of the bytes and the environment. Everything may read the validated
//! types; nothing else of this room is for others. A private key among them is a [`crate::jose::PrivateKey`], which
//! knows by itself which texts are keys.

mod error;
mod grammar;
mod load;
mod node;
mod raw;
#[cfg(not(target_arch = "wasm32"))]
mod reference;
#[cfg(not(target_arch = "wasm32"))]
mod schema;
mod types;
mod unsupported;
mod validate;

pub use error::ConfigError;
pub use load::load;
#[cfg(not(target_arch = "wasm32"))]
pub use reference::reference;
#[cfg(not(target_arch = "wasm32"))]
pub use schema::schema;
pub use types::*;
pub use unsupported::{UNSUPPORTED, Unsupported};

pub use crate::web::url::{HttpUrl, HttpUrlError};
