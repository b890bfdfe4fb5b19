//! `<prefix>/start`: where a sign-in begins, by a link of the filter's own pages, of the application, or of a provider's
//! dashboard (OIDC Core §4). Anybody can write such a link, so everything in it is guarded.

use std::borrow::Cow;

use super::incoming::Incoming;
use super::outcome::Outcome;
use super::parts::Parts;
use super::sign_in::{self, Wanted};
use super::whole_session::SignIn;
use crate::config::Authentication;
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::authorization_request::Prompt;
use crate::page::{Reason, Reply};

/// More is no name of anybody. Bytes.
const LONGEST_LOGIN_HINT: usize = 256;

pub(super) fn start(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Outcome {
    let refused = |reason| Reply::explain(reason, incoming.reader());
    let (prompt, login_hint) = match (comes_from(parts, incoming), prompt(incoming), login_hint(incoming)) {
        (Ok(()), Ok(prompt), Ok(login_hint)) => (prompt, login_hint),
        (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => return refused(reason).into(),
    };
    let original_url = wanted_url(parts, incoming);
    let authentication = match authentication(parts, incoming, inputs.now) {
        Ok(authentication) => authentication,
        Err(reason) => return refused(reason).with_link(parts.links.sign_in(&original_url)).into(),
    };
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    match parts.session(&browser, inputs.now) {
        // Where the application itself sends people here, they would go round and round.
        Err(SignIn::WouldNotBeKept) => sign_in::not_kept(parts, incoming, &original_url).into(),
        Ok(_) | Err(SignIn::MayBegin) => {
            let wanted = Wanted { original_url, prompt, login_hint, authentication };
            sign_in::start(parts, incoming, &browser, wanted, inputs)
        }
    }
}

/// Where the sign-in is to end, as far as redirects may lead there: `rd`, or what a provider's dashboard wants to be opened.
pub(super) fn wanted_url(parts: &Parts, incoming: &Incoming<'_>) -> String {
    let target = incoming.query_parameter("target_link_uri").filter(|_| initiated(incoming));
    let wanted = match target {
        Some(target) => parts.safe_redirect(incoming, target.as_bytes()),
        None => parts.wanted_redirect(incoming),
    };
    wanted.unwrap_or_else(|| "/".to_owned())
}

/// Whether the link says that somebody else has the person sign in (OIDC Core §4, which requires `iss`).
fn initiated(incoming: &Incoming<'_>) -> bool {
    incoming.query_parameters("iss").next().is_some()
}

/// Of a link that another party made, the issuer must be this one: with another, it would be a sign-in of which the person
/// knows nothing. The dashboard of an Okta org names the org also where one of its other servers signs people in.
fn comes_from(parts: &Parts, incoming: &Incoming<'_>) -> Result<(), Reason> {
    let issuer = &parts.config.provider.issuer;
    let org = format!("{}://{}", issuer.scheme(), issuer.authority());
    let is_own = |named: &str| named == issuer.as_str() || named.strip_suffix('/').unwrap_or(named) == org;
    match single(incoming, "iss") {
        Ok(None) => Ok(()),
        Ok(Some(named)) if is_own(&named) => Ok(()),
        Ok(Some(_)) | Err(Several) => Err(Reason::LoginIssuer),
    }
}

/// `prompt`: nothing but one word of the list goes on to the provider.
fn prompt(incoming: &Incoming<'_>) -> Result<Option<Prompt>, Reason> {
    match single(incoming, "prompt") {
        Ok(None) => Ok(None),
        Ok(Some(value)) => Prompt::parse(&value).map(Some).ok_or(Reason::PromptUnknown),
        Err(Several) => Err(Reason::PromptUnknown),
    }
}

/// `login_hint`: a short text, which the provider's page shows and which signs nobody in.
fn login_hint(incoming: &Incoming<'_>) -> Result<Option<String>, Reason> {
    let hint = single(incoming, "login_hint").map_err(|Several| Reason::LoginHintInvalid)?;
    let Some(hint) = hint.filter(|hint| !hint.is_empty()) else { return Ok(None) };
    if hint.len() > LONGEST_LOGIN_HINT
        || hint.chars().any(|it| it.is_control() || it == char::REPLACEMENT_CHARACTER)
    {
        return Err(Reason::LoginHintInvalid);
    }
    Ok(Some(hint.into_owned()))
}

/// `step_up`: what a rule of this or of another host asks, and nothing that anybody else has written.
fn authentication(
    parts: &Parts,
    incoming: &Incoming<'_>,
    now: Timestamp,
) -> Result<Option<Authentication>, Reason> {
    match single(incoming, "step_up") {
        Ok(None) => Ok(None),
        Ok(Some(value)) => parts.vault.open_step_up(&value, now).map(Some).ok_or(Reason::SignInUnknown),
        Err(Several) => Err(Reason::SignInUnknown),
    }
}

/// A parameter came more than once: two readers could take different ones.
struct Several;

fn single<'a>(incoming: &'a Incoming<'_>, name: &'a str) -> Result<Option<Cow<'a, str>>, Several> {
    let mut values = incoming.query_parameters(name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Several),
    }
}
