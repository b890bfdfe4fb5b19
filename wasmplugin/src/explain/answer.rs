//! What came out, in words.

use std::fmt::Write as _;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use vestibule::access::{Asked as Question, Source, Verdict};
use vestibule::engine::HeaderEdit;
use vestibule::page;
use vestibule::web::authority::Authority;
use vestibule::web::path::NormalPath;

use super::filter::{Asked, Outcome};
use super::person::Person;
use super::provider::ACCESS_TOKEN;
use super::{Subject, rules};

/// One request and what becomes of it.
#[derive(Debug)]
pub(super) struct Explained {
    method: String,
    host: String,
    path: String,
    person: String,
    address: Option<IpAddr>,
    pub(super) answer: Answer,
    pub(super) verdict: Option<Verdict>,
    /// What the application gets that it would not get otherwise.
    pub(super) headers: Vec<(String, String)>,
    /// What is put into Envoy's filter state.
    state: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Not on a host on which the filter acts: it goes to the application as it came.
    PassedBy,
    Forwarded,
    /// The sign-in at the provider begins.
    SignIn,
    Status {
        status: u16,
        reason: &'static str,
    },
    /// The filter waits for something that is not there: a fault of this command.
    Unknown,
}

impl Explained {
    pub(super) fn nothing(asked: &Asked<'_>) -> Self {
        Self::new(asked, &Person::Nobody, None, Outcome::Waits)
    }

    pub(super) fn new(asked: &Asked<'_>, person: &Person, address: Option<IpAddr>, outcome: Outcome) -> Self {
        let (answer, verdict, headers, state) = match outcome {
            Outcome::PassedBy => (Answer::PassedBy, None, Vec::new(), Vec::new()),
            Outcome::Waits => (Answer::Unknown, None, Vec::new(), Vec::new()),
            Outcome::Forwarded(edits, verdict) => {
                (Answer::Forwarded, Some(verdict), set(&edits.request), edits.filter_state)
            }
            Outcome::Answered(reply, verdict) => {
                let status = page::render(&reply).status;
                let begins = reply.reason == page::Reason::SignInStarted && status == 302;
                let answer = if begins {
                    Answer::SignIn
                } else {
                    Answer::Status { status, reason: reply.reason.code() }
                };
                (answer, verdict, Vec::new(), reply.filter_state)
            }
        };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Self {
            method: asked.method.to_owned(),
            host: asked.host.to_owned(),
            path: asked.path.to_owned(),
            person: person.in_words(),
            address,
            answer,
            verdict,
            headers,
            state: state.iter().map(|(name, value)| (*name, text(value))).collect(),
        }
    }

    /// One word for it, as cases are written: `forward`, `sign_in`, `pass_by`, or the status.
    pub(super) fn word(&self) -> String {
        match &self.answer {
            Answer::PassedBy => "pass_by".to_owned(),
            Answer::Forwarded => "forward".to_owned(),
            Answer::SignIn => "sign_in".to_owned(),
            Answer::Status { status, .. } => status.to_string(),
            Answer::Unknown => "unknown".to_owned(),
        }
    }

    pub(super) fn render(&self, subject: &Subject) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{} {}{} by {}\n", self.method, self.host, self.path, self.person);
        self.rules(subject, &mut out);
        let _ = writeln!(out, "answer: {}", self.answer_in_words());
        for (name, value) in &self.headers {
            let _ = writeln!(out, "  {name}: {value}");
        }
        for (name, value) in &self.state {
            let _ = writeln!(out, "filter state wasm.{name}: {value}");
        }
        out
    }

    /// Why the rules before the one that decided did not.
    fn rules(&self, subject: &Subject, out: &mut String) {
        if self.answer == Answer::PassedBy {
            return;
        }
        let Some(verdict) = &self.verdict else {
            out.push_str("no rule was asked: the filter answers this itself\n\n");
            return;
        };
        let end = verdict.rule.unwrap_or(subject.rules.len());
        for place in 0..end.min(subject.rules.len()) {
            let _ = writeln!(
                out,
                "access[{place}] {}: {}",
                rules::in_words(&subject.rules[place]),
                self.why_not(subject, place)
            );
        }
        match verdict.rule.and_then(|place| Some((place, subject.rules.get(place)?))) {
            Some((place, rule)) => {
                let _ = writeln!(
                    out,
                    "access[{place}] {}: decides: {}\n",
                    rules::in_words(rule),
                    verdict.judgement
                );
            }
            None => {
                let _ = writeln!(
                    out,
                    "no rule is for this request, so whoever is signed in may enter: {}\n",
                    verdict.judgement
                );
            }
        }
    }

    fn why_not(&self, subject: &Subject, place: usize) -> String {
        let (Ok(authority), Ok(path)) =
            (Authority::parse(self.host.as_bytes()), NormalPath::parse(self.path.as_bytes()))
        else {
            return "is for other requests".to_owned();
        };
        let mut address = || self.address;
        let source = Source::new(&mut address);
        let asked = Question {
            host: authority.host(),
            path: &path,
            method: self.method.as_bytes(),
            source: Some(&source),
        };
        let why = subject.policy.why_not(place, &asked);
        why.map_or_else(|| "is for another reading of this path".to_owned(), |why| why.to_string())
    }

    fn answer_in_words(&self) -> String {
        match &self.answer {
            Answer::PassedBy => {
                "the host is none of hosts: the request goes to the application as it came, without a sign-in"
                    .to_owned()
            }
            Answer::Forwarded if self.headers.is_empty() => {
                "the application gets the request, and is told of nobody".to_owned()
            }
            Answer::Forwarded => "the application gets the request, with".to_owned(),
            Answer::SignIn => "302 to the provider, to sign in".to_owned(),
            Answer::Status { status, reason } => {
                let explained = page::Reason::ALL
                    .iter()
                    .find(|other| other.code() == *reason)
                    .map(|reason| page::explanation(*reason));
                let says = explained.map(|explained| explained.what_happened).filter(|says| !says.is_empty());
                format!("{status} {reason}{}", says.map(|says| format!(": {says}")).unwrap_or_default())
            }
            Answer::Unknown => "unknown: the filter waits for something that is not there".to_owned(),
        }
    }
}

/// Headers that are set. Tokens are made up here: they are only named, and of one that is signed here it is said what it
/// says.
fn set(edits: &[HeaderEdit]) -> Vec<(String, String)> {
    let set = edits.iter().filter_map(|edit| match edit {
        // What is left of the cookies is the browser's business.
        HeaderEdit::Set(name, _) if **name == *"cookie" => None,
        HeaderEdit::Set(name, value) | HeaderEdit::Add(name, value) => {
            Some((name.to_string(), shown(&String::from_utf8_lossy(value))))
        }
        HeaderEdit::Remove(_) => None,
    });
    set.collect()
}

fn shown(value: &str) -> String {
    let (scheme, token) = match value.strip_prefix("Bearer ") {
        Some(token) => ("Bearer ", token),
        None => ("", value),
    };
    match claims(token) {
        Some(claims) if claims.get("rule").is_some() => format!("<signed: {claims}>"),
        None if token != ACCESS_TOKEN => value.to_owned(),
        Some(_) | None => format!("{scheme}<token>"),
    }
}

/// Of a JWT.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.get("iss").is_some().then_some(claims)
}
