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

/// The scope that brings a refresh token (OIDC Core §11).
const OFFLINE_ACCESS: &str = "offline_access";

impl RelyingParty<'_> {
    /// The `scope` parameter (RFC 6749 §3.3): what is configured, and `offline_access` where a refresh token is wanted and the
    /// provider does not list its scopes without it. Google answers `invalid_scope` to it.
    #[must_use]
    pub fn scope(&self) -> String {
        let Client { scopes, wants_refresh_token, .. } = self.client;
        let adds = *wants_refresh_token
            && self.metadata.offers_offline_access
            && !scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
        let all = scopes.iter().map(String::as_str).chain(adds.then_some(OFFLINE_ACCESS));
        all.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::provider::testing::{client, metadata_with, provider};
    use super::*;

    #[test]
    fn offline_access_is_asked_for_where_the_provider_has_it_or_does_not_say() {
        let provider = provider();
        let scope = |supported: serde_json::Value, wants_refresh_token, own: &[&str]| {
            let scopes = own.iter().map(|scope| (*scope).to_owned()).collect();
            let client = Client { scopes, wants_refresh_token, ..client() };
            let metadata = metadata_with(&json!({ "scopes_supported": supported }));
            RelyingParty { provider: &provider, client: &client, metadata: &metadata }.scope()
        };
        let all = json!(["openid", "offline_access"]);
        assert_eq!(scope(all.clone(), true, &["openid"]), "openid offline_access");
        assert_eq!(scope(all.clone(), false, &["openid"]), "openid");
        assert_eq!(scope(json!(null), true, &["openid"]), "openid offline_access");
        assert_eq!(scope(json!(["openid", "email"]), true, &["openid"]), "openid");
        // What is configured is asked for, whatever they list; and once.
        let own = ["openid", "offline_access"];
        assert_eq!(scope(json!(["openid"]), true, &own), "openid offline_access");
        assert_eq!(scope(all, true, &own), "openid offline_access");
    }
}
