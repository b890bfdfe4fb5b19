//! Rules in words, and a request that reaches each.

use std::fmt::Write as _;

use vestibule::config::{Access, HostPattern, PathPattern, Rule};

use super::Subject;
use super::filter::Asked;
use super::person::Person;

/// `admin.example.com /finance/* for groups finance`.
pub(super) fn in_words(rule: &Rule) -> String {
    let list = |texts: Vec<String>| texts.join(" ");
    let when = &rule.when;
    let mut words = vec![
        when.methods.as_ref().map(|methods| methods.join(" ")),
        when.hosts.as_ref().map(|hosts| list(hosts.iter().map(ToString::to_string).collect())),
        when.paths.as_ref().map(|paths| list(paths.iter().map(ToString::to_string).collect())),
        when.client_cidrs
            .as_ref()
            .map(|networks| format!("from {}", list(networks.iter().map(ToString::to_string).collect()))),
    ];
    if words.iter().all(Option::is_none) {
        words.push(Some("everything".to_owned()));
    }
    words.push(Some(format!("for {}", for_whom(rule))));
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn for_whom(rule: &Rule) -> String {
    let require = match &rule.then {
        Access::Public => return "everyone (public)".to_owned(),
        Access::Optional => return "everyone (optional)".to_owned(),
        Access::Nobody => return "nobody".to_owned(),
        Access::Require(require) => require,
    };
    let mut parts = Vec::new();
    parts.extend(require.groups.as_ref().map(|groups| format!("groups {}", groups.join(" "))));
    if let Some(email) = &require.email {
        parts.extend((!email.emails.is_empty()).then(|| format!("emails {}", email.emails.join(" "))));
        parts.extend(
            (!email.domains.is_empty()).then(|| format!("email domains {}", email.domains.join(" "))),
        );
    }
    parts.extend(require.claims.iter().map(|claim| format!("{} {}", claim.name, claim.values.join(" "))));
    parts.extend(require.authentication.acr.as_ref().map(|acr| format!("acr {}", acr.join(" "))));
    parts.extend(require.authentication.max_age.map(|age| format!("a sign-in within {} s", age)));
    let person = if parts.is_empty() { "whoever is signed in".to_owned() } else { parts.join(", ") };
    if rule.bearer.is_some() { format!("{person}; and for bearer tokens") } else { person }
}

/// Every rule with a request that it is for, and what nobody gets there.
pub(super) fn table(subject: &Subject) -> String {
    let mut out = String::new();
    for (place, rule) in subject.rules.iter().enumerate() {
        let host = host_of(rule.when.hosts.as_deref().or(subject.hosts.as_deref()));
        let path = path_of(rule);
        let method =
            rule.when.methods.as_ref().and_then(|methods| methods.first()).map_or("GET", String::as_str);
        let address = rule
            .when
            .client_cidrs
            .as_ref()
            .and_then(|networks| networks.first())
            .map(|network| network.addr());
        let asked = Asked { method, host: &host, path: &path, headers: Vec::new() };
        let explained = subject.explain(&asked, &Person::Nobody, address);
        let decided = explained.verdict.as_ref().and_then(|verdict| verdict.rule);
        let reached = match decided {
            Some(decided) if decided == place => String::new(),
            Some(decided) => format!(" (access[{decided}] decides)"),
            None => " (no rule decides)".to_owned(),
        };
        let _ = writeln!(
            out,
            "access[{place}] {}\n  {method} {host}{path} by nobody: {}{reached}",
            in_words(rule),
            explained.word()
        );
    }
    let _ = writeln!(out, "otherwise: whoever is signed in");
    out
}

fn host_of(hosts: Option<&[HostPattern]>) -> String {
    match hosts.and_then(<[HostPattern]>::first) {
        Some(HostPattern::Exact(name)) => name.clone(),
        Some(HostPattern::Below(domain)) => format!("any.{domain}"),
        None => "app.example.com".to_owned(),
    }
}

fn path_of(rule: &Rule) -> String {
    match rule.when.paths.as_ref().and_then(|paths| paths.first()) {
        Some(PathPattern::Exact(path)) => path.clone(),
        Some(PathPattern::Below(folder)) => format!("{folder}/something"),
        None => "/".to_owned(),
    }
}
