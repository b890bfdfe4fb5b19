//! Pushes a layout to a registry (distribution-spec 1.1): the image, what refers to it, and the tag last, so that
//! whoever finds the tag finds all of it.

use std::time::Duration;

use bytes::Bytes;
use oci_client::client::ClientConfig;
use oci_client::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use serde_json::{Value, json};

use crate::layout::{Layout, Listed, json};
use crate::proxies;
use crate::refused::{is_not_found, why};

/// Pushes all of the layout; returns the digest of the image.
///
/// # Errors
/// When the registry cannot be reached, refuses, or has something else in the end than was sent.
pub(crate) async fn push(layout: &Layout, to: &Reference, auth: RegistryAuth) -> Result<String, String> {
    let (image, artifacts) = layout.manifests()?;
    let registry = Registry::new(to, auth)?;
    registry.sign_in().await?;
    registry.put(layout, &image).await?;
    for artifact in &artifacts {
        registry.put(layout, artifact).await?;
    }
    registry.list_referrers(&image, &artifacts).await?;
    let digest = image.entry.digest;
    registry.put_manifest(to, layout.blob(&digest)?, OCI_IMAGE_MEDIA_TYPE, &digest).await?;
    Ok(digest)
}

/// A repository of a registry.
struct Registry<'a> {
    client: Client,
    to: &'a Reference,
    auth: RegistryAuth,
}

impl<'a> Registry<'a> {
    fn new(to: &'a Reference, auth: RegistryAuth) -> Result<Self, String> {
        let mut config = ClientConfig {
            // Registries that do not take chunks are many, and a filter is small.
            use_monolithic_push: true,
            connect_timeout: Some(Duration::from_secs(10)),
            read_timeout: Some(Duration::from_secs(60)),
            user_agent: concat!("vestibule-wasmplugin/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        proxies::configure(&mut config, to.resolve_registry());
        // Rustls' own choice would want a C toolchain.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_from(config).map_err(|error| format!("HTTP client: {error}"))?;
        Ok(Self { client, to, auth })
    }

    /// Says early, and clearly, whether the registry takes the credentials.
    async fn sign_in(&self) -> Result<(), String> {
        let token = self.client.auth(self.to, &self.auth, RegistryOperation::Push).await;
        token.map(|_| ()).map_err(|error| self.failed(&error))
    }

    /// A manifest by its digest, after its blobs.
    async fn put(&self, layout: &Layout, listed: &Listed) -> Result<(), String> {
        for blob in listed.manifest.layers.iter().chain([&listed.manifest.config]) {
            self.put_blob(&blob.digest, layout.blob(&blob.digest)?).await?;
        }
        let digest = &listed.entry.digest;
        self.put_manifest(&self.at(digest), layout.blob(digest)?, &listed.entry.media_type, digest).await
    }

    async fn put_blob(&self, digest: &str, bytes: Bytes) -> Result<(), String> {
        let there = self.client.blob_exists(self.to, digest).await.map_err(|error| self.failed(&error))?;
        if !there {
            self.client.push_blob(self.to, bytes, digest).await.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    async fn put_manifest(
        &self,
        at: &Reference,
        bytes: Bytes,
        kind: &str,
        digest: &str,
    ) -> Result<(), String> {
        let kind = kind.parse().map_err(|_| format!("'{kind}' is no media type"))?;
        self.client.push_manifest_raw(at, bytes, kind).await.map_err(|error| self.failed(&error))?;
        let found = self.client.fetch_manifest_digest(at, &self.auth).await;
        let found = found.map_err(|error| self.failed(&error))?;
        if found == digest {
            Ok(())
        } else {
            Err(format!("{} has {found} at {at}, and {digest} was pushed", self.to.registry()))
        }
    }

    /// A registry that knows `subject` lists by itself what refers to the image. For all others the specification has
    /// a tag, at which the client keeps the list.
    async fn list_referrers(&self, image: &Listed, artifacts: &[Listed]) -> Result<(), String> {
        let of_image = self.to.clone_with_digest(image.entry.digest.clone());
        let listed =
            self.client.pull_referrers(&of_image, None).await.map_err(|error| self.failed(&error))?;
        let is_listed = |one: &Listed| listed.manifests.iter().any(|other| other.digest == one.entry.digest);
        let missing: Vec<Value> =
            artifacts.iter().filter(|one| !is_listed(one)).map(|one| json!(one.entry)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let tag = self.at(&image.entry.digest.replace(':', "-"));
        let mut index = self.index_at(&tag).await?;
        // What others put there stays: a signature is such an artifact, too.
        let all = index["manifests"].as_array_mut().ok_or_else(|| format!("{tag} is no image index"))?;
        all.extend(missing);
        let bytes = json(&index);
        let digest = crate::layout::digest(&bytes);
        self.put_manifest(&tag, bytes.into(), OCI_IMAGE_INDEX_MEDIA_TYPE, &digest).await
    }

    async fn index_at(&self, tag: &Reference) -> Result<Value, String> {
        match self.client.pull_manifest_raw(tag, &self.auth, &[OCI_IMAGE_INDEX_MEDIA_TYPE]).await {
            Ok((bytes, _)) => serde_json::from_slice(&bytes).map_err(|error| format!("{tag}: {error}")),
            Err(error) if is_not_found(&error) => {
                Ok(json!({"schemaVersion": 2, "mediaType": OCI_IMAGE_INDEX_MEDIA_TYPE, "manifests": []}))
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// In the place of the tag there may be a digest: their paths in the API are the same, and the client library
    /// panics on a reference by digest alone where a registry leaves out a header.
    fn at(&self, tag_or_digest: &str) -> Reference {
        let (registry, name) = (self.to.registry().to_owned(), self.to.repository().to_owned());
        Reference::with_tag(registry, name, tag_or_digest.to_owned())
    }

    fn failed(&self, error: &oci_client::errors::OciDistributionError) -> String {
        why(error, self.to, self.auth != RegistryAuth::Anonymous)
    }
}
