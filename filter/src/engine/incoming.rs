//! A request as the engine looks at it: parsed strictly, or not at all.

use std::borrow::Cow;

use super::headers::Request;
use super::links::Links;
use crate::config::{Config, RedirectDomain, Unauthenticated};
use crate::page::redirect::OwnOrigin;
use crate::page::{Reader, Reason};
use crate::session::Browser;
use crate::session::cookie_scope::CookieScopes;
use crate::web::authority::Authority;
use crate::web::path::NormalPath;

/// The parts of a request on which the filter acts.
#[derive(Debug)]
pub(super) struct Incoming<'r> {
    pub(super) request: &'r Request,
    pub(super) method: &'r [u8],
    pub(super) authority: Authority<'r>,
    pub(super) path: NormalPath<'r>,
}

impl<'r> Incoming<'r> {
    /// # Errors
    /// The reason why the request cannot be read in one way only.
    pub(super) fn parse(request: &'r Request, authority: Authority<'r>) -> Result<Self, Reason> {
        let method = request.only(":method").ok_or(Reason::PathInvalid)?;
        // HTTP/2 carries any case and frameworks raise it: rules would see another method than the application.
        if method.iter().any(u8::is_ascii_lowercase) {
            return Err(Reason::MethodInvalid);
        }
        // CONNECT has no path that a rule could match (RFC 9110 §9.3.6).
        let path = request.only(":path").filter(|_| method != b"CONNECT").ok_or(Reason::PathInvalid)?;
        let path = NormalPath::parse(path).map_err(|_| Reason::PathInvalid)?;
        if has_several_authorizations(request) {
            return Err(Reason::AuthorizationAmbiguous);
        }
        Ok(Self { request, method, authority, path })
    }

    pub(super) fn host(&self) -> &str {
        self.authority.host()
    }

    /// `https` with secure cookies, whatever a header says; else as Envoy has it.
    pub(super) fn scheme(&self, config: &Config) -> &'static str {
        let forwarded = || self.request.only("x-forwarded-proto") == Some(b"https");
        if config.session.cookie.secure || forwarded() { "https" } else { "http" }
    }

    /// Scheme and authority as the browser has them; the scheme's own port is left out.
    pub(super) fn origin(&self, config: &Config) -> String {
        let scheme = self.scheme(config);
        format!("{scheme}://{}", self.origin_authority(scheme))
    }

    fn origin_authority(&self, scheme: &str) -> String {
        match (scheme, self.authority.port()) {
            ("https", Some(443)) | ("http", Some(80)) => self.authority.host().to_owned(),
            _ => self.authority.to_string(),
        }
    }

    /// What of `target` is a safe place to go to.
    pub(super) fn safe_redirect(
        &self,
        target: &[u8],
        config: &Config,
        allowed: &[RedirectDomain],
    ) -> Option<String> {
        let scheme = self.scheme(config);
        let authority = self.origin_authority(scheme);
        crate::page::redirect::safe_redirect(target, &OwnOrigin { scheme, authority: &authority }, allowed)
    }

    /// The first value of a query parameter, form-decoded.
    pub(super) fn query_parameter(&self, name: &str) -> Option<String> {
        self.query_parameters(name).next().map(Cow::into_owned)
    }

    /// All of its values, likewise.
    pub(super) fn query_parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
        let query = self.path.query().unwrap_or_default();
        url::form_urlencoded::parse(query).filter(move |(own, _)| own == name).map(|(_, value)| value)
    }

    /// The browser, as its cookies show it here.
    pub(super) fn browser<'a>(&'a self, scopes: &'a CookieScopes) -> Browser<'a> {
        Browser::new(scopes, self.host(), self.request.all("cookie"))
    }

    /// Where the provider sends the browser back to: configured, or on the request's own origin.
    pub(super) fn redirect_uri(&self, config: &Config, links: &Links) -> String {
        match &config.paths.redirect_uri {
            Some(uri) => uri.as_str().to_owned(),
            None => format!("{}{}", self.origin(config), links.callback()),
        }
    }

    pub(super) fn is_get(&self) -> bool {
        is_get(self.request)
    }

    /// Whether a sign-in may begin with this request (law 7): a person looks at a document that can be
    /// replaced. Prefetches, frames, scripts and unsafe methods get an answer that they can understand.
    pub(super) fn may_start_sign_in(&self, unauthenticated: Unauthenticated) -> bool {
        match unauthenticated {
            Unauthenticated::Auto => is_navigation(self.request),
            Unauthenticated::Redirect => {
                is_get(self.request)
                    && !is_prefetch(self.request)
                    && fetched_as(self.request) != Fetched::Otherwise
            }
            Unauthenticated::Status => false,
        }
    }

    pub(super) fn reader(&self) -> Reader {
        reader(self.request)
    }

    /// Who reads the answer to what a person does not look at.
    pub(super) fn program(&self) -> Reader {
        program(self.request)
    }

    /// Whether the browser only looks ahead: nobody sees the answer.
    pub(super) fn is_prefetch(&self) -> bool {
        is_prefetch(self.request)
    }

    /// Who has caused this request, as far as that is known.
    pub(super) fn cause(&self, config: &Config) -> Cause {
        let site = self.request.only("sec-fetch-site");
        let is_of_another_site = match site {
            Some(site) => site != b"same-origin" && site != b"none",
            None => false,
        };
        if is_prefetch(self.request) {
            return Cause::AnotherSite;
        }
        if !is_get(self.request) {
            // Every browser says where a form or a script that posts is from.
            let is_own = match site {
                Some(site) => site == b"same-origin",
                None => self.request.only("origin") == Some(self.origin(config).as_bytes()),
            };
            return if is_own { Cause::Person } else { Cause::AnotherSite };
        }
        match fetched_as(self.request) {
            Fetched::Document if site == Some(b"cross-site") => Cause::LinkOfAnotherSite,
            Fetched::Document => Cause::Person,
            Fetched::Otherwise | Fetched::Unsaid if is_of_another_site => Cause::AnotherSite,
            Fetched::Otherwise | Fetched::Unsaid => Cause::Person,
        }
    }
}

/// Who has caused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The person, or a page of this origin. A link or a typed address of the same site counts as the person's.
    Person,
    /// A page of another site has led the person here: by a link, a form or a script.
    LinkOfAnotherSite,
    /// Another site, or a page of another origin, without the person going anywhere.
    AnotherSite,
}

/// Who reads the answer: a person who looks at a page, or a program.
pub(super) fn reader(request: &Request) -> Reader {
    let reads_html = match fetched_as(request) {
        Fetched::Document => true,
        Fetched::Otherwise => false,
        Fetched::Unsaid => accepts_html(request),
    };
    if reads_html { Reader::Person } else { program(request) }
}

fn program(request: &Request) -> Reader {
    if is_grpc(request) { Reader::Grpc } else { Reader::Program }
}

/// As far as the host is concerned.
///
/// # Errors
/// The reason why there is no proper one.
pub(super) fn parse_authority(request: &Request) -> Result<Authority<'_>, Reason> {
    let authority = request.only(":authority").ok_or(Reason::HostInvalid)?;
    Authority::parse(authority).map_err(|_| Reason::HostInvalid)
}

/// Several `authorization` headers, or several that a proxy has joined by a comma: two readers could take
/// different ones. The commas of one credential separate parameters (RFC 9110 §11.4), which have a `=`.
fn has_several_authorizations(request: &Request) -> bool {
    let mut values = request.all("authorization");
    let Some(value) = values.next() else { return false };
    let mut quoted = false;
    let mut parts = value.split(|byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    });
    let is_parameter = |part: &[u8]| {
        let name_end = part.iter().position(|byte| matches!(byte, b'=' | b' ' | b'\t'));
        part.is_empty() || name_end.is_some_and(|end| part.get(end) == Some(&b'='))
    };
    values.next().is_some() || !parts.by_ref().skip(1).map(<[u8]>::trim_ascii).all(is_parameter)
}

fn is_get(request: &Request) -> bool {
    matches!(request.only(":method"), Some(b"GET" | b"HEAD"))
}

fn is_navigation(request: &Request) -> bool {
    is_get(request) && !is_prefetch(request) && reader(request) == Reader::Person
}

/// What the browser says of its own request (Fetch Metadata).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fetched {
    Document,
    Otherwise,
    /// Not a browser, or an old one.
    Unsaid,
}

fn fetched_as(request: &Request) -> Fetched {
    // No browser navigates so, and Envoy would make a success of a redirect.
    if is_grpc(request) {
        return Fetched::Otherwise;
    }
    let said = |name| request.all(name).next().is_some();
    if !said("sec-fetch-mode") && !said("sec-fetch-dest") {
        // What scripts said of themselves before there was Fetch Metadata. Other values are no sign of one:
        // Android's WebView puts its application's name there, on navigations too.
        let mut said = request.all("x-requested-with");
        let is_script = said.any(|value| value.eq_ignore_ascii_case(b"XMLHttpRequest"));
        return if is_script { Fetched::Otherwise } else { Fetched::Unsaid };
    }
    let document = request.only("sec-fetch-mode") == Some(b"navigate")
        && request.only("sec-fetch-dest") == Some(b"document");
    if document { Fetched::Document } else { Fetched::Otherwise }
}

/// Also `application/grpc+proto` and, where Envoy translates it, `application/grpc-web`.
pub(super) fn is_grpc(request: &Request) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    request
        .all("content-type")
        .any(|kind| kind.get(..GRPC.len()).is_some_and(|start| start.eq_ignore_ascii_case(GRPC)))
}

fn is_prefetch(request: &Request) -> bool {
    request.all("sec-purpose").chain(request.all("purpose")).next().is_some()
}

fn accepts_html(request: &Request) -> bool {
    const HTML: &[u8] = b"text/html";
    request.all("accept").any(|accept| accept.windows(HTML.len()).any(|part| part.eq_ignore_ascii_case(HTML)))
}
