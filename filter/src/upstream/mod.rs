//! What the application is told, and by whom: law 3 in one place.
//!
//! [`Removal`] knows which headers and trailers of a client never reach the application, [`connection`] sees to it that
//! no proxy drops those of the filter on a client's behalf, [`identity`] makes those that the filter sends instead. Which
//! names have a meaning of their own, and so are removed from every request and may not be configured, is one table for
//! this room and for `config`: [`header_names`](crate::web::header_names).
//!
//! This room reads the validated configuration and knows no session: who is signed in comes as a borrowed view.

pub mod connection;
pub mod identity;
mod removal;

pub use identity::{Headers, Identity, TokenTexts, WantedTokens};
pub use removal::Removal;
