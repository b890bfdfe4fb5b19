//! What happens to requests while the module does not run: never that they pass.

use super::fault;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin, either};
use crate::yaml::{Node, Value};

const OPEN: &str = "requests pass without any check while the module is missing or has failed";

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let Some(module) = &plugin.module else { return vec![] };
    let found = match plugin.kind {
        Kind::WasmPlugin | Kind::TrafficExtension => {
            strategy(plugin, module.get("failStrategy"), "failStrategy", &ISTIO)
        }
        Kind::EnvoyExtensionPolicy => {
            switch(plugin, module.get("failOpen"), "failOpen", "failOpen: false, which is the default")
        }
        Kind::EnvoyFilter => {
            let policy = either(module, "failure_policy", "failurePolicy");
            let old = switch(
                plugin,
                either(module, "fail_open", "failOpen"),
                "fail_open",
                "failure_policy: FAIL_RELOAD, and no fail_open",
            );
            old.or(strategy(plugin, policy, "failure_policy", &ENVOY))
        }
        Kind::Values | Kind::Bare => None,
    };
    found.into_iter().collect()
}

/// The strategies of a system.
struct Strategies {
    by_number: &'static [&'static str],
    accepted: &'static [&'static str],
    /// Envoy reads numbers for words, and words in any case. A cluster takes none but Istio's words.
    is_lenient: bool,
}

const ISTIO: Strategies = Strategies {
    by_number: &["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"],
    accepted: &["FAIL_RELOAD", "FAIL_CLOSE"],
    is_lenient: false,
};

const ENVOY: Strategies = Strategies {
    by_number: &["UNSPECIFIED", "FAIL_RELOAD", "FAIL_CLOSED", "FAIL_OPEN"],
    accepted: &["FAIL_RELOAD", "FAIL_CLOSED"],
    is_lenient: true,
};

impl Strategies {
    fn is_accepted(&self, name: &str) -> bool {
        self.accepted.contains(&name) || name == "UNSPECIFIED"
    }

    fn by_number(&self, number: Option<u64>) -> &'static str {
        let index = number.and_then(|number| usize::try_from(number).ok());
        index.and_then(|index| self.by_number.get(index)).copied().unwrap_or_default()
    }
}

fn strategy(plugin: &Plugin, given: Option<&Node>, key: &str, all: &Strategies) -> Option<Diagnostic> {
    let node = given?;
    let (written, name, is_word) = match &node.value {
        Value::String(text) if all.is_lenient => (format!("{text:?}"), text.to_ascii_uppercase(), true),
        Value::String(text) => (format!("{text:?}"), text.clone(), true),
        Value::Number(number, text) => (text.clone(), all.by_number(number.as_u64()).to_owned(), false),
        _ => return None,
    };
    if all.is_accepted(&name) && (is_word || all.is_lenient) {
        return None;
    }
    let found = match (name.as_str(), is_word) {
        ("FAIL_OPEN", true) => format!("FAIL_OPEN: {OPEN}"),
        ("FAIL_OPEN", false) => format!("{written}, which is FAIL_OPEN: {OPEN}"),
        _ => format!("found {written}"),
    };
    Some(fault(plugin, node.place, "fail-open", key, found, all.accepted.join(" or ")))
}

fn switch(plugin: &Plugin, given: Option<&Node>, key: &str, accepted: &str) -> Option<Diagnostic> {
    let node = given?;
    (node.value == Value::Bool(true))
        .then(|| fault(plugin, node.place, "fail-open", key, format!("true: {OPEN}"), accepted))
}
