//! The configuration contract: what people write (`raw`, read from the JSON by `read`), how it is checked
//! (`validate`, `grammar`) and what the rooms read (`types`).
//!
//! Loading is a pure function of the bytes and the environment. It tells all faults at once (`faults`): what is wrong
//! in shape and what is wrong in value, each once, in the order of the contract. Everything may read the validated
//! types; nothing else of this room is for others. A private key among them is a [`crate::jose::PrivateKey`], which
//! knows by itself which texts are keys.

mod authentication;
mod error;
mod faults;
mod grammar;
mod load;
mod message_keys;
mod node;
mod raw;
mod read;
#[cfg(feature = "schema")]
mod reference;
#[cfg(feature = "schema")]
mod schema;
mod types;
mod validate;

pub use error::{ConfigError, ConfigErrors};
pub use load::load;
pub use message_keys::{PAGE_LABELS, PAGE_LABELS_KEY, PAGE_PARTS, PAGE_REASONS};
#[cfg(feature = "schema")]
pub use reference::reference;
#[cfg(feature = "schema")]
pub use schema::schema;
pub use types::*;
pub use validate::is_protocol_param;

pub use crate::web::url::{HttpUrl, HttpUrlError};
