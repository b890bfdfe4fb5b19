//! What a person sees, and where a reply may send them.
//!
//! It knows `config`'s validated types only. What comes from a request is checked here before it is shown
//! or put in a `Location`.

pub mod redirect;
