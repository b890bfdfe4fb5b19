//! The two sides of the protocol, as every request to the provider needs them.

use super::ProviderMetadata;
use crate::config::{Client, Provider};

/// This client at its provider: whom to call and how (configuration), where (metadata), and as whom.
#[derive(Clone, Copy, Debug)]
pub struct RelyingParty<'a> {
    /// By which cluster, and within which time, it is called.
    pub provider: &'a Provider,
    /// The identifier and how it is proven.
    pub client: &'a Client,
    /// The endpoints and what they support.
    pub metadata: &'a ProviderMetadata,
}
