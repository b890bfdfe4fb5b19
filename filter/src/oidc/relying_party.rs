//! The two sides of the protocol, as every request to the provider needs them.

use super::ProviderMetadata;
use crate::config::{Client, Provider};

/// This client at its provider: whom to call and how (configuration), where (metadata), and as whom.
#[derive(Clone, Copy, Debug)]
pub struct RelyingParty<'a> {
    pub provider: &'a Provider,
    pub client: &'a Client,
    pub metadata: &'a ProviderMetadata,
}
