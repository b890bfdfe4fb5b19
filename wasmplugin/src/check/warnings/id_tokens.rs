//! `bearer.id_tokens`: ID tokens say who signed in, and give no permission to call an API.

use super::Subject;
use crate::check::diagnostic::Diagnostic;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let rules = subject.config.access.iter().enumerate();
    let taking = rules.filter(|(_, rule)| rule.bearer.as_ref().is_some_and(|bearer| bearer.id_tokens));
    let say = |(index, _)| {
        subject.warning(
            format!("access[{index}].bearer.id_tokens"),
            "id-tokens",
            "ID tokens are taken as bearer tokens: applications, logs and browsers that hold one may call this",
            "access tokens with an audience of their own; this key is for the time of a migration",
        )
    };
    taking.map(say).collect()
}
