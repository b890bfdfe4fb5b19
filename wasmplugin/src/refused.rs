//! Why a registry did not do what it was asked, in one line and without a secret.
//!
//! No URL is in it beyond its host, for that of an upload is a secret, and nothing of what a server for tokens wrote.

use oci_client::Reference;
use oci_client::errors::{OciDistributionError as Failure, OciErrorCode};

use crate::reference::is_loopback;

pub(crate) fn why(error: &Failure, to: &Reference, with_credentials: bool) -> String {
    let (registry, name) = (to.registry(), to.repository());
    if is_unauthorized(error) {
        return if with_credentials {
            format!(
                "{registry} refuses the credentials that Docker's configuration has for it, or they may not push to {name}"
            )
        } else {
            format!(
                "{registry} wants credentials to push to {name}, and Docker's configuration has none: docker login {registry}"
            )
        };
    }
    if let Failure::RequestError(error) = error
        && let Some(url) = error.url()
        && let Some(host) = url.host_str()
        && url.scheme() == "http"
        && !(is_loopback(to.resolve_registry()) && is_loopback(host))
    {
        return format!(
            "{registry} leads to http://{host} (the realm of its WWW-Authenticate, or a Location), and nothing leaves this machine over plain HTTP: have it name an https address"
        );
    }
    match error {
        Failure::RequestError(error) if error.is_connect() || error.is_timeout() => {
            format!("{registry} cannot be reached: {}", cause(error))
        }
        Failure::RequestError(error) => match error.status() {
            Some(status) => format!("{registry} answers {status}"),
            None => format!("{registry} does not answer as a registry does: {}", cause(error)),
        },
        Failure::ServerError { code, .. } => format!("{registry} answers {code}"),
        Failure::RegistryError { envelope, .. } => {
            let said: Vec<String> = envelope.errors.iter().map(|one| one_line(&one.message)).collect();
            format!("{registry} refuses: {}", said.join("; "))
        }
        other => format!("{registry}: {}", one_line(&other.to_string())),
    }
}

pub(crate) fn is_not_found(error: &Failure) -> bool {
    match error {
        Failure::ImageManifestNotFoundError(_) | Failure::ServerError { code: 404, .. } => true,
        Failure::RegistryError { envelope, .. } => envelope.errors.iter().any(|one| {
            matches!(
                one.code,
                OciErrorCode::ManifestUnknown | OciErrorCode::NotFound | OciErrorCode::NameUnknown
            )
        }),
        _ => false,
    }
}

/// 401 and 403, in all the ways in which the client library has them.
fn is_unauthorized(error: &Failure) -> bool {
    match error {
        Failure::UnauthorizedError { .. } | Failure::AuthenticationFailure(_) => true,
        Failure::ServerError { code, .. } => matches!(code, 401 | 403),
        Failure::RequestError(error) => {
            error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403))
        }
        Failure::RegistryError { envelope, .. } => envelope
            .errors
            .iter()
            .any(|one| matches!(one.code, OciErrorCode::Unauthorized | OciErrorCode::Denied)),
        _ => false,
    }
}

/// The innermost of an error's causes: those around it only say that there was one, and for which URL.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    one_line(&innermost.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
