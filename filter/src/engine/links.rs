//! Where the links of a page lead: the filter's own endpoints.

use crate::page::Link;

/// Made once from the configuration.
#[derive(Debug)]
pub(super) struct Links {
    /// `paths.prefix`.
    prefix: String,
}

impl Links {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// Begins a sign-in that ends at `wanted`.
    pub(super) fn sign_in(&self, wanted: &str) -> Link {
        Link { label: "Sign in", href: self.start(wanted) }
    }

    pub(super) fn sign_out(&self) -> Link {
        Link { label: "Sign out", href: format!("{}/sign_out", self.prefix) }
    }

    /// The path that begins a sign-in which ends at `wanted`.
    pub(super) fn start(&self, wanted: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("rd", wanted).finish();
        format!("{}/start?{query}", self.prefix)
    }

    /// The path to which the provider's logout leads.
    pub(super) fn signed_out(&self) -> String {
        format!("{}/signed_out", self.prefix)
    }

    /// The path of the redirect URI.
    pub(super) fn callback(&self) -> String {
        format!("{}/callback", self.prefix)
    }
}
