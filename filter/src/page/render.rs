//! From a decided answer to the one that is sent: pages for people, JSON for programs, redirects. All of them carry the
//! headers that keep caches, frames and other sites out.

use askama::Template;

use super::explanation::explanation;
use super::label::Label;
use super::pages::{Message, Pages, Presentation, Said};
use super::reply::{Challenge, Content, Link, Reader, Reply};
use super::shown::{MOST_GROUPS, plain_incident, plain_name};
use super::style::NOTHING;

/// Seconds after which whoever meets a passing trouble may try again. No page does by itself: whoever reads it slowly, or
/// has it read aloud, would lose it (WCAG 2.2, 2.2.1).
const RETRY_AFTER: u64 = 5;

/// For so many seconds public keys may be kept.
const PUBLIC_MAX_AGE: u64 = 300;

/// What is asked for where nobody is signed in. Never `Basic`, for which browsers open a dialog; no error code, as no
/// token came (RFC 6750 §3, which wants a parameter).
const CHALLENGE: &str = "Bearer realm=\"vestibule\"";

/// A complete answer, as Envoy is to send it.
#[derive(Debug)]
pub struct LocalReply {
    /// RFC 9110 §15.
    pub status: u16,
    /// Names in lower case; `set-cookie` may come several times.
    pub headers: Vec<(&'static str, String)>,
    /// HTML, JSON, a plain sentence or empty: see `content-type`.
    pub body: String,
}

/// Writes `reply` out.
#[must_use]
pub fn render(reply: &Reply) -> LocalReply {
    let mut answer = LocalReply::new(reply.status());
    match &reply.content {
        Content::Redirect(location) => answer.headers.push(("location", location.clone())),
        Content::Onward(location) => {
            let link = Link { label: Label::Continue, href: location.clone() };
            answer.set_page(reply, &[link], Some(format!("0; url={location}")));
        }
        Content::Explanation { reader, links } => answer.explain(reply, *reader, links),
        Content::Json(facts) => answer.set_json(facts),
        Content::PublicJson(facts) => {
            answer.set_json(facts);
            answer.let_it_be_kept();
        }
        Content::Text(word) => answer.set_body("text/plain", (*word).to_owned()),
        Content::Accepted => {}
    }
    answer.headers.extend(reply.cookies.iter().map(|cookie| ("set-cookie", cookie.clone())));
    answer
}

fn challenge(wanted: &Challenge) -> String {
    let Challenge { error, scope, acr_values, max_age, resource_metadata } = wanted;
    let parameters = [
        ("error", error.map(str::to_owned)),
        ("scope", scope.clone()),
        ("acr_values", acr_values.as_ref().map(|acr| acr.join(" "))),
        ("max_age", max_age.map(|max_age| max_age.to_string())),
        ("resource_metadata", resource_metadata.clone()),
    ];
    let parameters =
        parameters.into_iter().filter_map(|(name, value)| Some(format!(", {name}=\"{}\"", value?)));
    parameters.fold(CHALLENGE.to_owned(), |all, parameter| all + &parameter)
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    pages: &'a Pages,
    language: &'a str,
    from_the_right: bool,
    title: Said<'a>,
    texts: Vec<Said<'a>>,
    person: Option<(Said<'a>, String)>,
    needed_groups: Option<(Said<'a>, Vec<String>)>,
    links: Vec<(Said<'a>, &'a str)>,
    /// What whoever is asked for help wants to know.
    values: Vec<(Said<'a>, String)>,
    support: Option<(Said<'a>, &'a str)>,
    refresh: Option<String>,
}

impl LocalReply {
    fn new(status: u16) -> Self {
        // Every answer of the filter is for one person at one moment.
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("content-security-policy", NOTHING.to_owned()),
        ];
        Self { status, headers, body: String::new() }
    }

    fn explain(&mut self, reply: &Reply, reader: Reader, links: &[Link]) {
        let reason = reply.reason;
        let explanation = explanation(reason);
        let passing = explanation.status == 503;
        match reader {
            // An empty address is that of the page itself.
            Reader::Person if passing && links.is_empty() => {
                self.set_page(reply, &[Link { label: Label::TryAgain, href: String::new() }], None);
            }
            Reader::Person => self.set_page(reply, links, None),
            Reader::Program => {
                let mut facts = serde_json::json!({
                    "error": reason.code(),
                    "error_description": format!("{} {}", explanation.what_happened, explanation.what_to_do),
                });
                if let (Some(facts), Some(sign_in)) = (facts.as_object_mut(), &reply.sign_in) {
                    facts.insert("sign_in".to_owned(), sign_in.as_str().into());
                }
                self.set_json(&facts);
            }
            // Envoy makes it the `grpc-message` of an answer without a body, and the status the `grpc-status`.
            Reader::Grpc => {
                self.set_body("text/plain", format!("{}: {}", reason.code(), explanation.what_happened));
            }
        }
        let usual = (explanation.status == 401).then(Challenge::default);
        if let Some(wanted) = reply.challenge.as_ref().or(usual.as_ref()) {
            self.headers.push(("www-authenticate", challenge(wanted)));
        }
        if let Some(allow) = &reply.allow {
            self.headers.push(("allow", allow.clone()));
        }
        if passing {
            self.headers.push(("retry-after", RETRY_AFTER.to_string()));
        }
    }

    fn set_json(&mut self, body: &serde_json::Value) {
        self.set_body("application/json", body.to_string());
    }

    /// The one kind of answer that is not for one person: who asks for keys asks often.
    fn let_it_be_kept(&mut self) {
        self.set_header("cache-control", format!("public, max-age={PUBLIC_MAX_AGE}"));
    }

    fn set_body(&mut self, content_type: &str, body: String) {
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = body;
    }

    fn set_header(&mut self, name: &'static str, value: String) {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
    }

    fn set_page(&mut self, reply: &Reply, links: &[Link], refresh: Option<String>) {
        let presentation = reply.shown.by.clone().unwrap_or_default();
        self.set_header("content-security-policy", presentation.pages.policy.clone());
        self.set_header("content-language", presentation.language().to_owned());
        let page = page(reply, &presentation, links, refresh);
        // Writing to memory does not fail; an empty page would still be closed.
        self.set_body("text/html; charset=utf-8", page.render().unwrap_or_default());
    }
}

fn page<'a>(
    reply: &'a Reply,
    presentation: &'a Presentation,
    links: &'a [Link],
    refresh: Option<String>,
) -> Page<'a> {
    let (pages, reason, shown) = (&*presentation.pages, reply.reason, &reply.shown);
    let say = |message| presentation.say(message);
    let label = |label| presentation.say(Message::Label(label));
    let texts = [Message::WhatHappened(reason), Message::WhatToDo(reason)].map(say);
    let groups: Vec<_> =
        shown.needed_groups.iter().filter_map(|group| plain_name(group)).take(MOST_GROUPS).collect();
    let mut values = Vec::new();
    if reply.status() >= 400 {
        values.push((label(Label::Code), reason.code().to_owned()));
        let incident = reply.incident.as_deref().and_then(plain_incident);
        values.extend(incident.map(|incident| (label(Label::Reference), incident)));
    }
    Page {
        pages,
        language: presentation.language(),
        from_the_right: presentation.is_from_the_right(),
        title: say(Message::Title(reason)),
        texts: texts.into_iter().filter(|said| !said.text.is_empty()).collect(),
        person: shown.person.as_deref().and_then(plain_name).map(|name| (label(Label::SignedInAs), name)),
        needed_groups: (!groups.is_empty()).then(|| (label(Label::NeededGroups), groups)),
        links: links.iter().map(|link| (label(link.label), link.href.as_str())).collect(),
        values,
        support: pages.support.as_ref().map(|support| {
            // In whichever language the operator has written it.
            let own = support.label.as_deref().map(|text| Said { text, is_english: false });
            (own.unwrap_or_else(|| label(Label::Support)), support.url.as_str())
        }),
        refresh,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::super::Reason;
    use super::*;

    fn header<'a>(reply: &'a LocalReply, name: &str) -> Option<&'a str> {
        reply.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn every_answer_keeps_caches_frames_and_referrers_out() {
        let button = Link { label: Label::Continue, href: "/".to_owned() };
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
    fn a_401_has_a_challenge_that_opens_no_dialog() {
        for reason in Reason::ALL {
            for reader in [Reader::Person, Reader::Program, Reader::Grpc] {
                let reply = render(&Reply::explain(*reason, reader));
                let challenge = header(&reply, "www-authenticate");
                assert_eq!(challenge.is_some(), reply.status == 401, "{reason:?}");
                assert!(challenge.is_none_or(|challenge| challenge.starts_with("Bearer ")));
                assert!(challenge.is_none_or(|challenge| !challenge.contains("error")));
            }
        }
    }

    #[test]
    fn a_program_is_told_where_to_sign_in() {
        let sign_in = "/oauth2/start?rd=";
        let reply = |reader| render(&Reply::explain(Reason::NotSignedIn, reader).with_sign_in(sign_in));
        let json: serde_json::Value = serde_json::from_str(&reply(Reader::Program).body).unwrap();
        assert_eq!(json["sign_in"], sign_in);
        let other = render(&Reply::explain(Reason::NotPermitted, Reader::Program));
        assert!(!other.body.contains("sign_in"));
    }

    #[test]
    fn for_grpc_there_is_one_plain_sentence() {
        for reason in Reason::ALL {
            let reply = render(&Reply::explain(*reason, Reader::Grpc).with_sign_in("/oauth2/start?rd="));
            assert_eq!(header(&reply, "content-type"), Some("text/plain"));
            assert!(reply.body.starts_with(reason.code()) && reply.body.len() < 200, "{}", reply.body);
            let plain = |byte: u8| (b' '..=b'~').contains(&byte) && !b"<>{}\"%".contains(&byte);
            assert!(reply.body.bytes().all(plain), "{}", reply.body);
        }
    }

    #[test]
    fn what_is_put_into_a_page_is_escaped() {
        let button = Link { label: Label::Continue, href: "/\"><script>alert(1)</script>".to_owned() };
        let reply = render(&Reply::explain(Reason::NotPermitted, Reader::Person).with_link(button));
        assert!(!reply.body.contains("<script>") && !reply.body.contains("/\">"));
    }

    #[test]
    fn a_passing_trouble_offers_to_try_again() {
        let page = render(&Reply::explain(Reason::ProviderNotReady, Reader::Person));
        assert_eq!((page.status, header(&page, "retry-after")), (503, Some("5")));
        assert!(page.body.contains("<a class=\"link\" href=\"\">Try again</a>"), "{}", page.body);
        assert!(!page.body.contains("http-equiv"), "{}", page.body);
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

    /// An id that comes from a request, in the end: nothing of it is believed.
    #[test]
    fn an_incident_is_shown_beside_the_code_and_is_plain() {
        let page = |reason, incident: &str| {
            let mut reply = Reply::explain(reason, Reader::Person);
            reply.incident = Some(incident.to_owned());
            render(&reply).body
        };
        let body = page(Reason::NotPermitted, "8f2c-41");
        assert!(body.contains("<p class=\"quiet\">Code: not_permitted</p>"), "{body}");
        assert!(body.contains("<p class=\"quiet\">Reference: 8f2c-41</p>"), "{body}");
        let body = page(Reason::NotPermitted, "\"><script>alert(1)</script>");
        assert!(body.contains("Reference: scriptalert1script</p>") && !body.contains("<script"), "{body}");
        assert!(!page(Reason::NotPermitted, "<>").contains("Reference"));
        // Nothing is wrong there.
        assert!(!page(Reason::SignInPage, "8f2c-41").contains("8f2c"));
        // And a program is told nothing of it.
        let mut reply = Reply::explain(Reason::NotPermitted, Reader::Program).about_person("ann");
        reply.incident = Some("8f2c-41".to_owned());
        let body = render(&reply).body;
        assert!(!body.contains("8f2c") && !body.contains("ann"), "{body}");
    }

    /// Whoever waits for a refresh by hand has none that comes by itself (WCAG 2.2, 2.2.1); what leads on does so at once.
    #[test]
    fn no_page_loads_itself_anew() {
        for reason in Reason::ALL {
            let body = render(&Reply::explain(*reason, Reader::Person)).body;
            assert!(!body.contains("http-equiv"), "{reason:?}");
        }
        let body = render(&Reply::onward("/a?b=1&c".to_owned(), Reason::SignedIn)).body;
        assert!(body.contains("<meta http-equiv=\"refresh\" content=\"0; url=/a?b=1&#38;c\">"), "{body}");
    }
}
