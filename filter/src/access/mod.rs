//! Who may enter where: the rules, read for a request's host, path and method.
//!
//! Everything here is pure and takes hosts and paths as [`crate::web`] reads them. It knows `config`'s validated
//! types and nothing of sessions, tokens or pages: who asks is an argument ([`rules::Who`]). A change here
//! must never make an answer less strict for a path that several servers read differently.

pub mod rules;
