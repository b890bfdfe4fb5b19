//! Where an image is pushed to: `REGISTRY/NAME:TAG`, in full.

use std::net::Ipv4Addr;

use oci_client::Reference;

/// # Errors
/// When it is not in full. Docker would guess the rest, and an image goes to Docker's own registry by mistake.
pub(crate) fn parse(text: &str) -> Result<Reference, String> {
    let wanted = "a reference is REGISTRY/NAME:TAG, like registry.example.com/vestibule:0.1.0";
    let text = text.strip_prefix("oci://").unwrap_or(text);
    let reference: Reference = text.parse().map_err(|error| format!("'{text}': {error}; {wanted}"))?;
    if reference.digest().is_some() {
        return Err(format!("'{text}' has a digest, and only the image says which: give a tag alone"));
    }
    if reference.whole() != text {
        return Err(format!("'{text}' is not in full; {wanted}"));
    }
    Ok(reference)
}

/// Whether the registry is on this machine: only then is plain HTTP good enough.
pub(crate) fn is_loopback(registry: &str) -> bool {
    let host = host(registry);
    host == "localhost" || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

/// A registry without its port.
pub(crate) fn host(registry: &str) -> &str {
    registry.rsplit_once(':').map_or(registry, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_taken_in_full_only() {
        for text in
            ["127.0.0.1:5000/vestibule:0.1.0", "registry.example.com/team/vestibule:a", "docker.io/me/v:1"]
        {
            assert_eq!(parse(text).unwrap().whole(), text);
            assert_eq!(parse(&format!("oci://{text}")).unwrap().whole(), text);
        }
        let digest = format!("registry.example.com/v:1@sha256:{}", "a".repeat(64));
        for text in [
            "vestibule",
            "vestibule:1",
            "me/vestibule:1",
            "registry.example.com/v",
            "docker.io/v:1",
            "",
            &digest,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in
            ["registry.example.com/V:1", "https://registry.example.com/v:1", "registry.example.com/v:a b"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for registry in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.9.1"] {
            assert!(is_loopback(registry), "{registry}");
        }
        for registry in
            ["registry.example.com", "localhost.example.com:5000", "10.0.0.1:5000", "127.0.0.1.nip.io"]
        {
            assert!(!is_loopback(registry), "{registry}");
        }
    }
}
