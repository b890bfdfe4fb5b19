//! What must be registered at the provider. Nothing is wrong: a sign-in works when it is done.

use vestibule::config::{Config, HostPattern, SignOut};

use super::Subject;
use crate::check::diagnostic::{Diagnostic, Severity};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let config = subject.config;
    let prefix = &config.paths.prefix;
    let signed_out: Vec<_> = origins(config).iter().map(|it| format!("{it}{prefix}/signed_out")).collect();
    let advice = match config.paths.sign_out {
        SignOut::Provider => format!("sign-out redirect URIs: {}", signed_out.join(", ")),
        SignOut::Local => "no sign-out redirect URIs: paths.sign_out is local".to_owned(),
    };
    let found =
        format!("sign-in redirect URIs to register at the provider: {}", redirect_uris(config).join(", "));
    vec![Diagnostic::of_key(
        subject.plugin,
        (Severity::Note, "redirect-uris"),
        if config.hosts.is_some() { "hosts" } else { "" },
        found,
        advice,
    )]
}

/// The sign-in redirect URIs: one for each host, or the one that is configured. Where a host is not known, `<` stands for
/// it.
pub(in crate::check) fn redirect_uris(config: &Config) -> Vec<String> {
    match &config.paths.redirect_uri {
        Some(only) => vec![only.as_str().to_owned()],
        None => origins(config).iter().map(|it| format!("{it}{}/callback", config.paths.prefix)).collect(),
    }
}

fn origins(config: &Config) -> Vec<String> {
    let scheme = if config.session.cookie.secure { "https" } else { "http" };
    let host = |pattern: &HostPattern| match pattern {
        HostPattern::Exact(name) => format!("{scheme}://{name}"),
        HostPattern::Below(domain) => format!("{scheme}://<each host below {domain}>"),
    };
    match &config.hosts {
        Some(hosts) => hosts.iter().map(host).collect(),
        None => vec![format!("{scheme}://<each host>")],
    }
}
