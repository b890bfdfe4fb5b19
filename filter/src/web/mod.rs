//! The ground floor: what HTTP and URLs are made of, each read by one parser, for requests and the
//! configuration alike. Where two readers of one text differ, somebody passes between them.
//!
//! Everything here is a pure function of its text. It knows no other room, only [`crate::inputs`].

pub mod authority;
pub mod cookie;
pub mod header;
pub mod header_block;
pub mod header_names;
pub mod host;
pub mod path;
pub mod percent;
pub mod time;
pub mod url;
