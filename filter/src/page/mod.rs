//! What a person sees: pages, redirects that are safe, errors with their reason codes.

mod reason;
mod reply;

pub use reason::{Explanation, Reason};
pub use reply::{Audience, Button, LocalReply};
