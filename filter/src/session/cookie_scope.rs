//! To whom a cookie belongs: one host, or a domain and every host below it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::seal::{Owner, OwnerKind};
use crate::config::{self, Config};
use crate::web::host::longest_domain;

/// Characters of the name of a binding, after its prefix.
pub(super) const BINDING_NAME: usize = 4;
/// Characters of the name of a deep link's cookie, after its prefix.
pub(super) const DEEP_LINK_NAME: usize = 8;

/// The names of our cookies, made once from the configuration.
#[derive(Debug)]
pub struct CookieScopes {
    host_only: Names,
    domain: Names,
    /// `vestibule`, to recognise our cookies under every prefix.
    family: String,
    domains: Vec<String>,
    same_site: config::SameSite,
    secure: bool,
    issuer: String,
    client_id: String,
    /// `paths.prefix`.
    prefix: String,
}

#[derive(Debug)]
struct Names {
    session: String,
    tokens: String,
    id_token: String,
    sign_out: String,
    binding: String,
    deep_link: String,
}

/// The scope of one request's cookies.
#[derive(Clone, Copy, Debug)]
pub struct CookieScope<'a> {
    scopes: &'a CookieScopes,
    host: &'a str,
    domain: Option<&'a str>,
}

impl CookieScopes {
    /// For all hosts of one configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let cookie = &config.session.cookie;
        // RFC 6265bis §4.1.3: `__Host-` is for cookies of exactly one host, `__Secure-` for the others.
        let prefix = |secure_prefix| if cookie.secure { secure_prefix } else { "" };
        let path_prefix = prefix("__Secure-");
        let names = |prefix: &str| Names {
            session: format!("{prefix}{}", cookie.name),
            tokens: format!("{prefix}{}_t", cookie.name),
            // It has a path of its own, which `__Host-` does not allow.
            id_token: format!("{path_prefix}{}_i", cookie.name),
            sign_out: format!("{prefix}{}_out", cookie.name),
            binding: format!("{prefix}{}_b_", cookie.name),
            deep_link: format!("{prefix}{}_d_", cookie.name),
        };
        Self {
            host_only: names(prefix("__Host-")),
            domain: names(prefix("__Secure-")),
            family: cookie.name.clone(),
            issuer: config.provider.issuer.as_str().to_owned(),
            client_id: config.client.id.clone(),
            prefix: config.paths.prefix.clone(),
            domains: cookie.domains.clone(),
            same_site: cookie.same_site,
            secure: cookie.secure,
        }
    }

    /// The scope on `host`; `domain` is the configured cookie domain that covers it, if one does.
    #[must_use]
    pub fn on<'a>(&'a self, host: &'a str, domain: Option<&'a str>) -> CookieScope<'a> {
        CookieScope { scopes: self, host, domain }
    }

    /// The scope on `host`, by the longest of the configured cookie domains that covers it.
    #[must_use]
    pub fn at<'a>(&'a self, host: &'a str) -> CookieScope<'a> {
        self.on(host, longest_domain(&self.domains, host))
    }

    /// What the names of shared data begin with: another plugin, client or version has other names.
    #[must_use]
    pub fn shared_prefix(&self) -> String {
        let Owner { issuer, client_id, cookie_name, .. } = self.shared_owner();
        let mut hash = Sha256::new();
        for part in [issuer, client_id, cookie_name] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = URL_SAFE_NO_PAD.encode(hash.finalize());
        format!("vestibule/{}/{hash}", super::seal::VERSION)
    }

    /// The owner of what the workers of one Envoy tell each other, and the hosts that have this client in common.
    #[must_use]
    pub fn shared_owner(&self) -> Owner<'_> {
        Owner {
            issuer: &self.issuer,
            client_id: &self.client_id,
            cookie_name: &self.family,
            scope: "",
            kind: OwnerKind::Workers,
        }
    }

    /// Whether a cookie of this name is ours, under whatever prefix: such a cookie is not for the
    /// application.
    #[must_use]
    pub fn is_ours(&self, name: &[u8]) -> bool {
        let name = name.strip_prefix(b"__Host-").or_else(|| name.strip_prefix(b"__Secure-")).unwrap_or(name);
        let Some(rest) = name.strip_prefix(self.family.as_bytes()) else { return false };
        if let [b'_', kind @ (b'b' | b'd'), b'_', id @ ..] = rest {
            let length = if *kind == b'b' { BINDING_NAME } else { DEEP_LINK_NAME };
            return is_base64url(id, length);
        }
        let kinds = [b"_t".as_slice(), b"_i", b"_out"];
        let rest = kinds.iter().find_map(|kind| rest.strip_prefix(*kind)).unwrap_or(rest);
        match rest {
            [] => true,
            [b'_', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        }
    }
}

impl<'a> CookieScope<'a> {
    /// The request's host.
    #[must_use]
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// What goes into `Domain=`; none for a host-only cookie.
    #[must_use]
    pub fn domain(&self) -> Option<&'a str> {
        self.domain
    }

    /// Its name, prefix included.
    #[must_use]
    pub fn session_cookie(&self) -> &'a str {
        &self.names().session
    }

    /// Its name, prefix included.
    #[must_use]
    pub fn tokens_cookie(&self) -> &'a str {
        &self.names().tokens
    }

    /// The ID token, where only signing out needs it: below the filter's own paths.
    #[must_use]
    pub fn id_token_cookie(&self) -> CookieAt<'a> {
        CookieAt { name: &self.names().id_token, path: &self.scopes.prefix }
    }

    /// Its name, prefix included.
    #[must_use]
    pub fn sign_out_cookie(&self) -> &'a str {
        &self.names().sign_out
    }

    /// Of the cookies that bind sign-ins to a browser, which are always host-only.
    #[must_use]
    pub fn binding_cookie_prefix(&self) -> &'a str {
        &self.scopes.host_only.binding
    }

    /// Of the cookies of long deep links, which are always host-only.
    #[must_use]
    pub fn deep_link_cookie_prefix(&self) -> &'a str {
        &self.scopes.host_only.deep_link
    }

    /// Whether cookies are set with `Secure`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scopes.secure
    }

    /// Of the session and token cookies.
    #[must_use]
    pub fn same_site(&self) -> config::SameSite {
        self.scopes.same_site
    }

    /// The owner of the session and token cookies, and of the mark of a sign-out.
    #[must_use]
    pub fn owner(&self) -> Owner<'a> {
        match self.domain {
            Some(domain) => self.owner_at(domain, OwnerKind::Domain),
            None => self.host_owner(),
        }
    }

    /// The owner of what is always host-only.
    #[must_use]
    pub fn host_owner(&self) -> Owner<'a> {
        self.owner_at(self.host, OwnerKind::Host)
    }

    fn owner_at(&self, scope: &'a str, kind: OwnerKind) -> Owner<'a> {
        let CookieScopes { issuer, client_id, family, .. } = self.scopes;
        Owner { issuer, client_id, cookie_name: family, scope, kind }
    }

    fn names(&self) -> &'a Names {
        if self.domain.is_some() { &self.scopes.domain } else { &self.scopes.host_only }
    }
}

/// A cookie by its name, prefix included, and the path below which browsers send it.
#[derive(Clone, Copy, Debug)]
pub struct CookieAt<'a> {
    /// As a browser knows it.
    pub name: &'a str,
    /// RFC 6265 §5.1.4.
    pub path: &'a str,
}

/// Sent with every request.
impl<'a> From<&'a str> for CookieAt<'a> {
    fn from(name: &'a str) -> Self {
        Self { name, path: "/" }
    }
}

/// Whether it could be so many characters of base64url (RFC 4648 §5).
pub(super) fn is_base64url(text: &[u8], length: usize) -> bool {
    text.len() == length && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(crate) fn scopes(secure: bool) -> CookieScopes {
        named("vestibule", secure)
    }

    pub(crate) fn named(name: &str, secure: bool) -> CookieScopes {
        let configuration = format!(
            r#"{{"provider": {{"issuer": "https://op.example"}}, "client": {{"id": "app"}}, "session":
                {{"secrets": [{{"value": "0123456789abcdef0123456789abcdef"}}],
                "cookie": {{"name": "{name}", "secure": {secure}}}}}}}"#
        );
        CookieScopes::new(&config::load(configuration.as_bytes(), &|_| None).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::scopes;

    #[test]
    fn prefixes_follow_the_scope() {
        let secure = scopes(true);
        assert_eq!(secure.on("a.example", None).session_cookie(), "__Host-vestibule");
        assert_eq!(secure.on("a.example", Some("example")).session_cookie(), "__Secure-vestibule");
        assert_eq!(secure.on("a.example", Some("example")).binding_cookie_prefix(), "__Host-vestibule_b_");
        assert_eq!(scopes(false).on("localhost", None).tokens_cookie(), "vestibule_t");
        let at = secure.on("a.example", None).id_token_cookie();
        assert_eq!((at.name, at.path), ("__Secure-vestibule_i", "/oauth2"));
    }

    #[test]
    fn our_cookies_are_known_and_others_are_not() {
        let scopes = scopes(true);
        for ours in [
            "vestibule",
            "__Host-vestibule",
            "__Secure-vestibule_1",
            "vestibule_t",
            "vestibule_t_12",
            "__Secure-vestibule_i",
            "vestibule_i_1",
            "vestibule_out",
            "__Secure-vestibule_out",
            "__Host-vestibule_b_abc-",
            "__Host-vestibule_d_abcd_fg0",
        ] {
            assert!(scopes.is_ours(ours.as_bytes()), "{ours}");
        }
        for other in [
            "vestibules",
            "vestibule_x",
            "vestibule_outer",
            "vestibule_t_out",
            "vestibule_",
            "my-vestibule",
            "VESTIBULE",
            "",
            "__Host-",
        ] {
            assert!(!scopes.is_ours(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_domain_and_a_host_of_one_name_are_different_owners() {
        let scopes = scopes(true);
        let host = scopes.on("example.com", None);
        let domain = scopes.on("example.com", Some("example.com"));
        assert_ne!(host.session_cookie(), domain.session_cookie());
        assert_ne!(host.owner().kind, domain.owner().kind);
    }
}
