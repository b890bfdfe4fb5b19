//! Two filters for the same requests: the first takes the session's cookie away, and the second sends everybody to sign in,
//! round and round. Nobody gets in without a sign-in.

use vestibule::config::HostPattern;

use super::Subject;
use super::never_matches::includes_host;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin};
use crate::yaml::Node;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    if subject.plugin.kind != Kind::TrafficExtension {
        return vec![];
    }
    let is_older =
        |other: &&Plugin| other.kind == Kind::WasmPlugin && selects_the_same(subject.plugin, other);
    let older = subject.documents.plugins.iter().filter(is_older).find(|other| shares_a_host(subject, other));
    let warn = |older: &Plugin| {
        super::warning(
            subject.plugin,
            subject.plugin.place,
            "both-kinds",
            format!(
                "{} is for the same pods and hosts: both at once are two filters, and sign-ins go round",
                older.name
            ),
            "one of them: apply the TrafficExtension, then delete the WasmPlugin; in the other order the door is open between",
        )
    };
    older.map(warn).into_iter().collect()
}

/// The same namespace, selector and targets, as they are written.
fn selects_the_same(one: &Plugin, other: &Plugin) -> bool {
    let namespace = |plugin: &Plugin| {
        plugin.name.split_once(' ').map(|(_, name)| name.rsplit_once('/').map(|(it, _)| it.to_owned()))
    };
    let part =
        |plugin: &Plugin, key: &str| plugin.spec.as_ref().and_then(|spec| spec.get(key)).map(Node::json);
    namespace(one) == namespace(other)
        && ["selector", "targetRefs"].iter().all(|key| part(one, key) == part(other, key))
}

/// Without `hosts` a filter is for all of them.
fn shares_a_host(subject: &Subject<'_>, other: &Plugin) -> bool {
    let Some(own) = subject.config.hosts.as_deref() else { return true };
    let Some(other) = other.config.as_ref().and_then(|config| config.get("hosts")) else { return true };
    let other: Vec<_> = other.items().iter().filter_map(|host| HostPattern::parse(host.text()?)).collect();
    own.iter().any(|one| other.iter().any(|host| includes_host(one, host) || includes_host(host, one)))
}
