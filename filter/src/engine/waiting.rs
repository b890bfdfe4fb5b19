//! Requests that are not decided yet: what continues them. Each of these values is moved into its continuation, so
//! nothing can be continued twice; and that a request waits for an answer to its own call, or for something that the
//! root context fetches, are two types, so that one cannot be continued as the other.

use super::exchange::{AwaitsKeys, AwaitsUserinfo, Repeated};
use super::headers::Request;
use super::issuers::{TokenKeys, WhichIssuer};
use crate::inputs::Spent;
use crate::oidc::authorization_request::Prompt;
use crate::oidc::endpoint::ProviderEndpoint;
use crate::page::{Presentation, Reader};
use crate::session::pending_login::Begun;
use crate::session::shared_refresh::RefreshKey;
use crate::session::{PendingLogin, RememberedBrowser};

/// A request for which a call to the provider is under way; continued by its answer, and by nothing else:
///
/// ```compile_fail,E0308
/// # use vestibule::{engine::{Calling, Engine, Step}, inputs::Inputs};
/// fn wrong(engine: &mut Engine, calling: Calling, inputs: &mut Inputs<'_>) -> Step {
///     engine.resume(calling, inputs)
/// }
/// ```
///
/// Nor can it be continued twice:
///
/// ```compile_fail,E0382
/// # use vestibule::{engine::{Calling, Engine}, inputs::Inputs, oidc::Answer};
/// fn twice(engine: &mut Engine, calling: Calling, inputs: &mut Inputs<'_>) {
///     engine.on_answer(calling, &Answer::Nothing, inputs);
///     engine.on_answer(calling, &Answer::Nothing, inputs);
/// }
/// ```
#[derive(Debug)]
pub struct Calling(pub(super) Box<CallFor>);

#[derive(Debug)]
pub(super) enum CallFor {
    /// The authorization request is being pushed.
    Push(Push, Repeated),
    /// The code is being redeemed.
    Code(Redemption),
    /// Claims are being fetched that the ID token lacks.
    Userinfo(Redemption, AwaitsUserinfo),
}

/// A request that waits for what the root context fetches for everybody; decided anew when that is there.
#[derive(Debug)]
pub struct Parked(pub(super) WaitFor);

/// What requests wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaited {
    /// Metadata and keys, of which nothing is known yet.
    Provider,
    /// Newer keys, for an ID token.
    Keys,
    /// Somebody's access token.
    Refresh,
    /// The keys of the issuer of a bearer token.
    BearerKeys,
}

impl Awaited {
    /// In their order.
    pub const ALL: [Self; 4] = [Self::Provider, Self::Keys, Self::Refresh, Self::BearerKeys];

    /// Lower-case letters and `_`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Keys => "keys",
            Self::Refresh => "refresh",
            Self::BearerKeys => "bearer_keys",
        }
    }
}

#[derive(Debug)]
pub(super) enum WaitFor {
    /// Nothing was decided: the provider is not known.
    Provider(Request, Query),
    /// The session's access token is being renewed.
    Refresh(Request, RefreshKey),
    /// The keys of the issuer of its bearer token are being fetched.
    TokenKeys(Request, WhichIssuer, TokenKeys),
    /// The keys are being fetched anew.
    Keys(Box<(Redemption, AwaitsKeys)>),
}

/// Whether the query of the request must not get into an access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query {
    HoldsCode,
    MayBeSeen,
}

/// A sign-in that begins by a pushed authorization request. Its cookies are set once that has succeeded.
pub(super) struct Push {
    pub(super) reader: Reader,
    pub(super) redirect_uri: String,
    pub(super) begun: Begun,
    pub(super) prompt: Option<Prompt>,
    pub(super) login_hint: Option<String>,
    /// How its page would be shown.
    pub(super) shown: Presentation,
}

crate::redacted::redacted!(Push);

/// A callback whose state opened and whose binding was there: the sign-in that it ends, and the browser that began it.
#[derive(Debug)]
pub(super) struct Redemption {
    pub(super) login: PendingLogin,
    pub(super) browser: RememberedBrowser,
    /// Given back where the sign-in ends in a session.
    pub(super) spent: Spent,
    /// How its page would be shown.
    pub(super) shown: Presentation,
}

impl Calling {
    pub(super) fn new(call_for: CallFor) -> Self {
        Self(Box::new(call_for))
    }

    /// Which endpoint is asked.
    #[must_use]
    pub fn endpoint(&self) -> ProviderEndpoint {
        match &*self.0 {
            CallFor::Push(..) => ProviderEndpoint::PushedAuthorizationRequest,
            CallFor::Code(_) => ProviderEndpoint::Token,
            CallFor::Userinfo(..) => ProviderEndpoint::Userinfo,
        }
    }

    /// Whether `:path` must lose its query at once: it holds a code, and the browser may go away, which writes the
    /// access log, before there is an answer.
    #[must_use]
    pub fn hides_query(&self) -> bool {
        match &*self.0 {
            // It is the application's own.
            CallFor::Push(..) => false,
            CallFor::Code(_) | CallFor::Userinfo(..) => true,
        }
    }
}

impl Parked {
    /// What it waits for.
    #[must_use]
    pub fn waits_for(&self) -> Awaited {
        match &self.0 {
            WaitFor::Provider(..) => Awaited::Provider,
            WaitFor::Refresh(..) => Awaited::Refresh,
            WaitFor::TokenKeys(..) => Awaited::BearerKeys,
            WaitFor::Keys(_) => Awaited::Keys,
        }
    }

    /// What it holds while it waits. Bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>().saturating_add(match &self.0 {
            WaitFor::Provider(request, _)
            | WaitFor::Refresh(request, _)
            | WaitFor::TokenKeys(request, ..) => request.size(),
            WaitFor::Keys(waits) => {
                let (Redemption { login, browser, spent: _, shown: _ }, awaits) = &**waits;
                let sizes = [size_of_val(&**waits), login.original_url.len(), browser.size(), awaits.size()];
                sizes.into_iter().fold(0, usize::saturating_add)
            }
        })
    }

    /// As [`Calling::hides_query`].
    #[must_use]
    pub fn hides_query(&self) -> bool {
        match &self.0 {
            WaitFor::Provider(_, query) => *query == Query::HoldsCode,
            WaitFor::Refresh(..) | WaitFor::TokenKeys(..) => false,
            WaitFor::Keys(..) => true,
        }
    }
}
