//! Hosts: names and addresses, without port and trailing dot.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What [`parse_host`] accepts.
pub(in crate::config) const HOST: &str = r#"a host name such as "app.example.com" (no port; international names as xn--), or an IP address (IPv6 in brackets)"#;

/// What [`parse_domain`] accepts.
pub(in crate::config) const DOMAIN: &str = r#"a domain with a dot in it, such as "example.com""#;

/// A host name or an IP address, in the form in which hosts are compared: lower case, IPv6 in brackets and
/// as short as RFC 5952 writes it.
pub(in crate::config) fn parse_host(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| url::Host::<&str>::Ipv6(address).to_string());
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(address.to_string());
    }
    parse_name(text)
}

/// A name below which there are hosts of one organisation: not an address, and not a single label, which is
/// a top-level domain or a machine.
pub(in crate::config) fn parse_domain(text: &str) -> Option<String> {
    parse_name(text).filter(|name| name.contains('.'))
}

/// Whether `host` is `domain` or below it.
pub(in crate::config) fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A host name in lower case: labels of letters, digits, `-` and `_` (RFC 1123 §2.1, and what is in use).
fn parse_name(text: &str) -> Option<String> {
    let name = text.to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // Browsers read a name with a number at its end as an IPv4 address.
    let is_number = |label: &str| label.starts_with("0x") || label.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = name.len() <= 253
        && name.split('.').all(is_label)
        && name.rsplit('.').next().is_some_and(|last| !is_number(last));
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, host) in [
            ("app.example.com", "app.example.com"),
            ("APP.Example.Com", "app.example.com"),
            ("localhost", "localhost"),
            ("my_app.example", "my_app.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[2001:DB8:0::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(parse_host(text).as_deref(), Some(host), "{text}");
        }
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "a.",
            "-a",
            "a-",
            "a b",
            "a/b",
            "a:80",
            "*.a",
            "ä.de",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "a.0x7f",
            "::1",
            "[::1",
            "[a]",
            "a@b",
            "a\n",
        ] {
            assert_eq!(parse_host(text), None, "{text}");
        }
        assert_eq!(parse_host(&"a".repeat(64)), None);
        assert_eq!(parse_host(&["a"; 130].join(".")), None);
    }

    #[test]
    fn domains() {
        assert_eq!(parse_domain("Example.COM").as_deref(), Some("example.com"));
        for text in ["com", "localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(parse_domain(text), None, "{text}");
        }
        assert!(is_within("example.com", "example.com"));
        assert!(is_within("a.example.com", "example.com"));
        assert!(!is_within("notexample.com", "example.com"));
        assert!(!is_within("com", "example.com"));
    }
}
