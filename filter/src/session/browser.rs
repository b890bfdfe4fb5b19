//! One browser at one host: which cookies it brought, and where the cookies of the answer belong.

use super::cookie_scope::{BINDING_NAME, CookieScope, CookieScopes, is_base64url};

/// More than tabs that begin at the same moment; whoever brings more gets the rest ignored.
pub(super) const MAX_BINDINGS: usize = 32;
use super::CookieJar;

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
        Self { scope: scopes.at(host), jar: CookieJar::parse(scopes, cookies) }
    }

    /// Of a scope and the cookies that came.
    #[must_use]
    pub fn of(scope: CookieScope<'a>, jar: CookieJar<'a>) -> Self {
        Self { scope, jar }
    }

    /// The `cookie` header without our own cookies: `None` where none of ours is in it, empty where no other is left.
    #[must_use]
    pub fn cookies_of_others(&self) -> Option<Vec<u8>> {
        self.jar.without_ours()
    }

    /// What binds sign-ins to it: names that we could have made, without the prefix, and what they hold.
    pub(super) fn held_bindings(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let all = self.jar.beginning_with(self.scope.binding_cookie_prefix());
        all.filter(|(name, _)| is_base64url(name.as_bytes(), BINDING_NAME)).take(MAX_BINDINGS)
    }

    /// The names of these cookies.
    pub(super) fn binding_names(&self) -> impl Iterator<Item = String> {
        self.held_bindings().map(|(name, _)| format!("{}{name}", self.scope.binding_cookie_prefix()))
    }

    /// As much of it as the end of a sign-in needs: cookies may be large, and many browsers wait at once.
    #[must_use]
    pub fn remember(&self) -> RememberedBrowser {
        let Self { scope, jar } = self;
        let names = [scope.session_cookie(), scope.tokens_cookie(), scope.id_token_cookie().name];
        let there: Vec<String> =
            names.into_iter().flat_map(|name| jar.chunk_names(name, 0)).chain(self.binding_names()).collect();
        RememberedBrowser { host: scope.host().to_owned(), cookie_names: there.join("; ") }
    }
}

/// A browser that waits for the end of its sign-in: its host, and which cookies of sessions and sign-ins it has.
#[derive(Clone, Debug)]
pub struct RememberedBrowser {
    host: String,
    /// As a `cookie` header without values.
    cookie_names: String,
}

impl RememberedBrowser {
    /// The browser again. Its cookies are there and hold nothing.
    #[must_use]
    pub fn recall<'a>(&'a self, scopes: &'a CookieScopes) -> Browser<'a> {
        Browser::new(scopes, &self.host, [self.cookie_names.as_bytes()])
    }

    /// What it holds. Bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.host.len().saturating_add(self.cookie_names.len())
    }
}
