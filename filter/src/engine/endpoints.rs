//! The filter's own endpoints: those under `paths.prefix`, and what asks whether it lives.

use serde_json::json;

use super::freshness::{Current, Patience, current, handed_over};
use super::incoming::Incoming;
use super::outcome::Outcome;
use super::parts::Parts;
use super::whole_session::WholeSession;
use super::{callback, sign_out, start};
use crate::access::{AuthQuery, Who};
use crate::config::{Config, Unauthenticated};
use crate::inputs::Inputs;
use crate::page::{Reader, Reason, Reply};
use crate::session::Session;
use crate::web::path::NormalPath;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Callback,
    Start,
    SignIn,
    SignOut,
    SignedOut,
    Auth,
    Userinfo,
    /// Only where there is a signed header.
    Jwks,
    /// Where it is configured, as the next one.
    Ping,
    Ready,
}

impl Endpoint {
    /// The endpoint at `path`, which must have arrived in normal form: another spelling is the application's.
    pub(super) fn at(path: &NormalPath<'_>, config: &Config) -> Option<Self> {
        let paths = &config.paths;
        let is_at = |own: &Option<String>| own.as_deref() == Some(path.as_str());
        let endpoint = if is_at(&paths.ping) {
            Self::Ping
        } else if is_at(&paths.ready) {
            Self::Ready
        } else {
            Self::below_prefix(path.as_str().strip_prefix(paths.prefix.as_str())?)
                .filter(|endpoint| *endpoint != Self::Jwks || config.upstream.jwt.is_some())?
        };
        path.arrived_normal().then_some(endpoint)
    }

    fn below_prefix(rest: &str) -> Option<Self> {
        Some(match rest {
            "/callback" => Self::Callback,
            "/start" => Self::Start,
            "/sign_in" => Self::SignIn,
            "/sign_out" => Self::SignOut,
            "/signed_out" => Self::SignedOut,
            "/auth" => Self::Auth,
            "/userinfo" => Self::Userinfo,
            "/jwks" => Self::Jwks,
            _ => return None,
        })
    }

    /// The methods that it takes; `None`: all. Only signing out changes anything that the browser did not begin itself.
    fn methods(self) -> Option<&'static [&'static str]> {
        match self {
            // A code is good for one attempt, which a HEAD must not use up.
            Self::Callback => Some(&["GET"]),
            Self::SignOut => Some(&["GET", "HEAD", "POST"]),
            // Whoever asks may pass on the method of what it is asked for.
            Self::Auth => None,
            Self::Start
            | Self::SignIn
            | Self::SignedOut
            | Self::Userinfo
            | Self::Jwks
            | Self::Ping
            | Self::Ready => Some(&["GET", "HEAD"]),
        }
    }
}

/// What an endpoint makes of a request.
pub(super) fn serve(
    parts: &mut Parts,
    endpoint: Endpoint,
    incoming: &Incoming<'_>,
    patience: Patience,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    if let Some(methods) = endpoint.methods()
        && !methods.iter().any(|method| method.as_bytes() == incoming.method)
    {
        return Reply::method_not_allowed(incoming.reader(), methods).into();
    }
    match endpoint {
        Endpoint::Callback => callback::callback(parts, incoming, inputs),
        Endpoint::Start if incoming.may_start_sign_in(Unauthenticated::Redirect) => {
            start::start(parts, incoming, inputs)
        }
        Endpoint::Start => parts.links.unauthenticated(Reason::NotSignedIn, incoming.program(), "/").into(),
        Endpoint::SignIn => {
            let link = parts.links.sign_in(&start::wanted_url(parts, incoming));
            Reply::explain(Reason::SignInPage, Reader::Person).with_link(link).into()
        }
        Endpoint::SignOut => sign_out::sign_out(parts, incoming, inputs).into(),
        Endpoint::SignedOut => sign_out::signed_out(parts, incoming, inputs.now).into(),
        Endpoint::Auth => match AuthQuery::parse(incoming.path.query().unwrap_or_default()) {
            Ok(query) => about_session(parts, incoming, patience, inputs, |session| auth(&query, session)),
            Err(_) => Reply::explain(Reason::AuthParameterUnknown, Reader::Program).into(),
        },
        Endpoint::Userinfo => about_session(parts, incoming, patience, inputs, userinfo),
        Endpoint::Jwks => match &parts.signer {
            Some(signer) => Reply::public_json(signer.jwk_set().clone(), Reason::Status).into(),
            None => Reply::explain(Reason::Internal, incoming.program()).into(),
        },
        Endpoint::Ping => Reply::text("OK", Reason::Status).into(),
        Endpoint::Ready if parts.discovery.provider().is_some() => Reply::text("OK", Reason::Status).into(),
        Endpoint::Ready => Reply::explain(Reason::ProviderNotReady, Reader::Program).into(),
    }
}

/// What `answer` says of whoever is signed in, or 401; never a redirect. The session is as fresh as that of a request, and
/// what a refresh has brought goes to the browser.
fn about_session(
    parts: &mut Parts,
    incoming: &Incoming<'_>,
    patience: Patience,
    inputs: &mut Inputs<'_>,
    answer: impl FnOnce(&Session) -> Reply,
) -> Outcome {
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    match current(parts, &browser, patience, inputs.now) {
        Current::Session(WholeSession { opened, .. }) => answer(&opened.session).into(),
        Current::Renewed(opened, tokens) => {
            let session = &opened.session;
            let cookies = handed_over(parts, session, &tokens.tokens, &browser, inputs);
            answer(session).with_cookies(cookies).into()
        }
        Current::Wait(key) => Outcome::WaitForRefresh(key),
        Current::Nobody { cookies, .. } => {
            let reply = parts.links.unauthenticated(Reason::NotSignedIn, incoming.program(), "/");
            reply.with_cookies(cookies).into()
        }
    }
}

/// For what asks before it forwards, such as `auth_request`: 202, or 403 where the query asks for more than a sign-in.
fn auth(query: &AuthQuery, session: &Session) -> Reply {
    let person = &session.person;
    if query.permits(&Who { email: person.usable_email(), groups: &person.groups, ..Who::default() }) {
        Reply::accepted(Reason::Status)
    } else {
        Reply::explain(Reason::NotPermitted, Reader::Program)
    }
}

/// Who is signed in, for the application's own pages.
fn userinfo(session: &Session) -> Reply {
    let person = &session.person;
    let left_out: Vec<_> = session.left_out.names().collect();
    let mut facts = json!({
        "user": person.user,
        "email": person.usable_email(),
        "preferredUsername": person.preferred_username,
        "groups": person.groups,
        // What did not fit into the browser.
        "leftOut": (!left_out.is_empty()).then_some(left_out),
    });
    if let Some(facts) = facts.as_object_mut() {
        facts.retain(|_, value| !value.is_null());
        // As in the headers: an incomplete list would be a lie.
        if !person.groups_complete {
            facts.remove("groups");
        }
    }
    Reply::json(facts, Reason::Status)
}
