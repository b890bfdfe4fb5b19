//! What a person sees, and where a reply may send them: answers as data, their words, how they are rendered, redirects
//! that are safe.
//!
//! A [`Reply`] is a decision: a reason, and what its page needs. [`render`] makes the answer of it, at the edge. What
//! comes from a request is checked before it is shown or put in a `Location`. This room knows neither sessions nor
//! the provider.

mod cause;
mod explanation;
mod log_line;
mod reason;
pub mod redirect;
mod render;
mod reply;
mod style;

pub use cause::Cause;
pub use explanation::{Explanation, explanation};
pub use log_line::{LogLine, Severity};
pub use reason::Reason;
pub use render::{LocalReply, render};
pub use reply::{Challenge, Content, Link, ProviderSaid, Reader, Reply};
