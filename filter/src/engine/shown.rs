//! What the pages of an answer show of the person who reads them: their language, who they are, what they would need.

use super::headers::Request;
use super::parts::Parts;
use super::step::Step;
use super::waiting::{CallFor, Calling};
use crate::access::{Judgement, Need, Ruling, Verdict};
use crate::page::{MOST_GROUPS, Presentation, Reply};
use crate::session::session::PersonClaims;

/// The pages in the language that the browser prefers.
// Once in the binary: it is called where nothing is in a hurry.
#[inline(never)]
pub(super) fn presentation(parts: &Parts, request: &Request) -> Presentation {
    parts.pages.preferred(request.all("accept-language"))
}

/// For the answer to a call, whose request has gone by.
pub(super) fn presentation_of(calling: &Calling) -> Presentation {
    match &*calling.0 {
        CallFor::Push(push, _) => push.shown.clone(),
        CallFor::Code(redemption) | CallFor::Userinfo(redemption, _) => redemption.shown.clone(),
    }
}

impl Step {
    /// Shows its page so, where it is one.
    pub(super) fn shown_by(mut self, presentation: impl FnOnce() -> Presentation) -> Self {
        if let Self::Reply(reply, _) = &mut self
            && reply.is_page()
        {
            reply.shown.by = Some(presentation());
        }
        self
    }
}

/// By what a person knows an account of theirs.
pub(super) fn name(person: &PersonClaims) -> &str {
    let name = person.usable_email().or(person.preferred_username.as_deref()).or(person.user.as_deref());
    name.unwrap_or(&person.sub)
}

/// With the groups of which one would do, where the configuration lets them be named.
pub(super) fn naming_groups(
    mut reply: Reply,
    parts: &Parts,
    ruling: &Ruling<'_>,
    verdict: &Verdict,
) -> Reply {
    if let Judgement::Missing(needs) = &verdict.judgement
        && parts.config.pages.show_required
        && reply.is_page()
        && needs.contains(&Need::Groups)
    {
        reply.shown.needed_groups =
            ruling.groups_of(verdict.rule).iter().take(MOST_GROUPS).cloned().collect();
    }
    reply
}
