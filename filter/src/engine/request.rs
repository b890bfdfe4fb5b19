//! What becomes of a request: refused, one of the filter's own endpoints, or who may pass and with which headers.

use std::rc::Rc;

use super::endpoints::{self, Endpoint};
use super::freshness::{Current, Patience, current, handed_over};
use super::headers::Request;
use super::incoming::{self, Incoming};
use super::outcome::Outcome;
use super::parts::{self, Parts};
use super::sign_in::Wanted;
use super::step::{Edits, HeaderEdit, Step};
use super::whole_session::{SignIn, WholeSession};
use super::{bearer, shown, sign_in};
use crate::access::{Allows, Asked, Judgement, Policy, Ruling, Source, Verdict, Who};
use crate::config::{AmbiguousPath, Authentication, Config, HostPattern};
use crate::inputs::Inputs;
use crate::page::{Challenge, Reader, Reason, Reply};
use crate::session::session::PersonClaims;
use crate::session::{Browser, Session};
use crate::upstream::{Rule, connection};
use crate::web::authority::Authority;
use crate::web::path::{self, Clarity, NormalPath};
use crate::web::{header, header_names, host};

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
    let outcome = if parts.config.upstream.filter_state { outcome.stating_the_rule() } else { outcome };
    let outcome = if asks_by_grpc_for_ours(&request, &parts.config.paths.prefix) {
        outcome.keeping_status()
    } else {
        outcome
    };
    outcome.shown_by(|| shown::presentation(parts, &request)).of(request)
}

/// The filter's own endpoints are no gRPC services, however a request is refused there. Whoever guards an application by
/// `<prefix>/auth` (`auth_request`, `forwardAuth`) passes a stranger's headers on and goes by the HTTP status, of which
/// Envoy makes 200 for gRPC.
fn asks_by_grpc_for_ours(request: &Request, prefix: &str) -> bool {
    let is_ours =
        |path: &[u8]| path.strip_prefix(prefix.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
    incoming::is_grpc(request) && request.all(":path").any(is_ours)
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
    if let Some(endpoint) = Endpoint::at(&incoming.path, &parts.config) {
        return endpoints::serve(parts, endpoint, &incoming, patience, inputs);
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
    request
        .all(":path")
        .any(|path| NormalPath::parse(path::without_query(path)).is_ok_and(|path| path.as_str() == callback))
}

fn asked<'a>(incoming: &'a Incoming<'_>, source: &'a Source<'a>) -> Asked<'a> {
    Asked { host: incoming.host(), path: &incoming.path, method: incoming.method, source: Some(source) }
}

/// What browsers ask before a request of another origin, without credentials (Fetch, "CORS-preflight fetch").
fn is_preflight(incoming: &Incoming<'_>) -> bool {
    // Envoy joins a header that came several times by commas.
    let has = |name| incoming.request.only(name).is_some_and(|value| !value.contains(&b','));
    incoming.method == b"OPTIONS" && has("origin") && has("access-control-request-method")
}

/// Where rules name paths, none of them may read the path otherwise than the application does.
///
/// # Errors
/// The reason why the path is refused.
fn ruling<'p>(policy: &'p Policy, ambiguous: AmbiguousPath, asked: &Asked<'_>) -> Result<Ruling<'p>, Reason> {
    let path = asked.path;
    let names_paths = || policy.names_paths_on(asked.host);
    match (path.clarity(), ambiguous) {
        (Clarity::NeverGuessed, _) if names_paths() => Err(Reason::PathInvalid),
        (Clarity::SeveralReadings, AmbiguousPath::Refuse) if names_paths() => {
            let readings = path.readings().map_err(|_| Reason::PathAmbiguous)?;
            policy.rule_for_all(asked, &readings).ok_or(Reason::PathAmbiguous)
        }
        _ => Ok(policy.rule_for(asked)),
    }
}

fn by_rule(
    parts: &mut Parts,
    incoming: &Incoming<'_>,
    patience: Patience,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    let policy = Rc::clone(&parts.policy);
    let calls = &mut *inputs.calls;
    let mut source = || calls.source();
    let source = Source::new(&mut source);
    let asked = asked(incoming, &source);
    let preflight = is_preflight(incoming).then(|| policy.preflight(&asked)).flatten();
    let ruling = match ruling(&policy, parts.config.paths.ambiguous, &asked) {
        Ok(ruling) => ruling,
        Err(reason) => return Reply::explain(reason, incoming.reader()).into(),
    };
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    let mut edits = stripped(parts, incoming, &browser);
    if let Some(verdict) = preflight {
        return forward(edits, verdict);
    }
    match ruling.allows() {
        Allows::Public => return forward(edits, ruling.judge(None)),
        Allows::Nobody => {
            let closed: Outcome = Reply::explain(Reason::Closed, incoming.reader()).into();
            return closed.by(ruling.judge(None));
        }
        Allows::Optional | Allows::SignedIn(_) => {}
    }
    if let Some(token) = bearer::token(incoming, &ruling) {
        return bearer::by_token(parts, incoming, &ruling, (token, edits), inputs);
    }
    // Groups may have changed at the provider, so the rules are asked after the refresh.
    let (opened, tokens, newer_tokens) = match current(parts, &browser, patience, inputs.now) {
        Current::Session(WholeSession { opened, tokens }) => (opened, tokens, None),
        Current::Renewed(opened, tokens) => (opened, None, Some(tokens)),
        Current::Wait(key) => return Outcome::WaitForRefresh(key),
        Current::Nobody { cookies, sign_in } => {
            let verdict = ruling.judge(None);
            if verdict.permits() {
                return forward(edits, verdict);
            }
            let answer = if incoming.may_start_sign_in(ruling.unauthenticated()) {
                match sign_in {
                    SignIn::MayBegin => signed_in_first(parts, incoming, &browser, &ruling, inputs),
                    SignIn::WouldNotBeKept => {
                        sign_in::not_kept(parts, incoming, &here_or_root(parts, incoming)).into()
                    }
                }
            } else {
                not_signed_in(parts, incoming).challenging(bearer::challenge(&ruling))
            };
            return answer.by(verdict).with_cookies(cookies);
        }
    };
    let person = &opened.session.person;
    let verdict = ruling.judge(Some(&Who {
        email: person.usable_email(),
        groups: &person.groups,
        claims: &person.named,
        authentication: opened.session.authentication(inputs.now),
    }));
    if let Judgement::StepUp(_) = verdict.judgement {
        let step_up = step_up(parts, incoming, &browser, (&ruling, person), inputs);
        return step_up.of_session(parts, &opened.session).about(&opened.attached, &verdict).by(verdict);
    }
    if !verdict.permits() {
        let refused = not_permitted(parts, incoming, &ruling, person, &verdict);
        return refused.of_session(parts, &opened.session).about(&opened.attached, &verdict).by(verdict);
    }
    edits.tell(&opened.attached.headers);
    edits.tell(&parts.signed_header(incoming, &opened.attached, &verdict, inputs));
    let tokens = newer_tokens.as_deref().or(tokens.as_deref());
    edits.tell(tokens.into_iter().flat_map(|tokens| parts::headers_of(tokens, inputs.now)));
    let cookies = match newer_tokens {
        Some(tokens) => handed_over(parts, &opened.session, &tokens.tokens, &browser, inputs),
        None => kept_alive(parts, &opened.session, &browser, inputs),
    };
    edits.set_cookies(cookies);
    edits.filter_state = opened.attached.filter_state(Rule(verdict.rule));
    forward(edits, verdict)
}

fn forward(edits: Edits, verdict: Verdict) -> Outcome {
    Outcome::Step(Step::Forward(edits, verdict))
}

/// Law 3: identity headers from outside go, whatever their case, number or spelling, no proxy is told to drop ours, and
/// our cookies stay here.
fn stripped(parts: &Parts, incoming: &Incoming<'_>, browser: &Browser<'_>) -> Edits {
    let request = incoming.request;
    let forged = request.names().filter(|name| parts.removal.is_forged(name));
    let mut edits: Vec<_> = forged.map(|name| HeaderEdit::Remove(name.to_owned())).collect();
    let names_host = edits.iter().any(
        |edit| matches!(edit, HeaderEdit::Remove(name) if header::is_same(name, header_names::FORWARDED_HOST)),
    );
    if names_host {
        // Applications that read it fall back to `host` without it, which may be what a proxy calls them.
        let authority = incoming.authority.to_string();
        edits.push(HeaderEdit::set(header_names::FORWARDED_HOST, authority));
    }
    if let Some(options) = connection::without_forged(request.all("connection"), &parts.removal) {
        edits.push(set_or_remove("connection", options.into_bytes()));
    }
    if let Some(others) = browser.cookies_of_others() {
        edits.push(set_or_remove("cookie", others));
    }
    Edits { request: edits, ..Edits::default() }
}

fn set_or_remove(name: &str, value: Vec<u8>) -> HeaderEdit {
    if value.is_empty() { HeaderEdit::Remove(name.into()) } else { HeaderEdit::set(name, value) }
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

/// A navigation that needs a session goes to the provider first, and comes back.
fn signed_in_first(
    parts: &Parts,
    incoming: &Incoming<'_>,
    browser: &Browser<'_>,
    ruling: &Ruling<'_>,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    // Where no sign-in is enough, a usual one ends in the page that says so.
    let authentication = ruling.authentication().filter(|wanted| *wanted != Authentication::ANY);
    let wanted = Wanted { original_url: here_or_root(parts, incoming), authentication, ..Wanted::default() };
    sign_in::start(parts, incoming, browser, wanted, inputs)
}

/// Whoever is signed in, and not as the rule asks, is sent to the provider once more; a program is told what is missing
/// (RFC 9470).
fn step_up(
    parts: &Parts,
    incoming: &Incoming<'_>,
    browser: &Browser<'_>,
    (ruling, person): (&Ruling<'_>, &PersonClaims),
    inputs: &mut Inputs<'_>,
) -> Outcome {
    if incoming.may_start_sign_in(ruling.unauthenticated()) {
        return signed_in_first(parts, incoming, browser, ruling, inputs);
    }
    let wanted = ruling.authentication().unwrap_or_default();
    let challenge = Challenge {
        error: Some("insufficient_user_authentication"),
        acr_values: wanted.acr.clone(),
        max_age: wanted.max_age,
        ..bearer::challenge(ruling)
    };
    let Some(sealed) = parts.vault.seal_step_up(wanted, inputs) else {
        return Reply::explain(Reason::NoEntropy, incoming.reader()).into();
    };
    let back = way_back(parts, incoming);
    let reply = parts.links.step_up(asks(incoming), &back, &sealed).with_challenge(challenge);
    reply.about_person(shown::name(person)).into()
}

/// Law 7: a navigation gets a page, also where a form sent it; everything else what a program reads.
fn not_signed_in(parts: &Parts, incoming: &Incoming<'_>) -> Outcome {
    parts.links.unauthenticated(Reason::NotSignedIn, asks(incoming), &way_back(parts, incoming)).into()
}

/// Nobody sees the answer to a prefetch.
fn asks(incoming: &Incoming<'_>) -> Reader {
    if incoming.is_prefetch() { incoming.program() } else { incoming.reader() }
}

/// Where a link of the answer leads back to.
fn way_back(parts: &Parts, incoming: &Incoming<'_>) -> String {
    let back = if incoming.is_get() { here(parts, incoming) } else { page_of_the_form(parts, incoming) };
    back.unwrap_or_else(|| "/".to_owned())
}

fn here_or_root(parts: &Parts, incoming: &Incoming<'_>) -> String {
    here(parts, incoming).unwrap_or_else(|| "/".to_owned())
}

/// The address of a request that can be made again by a link.
fn here(parts: &Parts, incoming: &Incoming<'_>) -> Option<String> {
    let here = incoming.request.only(":path")?;
    // One that is too long even to be looked at loses its query first, as in its cookie.
    [here, path::without_query(here)]
        .into_iter()
        .find_map(|url| incoming.safe_redirect(url, &parts.config, &[]))
}

/// A form's own address may take nothing but posts, so the way back leads to the page on which it stood, as the browser
/// says (RFC 9110 §10.1.3): on this origin only, and not where something would happen by itself.
fn page_of_the_form(parts: &Parts, incoming: &Incoming<'_>) -> Option<String> {
    let safe = |target: &[u8]| incoming.safe_redirect(target, &parts.config, &[]);
    let referer = safe(incoming.request.only("referer")?)?;
    // What is safe as a whole URL need not be so without its origin: `https://app.example//evil.example`.
    let page = safe(referer.strip_prefix(&incoming.origin(&parts.config)).unwrap_or(&referer).as_bytes())?;
    let is_own = |path: NormalPath<'_>| Endpoint::at(&path, &parts.config).is_some();
    (!NormalPath::parse(page.as_bytes()).is_ok_and(is_own)).then_some(page)
}

/// Another account of theirs may do, and leads to the same place.
fn not_permitted(
    parts: &Parts,
    incoming: &Incoming<'_>,
    ruling: &Ruling<'_>,
    person: &PersonClaims,
    verdict: &Verdict,
) -> Outcome {
    let reply = Reply::explain(Reason::NotPermitted, incoming.reader());
    if !reply.is_page() {
        return reply.into();
    }
    let reply = reply
        .about_person(shown::name(person))
        .with_link(parts.links.another_account(&way_back(parts, incoming)))
        .with_link(parts.links.sign_out());
    shown::naming_groups(reply, parts, ruling, verdict).into()
}
