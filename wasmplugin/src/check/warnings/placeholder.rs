//! What a migration or a person left to be filled in. The filter takes any client ID.

use super::Subject;
use crate::check::diagnostic::Diagnostic;

/// How what stands for a value begins: where it is to be found, or what fills it in.
const BEGINNINGS: [&str; 6] = ["secret/", "envFrom ", "${", "$(", "{{", "<"];

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let id = &subject.config.client.id;
    if !BEGINNINGS.iter().any(|beginning| id.starts_with(beginning)) {
        return vec![];
    }
    let found = "a text that stands for the client ID, it seems: with it the provider refuses every sign-in";
    vec![subject.warning("client.id", "placeholder", found, "the client ID as the provider has it")]
}
