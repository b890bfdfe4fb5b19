//! The validated configuration: parsed types, secrets resolved. After validation nothing in it can fail.

mod access;
mod client;
mod pages;
mod paths;
mod provider;
mod session;
mod upstream;

use std::fmt;

pub use access::*;
pub use client::*;
pub use pages::*;
pub use paths::*;
pub use provider::*;
pub use session::*;
pub use upstream::*;

pub use super::authentication::{Authenticated, Authentication};
pub use crate::web::cookie::SameSite;
pub use crate::web::host::HostPattern;
pub use crate::web::path::PathPattern;

/// The whole `pluginConfig`.
#[derive(Debug)]
pub struct Config {
    /// The OpenID Provider that signs people in.
    pub provider: Provider,
    /// Further issuers, whose access tokens some rules accept.
    pub issuers: Vec<Issuer>,
    /// This relying party.
    pub client: Client,
    /// What the browser holds.
    pub session: Session,
    /// What strangers may cause.
    pub budget: Budget,
    /// How the log names people.
    pub person_in_log: PersonInLog,
    /// Which claims say who somebody is.
    pub identity: Identity,
    /// The filter's own paths.
    pub paths: Paths,
    /// How the filter's own pages look.
    pub pages: Pages,
    /// What the application is told.
    pub upstream: Upstream,
    /// The hosts on which the filter acts; `None`: on every request.
    pub hosts: Option<Vec<HostPattern>>,
    /// First match wins; no match: authenticated.
    pub access: Vec<Rule>,
}

/// What strangers may cause in one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Fruitless sign-ins a second, of all sources together.
    pub sign_ins: u32,
    /// Whether each source's address has a budget of its own as well.
    pub by_address: bool,
}

/// How a line of the log names the person whom it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PersonInLog {
    /// Not at all.
    #[default]
    Nobody,
    /// By `sub`.
    Sub,
    /// By the email, whether or not it counts.
    Email,
}

/// A value that must never be written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the value out of the reach of `Debug`.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Which claim says what.
#[derive(Debug)]
pub struct Identity {
    /// What names a person to the application.
    pub user_claim: String,
    /// What the email rules and the email header look at.
    pub email_claim: String,
    /// What the group rules and the groups header look at: an array of strings, or one.
    pub groups_claim: String,
    /// What a person likes to be called by.
    pub preferred_username_claim: String,
    /// Whether an email with `email_verified: false` counts all the same.
    pub allow_unverified_email: bool,
}
