//! Who may enter where: the request's host and path in one form, and the rules that are read from them.
//!
//! Everything here is pure and takes the bytes of a request as they arrived. It knows `config`'s validated
//! types and nothing of sessions, tokens or pages: who asks is an argument ([`rules::Who`]). A change here
//! must never make an answer less strict for a path that several servers read differently.

pub mod host;
pub mod path;
pub mod rules;
