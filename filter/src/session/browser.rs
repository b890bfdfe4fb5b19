//! One browser at one host: which cookies it brought, and where the cookies of the answer belong.

use super::CookieJar;
use super::cookie_scope::{CookieScope, CookieScopes};

/// As a request shows it.
#[derive(Debug)]
pub struct Browser<'a> {
    pub(super) scope: CookieScope<'a>,
    pub(super) jar: CookieJar<'a>,
}

impl<'a> Browser<'a> {
    /// At `host`, in normal form, with the values of the `cookie` headers.
    #[must_use]
    pub fn new(scopes: &'a CookieScopes, host: &'a str, cookies: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self { scope: scopes.at(host), jar: CookieJar::parse(cookies) }
    }

    /// The `cookie` header without our own cookies: `None` where none of ours is in it, empty where no other is left.
    #[must_use]
    pub fn cookies_of_others(&self) -> Option<Vec<u8>> {
        self.jar.without_ours(self.scope.scopes())
    }

    /// As much of it as the end of a sign-in needs. The values may be large, and many wait at once.
    #[must_use]
    pub fn remember(&self) -> RememberedBrowser {
        RememberedBrowser {
            host: self.scope.host().to_owned(),
            cookie_names: self.jar.names_of_ours(self.scope.scopes()),
        }
    }
}

/// A browser that waits for the end of its sign-in: its host, and the names of our cookies that it has.
#[derive(Clone, Debug)]
pub struct RememberedBrowser {
    host: String,
    /// As a `cookie` header without values.
    cookie_names: Vec<u8>,
}

impl RememberedBrowser {
    /// The browser again. Its cookies are there and hold nothing.
    #[must_use]
    pub fn recall<'a>(&'a self, scopes: &'a CookieScopes) -> Browser<'a> {
        Browser::new(scopes, &self.host, [self.cookie_names.as_slice()])
    }
}
