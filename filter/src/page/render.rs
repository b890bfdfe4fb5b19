//! From a decided answer to the one that is sent: pages for people, JSON for programs, redirects. All of them carry the
//! headers that keep caches, frames and other sites out.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::explanation::explanation;
use super::reason::Reason;
use super::reply::{Content, Link, Reader, Reply};

const STYLE: &str = include_str!("../../templates/page.css").trim_ascii();

/// Seconds after which the page of a passing trouble tries again.
const RETRY_AFTER: u64 = 5;

/// No script, no frame, nothing from elsewhere; the one style sheet by its hash.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
});

/// A complete answer, as Envoy is to send it.
#[derive(Debug)]
pub struct LocalReply {
    /// RFC 9110 §15.
    pub status: u16,
    /// Names in lower case; `set-cookie` may come several times.
    pub headers: Vec<(&'static str, String)>,
    /// HTML, JSON or empty: see `content-type`.
    pub body: String,
}

/// Writes `reply` out.
#[must_use]
pub fn render(reply: &Reply) -> LocalReply {
    let mut answer = LocalReply::new(reply.status());
    match &reply.content {
        Content::Redirect(location) => answer.headers.push(("location", location.clone())),
        Content::Onward(location) => {
            let link = Link { label: "Continue", href: location.clone() };
            answer.set_page(reply.reason, &[link], Some(format!("0; url={location}")));
        }
        Content::Explanation { reader, links } => answer.explain(reply.reason, *reader, links),
        Content::Json(facts) => answer.set_json(facts),
        Content::Accepted => {}
    }
    answer.headers.extend(reply.cookies.iter().map(|cookie| ("set-cookie", cookie.clone())));
    answer
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
    fn new(status: u16) -> Self {
        // Every answer of the filter is for one person at one moment.
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("content-security-policy", CONTENT_SECURITY_POLICY.clone()),
        ];
        Self { status, headers, body: String::new() }
    }

    fn explain(&mut self, reason: Reason, reader: Reader, links: &[Link]) {
        let explanation = explanation(reason);
        let passing = explanation.status == 503;
        match reader {
            Reader::Person => self.set_page(reason, links, passing.then(|| RETRY_AFTER.to_string())),
            Reader::Program => self.set_json(&serde_json::json!({
                "error": reason.code(),
                "error_description": format!("{} {}", explanation.what_happened, explanation.what_to_do),
            })),
        }
        if passing {
            self.headers.push(("retry-after", RETRY_AFTER.to_string()));
        }
    }

    fn set_json(&mut self, body: &serde_json::Value) {
        self.headers.push(("content-type", "application/json".to_owned()));
        self.body = body.to_string();
    }

    fn set_page(&mut self, reason: Reason, links: &[Link], refresh: Option<String>) {
        let explanation = explanation(reason);
        let page = Page {
            title: explanation.title,
            what_happened: explanation.what_happened,
            what_to_do: explanation.what_to_do,
            buttons: links.iter().map(|link| (link.label, link.href.as_str())).collect(),
            code: (self.status >= 400).then(|| reason.code()),
            refresh,
            style: STYLE,
        };
        self.headers.push(("content-type", "text/html; charset=utf-8".to_owned()));
        // Writing to memory does not fail; an empty page would still be closed.
        self.body = page.render().unwrap_or_default();
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
        let button = Link { label: "Go", href: "/".to_owned() };
        for reply in [
            Reply::redirect("/".to_owned(), Reason::SignedIn),
            Reply::onward("/".to_owned(), Reason::SignedIn),
            Reply::explain(Reason::NotPermitted, Reader::Person).with_link(button),
            Reply::explain(Reason::NotSignedIn, Reader::Program),
            Reply::accepted(Reason::Status),
        ] {
            let reply = render(&reply);
            assert_eq!(header(&reply, "cache-control"), Some("no-store"));
            assert_eq!(header(&reply, "referrer-policy"), Some("no-referrer"));
            assert_eq!(header(&reply, "x-content-type-options"), Some("nosniff"));
            assert!(header(&reply, "content-security-policy").unwrap().contains("frame-ancestors 'none'"));
        }
    }

    #[test]
    fn what_is_put_into_a_page_is_escaped() {
        let button = Link { label: "Go", href: "/\"><script>alert(1)</script>".to_owned() };
        let reply = render(&Reply::explain(Reason::NotPermitted, Reader::Person).with_link(button));
        assert!(!reply.body.contains("<script>") && !reply.body.contains("/\">"));
    }

    #[test]
    fn a_passing_trouble_tries_again() {
        let page = render(&Reply::explain(Reason::ProviderNotReady, Reader::Person));
        assert_eq!((page.status, header(&page, "retry-after")), (503, Some("5")));
        assert!(page.body.contains("http-equiv=\"refresh\" content=\"5\""));
        let json = render(&Reply::explain(Reason::ProviderNotReady, Reader::Program));
        assert_eq!(header(&json, "retry-after"), Some("5"));
    }

    #[test]
    fn the_style_sheet_is_the_one_of_the_policy() {
        let page = render(&Reply::explain(Reason::SignInPage, Reader::Person));
        let style = page.body.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(style));
        assert!(header(&page, "content-security-policy").unwrap().contains(&hash));
    }
}
