//! The configuration contract: what people write (`raw`, read from the JSON by `read`), how it is checked
//! (`validate`, `grammar`) and what the rooms read (`types`).
//!
//! Loading is a pure function of the bytes and the environment. It tells all faults at once (`faults`): what is wrong
//! in shape and what is wrong in value, each once, in the order of the contract. Everything may read the validated
//! types; nothing else of this room is for others.

mod error;
mod faults;
mod grammar;
mod http_url;
mod load;
mod node;
mod private_key;
mod raw;
mod read;
#[cfg(feature = "schema")]
mod reference;
#[cfg(feature = "schema")]
mod schema;
mod types;
mod unsupported;
mod validate;

pub use error::{ConfigError, ConfigErrors};
pub use http_url::{HttpUrl, HttpUrlError, is_loopback};
pub use load::load;
pub use private_key::PrivateKey;
#[cfg(test)]
pub(crate) use private_key::testing;
#[cfg(feature = "schema")]
pub use reference::reference;
#[cfg(feature = "schema")]
pub use schema::schema;
pub use types::*;
pub use unsupported::{UNSUPPORTED, Unsupported};
