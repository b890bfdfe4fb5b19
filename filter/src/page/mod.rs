//! What a person sees, and where a reply may send them: answers as data, their words, how they are rendered, redirects
//! that are safe.
//!
//! A [`Reply`] is a decision: a reason, and what its page needs. [`render`] makes the answer of it, at the edge. What
//! comes from a request is checked before it is shown or put in a `Location`. How pages look and what they say, in which
//! language, is made once from the configuration ([`Pages`]); what a program reads is English, whatever is configured.
//! This room knows neither sessions nor the provider.

mod accept_language;
mod cause;
mod colour;
mod explanation;
mod german;
mod label;
mod log_line;
mod pages;
mod reason;
pub mod redirect;
mod render;
mod reply;
mod shown;
mod style;

pub use cause::Cause;
pub use explanation::{Explanation, explanation};
pub use label::Label;
pub use log_line::{LogLine, Severity};
pub use pages::{Pages, Presentation};
pub use reason::Reason;
pub use render::{LocalReply, render};
pub use reply::{Challenge, Content, Link, ProviderSaid, Reader, Reply};
pub use shown::{MOST_GROUPS, Shown};
