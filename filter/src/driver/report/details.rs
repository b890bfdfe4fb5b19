//! Envoy's response code details of an answer: access logs have them as `%RESPONSE_CODE_DETAILS%`.

use crate::access::Verdict;
use crate::page::{Cause, Reply};
use crate::upstream::Rule;

/// `vestibule_not_permitted{access[3]}`, `vestibule_sign_in_unknown{expired}`, `vestibule_path_invalid`.
pub(super) fn of(reply: &Reply, verdict: Option<&Verdict>) -> String {
    let rule = verdict.map(|verdict| Rule(verdict.rule).to_string());
    let cause = reply.cause.map(|cause| Cause::word(cause).to_owned());
    let more: Vec<_> = rule.into_iter().chain(cause).collect();
    let code = reply.reason.code();
    if more.is_empty() {
        format!("vestibule_{code}")
    } else {
        format!("vestibule_{code}{{{}}}", more.join(","))
    }
}
