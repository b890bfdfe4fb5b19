//! What must be true of every step. Where a law needs to know who somebody is, it asks the ledger.

use vestibule::access::Verdict;
use vestibule::driver::limits::MAX_EDIT_AGE;
use vestibule::driver::report::Report;
use vestibule::engine::{HeaderEdit, ProviderEvent};
use vestibule::inputs::Timestamp;
use vestibule::oidc::HttpCall;
use vestibule::page::{LocalReply, LogLine, Reply};
use vestibule_testing::{CLIENT_SECRET, ISSUER, SESSION_SECRET};

use super::answers::ACCESS_TOKEN;
use super::asked::Asked;
use super::browser::host_name;
use super::known::Known;
use super::ledger::{Honest, brings_tokens, sign_in};
use super::requests::{FORGED, is_trusted};
use super::settings::Setting;
use super::sign_ins::Redeeming;
use crate::cookies::is_ours;
use crate::readers::{is_below, readings};
use crate::support::{form, pairs};

/// A request that has reached the application, and what its response may set.
#[derive(Debug)]
pub(super) struct Forwarded {
    pub(super) at: Timestamp,
    /// Whether a session stands behind it that still counts.
    has_session: bool,
    /// Whether the application is told of somebody.
    pub(super) tells_who: bool,
    is_public_route: bool,
    /// The session in newer cookies: without newer tokens, and with them.
    resealed: Option<[Honest; 2]>,
}

/// A request reaches the application, after these edits of its headers.
pub(super) fn forward(known: &Known, asked: &Asked, edits: &[HeaderEdit], verdict: &Verdict) -> Forwarded {
    let Known { setting, refreshes, worker, now, .. } = known;
    let (worker, now) = (*worker, *now);
    assert!(verdict.permits(), "forwarded against the verdict: {verdict:?}");
    let host = match setting.acts_on(asked.authority()) {
        Ok(Some(host)) => host,
        Ok(None) => panic!("another application's request is touched"),
        Err(()) => panic!("a request for no proper host is forwarded"),
    };
    assert!(asked.all(":authority").count() == 1 && asked.all(":path").count() == 1, "two readings");
    assert!(!asked.all(":method").any(|method| method == b"CONNECT"), "CONNECT is forwarded");
    let path = asked.path_alone();
    for endpoint in ["callback", "start", "sign_in", "sign_out", "signed_out", "auth", "userinfo"] {
        assert_ne!(path, format!("/oauth2/{endpoint}").as_bytes(), "an endpoint is forwarded");
    }

    let cookies = asked.cookies();
    let mut alive = known.ledger.alive(&cookies, &host, setting, now);
    if setting.refresh {
        alive.retain(|session| session.goes_on(&cookies, refreshes, worker, now));
    }
    // An answer under way may have brought the cookies back.
    alive.retain(|session| !known.has_ended(session, &cookies, &host));
    let told = told(edits, setting.identity_headers[0]);
    let is_person = |session: &&&Honest| session.user().map(str::as_bytes) == told;
    let candidates: Vec<&Honest> = alive.iter().filter(is_person).copied().collect();
    // In the open is what every application finds there.
    let readings = readings(path);
    let is_all = |is_open: &dyn Fn(&[u8]) -> bool| is_open(path) && readings.iter().all(|path| is_open(path));
    let public = is_all(&|path| path == b"/healthz" || is_below(path, b"/public"));
    let optional = is_all(&|path| is_below(path, b"/optional"));
    let is_public_route = path == b"/public/logo.png";
    if !((public || optional) && told.is_none()) {
        assert!(!candidates.is_empty(), "forwarded without a session: {:?}", String::from_utf8_lossy(path));
        assert!(!is_public_route, "a public route tells who somebody is");
    }
    if setting.refuses_ambiguous {
        for reading in &readings {
            assert!(!is_below(reading, b"/never"), "open to nobody, and forwarded: {path:?}");
            let is_in = |session: &&Honest| session.may_be_in_finance(&cookies, refreshes, worker, now);
            let may = candidates.iter().any(is_in);
            assert!(!is_below(reading, b"/finance") || may, "not permitted, and forwarded: {path:?}");
        }
    }
    assert_headers(asked, edits, setting);

    let has_session = !candidates.is_empty();
    // Of several that carry the same name, the one that is good for longest may have been renewed.
    let renewed = candidates.into_iter().max_by_key(|session| (session.sealed_at, session.signed_in_at));
    let resealed =
        renewed.map(|session| [false, true].map(|tokens| session.resealed(now, tokens, refreshes)));
    Forwarded { at: now, has_session, tells_who: told.is_some(), is_public_route, resealed }
}

/// The application's response to it, after these edits. The session that it renews, if it does, and the cookies.
pub(super) fn response(
    forwarded: &Forwarded,
    edits: &[HeaderEdit],
    now: Timestamp,
) -> Option<(Honest, Vec<String>)> {
    if edits.is_empty() {
        return None;
    }
    let at = forwarded.at;
    assert!(at <= now && now.since(at) <= MAX_EDIT_AGE, "a cookie comes too late");
    assert!(forwarded.has_session, "a cookie without a session");
    assert!(!forwarded.is_public_route, "a public route tells who somebody is");
    let set_cookies: Vec<String> = edits
        .iter()
        .filter_map(|edit| match edit {
            HeaderEdit::Add(name, cookie) => {
                assert_eq!(**name, *"set-cookie");
                Some(String::from_utf8_lossy(cookie).into_owned())
            }
            _ => None,
        })
        .collect();
    let no_store = HeaderEdit::Set("cache-control".into(), (*b"no-store").into());
    assert!(set_cookies.is_empty() || edits.contains(&no_store), "a cache may keep a cookie");
    if !sign_in(&set_cookies) {
        return None;
    }
    let [same, refreshed] = forwarded.resealed.clone()?;
    let session = if brings_tokens(&set_cookies) { refreshed } else { same };
    Some((session, set_cookies))
}

/// What the application is told under a name.
fn told<'e>(edits: &'e [HeaderEdit], header: &str) -> Option<&'e [u8]> {
    edits.iter().find_map(|edit| match edit {
        HeaderEdit::Add(name, value) if name.replace('_', "-") == header => Some(&**value),
        _ => None,
    })
}

/// Law 3: what the application finds after the edits.
fn assert_headers(asked: &Asked, edits: &[HeaderEdit], setting: &Setting) {
    let mut headers = asked.headers.clone();
    for edit in edits {
        let remove = |headers: &mut Vec<(String, Vec<u8>)>, name: &[u8]| {
            headers.retain(|(own, _)| !own.as_bytes().eq_ignore_ascii_case(name));
        };
        match edit {
            HeaderEdit::Remove(name) => remove(&mut headers, name),
            HeaderEdit::Set(name, value) => {
                remove(&mut headers, name.as_bytes());
                headers.push((name.to_string(), value.to_vec()));
            }
            HeaderEdit::Add(name, value) => {
                // Nothing was left beside it: what is told is the filter's word alone.
                assert!(!headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)), "{name} twice");
                headers.push((name.to_string(), value.to_vec()));
            }
        }
    }
    for (name, value) in &headers {
        let forged = value.windows(FORGED.len()).any(|part| part == FORGED.as_bytes());
        assert!(!forged || !is_trusted(name, setting.identity_headers), "{name} is forged");
        if is_trusted(name, setting.identity_headers) {
            let control = |byte: &u8| *byte < b' ' || *byte == 0x7f;
            assert!(!value.iter().any(control), "{name} with control bytes");
        }
        if name == "cookie" {
            assert!(!pairs(value).any(|(name, _)| is_ours(name)), "our cookie is forwarded");
        }
        if name == "x-auth-request-groups" {
            assert!(
                !value.split(|byte| *byte == b',').any(|group| group == b"a"),
                "one group looks like two"
            );
        }
    }
}

pub(super) fn location(reply: &LocalReply) -> Option<&str> {
    reply.headers.iter().find(|(name, _)| *name == "location").map(|(_, value)| value.as_str())
}

pub(super) fn set_cookies(reply: &LocalReply) -> Vec<String> {
    let cookies = reply.headers.iter().filter(|(name, _)| *name == "set-cookie");
    cookies.map(|(_, value)| value.clone()).collect()
}

/// The filter answers itself. The session that begins or goes on in newer cookies, if one does: where it could be one of
/// several, each of them.
pub(super) fn reply(
    known: &Known,
    asked: &Asked,
    decided: &Reply,
    reply: &LocalReply,
    redeeming: Option<&Redeeming>,
) -> Vec<Honest> {
    let setting = &known.setting;
    let values =
        |name: &str| reply.headers.iter().filter(|(own, _)| *own == name).map(|(_, value)| value).collect();
    let one = |name: &str| {
        let values: Vec<&String> = values(name);
        assert_eq!(values.len(), 1, "{name}: {values:?}");
        values[0].clone()
    };
    assert_eq!(one("cache-control"), "no-store");
    assert_eq!(one("referrer-policy"), "no-referrer");
    assert_eq!(one("x-content-type-options"), "nosniff");
    assert!(one("content-security-policy").contains("frame-ancestors 'none'"));
    assert!((200..600).contains(&reply.status));
    if let Some(location) = location(reply) {
        assert_eq!((reply.status, &*one("location")), (302, location));
        assert!(setting.may_lead_to(location, asked.authority()), "a reply leads to {location}");
    }
    for (name, value) in &reply.headers {
        assert!(!value.contains(|c: char| c.is_control()), "{name}: {value:?}");
    }
    assert_no_secret(decided, reply, asked);
    assert!(
        decided.hides_query || !asked.has_honest_code(&known.started),
        "the code gets into the access log"
    );

    let set_cookies = set_cookies(reply);
    if !sign_in(&set_cookies) {
        return vec![];
    }
    let Some(told) = redeeming.and_then(|redeeming| redeeming.told.as_ref()) else {
        return renewed(known, asked, &set_cookies);
    };
    assert_bindings_expire(asked, &set_cookies, setting);
    assert!(known.is_honest(told), "a session from a dishonest answer: {redeeming:?}");
    let scope = set_cookies
        .iter()
        .filter(|cookie| sign_in(std::slice::from_ref(*cookie)))
        .find_map(|cookie| cookie.split("; ").find_map(|attribute| attribute.strip_prefix("Domain=")))
        .map_or_else(|| host_name(asked.authority()), str::to_owned);
    vec![known.begun(told, scope)]
}

/// The endpoints that tell of a session hand over what a refresh has brought.
fn renewed(known: &Known, asked: &Asked, set_cookies: &[String]) -> Vec<Honest> {
    let Known { setting, refreshes, worker, now, .. } = known;
    let is_told = [b"/oauth2/auth".as_slice(), b"/oauth2/userinfo"].contains(&asked.path_alone());
    assert!(is_told && setting.refresh && brings_tokens(set_cookies), "a session from nowhere");
    let (cookies, host) = (asked.cookies(), host_name(asked.authority()));
    let mut alive = known.ledger.alive(&cookies, &host, setting, *now);
    alive.retain(|session| session.goes_on(&cookies, refreshes, *worker, *now));
    alive.retain(|session| !known.has_ended(session, &cookies, &host));
    assert!(!alive.is_empty(), "a session from nowhere");
    alive.into_iter().map(|session| session.resealed(*now, true, refreshes)).collect()
}

/// Law 8, and what a person may be shown.
fn assert_no_secret(decided: &Reply, reply: &LocalReply, asked: &Asked) {
    let detail = decided.detail.clone().unwrap_or_default();
    let state = asked.parameter("state").filter(|state| state.len() > 8);
    let secrets = [CLIENT_SECRET, SESSION_SECRET, ACCESS_TOKEN, "the-code", "refresh-token"];
    for secret in secrets.into_iter().chain(state.as_deref()) {
        assert!(!detail.contains(secret), "the log tells a secret");
        assert!(!reply.body.contains(secret), "a page tells a secret");
    }
    for secret in [CLIENT_SECRET, SESSION_SECRET, ACCESS_TOKEN] {
        assert!(!reply.headers.iter().any(|(_, value)| value.contains(secret)), "a header tells a secret");
    }
    assert!(detail.len() < 300 && !detail.contains(|c: char| c.is_control()), "{detail:?}");
}

/// What a client sends gets into no details, and into a line only in its alphabet and up to a length.
pub(super) fn report(report: &Report, asked: &Asked) {
    let Report { line: logged, details, request_id } = report;
    logged.iter().for_each(line);
    let of_details =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_{}[],.".contains(&byte);
    assert!(details.len() < 100 && details.bytes().all(of_details), "{details:?}");
    let of_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let id = request_id.as_deref().unwrap_or("x");
    assert!(id.len() <= 64 && !id.is_empty() && id.bytes().all(of_id), "{id:?}");
    let text = logged.as_ref().map_or("", |line| &line.text);
    let query = [asked.parameter("state"), asked.parameter("code")];
    for secret in query.iter().flatten().filter(|secret| secret.len() > 8) {
        assert!(!text.contains(&**secret), "the log tells a secret");
    }
    for secret in [CLIENT_SECRET, SESSION_SECRET, ACCESS_TOKEN, "the-code", "refresh-token"] {
        assert!(!text.contains(secret), "the log tells a secret");
    }
}

/// One line of printable ASCII, of a length that has a bound.
pub(super) fn line(line: &LogLine) {
    let printable = line.text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    assert!(printable && line.text.len() < 4000, "{line:?}");
}

/// Calls go to the provider, and their debug form can be logged.
pub(super) fn call(call: &HttpCall, setting: &Setting) {
    assert_eq!((call.scheme, &*call.authority), ("https", "op.example"));
    assert!(call.path.starts_with("/oauth2/default/") && !call.path.contains(|c: char| c.is_control()));
    let shown = format!("{call:?}");
    for secret in
        [CLIENT_SECRET, SESSION_SECRET, ACCESS_TOKEN, "the-code", "refresh-token", "Basic", "Bearer"]
    {
        assert!(!shown.contains(secret), "a call shows a secret");
    }
    let in_form = String::from_utf8_lossy(&call.body).contains(CLIENT_SECRET);
    let posts = setting.json["client"]["auth_method"] == "client_secret_post";
    assert_eq!(in_form, posts && call.method == "POST", "the secret is where it was not wanted");
}

/// Law 4: a code is redeemed only for the browser that began the sign-in, in its time.
pub(super) fn redemption(known: &Known, asked: &Asked, call: &HttpCall) -> Option<Redeeming> {
    let state = asked.parameter("state").expect("a state");
    let started = known.started.iter().find(|started| started.state == state).expect("a state from nowhere");
    assert_eq!(started.host, host_name(asked.authority()), "on another host");
    assert!(known.now.since(started.at) < 900, "too late");
    let is_bound = |(_, value): &(_, Vec<u8>)| value.as_slice() == started.binding.as_bytes();
    assert!(asked.cookies().iter().any(is_bound), "in another browser");
    let form = form(call);
    let get = |name: &str| form.get(name).map(String::as_str);
    assert_eq!(get("grant_type"), Some("authorization_code"));
    assert_eq!(get("code"), asked.parameter("code").as_deref());
    assert_eq!(get("code_verifier").map(str::len), Some(43));
    assert!(asked.parameter("iss").is_none_or(|iss| iss == ISSUER), "another issuer's answer");
    Some(Redeeming { nonce: started.nonce.clone(), told: None })
}

/// What binds a sign-in to the browser that gets this cookie.
pub(super) fn binding(set_cookie: &str) -> Option<&str> {
    let (name, value) = set_cookie.split(';').next()?.split_once('=')?;
    (name.contains("vestibule_b_") && !value.is_empty()).then_some(value)
}

/// Whoever has a session holds no proof of sign-ins any more: so they stay few.
fn assert_bindings_expire(asked: &Asked, set_cookies: &[String], setting: &Setting) {
    let prefix = if setting.secure { "__Host-vestibule_b_" } else { "vestibule_b_" };
    let cookies = asked.cookies();
    let names = cookies.iter().filter_map(|(name, _)| std::str::from_utf8(name).ok());
    let ours = names.filter(|name| name.starts_with(prefix) && is_ours(name.as_bytes()));
    for name in ours.take(32) {
        let expires =
            |cookie: &String| cookie.starts_with(&format!("{name}=;")) && cookie.contains("Max-Age=0");
        assert!(set_cookies.iter().any(expires), "{name} stays");
    }
}

/// Events can be logged.
pub(super) fn event(event: &ProviderEvent) {
    event.log_line().iter().for_each(line);
}
