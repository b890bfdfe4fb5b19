//! A secret that stands in the file: whoever reads the file, or the resource in the cluster, has it.

use super::warning;
use crate::check::diagnostic::Diagnostic;
use crate::check::environment::named;
use crate::documents::{Environment, Plugin, Source};
use crate::yaml::Place;

/// Where the configuration takes secrets from.
const SECRETS: [&[&str]; 2] = [&["client", "secret"], &["client", "private_key"]];

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let Some(config) = &plugin.config else { return vec![] };
    let own = SECRETS.iter().filter_map(|path| config.find(path));
    let all = own.chain(config.find(&["session", "secrets"]).into_iter().flat_map(|list| list.items()));
    let mut places: Vec<Place> = all.filter_map(|secret| Some(secret.entry("value")?.key_place)).collect();
    if let Environment::Known(variables) = &plugin.environment {
        let names = named(config);
        let is_secret = |name: &str| names.iter().any(|one| one.name == name);
        let inline = variables
            .iter()
            .filter(|it| matches!(&it.source, Source::Inline(value) if !value.expose().is_empty()));
        places.extend(inline.filter(|it| is_secret(&it.name)).map(|it| it.place));
    }
    let say = |place| {
        warning(
            plugin,
            place,
            "secret-in-file",
            "a secret stands in this file: whoever may read the file or the resource has it",
            "`env: NAME`, and the variable from a Kubernetes Secret",
        )
    };
    places.into_iter().map(say).collect()
}
