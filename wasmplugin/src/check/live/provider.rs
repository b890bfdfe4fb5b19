//! What a provider says in public: its metadata, its keys, and what time it is.

use serde_json::Value;
use vestibule::config::{HttpUrl, Provider};
use vestibule::oidc::http_call::AnswerError;
use vestibule::oidc::provider::{MetadataError, discovery_call};
use vestibule::oidc::{Answer, HttpCall, ProviderMetadata, jwks};

use super::http::Http;
use super::inputs::now;
use crate::check::diagnostic::{Diagnostic, Severity};
use crate::documents::Plugin;

/// What the filter allows between clocks, in seconds.
const SKEW: u64 = 60;

/// Asks for metadata and keys. The metadata, where they can be used.
pub(super) async fn ask(
    plugin: &Plugin,
    key: &str,
    provider: &Provider,
    http: &Http,
    found: &mut Vec<Diagnostic>,
) -> Option<ProviderMetadata> {
    let fault = |code, what: String, accepted: String| {
        Diagnostic::of_key(plugin, (Severity::Fault, code), key, what, accepted)
    };
    let call = discovery_call(provider);
    let url = format!("{}://{}{}", call.scheme, call.authority, call.path);
    let answer = match http.call(&call).await {
        Ok(answer) => answer,
        Err(why) => {
            let accepted =
                "an address that this machine reaches; is the host right, and does this network let it out?";
            found.push(fault("live-metadata", format!("{url} does not answer: {why}"), accepted.to_owned()));
            return None;
        }
    };
    found.extend(clock(plugin, key, &answer));
    let metadata = match ProviderMetadata::read(&answer, provider) {
        Ok(metadata) => metadata,
        Err(error) => {
            let (what, accepted) = unusable(&error, &answer, &url);
            found.push(fault("live-metadata", what, accepted));
            return None;
        }
    };
    let keys = keys(provider, &metadata.jwks_uri, http).await;
    if let Err(why) = &keys {
        let accepted = "a JWK set with an RSA key of 2048 bits or more, or a P-256, P-384 or Ed25519 key";
        let what = format!("the keys at {} cannot be used: {why}", metadata.jwks_uri.as_str());
        found.push(fault("live-keys", what, accepted.to_owned()));
    }
    if keys.is_ok() {
        found.push(Diagnostic::of_key(
            plugin,
            (Severity::Note, "live-provider"),
            key,
            "the provider answers: its metadata name this issuer, and its keys can be used",
            "",
        ));
    }
    Some(metadata)
}

async fn keys(provider: &Provider, jwks_uri: &HttpUrl, http: &Http) -> Result<(), String> {
    let answer = http.call(&HttpCall::get(jwks_uri, provider)).await?;
    jwks::read(&answer).map(|_| ()).map_err(|error| error.to_string())
}

/// What is wrong with the metadata, and what to do.
fn unusable(error: &MetadataError, answer: &Answer, url: &str) -> (String, String) {
    let okta = "in Okta: Security, API, Authorization Servers has each issuer";
    match error {
        MetadataError::IssuerMismatch(_) => {
            let object = answer.json_object().unwrap_or_default();
            let issuer = object.get("issuer").and_then(Value::as_str).map(printable);
            match issuer {
                Some(issuer) => (
                    format!("the provider calls itself {issuer:?}"),
                    format!(
                        "issuer: {issuer}, letter by letter; or the issuer of another authorization server ({okta})"
                    ),
                ),
                None => (format!("{url} names no issuer"), "the metadata of an OpenID Provider".to_owned()),
            }
        }
        MetadataError::Answer(AnswerError::Status(404)) => (
            format!("there is nothing at {url} (status 404)"),
            format!(
                "an issuer that exists: https://DOMAIN for the org authorization server, \
                     https://DOMAIN/oauth2/ID for another ({okta})"
            ),
        ),
        MetadataError::Answer(AnswerError::Status(401)) => (
            format!("{url} is not to be had (status 401)"),
            "the org authorization server, https://DOMAIN: others need Okta's API Access Management"
                .to_owned(),
        ),
        MetadataError::Answer(error) => {
            (format!("{url} gives {error}"), "the metadata of an OpenID Provider".to_owned())
        }
        other => {
            (other.to_string(), "the endpoint's own key beside issuer, such as token_endpoint".to_owned())
        }
    }
}

/// The clock of this machine stands for those of the proxies, which mostly are set by the same.
fn clock(plugin: &Plugin, key: &str, answer: &Answer) -> Option<Diagnostic> {
    let theirs = http_date(answer.header("date")?)?;
    let ours = now().0;
    let apart = theirs.abs_diff(ours);
    (apart > SKEW).then(|| {
        Diagnostic::of_key(
            plugin,
            (Severity::Warning, "live-clock"),
            key,
            format!("the clock of this machine is {apart} s away from the provider's: beyond {SKEW} s no ID token counts"),
            "clocks that are set by NTP, here and on the machines of the proxies",
        )
    })
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7) in seconds since the epoch.
fn http_date(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| name == month)? + 1;
    vestibule::web::time::parse_time(&format!("{year}-{month:02}-{day}T{time}Z")).map(|time| time.0)
}

/// What a provider says may not write to a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for text in ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "a b c d e GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_provider_calls_itself_is_printed_without_control_characters() {
        assert_eq!(printable("https://a\u{1b}[31m\nb"), "https://a[31mb");
    }
}
