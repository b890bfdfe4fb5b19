//! Which proxies the client library asks, so that nothing leaves this machine over plain HTTP.
//!
//! The library goes wherever a registry leads: with the credentials to the realm of a challenge, with the blobs to the
//! address of an upload. It cannot be told to follow to HTTPS only, but it can be given a proxy for plain HTTP.

use std::env;
use std::net::Ipv4Addr;

use oci_client::client::{ClientConfig, ClientProtocol};

use crate::reference::{host, is_loopback};

/// Nobody can listen at port 0: whatever is sent there is not sent.
const NOBODY: &str = "http://127.0.0.1:0";

pub(crate) fn configure(config: &mut ClientConfig, registry: &str) {
    config.http_proxy = Some(NOBODY.to_owned());
    if is_loopback(registry) {
        config.protocol = ClientProtocol::Http;
        config.no_proxy = Some("localhost,127.0.0.0/8".to_owned());
        return;
    }
    // Given one proxy, the library does not look for others in the environment. The exceptions are not handed over: to
    // the library they would be some from the proxy for plain HTTP, too.
    let exceptions = first_of(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    if !is_excepted(host(registry), &exceptions) {
        config.https_proxy = first_of(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
    }
}

fn first_of(names: &[&str]) -> Option<String> {
    names.iter().filter_map(|name| env::var(name).ok()).find(|value| !value.is_empty())
}

/// Whether a host is one of `NO_PROXY`: a domain with all below it, an address, a network, or `*` for all.
fn is_excepted(host: &str, exceptions: &str) -> bool {
    exceptions.split(',').map(|one| one.trim().trim_start_matches('.')).any(|one| {
        let (host, one) = (host.to_ascii_lowercase(), one.to_ascii_lowercase());
        let is_below = || host.strip_suffix(&one).is_some_and(|rest| rest.ends_with('.'));
        !one.is_empty() && (one == "*" || one == host || is_below() || is_in(&host, &one))
    })
}

/// Whether an address is in a network, as `10.0.0.0/8`.
fn is_in(address: &str, network: &str) -> bool {
    let bits = |address: &str| address.parse().ok().map(|address: Ipv4Addr| address.to_bits());
    let Some((first, length)) = network.split_once('/') else { return false };
    let (Some(first), Some(address), Ok(length)) = (bits(first), bits(address), length.parse::<u32>()) else {
        return false;
    };
    length <= 32 && (first ^ address).checked_shr(32 - length).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exceptions_are_domains_addresses_and_networks() {
        let exceptions = "localhost, .corp.example.com,10.1.0.0/16,192.0.2.7,";
        for host in ["corp.example.com", "registry.CORP.example.com", "10.1.200.3", "192.0.2.7"] {
            assert!(is_excepted(host, exceptions), "{host}");
        }
        for host in [
            "example.com",
            "notcorp.example.com",
            "corp.example.com.evil.example",
            "10.2.0.1",
            "1.192.0.2.70",
        ] {
            assert!(!is_excepted(host, exceptions), "{host}");
        }
        assert!(is_excepted("registry.example.com", "*") && is_excepted("203.0.113.9", "0.0.0.0/0"));
        assert!(!is_excepted("registry.example.com", "") && !is_excepted("10.1.0.1", "10.1.0.0/33"));
    }
}
