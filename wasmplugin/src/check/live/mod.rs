//! `--live`: what the real provider says to this configuration.
//!
//! The requests are the filter's own, and its own code reads the answers: metadata, keys, the token request. Nothing is
//! changed at the provider, no person is signed in, and a code that is redeemed is one that nobody has.
//!
//! [`provider`] asks for what is public, [`client`] whether this client is known, [`http`] makes the calls.

mod client;
mod http;
mod inputs;
mod provider;

use vestibule::config::Config;
use vestibule::oidc::{ProviderMetadata, RelyingParty};

use super::diagnostic::{Diagnostic, Severity};
use super::environment::{self, Values};
use super::warnings::service_entry;
use crate::documents::{Documents, Plugin};
use http::Http;

/// Asks the providers of a configuration.
pub(super) fn ask(
    plugin: &Plugin,
    config: &Config,
    documents: &Documents,
    values: &Values,
) -> Vec<Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let asked = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        let http = Http::new()?;
        let mut found = Vec::new();
        if let Some(metadata) = runtime.block_on(ask_providers(plugin, config, &http, &mut found)) {
            found.extend(service_entry::of_metadata(plugin, &config.provider, &metadata, documents));
            runtime.block_on(ask_as_client(plugin, config, values, (&metadata, &http), &mut found));
        }
        Ok(found)
    });
    asked.unwrap_or_else(|error| {
        vec![Diagnostic::of_key(
            plugin,
            (Severity::Fault, "live"),
            "provider",
            format!("nobody could be asked: {error}"),
            "a machine with a network",
        )]
    })
}

/// What everybody may ask. The metadata of the provider that signs people in.
async fn ask_providers(
    plugin: &Plugin,
    config: &Config,
    http: &Http,
    found: &mut Vec<Diagnostic>,
) -> Option<ProviderMetadata> {
    for issuer in &config.issuers {
        let key = format!("providers.{}.issuer", issuer.name);
        provider::ask(plugin, &key, &issuer.provider, http, found).await;
    }
    let metadata = provider::ask(plugin, "provider.issuer", &config.provider, http, found).await?;
    if config.session.refresh && !metadata.offers_offline_access {
        found.push(Diagnostic::of_key(
            plugin,
            (Severity::Warning, "live-refresh"),
            "session.refresh",
            "the provider's metadata list no scope offline_access: it may give no refresh token",
            "in Okta: Applications, this application, General, Grant type: Refresh Token; other providers: see \
             wasmplugin/PROVIDERS.md",
        ));
    }
    Some(metadata)
}

/// What this client may ask.
async fn ask_as_client(
    plugin: &Plugin,
    config: &Config,
    values: &Values,
    (metadata, http): (&ProviderMetadata, &Http),
    found: &mut Vec<Diagnostic>,
) {
    let party = RelyingParty { provider: &config.provider, client: &config.client, metadata };
    let names = plugin.config.as_ref().map(environment::named).unwrap_or_default();
    let of_client = names.iter().filter(|one| one.key.starts_with("client."));
    let without_value: Vec<_> =
        of_client.filter(|one| !environment::is_real(plugin, values, &one.name)).collect();
    let is_known = match without_value.first() {
        None => client::try_credentials(plugin, config, &party, http, found).await,
        Some(first) => {
            let names: Vec<_> = without_value.iter().map(|one| one.name.as_str()).collect();
            let names = names.join(", ");
            found.push(Diagnostic::of_key(
                plugin,
                (Severity::Note, "live-credentials"),
                first.key.as_str(),
                format!("the client's credentials were not tried: there is no value for {names}"),
                "--env FILE with a line NAME=VALUE for each",
            ));
            true
        }
    };
    // A client that nobody knows has no redirect URIs.
    if is_known {
        client::try_redirect_uris(plugin, config, &party, http, found).await;
    }
}
