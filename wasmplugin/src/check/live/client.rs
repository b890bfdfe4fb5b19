//! Whether the provider knows this client, its credentials and its redirect URIs.

use vestibule::config::{ClientAuth, Config};
use vestibule::oidc::authorization_request::{self, Parameters};
use vestibule::oidc::token::{TokenError, TokenResponse, redeem_code};
use vestibule::oidc::{Answer, RelyingParty, pushed_authorization_request};

use super::http::Http;
use super::inputs::{now, with};
use crate::check::diagnostic::{Diagnostic, Severity};
use crate::check::warnings::redirect_uris::redirect_uris;
use crate::documents::Plugin;

/// A code, a state and a verifier that nobody has: what is asked is only who asks.
const NOBODYS: &str = "vestibule-check-vestibule-check-vestibule-check";

/// Okta takes 60 authorization requests a minute.
const MOST: usize = 20;

const IN_OKTA: &str = "in Okta: Applications, this application, General";

/// Redeems a code that nobody has: whoever is not refused as a client is known. `false`: the client is not.
pub(super) async fn try_credentials(
    plugin: &Plugin,
    config: &Config,
    party: &RelyingParty<'_>,
    http: &Http,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let key = match &config.client.auth {
        ClientAuth::None => "client.id",
        ClientAuth::PrivateKeyJwt(_) => "client.private_key",
        _ => "client.secret",
    };
    let mut say = |severity, what: String, accepted: &str| {
        found.push(Diagnostic::of_key(plugin, (severity, "live-credentials"), key, what, accepted));
    };
    let uris = redirect_uris(config);
    let redirect_uri = uris.iter().find(|uri| !uri.contains('<')).map_or("https://localhost", String::as_str);
    let Ok(call) = with(|inputs| redeem_code(party, NOBODYS, redirect_uri, NOBODYS, inputs)) else {
        say(Severity::Fault, "this machine has no randomness".to_owned(), "a system that has some");
        return true;
    };
    let answer = match http.call(&call).await {
        Ok(answer) => answer,
        Err(why) => {
            let endpoint = party.metadata.token_endpoint.as_str();
            say(
                Severity::Fault,
                format!("{endpoint} does not answer: {why}"),
                "a token endpoint that can be reached",
            );
            return true;
        }
    };
    match TokenResponse::read(&answer, now()) {
        Err(TokenError::Refused { code, .. }) if code == "invalid_client" => {
            let accepted = format!(
                "the client's own ID, and one of its secrets or keys that is active ({IN_OKTA}, Client Credentials)"
            );
            say(Severity::Fault, "the provider refuses this client: invalid_client".to_owned(), &accepted);
            false
        }
        Err(TokenError::Refused { code, .. }) if code == "unauthorized_client" => {
            let accepted =
                format!("the grant type Authorization Code for this client ({IN_OKTA}, Grant type)");
            say(
                Severity::Fault,
                "the client may not redeem codes: unauthorized_client".to_owned(),
                &accepted,
            );
            true
        }
        Err(TokenError::Refused { code, .. }) if code == "invalid_grant" => {
            let what = "the provider knows this client and takes its credentials";
            say(Severity::Note, what.to_owned(), "");
            true
        }
        Err(other) => {
            let what = format!("whether the credentials are right cannot be told: {other}");
            say(Severity::Warning, what, "the same again, a minute later");
            true
        }
        Ok(_) => {
            let what = "the token endpoint gives tokens for a code that it never gave";
            say(Severity::Fault, what.to_owned(), "another provider");
            true
        }
    }
}

/// Begins a sign-in for each redirect URI, as one that no person sees: where it leads back, the URI is registered.
pub(super) async fn try_redirect_uris(
    plugin: &Plugin,
    config: &Config,
    party: &RelyingParty<'_>,
    http: &Http,
    found: &mut Vec<Diagnostic>,
) {
    let key = if config.paths.redirect_uri.is_some() { "paths.redirect_uri" } else { "hosts" };
    let mut say = |severity, key: &str, what: String, accepted: &str| {
        found.push(Diagnostic::of_key(plugin, (severity, "live-redirect-uri"), key, what, accepted));
    };
    if pushed_authorization_request::is_wanted(party) {
        let what = "the redirect URIs were not tried: authorization requests are pushed";
        say(Severity::Note, key, what.to_owned(), "");
        return;
    }
    let all = redirect_uris(config);
    let (known, unknown): (Vec<_>, Vec<_>) = all.iter().partition(|uri| !uri.contains('<'));
    let mut taken = 0;
    for (index, uri) in known.iter().enumerate().take(MOST) {
        let key = if key == "hosts" { host_key(config, index) } else { key.to_owned() };
        match outcome(party, uri, http).await {
            Ok(Outcome::Registered) => taken += 1,
            Ok(Outcome::Refused(status)) => {
                let accepted =
                    format!("{uri} among the sign-in redirect URIs ({IN_OKTA}, Login), letter by letter");
                say(
                    Severity::Fault,
                    &key,
                    format!("the provider does not lead back to {uri} (status {status})"),
                    &accepted,
                );
            }
            Ok(Outcome::Error(code)) => {
                let accepted = match code.as_str() {
                    "invalid_scope" => {
                        "client.scopes that the authorization server has (in Okta: Security, API, this server, Scopes)"
                    }
                    "access_denied" => {
                        "people and policies that may use this application (in Okta: Assignments, and the server's Access Policies)"
                    }
                    "unauthorized_client" | "unsupported_response_type" => {
                        "the grant type Authorization Code for this client"
                    }
                    _ => "a sign-in that the provider takes",
                };
                let key = if code == "invalid_scope" { "client.scopes" } else { &key };
                say(
                    Severity::Fault,
                    key,
                    format!("the provider answers the sign-in at {uri} with {code}"),
                    accepted,
                );
            }
            Ok(Outcome::Elsewhere) => {
                say(
                    Severity::Note,
                    &key,
                    format!("whether {uri} is registered cannot be told from outside"),
                    "",
                );
            }
            Err(why) => {
                let endpoint = party.metadata.authorization_endpoint.as_str();
                say(
                    Severity::Fault,
                    &key,
                    format!("{endpoint} does not answer: {why}"),
                    "an endpoint that can be reached",
                );
                return;
            }
        }
    }
    if taken > 0 {
        say(
            Severity::Note,
            key,
            format!("redirect URIs that the provider takes: {taken} of {}", known.len()),
            "",
        );
    }
    if known.len() > MOST {
        say(Severity::Note, key, format!("redirect URIs that were not tried: {}", known.len() - MOST), "");
    }
    if !unknown.is_empty() {
        let what = "redirect URIs of hosts that are not named here were not tried";
        say(Severity::Note, key, what.to_owned(), "");
    }
}

/// The place in `hosts` of the exact host with this number.
fn host_key(config: &Config, number: usize) -> String {
    let hosts = config.hosts.iter().flatten().enumerate();
    let mut exact = hosts.filter(|(_, host)| matches!(host, vestibule::config::HostPattern::Exact(_)));
    exact.nth(number).map_or_else(|| "hosts".to_owned(), |(index, _)| format!("hosts[{index}]"))
}

enum Outcome {
    /// The answer leads back, with what says that nobody is signed in.
    Registered,
    /// No redirect: a page for the person.
    Refused(u16),
    /// It leads back with an error that every sign-in would meet.
    Error(String),
    /// It leads elsewhere, to a page of the provider's most likely.
    Elsewhere,
}

async fn outcome(party: &RelyingParty<'_>, uri: &str, http: &Http) -> Result<Outcome, String> {
    let parameters = Parameters {
        redirect_uri: uri,
        state: NOBODYS,
        nonce: NOBODYS,
        code_verifier: NOBODYS,
        prompt: None,
        login_hint: None,
        authentication: None,
    };
    let url = authorization_request::url(party, &parameters);
    let has_prompt = party.client.prompt.is_some();
    // Without a page: the provider's answer comes at once.
    let url = if has_prompt { url } else { format!("{url}&prompt=none") };
    let answer = http.visit(&url).await?;
    let Answer::Response { status, .. } = &answer else { return Ok(Outcome::Elsewhere) };
    Ok(match (status, answer.header("location")) {
        (301..=303 | 307 | 308, Some(location)) => led_to(location, uri),
        // Of the request itself; 429 and 5xx are of the moment.
        (400..=404, _) => Outcome::Refused(*status),
        _ => Outcome::Elsewhere,
    })
}

fn led_to(location: &str, uri: &str) -> Outcome {
    let Some(query) = location.strip_prefix(uri).and_then(|rest| rest.strip_prefix(['?', '#'])) else {
        return Outcome::Elsewhere;
    };
    let error = query.split('&').find_map(|pair| pair.strip_prefix("error="));
    let waits_for_a_person =
        ["login_required", "interaction_required", "consent_required", "account_selection_required"];
    match error {
        None => Outcome::Registered,
        Some(code) if waits_for_a_person.contains(&code) => Outcome::Registered,
        Some(code) if code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
            Outcome::Error(code.to_owned())
        }
        Some(_) => Outcome::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_answer_leads() {
        let uri = "https://a.example/oauth2/callback";
        let led = |rest: &str| led_to(&format!("{uri}{rest}"), uri);
        assert!(matches!(led("?error=login_required&state=x"), Outcome::Registered));
        assert!(
            matches!(led("?state=x&error=invalid_scope"), Outcome::Error(code) if code == "invalid_scope")
        );
        assert!(matches!(led("?code=x"), Outcome::Registered));
        assert!(matches!(led("evil?error=login_required"), Outcome::Elsewhere));
        assert!(matches!(led("?error=%1b[31m"), Outcome::Elsewhere));
        assert!(matches!(led_to("https://acme.okta.com/login", uri), Outcome::Elsewhere));
    }
}
