//! A request that is not one of the filter's own endpoints: who may pass, and with which headers.

use std::rc::Rc;

use super::endpoints::{self, Endpoint};
use super::freshness::{Current, Patience, current, handed_over};
use super::headers::Request;
use super::incoming::{self, Incoming};
use super::outcome::Outcome;
use super::parts::{Opened, Parts};
use super::step::{Edits, HeaderEdit, Step};
use super::{sign_in, told};
use crate::access::{Allows, Asked, Ruling, Verdict, Who};
use crate::config::{AmbiguousPath, Config, HostPattern, Unauthenticated};
use crate::inputs::{Inputs, Timestamp};
use crate::page::{Reader, Reason, Reply};
use crate::session::{Browser, Session, Tokens};
use crate::upstream::identity;
use crate::web::authority::Authority;
use crate::web::host;
use crate::web::path::NormalPath;

/// Decides a request from its headers.
pub(super) fn decide(
    parts: &mut Parts,
    request: Request,
    patience: Patience,
    inputs: &mut Inputs<'_>,
) -> Step {
    let outcome = outcome(parts, &request, patience, inputs);
    let outcome = if outcome.is_reply() && is_at_callback(&request, &parts.links.callback()) {
        outcome.hiding_query()
    } else {
        outcome
    };
    outcome.of(request)
}

fn outcome(parts: &mut Parts, request: &Request, patience: Patience, inputs: &mut Inputs<'_>) -> Outcome {
    let refused = |reason| Reply::explain(reason, incoming::reader(request)).into();
    // Outside `hosts` the filter does nothing at all, so the host comes before everything else.
    let authority = match incoming::parse_authority(request) {
        Ok(authority) => authority,
        Err(reason) => return refused(reason),
    };
    if !acts_on(parts.config.hosts.as_deref(), authority.host()) {
        return Outcome::Step(Step::Ignore);
    }
    let incoming = match read(&parts.config, request, authority) {
        Ok(incoming) => incoming,
        Err(reason) => return refused(reason),
    };
    if let Some(endpoint) = Endpoint::at(&incoming.path, &parts.config.paths.prefix) {
        return endpoints::serve(parts, endpoint, &incoming, patience, inputs);
    }
    if is_ambiguous(parts, &incoming) {
        return refused(Reason::PathAmbiguous);
    }
    by_rule(parts, &incoming, patience, inputs)
}

/// Whether the filter acts on this host at all.
fn acts_on(hosts: Option<&[HostPattern]>, host: &str) -> bool {
    hosts.is_none_or(|hosts| hosts.iter().any(|pattern| host::matches(pattern, host)))
}

fn read<'r>(config: &Config, request: &'r Request, authority: Authority<'r>) -> Result<Incoming<'r>, Reason> {
    let incoming = Incoming::parse(request, authority)?;
    if !config.session.cookie.secure && !host::is_loopback(incoming.host()) {
        return Err(Reason::HostNotLoopback);
    }
    Ok(incoming)
}

/// Whether the query may hold a code, also where the request is refused or its path is written in another way: then it
/// must not be logged.
fn is_at_callback(request: &Request, callback: &str) -> bool {
    request.all(":path").any(|path| {
        let path = path.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
        NormalPath::parse(path).is_ok_and(|path| path.as_str() == callback)
    })
}

/// Whether a rule that names paths could read the path otherwise than the application does.
fn is_ambiguous(parts: &Parts, incoming: &Incoming<'_>) -> bool {
    let path = &incoming.path;
    let is_ambiguous = path.begins_with_two_slashes()
        || match parts.config.paths.ambiguous {
            AmbiguousPath::Refuse => path.is_ambiguous(),
            AmbiguousPath::Allow => path.has_parent_segment(),
        };
    is_ambiguous && parts.policy.names_paths_on(incoming.host())
}

fn by_rule(
    parts: &mut Parts,
    incoming: &Incoming<'_>,
    patience: Patience,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    let policy = Rc::clone(&parts.policy);
    let ruling =
        policy.rule_for(&Asked { host: incoming.host(), path: &incoming.path, method: incoming.method });
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    let mut edits = stripped(parts, incoming.request, &browser);
    match ruling.allows() {
        Allows::Public => return forward(edits, ruling.judge(None)),
        Allows::Nobody => {
            let closed: Outcome = Reply::explain(Reason::Closed, incoming.reader()).into();
            return closed.by(ruling.judge(None));
        }
        Allows::Optional | Allows::SignedIn(_) => {}
    }
    // Groups may have changed at the provider, so the rules are asked after the refresh.
    let (opened, newer_tokens) = match current(parts, &browser, patience, inputs.now) {
        Current::Session(opened, newer_tokens) => (opened, newer_tokens),
        Current::Wait(key) => return Outcome::WaitForRefresh(key),
        Current::Nobody(cookies) => {
            return without_session(parts, incoming, &ruling, edits, inputs).with_cookies(cookies);
        }
    };
    let person = &opened.session.person;
    let verdict = ruling.judge(Some(&Who { email: person.usable_email(), groups: &person.groups }));
    if !verdict.permits() {
        return not_permitted(parts, incoming).by(verdict);
    }
    add_identity(parts, &mut edits, &opened, newer_tokens.as_deref(), &browser, inputs.now);
    let cookies = match newer_tokens {
        Some(tokens) => handed_over(parts, &opened.session, &tokens, &browser, inputs),
        None => kept_alive(parts, &opened.session, &browser, inputs),
    };
    edits.set_cookies(cookies);
    forward(edits, verdict)
}

fn forward(edits: Edits, verdict: Verdict) -> Outcome {
    Outcome::Step(Step::Forward(edits, verdict))
}

/// Law 3: identity headers from outside go, whatever their case or number, and so do our own cookies.
fn stripped(parts: &Parts, request: &Request, browser: &Browser<'_>) -> Edits {
    let mut edits = Edits::default();
    let forged = request.headers().map(|(name, _)| name).filter(|name| parts.removal.is_forged(name));
    edits.request.extend(forged.map(|name| HeaderEdit::Remove(name.to_owned())));
    if let Some(others) = browser.cookies_of_others() {
        let name = "cookie".to_owned();
        edits.request.push(if others.is_empty() {
            HeaderEdit::Remove(name)
        } else {
            HeaderEdit::Set(name, others)
        });
    }
    edits
}

fn add_identity(
    parts: &mut Parts,
    edits: &mut Edits,
    opened: &Opened,
    newer_tokens: Option<&Tokens>,
    browser: &Browser<'_>,
    now: Timestamp,
) {
    let set = |(name, value): (String, String)| HeaderEdit::Set(name, value.into_bytes());
    edits.request.extend(opened.attached.iter().cloned().map(set));
    if !parts.wanted_tokens.any() {
        return;
    }
    let from_cookies =
        if newer_tokens.is_none() { parts.vault.tokens(&opened.session, browser) } else { None };
    if let Some(tokens) = newer_tokens.or(from_cookies.as_deref()) {
        let texts = told::token_texts(tokens, parts.wanted_tokens, now);
        edits.request.extend(identity::of_tokens(texts, &parts.config.upstream).into_iter().map(set));
    }
}

/// Lets the idle timeout begin anew, by a cookie on the application's response.
fn kept_alive(
    parts: &Parts,
    session: &Session,
    browser: &Browser<'_>,
    inputs: &mut Inputs<'_>,
) -> Vec<String> {
    if !session.wants_resealing(inputs.now, &parts.config.session) {
        return vec![];
    }
    // Without randomness the old cookie goes on as long as it can.
    parts.vault.keep_session(&session.resealed(inputs.now), browser, inputs).unwrap_or_default()
}

fn without_session(
    parts: &Parts,
    incoming: &Incoming<'_>,
    ruling: &Ruling<'_>,
    edits: Edits,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    let verdict = ruling.judge(None);
    if verdict.permits() {
        return forward(edits, verdict);
    }
    not_signed_in(parts, incoming, ruling.unauthenticated(), inputs).by(verdict)
}

fn not_signed_in(
    parts: &Parts,
    incoming: &Incoming<'_>,
    unauthenticated: Unauthenticated,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    if incoming.may_start_sign_in(unauthenticated) {
        let here = incoming.request.only(":path").unwrap_or_default();
        // One that is too long even to be looked at loses its query first, as in its cookie.
        let path = here.split(|byte| *byte == b'?').next().unwrap_or_default();
        let original_url = [here, path]
            .into_iter()
            .find_map(|url| incoming.safe_redirect(url, &parts.config, &[]))
            .unwrap_or_else(|| "/".to_owned());
        return sign_in::start(parts, incoming, original_url, inputs);
    }
    // Law 7: what is no navigation gets JSON, also where a person's form sent it.
    let navigates = incoming.may_start_sign_in(Unauthenticated::Auto);
    let reader = if navigates { Reader::Person } else { Reader::Program };
    Reply::explain(Reason::NotSignedIn, reader).with_link(parts.links.sign_in("/")).into()
}

fn not_permitted(parts: &Parts, incoming: &Incoming<'_>) -> Outcome {
    Reply::explain(Reason::NotPermitted, incoming.reader()).with_link(parts.links.sign_out()).into()
}
