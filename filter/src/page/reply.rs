//! Answers that the filter gives itself, as data: why, and what the page of it needs.

use std::rc::Rc;

use serde_json::Value;

use super::cause::Cause;
use super::label::Label;
use super::reason::Reason;
use super::shown::Shown;

/// An answer that has been decided, and not been written yet.
#[derive(Debug)]
pub struct Reply {
    /// Why the filter answers: it is in the log and in the metrics.
    pub reason: Reason,
    /// More precisely, where there are several causes.
    pub cause: Option<Cause>,
    /// What becomes of it.
    pub content: Content,
    /// `Set-Cookie` values.
    pub cookies: Vec<String>,
    /// More for the operator's log than the code says: of plain characters, and never a secret.
    pub detail: Option<String>,
    /// What the provider said that led to it, for the log.
    pub provider_said: Option<ProviderSaid>,
    /// By which the log knows the sign-in that it is about.
    pub sign_in_id: Option<String>,
    /// Whom it is about, as the log may name them.
    pub person: Option<String>,
    /// Where a program that has to sign somebody in sends the browser: a path on this host, to which it appends the place
    /// to come back to, percent-encoded.
    pub sign_in: Option<String>,
    /// What of a session did not fit into the browser, by name.
    pub left_out: Vec<&'static str>,
    /// What credentials are wanted.
    pub challenge: Option<Challenge>,
    /// The methods that are taken where this one is not (RFC 9110 §15.5.6).
    pub allow: Option<String>,
    /// Whether the one who asks goes by the HTTP status, also where Envoy would make 200 of it because the request says that
    /// it is gRPC.
    pub keeps_status: bool,
    /// Whether `:path` must lose its query before the answer, so that access logs do not hold the code.
    pub hides_query: bool,
    /// Names and values for Envoy's filter state, before the answer.
    pub filter_state: Vec<(&'static str, Rc<[u8]>)>,
    /// By which the operator finds it in the log.
    pub incident: Option<String>,
    /// What its page shows, where it is one.
    pub shown: Shown,
}

/// What the one who asked gets.
#[derive(Debug)]
pub enum Content {
    /// 302 to a place that has passed the redirect guard or is the provider's.
    Redirect(String),
    /// A page that goes on to such a place by itself: for a cookie that a redirect from elsewhere would not carry
    /// (`SameSite=Strict`).
    Onward(String),
    /// The words for the reason, as its reader understands them, and links to go on with.
    Explanation {
        /// Who reads them.
        reader: Reader,
        /// In their order; a program gets none.
        links: Vec<Link>,
    },
    /// 200, in JSON.
    Json(Value),
    /// 200, in JSON, which anybody may have and keep for a while.
    PublicJson(Value),
    /// 200, one word.
    Text(&'static str),
    /// 202, without a body.
    Accepted,
}

/// What an answer says of the credentials that it wants (RFC 6750 §3). All of it can stand in a header, which the
/// configuration sees to.
#[derive(Debug, Default)]
pub struct Challenge {
    /// None where no credentials came.
    pub error: Option<&'static str>,
    /// Blanks between them.
    pub scope: Option<String>,
    /// Classes, of which one is wanted (RFC 9470 §3).
    pub acr_values: Option<Vec<String>>,
    /// How old a sign-in may be (likewise). Seconds.
    pub max_age: Option<u64>,
    /// Where a client learns more (RFC 9728 §5.1).
    pub resource_metadata: Option<String>,
}

/// What an endpoint of the provider answered instead of what was wanted. Its texts are fit for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSaid {
    /// Which one, by its name in metrics; the authorization endpoint speaks through the browser.
    pub endpoint: &'static str,
    /// Of the answer (RFC 9110 §15).
    pub status: Option<u16>,
    /// `error` (RFC 6749 §5.2), or what stands for it.
    pub error: Option<String>,
    /// `error_description`, cut, without what looks like a secret.
    pub description: Option<String>,
}

/// How the one who asked wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// By a page.
    Person,
    /// By JSON.
    Program,
    /// By one plain sentence: Envoy puts it into a header (`grpc-message`).
    Grpc,
}

/// A link on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What is read on it.
    pub label: Label,
    /// A path on this host.
    pub href: String,
}

impl Reply {
    fn new(reason: Reason, content: Content) -> Self {
        Self {
            reason,
            cause: None,
            content,
            cookies: Vec::new(),
            detail: None,
            provider_said: None,
            sign_in_id: None,
            person: None,
            sign_in: None,
            left_out: Vec::new(),
            challenge: None,
            allow: None,
            keeps_status: false,
            hides_query: false,
            filter_state: Vec::new(),
            incident: None,
            shown: Shown::default(),
        }
    }

    /// 302 to `location`, which must have passed the redirect guard or be the provider's.
    #[must_use]
    pub fn redirect(location: String, reason: Reason) -> Self {
        Self::new(reason, Content::Redirect(location))
    }

    /// A page that goes on to `location` by itself; likewise.
    #[must_use]
    pub fn onward(location: String, reason: Reason) -> Self {
        Self::new(reason, Content::Onward(location))
    }

    /// The answer that explains `reason`.
    #[must_use]
    pub fn explain(reason: Reason, reader: Reader) -> Self {
        Self::new(reason, Content::Explanation { reader, links: Vec::new() })
    }

    /// 405: the endpoint takes these methods only.
    #[must_use]
    pub fn method_not_allowed(reader: Reader, allowed: &[&str]) -> Self {
        let allow = Some(allowed.join(", "));
        Self { allow, ..Self::explain(Reason::MethodNotAllowed, reader) }
    }

    /// 200 with `facts` as JSON.
    #[must_use]
    pub fn json(facts: Value, reason: Reason) -> Self {
        Self::new(reason, Content::Json(facts))
    }

    /// 200 with `facts` as JSON, which anybody may have and keep for a while.
    #[must_use]
    pub fn public_json(facts: Value, reason: Reason) -> Self {
        Self::new(reason, Content::PublicJson(facts))
    }

    /// 200 with one word.
    #[must_use]
    pub fn text(word: &'static str, reason: Reason) -> Self {
        Self::new(reason, Content::Text(word))
    }

    /// 202 without a body.
    #[must_use]
    pub fn accepted(reason: Reason) -> Self {
        Self::new(reason, Content::Accepted)
    }

    /// One more link, where the answer is a page.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Self {
        if let Content::Explanation { links, .. } = &mut self.content {
            links.push(link);
        }
        self
    }

    /// Whether it is a page, which a person looks at.
    #[must_use]
    pub fn is_page(&self) -> bool {
        matches!(self.content, Content::Onward(_) | Content::Explanation { reader: Reader::Person, .. })
    }

    /// Says who is signed in, where the answer is a page.
    #[must_use]
    pub fn about_person(mut self, name: &str) -> Self {
        self.shown.person = self.is_page().then(|| name.to_owned());
        self
    }

    /// Where a program sends the browser to sign in: see [`Self::sign_in`].
    #[must_use]
    pub fn with_sign_in(mut self, address: impl Into<String>) -> Self {
        self.sign_in = Some(address.into());
        self
    }

    /// Says what credentials are wanted.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// More cookies, after those that it has.
    #[must_use]
    pub fn with_cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// Says more to the operator: plain characters, and never a secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says more precisely why.
    #[must_use]
    pub fn with_cause(mut self, cause: Cause) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Says what the provider said.
    #[must_use]
    pub fn with_provider_said(mut self, said: ProviderSaid) -> Self {
        self.provider_said = Some(said);
        self
    }

    /// Says which sign-in it is about.
    #[must_use]
    pub fn of_sign_in(mut self, id: impl ToString) -> Self {
        self.sign_in_id = Some(id.to_string());
        self
    }

    /// Says whom it is about, as the log may name them.
    #[must_use]
    pub fn naming_in_log(mut self, person: Option<String>) -> Self {
        self.person = person;
        self
    }

    /// Keeps the HTTP status where Envoy would make 200 of it.
    #[must_use]
    pub fn keeping_status(mut self) -> Self {
        self.keeps_status = true;
        self
    }

    /// Takes the query out of access logs.
    #[must_use]
    pub fn hiding_query(mut self) -> Self {
        self.hides_query = true;
        self
    }
}
