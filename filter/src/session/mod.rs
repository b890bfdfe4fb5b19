//! What the browser holds: the session, its tokens and each sign-in under way, all of it sealed.
//!
//! This room reads the validated configuration and knows neither the provider nor the access rules.
//! Whoever changes what is sealed raises the version in `seal`: an older cookie is then no session.

pub mod cache;
pub mod cookie;
mod cookie_jar;
mod encoding;
pub mod fit;
pub mod pending_login;
pub mod refresh;
pub mod scope;
pub mod seal;
#[expect(clippy::module_inception, reason = "the room is named after its main subject")]
pub mod session;
pub mod tokens;

pub use cookie_jar::CookieJar;
pub use pending_login::PendingLogin;
pub use scope::Scope;
pub use seal::{Purpose, SealError, Sealer};
pub use session::Session;
pub use tokens::Tokens;
