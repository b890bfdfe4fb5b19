//! Metadata and keys of every issuer: the provider that signs people in, and the further ones. Each is fetched and shared
//! for itself, so that one that is away keeps nobody else out.

use super::discovery::{Discovery, Due, Fetch};
use super::event::ProviderEvent;
use super::issuers::WhichIssuer;
use super::parts::Parts;
use super::shared_place::SharedPlace;
use crate::config::Config;
use crate::inputs::{Inputs, SharedSlot};
use crate::oidc::endpoint::ProviderEndpoint;
use crate::oidc::{Answer, HttpCall};

/// A call for one of them; given back with its answer.
#[derive(Debug)]
pub(super) struct IssuerFetch {
    which: WhichIssuer,
    fetch: Fetch,
}

impl IssuerFetch {
    pub(super) fn endpoint(&self) -> ProviderEndpoint {
        self.fetch.endpoint()
    }
}

/// What is due for one of them.
pub(super) enum FetchDue {
    Call(HttpCall, IssuerFetch),
    Event(ProviderEvent),
}

/// What is due next.
pub(super) fn poll(parts: &mut Parts, inputs: &mut Inputs<'_>) -> Option<FetchDue> {
    let further = (0..parts.config.issuers.len()).map(WhichIssuer::Further);
    std::iter::once(WhichIssuer::First).chain(further).find_map(|which| {
        let (discovery, place) = discovery_and_place(parts, which)?;
        Some(match discovery.poll(&place, inputs)? {
            Due::Call(call, fetch) => FetchDue::Call(call, IssuerFetch { which, fetch }),
            Due::Event(event) => FetchDue::Event(named(event, which, &parts.config)),
        })
    })
}

/// Such a call was answered.
pub(super) fn on_answer(
    parts: &mut Parts,
    IssuerFetch { which, fetch }: IssuerFetch,
    answer: &Answer,
    inputs: &mut Inputs<'_>,
) -> ProviderEvent {
    let Some((discovery, place)) = discovery_and_place(parts, which) else { return ProviderEvent::HalfWay };
    let event = discovery.on_answer(fetch, answer, &place, inputs);
    named(event, which, &parts.config)
}

/// What is known of an issuer, and where that is shared.
fn discovery_and_place(parts: &mut Parts, which: WhichIssuer) -> Option<(&mut Discovery, SharedPlace<'_>)> {
    let Parts { discovery, issuers, vault, config, .. } = parts;
    let (discovery, issuer, number) = match which {
        WhichIssuer::First => (discovery, &config.provider, Some(0)),
        WhichIssuer::Further(index) => {
            let number = index.checked_add(1).and_then(|number| u8::try_from(number).ok());
            (issuers.get_mut(index)?, &config.issuers.get(index)?.provider, number)
        }
    };
    let (sealer, slot) = (vault.issuer_slot(issuer), number.map(SharedSlot::Issuer));
    Some((discovery, SharedPlace { issuer, sealer, slot }))
}

/// The event as the operator knows the issuer.
fn named(event: ProviderEvent, which: WhichIssuer, config: &Config) -> ProviderEvent {
    match which {
        WhichIssuer::First => event,
        WhichIssuer::Further(index) => {
            let name = config.issuers.get(index).map_or("", |issuer| issuer.name.as_str());
            event.of_issuer(name)
        }
    }
}
