//! The filter's own endpoints under `paths.prefix`.

use serde_json::json;

use super::freshness::{Current, Patience, current, handed_over};
use super::incoming::Incoming;
use super::outcome::Outcome;
use super::parts::Parts;
use super::sign_in::Wanted;
use super::whole_session::{SignIn, WholeSession};
use super::{callback, sign_in, sign_out};
use crate::access::{AuthQuery, Who};
use crate::config::{Authentication, Unauthenticated};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::authorization_request::Prompt;
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
}

impl Endpoint {
    /// The endpoint at `path`, which must have arrived in normal form: another spelling is the application's.
    pub(super) fn at(path: &NormalPath<'_>, prefix: &str) -> Option<Self> {
        let endpoint = match path.as_str().strip_prefix(prefix)? {
            "/callback" => Self::Callback,
            "/start" => Self::Start,
            "/sign_in" => Self::SignIn,
            "/sign_out" => Self::SignOut,
            "/signed_out" => Self::SignedOut,
            "/auth" => Self::Auth,
            "/userinfo" => Self::Userinfo,
            _ => return None,
        };
        path.arrived_normal().then_some(endpoint)
    }

    /// The methods that it takes; `None`: all. Only signing out changes anything that the browser did not begin itself.
    fn methods(self) -> Option<&'static [&'static str]> {
        match self {
            // A code is good for one attempt, which a HEAD must not use up.
            Self::Callback => Some(&["GET"]),
            Self::SignOut => Some(&["GET", "HEAD", "POST"]),
            // Whoever asks may pass on the method of what it is asked for.
            Self::Auth => None,
            Self::Start | Self::SignIn | Self::SignedOut | Self::Userinfo => Some(&["GET", "HEAD"]),
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
            start(parts, incoming, inputs)
        }
        Endpoint::Start => parts.links.unauthenticated(Reason::NotSignedIn, incoming.program(), "/").into(),
        Endpoint::SignIn => {
            let link = parts.links.sign_in(&wanted_url(parts, incoming));
            Reply::explain(Reason::SignInPage, Reader::Person).with_link(link).into()
        }
        Endpoint::SignOut => sign_out::sign_out(parts, incoming, inputs).into(),
        Endpoint::SignedOut => sign_out::signed_out(parts, incoming, inputs.now).into(),
        Endpoint::Auth => match AuthQuery::parse(incoming.path.query().unwrap_or_default()) {
            Ok(query) => about_session(parts, incoming, patience, inputs, |session| auth(&query, session)),
            Err(_) => Reply::explain(Reason::AuthParameterUnknown, Reader::Program).into(),
        },
        Endpoint::Userinfo => about_session(parts, incoming, patience, inputs, userinfo),
    }
}

fn start(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Outcome {
    let prompt = match asked_prompt(incoming) {
        Ok(prompt) => prompt,
        Err(reason) => return Reply::explain(reason, incoming.reader()).into(),
    };
    let original_url = wanted_url(parts, incoming);
    let authentication = match asked_authentication(parts, incoming, inputs.now) {
        Ok(authentication) => authentication,
        Err(reason) => {
            let link = parts.links.sign_in(&original_url);
            return Reply::explain(reason, incoming.reader()).with_link(link).into();
        }
    };
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    match parts.session(&browser, inputs.now) {
        // Where the application itself sends people here, they would go round and round.
        Err(SignIn::WouldNotBeKept) => sign_in::not_kept(parts, incoming, &original_url).into(),
        Ok(_) | Err(SignIn::MayBegin) => {
            sign_in::start(parts, incoming, &browser, Wanted { original_url, prompt, authentication }, inputs)
        }
    }
}

fn wanted_url(parts: &Parts, incoming: &Incoming<'_>) -> String {
    parts.wanted_redirect(incoming).unwrap_or_else(|| "/".to_owned())
}

/// `prompt` of the query. Whoever wrote the link, nothing but one word of the list goes on to the provider.
fn asked_prompt(incoming: &Incoming<'_>) -> Result<Option<Prompt>, Reason> {
    let mut values = incoming.query_parameters("prompt");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Prompt::parse(&value).map(Some).ok_or(Reason::PromptUnknown),
        (Some(_), Some(_)) => Err(Reason::PromptUnknown),
    }
}

/// `step_up` of the query: what a rule of this or of another host asks, and nothing that anybody else has written.
fn asked_authentication(
    parts: &Parts,
    incoming: &Incoming<'_>,
    now: Timestamp,
) -> Result<Option<Authentication>, Reason> {
    let mut values = incoming.query_parameters("step_up");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => parts.vault.open_step_up(&value, now).map(Some).ok_or(Reason::SignInUnknown),
        (Some(_), Some(_)) => Err(Reason::SignInUnknown),
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
