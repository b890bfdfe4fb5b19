//! What the browser holds: the session and its tokens, sealed; and what proves that it began a sign-in, which is sealed in
//! `state`.
//!
//! The [`vault`] is the door: it opens, seals, caches and knows the cookies of a [`Browser`]. Behind it lie what is kept
//! ([`session`], [`tokens`], [`pending_login`] with its binding), how it is sealed ([`seal`]) and how it becomes cookies. This room reads the
//! validated configuration and knows neither the provider nor the access rules. Whoever changes what is sealed raises
//! the version in `seal`: an older cookie is then no session.

mod binding;
mod browser;
pub mod cache;
pub mod chunk;
pub mod cookie;
mod cookie_jar;
pub mod cookie_scope;
mod deep_link;
mod deflate;
mod encoding;
pub mod fit;
mod left_out;
mod logout;
mod openings;
pub mod pending_login;
pub mod seal;
#[expect(clippy::module_inception, reason = "the room is named after its main subject")]
pub mod session;
pub mod shared_issuer;
pub mod shared_refresh;
pub mod shared_roll;
mod sign_in_id;
pub mod sign_out_mark;
mod step_up;
mod token_set;
pub mod tokens;
pub mod vault;

pub use browser::{Browser, RememberedBrowser};
pub use cookie_jar::CookieJar;
pub use cookie_scope::CookieScope;
pub use left_out::{LeftOut, Surplus};
pub use openings::Openings;
pub use pending_login::PendingLogin;
pub use seal::{Purpose, SealError, Sealer};
pub use session::Session;
pub use sign_in_id::SignInId;
pub use token_set::TokenSet;
pub use tokens::Tokens;
pub use vault::Vault;
