//! When the filter runs: before whatever decides by identity.

use super::{warning, word};
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin};

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let (Kind::WasmPlugin | Kind::TrafficExtension, Some(spec)) = (plugin.kind, &plugin.spec) else {
        return vec![];
    };
    let (found, place) = match word(spec, "phase") {
        Some(("AUTHN", _)) => return vec![],
        Some((phase, place)) => (format!("the phase {phase:?}"), place),
        None => ("no phase".to_owned(), plugin.place),
    };
    vec![warning(
        plugin,
        place,
        "phase",
        format!("{found}: other filters and Istio's authorization may run before the sign-in"),
        "phase: AUTHN",
    )]
}
