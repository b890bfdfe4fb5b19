//! What happens to requests while the module does not run: never that they pass.

use super::{warning, word};
use crate::check::diagnostic::{Diagnostic, Severity};
use crate::documents::{Kind, Plugin, either};
use crate::yaml::{Node, Place, Value};

const OPEN: &str = "requests pass without any check while the module is missing or has failed";

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let Some(module) = &plugin.module else { return vec![] };
    let found = match plugin.kind {
        Kind::WasmPlugin | Kind::TrafficExtension => {
            strategy(plugin, word(module, "failStrategy"), "failStrategy", &["FAIL_RELOAD", "FAIL_CLOSE"])
        }
        Kind::EnvoyExtensionPolicy => {
            switch(plugin, module.get("failOpen"), "failOpen", "failOpen: false, which is the default")
        }
        Kind::EnvoyFilter => {
            let policy = either(module, "failure_policy", "failurePolicy");
            let policy = policy.and_then(|policy| Some((policy.text()?, policy.place)));
            let old = switch(
                plugin,
                either(module, "fail_open", "failOpen"),
                "fail_open",
                "failure_policy: FAIL_RELOAD, and no fail_open",
            );
            old.or(strategy(plugin, policy, "failure_policy", &["FAIL_RELOAD", "FAIL_CLOSED"]))
        }
        Kind::Values | Kind::Bare => None,
    };
    found.into_iter().collect()
}

fn strategy(
    plugin: &Plugin,
    given: Option<(&str, Place)>,
    key: &str,
    accepted: &[&str],
) -> Option<Diagnostic> {
    let (name, place) = given?;
    if accepted.contains(&name) || name == "UNSPECIFIED" {
        return None;
    }
    let why = if name == "FAIL_OPEN" { format!("FAIL_OPEN: {OPEN}") } else { format!("found {name:?}") };
    Some(fault(plugin, place, key, why, &accepted.join(" or ")))
}

fn switch(plugin: &Plugin, given: Option<&Node>, key: &str, accepted: &str) -> Option<Diagnostic> {
    let node = given?;
    (node.value == Value::Bool(true))
        .then(|| fault(plugin, node.place, key, format!("true: {OPEN}"), accepted))
}

fn fault(plugin: &Plugin, place: Place, key: &str, found: String, accepted: &str) -> Diagnostic {
    let diagnostic = warning(plugin, place, "fail-open", found, accepted);
    Diagnostic { severity: Severity::Fault, key: key.to_owned(), ..diagnostic }
}
