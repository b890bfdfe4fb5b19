//! What must be registered at the provider. Nothing is wrong: a sign-in works when it is done.

use vestibule::config::HostPattern;

use super::Subject;
use crate::check::diagnostic::{Diagnostic, Severity};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let paths = &subject.config.paths;
    let signed_out: Vec<String> =
        origins(subject).iter().map(|it| format!("{it}{}/signed_out", paths.prefix)).collect();
    vec![Diagnostic {
        severity: Severity::Note,
        ..subject.warning(
            if subject.config.hosts.is_some() { "hosts" } else { "" },
            "redirect-uris",
            format!(
                "sign-in redirect URIs to register at the provider: {}",
                redirect_uris(subject).join(", ")
            ),
            format!("sign-out redirect URIs: {}", signed_out.join(", ")),
        )
    }]
}

/// The sign-in redirect URIs: one for each host, or the one that is configured.
fn redirect_uris(subject: &Subject<'_>) -> Vec<String> {
    let paths = &subject.config.paths;
    match &paths.redirect_uri {
        Some(only) => vec![only.as_str().to_owned()],
        None => origins(subject).iter().map(|it| format!("{it}{}/callback", paths.prefix)).collect(),
    }
}

fn origins(subject: &Subject<'_>) -> Vec<String> {
    let scheme = if subject.config.session.cookie.secure { "https" } else { "http" };
    let host = |pattern: &HostPattern| match pattern {
        HostPattern::Exact(name) => format!("{scheme}://{name}"),
        HostPattern::Below(domain) => format!("{scheme}://<each host below {domain}>"),
    };
    match &subject.config.hosts {
        Some(hosts) => hosts.iter().map(host).collect(),
        None => vec![format!("{scheme}://<each host>")],
    }
}
