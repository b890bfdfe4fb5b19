//! `client_cidrs` in a rule that opens: whoever has the address needs no sign-in, so it must be the client's own.

use super::never_matches::opens;
use super::{Subject, selector};
use crate::check::diagnostic::{Diagnostic, Severity};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let opening = subject.config.access.iter().enumerate();
    let opening = opening.filter(|(_, rule)| rule.when.client_cidrs.is_some() && opens(rule));
    let say = |(index, _)| {
        let key = format!("access[{index}].match.client_cidrs");
        if selector::is_gateway(subject.plugin) == Some(false) {
            return subject.warning(
                key,
                "address-opens",
                "an address opens this rule, and not at a gateway: here any workload in front chooses the address",
                "the rule at the gateway, or one that needs a sign-in",
            );
        }
        Diagnostic {
            severity: Severity::Note,
            ..subject.warning(
                key,
                "address-opens",
                "an address opens this rule: it is the client's only where every hop in front is counted",
                "at the gateway `externalTrafficPolicy: Local`, or `gatewayTopology.numTrustedProxies` for the load \
                 balancers in front",
            )
        }
    };
    opening.map(say).collect()
}
