//! Rules of `access`.

use vestibule::config::{Access, Config, Rule};

use super::super::covering::covers;
use super::{Context, Diagnostic, Severity};

pub(super) fn look(context: &Context<'_>, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    for (place, rule) in config.access.iter().enumerate() {
        let key = format!("access[{place}]");
        if let Some(earlier) = config.access.iter().take(place).position(|earlier| covers(earlier, rule)) {
            let says = format!(
                "never matches: access[{earlier}] is for everything that this is for, and stands before it"
            );
            diagnostics.push(context.at_key(
                Severity::Warning,
                "rule_never_matches",
                &key,
                says,
                "put it first, or remove it",
            ));
            continue;
        }
        if is_only_for_methods(rule) && !has_a_rule_for_the_rest(rule, &config.access[place + 1..]) {
            let says = "it asks for something with these methods only: with every other method whoever is signed in may enter the same paths".to_owned();
            let help = "remove match.methods, or add a rule for the other methods behind it";
            diagnostics.push(context.at_key(
                Severity::Warning,
                "rule_for_methods",
                &format!("{key}.match.methods"),
                says,
                help,
            ));
        }
        if rule.bearer.as_ref().is_some_and(|bearer| bearer.id_tokens) {
            let says =
                "ID tokens count here: they say who signed in, and are no leave to call an API".to_owned();
            let help = "give programs access tokens for an audience of the API, and remove id_tokens";
            diagnostics.push(context.at_key(
                Severity::Warning,
                "id_tokens",
                &format!("{key}.bearer.id_tokens"),
                says,
                help,
            ));
        }
        if matches!(rule.then, Access::Public | Access::Optional) && rule.when.client_cidrs.is_some() {
            let says = "it opens for addresses, which are right only where Envoy knows how many proxies stand in front of it".to_owned();
            let help = "set numTrustedProxies of the gateway to their number, and see that nobody reaches it past them";
            diagnostics.push(context.at_key(
                Severity::Warning,
                "open_for_networks",
                &format!("{key}.match.client_cidrs"),
                says,
                help,
            ));
        }
    }
}

fn is_only_for_methods(rule: &Rule) -> bool {
    let asks = match &rule.then {
        Access::Nobody => true,
        Access::Require(require) => *require != vestibule::config::Require::default(),
        Access::Public | Access::Optional => false,
    };
    asks && rule.when.methods.is_some()
}

/// Whether a later rule is for the same hosts and paths with any method.
fn has_a_rule_for_the_rest(rule: &Rule, later: &[Rule]) -> bool {
    later.iter().any(|other| other.when.methods.is_none() && covers(other, rule))
}
