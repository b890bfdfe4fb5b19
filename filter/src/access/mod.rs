//! Who may enter where: the rules, compiled once, for a request's host, path and method.
//!
//! A request is judged in two steps, because the first needs nobody to be known: [`Policy::rule_for`] finds the
//! rule, [`Ruling::judge`] says what it means for whoever asks. The answer is a [`Verdict`]: an owned value that
//! says which rule decided and what was missing.
//!
//! Everything here is pure and takes hosts and paths as [`crate::web`] reads them. It knows `config`'s validated
//! types and nothing of sessions, tokens or pages: who asks is an argument ([`Who`]). Nobody else walks the
//! configured rules. A change here must never make an answer less strict for a path that several servers read
//! differently.

mod auth_query;
mod bearer;
mod by_host;
mod by_path;
mod policy;
mod requirement;
mod ruling;
mod source;
mod verdict;
mod why_not;

pub use auth_query::{AuthQuery, UnknownParameter};
pub use bearer::{Token, TokenKind, TokenRefused};
pub use policy::{Asked, Policy};
pub use requirement::{Need, Who};
pub use ruling::{Allows, Ruling};
pub use source::Source;
pub use verdict::{Judgement, Verdict};
pub use why_not::WhyNot;
