//! Who may enter where: the request's host and path in one form, and the rules, compiled once.
//!
//! A request is judged in two steps, because the first needs nobody to be known: [`Policy::rule_for`] finds the
//! rule, [`Ruling::judge`] says what it means for whoever asks. The answer is a [`Verdict`]: an owned value that
//! says which rule decided and what was missing.
//!
//! Everything here is pure and takes the bytes of a request as they arrived. It knows `config`'s validated
//! types and nothing of sessions, tokens or pages: who asks is an argument ([`Who`]). Nobody else walks the
//! configured rules. A change here must never make an answer less strict for a path that several servers read
//! differently.

pub mod host;
pub mod path;

mod by_host;
mod policy;
mod requirement;
mod ruling;
mod verdict;

pub use policy::{Asked, Policy};
pub use requirement::{Need, Who};
pub use ruling::{Allows, Ruling};
pub use verdict::{Judgement, Verdict};
