//! What a person sees, and where a reply may send them: pages, redirects that are safe, errors with their
//! reason codes. What comes from a request is checked here before it is shown or put in a `Location`.

mod reason;
pub mod redirect;
mod reply;

pub use reason::{Explanation, Reason};
pub use reply::{Audience, Button, LocalReply};
