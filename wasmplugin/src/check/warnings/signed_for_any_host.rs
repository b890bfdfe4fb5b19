//! The signed header names the host that the client has named, so that host must be one of the filter's.

use super::Subject;
use crate::check::diagnostic::Diagnostic;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let is_for_any = subject.config.upstream.jwt.is_some() && subject.config.hosts.is_none();
    let warn = || {
        subject.warning(
            "upstream.jwt",
            "signed-for-any-host",
            "without hosts the filter signs for whatever host a client names",
            "hosts with those that are routed to the application",
        )
    };
    is_for_any.then(warn).into_iter().collect()
}
