//! Answers that the filter gives itself: pages for people, JSON for programs, redirects. All of them carry
//! the headers that keep caches, frames and other sites out.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::reason::Reason;

const STYLE: &str = include_str!("../../templates/page.css").trim_ascii();

/// Seconds after which the page of a passing trouble tries again.
const RETRY_AFTER: u64 = 5;

/// No script, no frame, nothing from elsewhere; the one style sheet by its hash.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
});

/// A complete answer.
#[derive(Debug)]
pub struct LocalReply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// HTML, JSON or empty: see `content-type`.
    pub body: String,
    /// Why the filter answers: it is in the log and in the metrics.
    pub reason: Reason,
    /// More for the operator's log than the code says: of plain characters, and never a secret.
    pub detail: Option<String>,
    /// Whether `:path` must lose its query before the answer, so that access logs do not hold the code.
    pub hides_query: bool,
}

/// How the one who asked wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A page.
    Person,
    /// JSON.
    Program,
}

/// A link on a page.
#[derive(Clone, Debug)]
pub struct Button {
    /// What is read on it.
    pub label: &'static str,
    /// A path on this host.
    pub href: String,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: &'a str,
    what_happened: &'a str,
    what_to_do: &'a str,
    buttons: Vec<(&'a str, &'a str)>,
    code: Option<&'a str>,
    refresh: Option<String>,
    style: &'a str,
}

impl LocalReply {
    fn new(status: u16, reason: Reason) -> Self {
        // Every answer of the filter is for one person at one moment.
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("content-security-policy", CONTENT_SECURITY_POLICY.clone()),
        ];
        Self { status, headers, body: String::new(), reason, detail: None, hides_query: false }
    }

    /// 302 to `location`, which must have passed the redirect guard or be the provider's.
    #[must_use]
    pub fn redirect(location: String, reason: Reason) -> Self {
        let mut reply = Self::new(302, reason);
        reply.headers.push(("location", location));
        reply
    }

    /// A page that goes on to `location` by itself: for a cookie that a redirect from elsewhere would not
    /// carry (`SameSite=Strict`).
    #[must_use]
    pub fn onward(location: &str, reason: Reason) -> Self {
        let button = Button { label: "Continue", href: location.to_owned() };
        Self::page(200, reason, &[button], Some(format!("0; url={location}")))
    }

    /// The answer that explains `reason`.
    #[must_use]
    pub fn explain(reason: Reason, audience: Audience, buttons: &[Button]) -> Self {
        let explanation = reason.explanation();
        let passing = explanation.status == 503;
        let mut reply = match audience {
            Audience::Person => {
                Self::page(explanation.status, reason, buttons, passing.then(|| RETRY_AFTER.to_string()))
            }
            Audience::Program => Self::json(
                explanation.status,
                reason,
                &serde_json::json!({
                    "error": reason.code(),
                    "error_description": format!("{} {}", explanation.what_happened, explanation.what_to_do),
                }),
            ),
        };
        if passing {
            reply.headers.push(("retry-after", RETRY_AFTER.to_string()));
        }
        reply
    }

    /// JSON, with a status of its own.
    #[must_use]
    pub fn json(status: u16, reason: Reason, body: &serde_json::Value) -> Self {
        let mut reply = Self::new(status, reason);
        reply.headers.push(("content-type", "application/json".to_owned()));
        reply.body = body.to_string();
        reply
    }

    /// A status alone.
    #[must_use]
    pub fn empty(status: u16, reason: Reason) -> Self {
        Self::new(status, reason)
    }

    fn page(status: u16, reason: Reason, buttons: &[Button], refresh: Option<String>) -> Self {
        let explanation = reason.explanation();
        let page = Page {
            title: explanation.title,
            what_happened: explanation.what_happened,
            what_to_do: explanation.what_to_do,
            buttons: buttons.iter().map(|button| (button.label, button.href.as_str())).collect(),
            code: (status >= 400).then(|| reason.code()),
            refresh,
            style: STYLE,
        };
        let mut reply = Self::new(status, reason);
        reply.headers.push(("content-type", "text/html; charset=utf-8".to_owned()));
        // Writing to memory does not fail; an empty page would still be closed.
        reply.body = page.render().unwrap_or_default();
        reply
    }

    /// Sets them beside those that are set already, one header each.
    #[must_use]
    pub fn with_cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.headers.extend(cookies.into_iter().map(|cookie| ("set-cookie", cookie)));
        self
    }

    /// For the log only.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Takes the query out of what access logs show.
    #[must_use]
    pub fn hiding_query(mut self) -> Self {
        self.hides_query = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(reply: &'a LocalReply, name: &str) -> Option<&'a str> {
        reply.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn every_answer_keeps_caches_frames_and_referrers_out() {
        let button = Button { label: "Go", href: "/".to_owned() };
        for reply in [
            LocalReply::redirect("/".to_owned(), Reason::SignedIn),
            LocalReply::onward("/", Reason::SignedIn),
            LocalReply::explain(Reason::NotPermitted, Audience::Person, &[button]),
            LocalReply::explain(Reason::NotSignedIn, Audience::Program, &[]),
            LocalReply::empty(202, Reason::Status),
        ] {
            assert_eq!(header(&reply, "cache-control"), Some("no-store"));
            assert_eq!(header(&reply, "referrer-policy"), Some("no-referrer"));
            assert_eq!(header(&reply, "x-content-type-options"), Some("nosniff"));
            assert!(header(&reply, "content-security-policy").unwrap().contains("frame-ancestors 'none'"));
        }
    }

    #[test]
    fn what_is_put_into_a_page_is_escaped() {
        let button = Button { label: "Go", href: "/\"><script>alert(1)</script>".to_owned() };
        let reply = LocalReply::explain(Reason::NotPermitted, Audience::Person, &[button]);
        assert!(!reply.body.contains("<script>") && !reply.body.contains("/\">"));
    }

    #[test]
    fn a_passing_trouble_tries_again() {
        let page = LocalReply::explain(Reason::ProviderNotReady, Audience::Person, &[]);
        assert_eq!((page.status, header(&page, "retry-after")), (503, Some("5")));
        assert!(page.body.contains("http-equiv=\"refresh\" content=\"5\""));
        let json = LocalReply::explain(Reason::ProviderNotReady, Audience::Program, &[]);
        assert_eq!(header(&json, "retry-after"), Some("5"));
    }

    #[test]
    fn the_style_sheet_is_the_one_of_the_policy() {
        let page = LocalReply::explain(Reason::SignInPage, Audience::Person, &[]);
        let style = page.body.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(style));
        assert!(header(&page, "content-security-policy").unwrap().contains(&hash));
    }
}
