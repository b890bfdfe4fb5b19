//! Which proxies the client library asks, so that nothing leaves this machine over plain HTTP.
//!
//! The library goes wherever a registry leads: with the credentials to the realm of a challenge, with the blobs to the
//! address of an upload. It cannot be told to follow to HTTPS only, but it can be given a proxy for plain HTTP.

use std::env;

use oci_client::client::{ClientConfig, ClientProtocol};

use crate::reference::is_loopback;

/// Nobody can listen at port 0: whatever is sent there is not sent.
const NOBODY: &str = "http://127.0.0.1:0";

pub(crate) fn configure(config: &mut ClientConfig, registry: &str) {
    config.http_proxy = Some(NOBODY.to_owned());
    if is_loopback(registry) {
        config.protocol = ClientProtocol::Http;
        config.no_proxy = Some("localhost,127.0.0.0/8".to_owned());
        return;
    }
    // Given one proxy, the library does not look for others in the environment, so they are handed over.
    config.https_proxy = first_of(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
    // The exceptions would be some from the proxy for plain HTTP, too: they are made only where they have a use.
    if config.https_proxy.is_some() {
        config.no_proxy = first_of(&["NO_PROXY", "no_proxy"]);
    }
}

fn first_of(names: &[&str]) -> Option<String> {
    names.iter().filter_map(|name| env::var(name).ok()).find(|value| !value.is_empty())
}
