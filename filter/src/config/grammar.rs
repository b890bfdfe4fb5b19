//! What is read by the rules of the configuration alone. Hosts, paths, URLs, times and header names are read by
//! [`crate::web`], as those of requests are; what a reader accepts is said here, for people.

use crate::web::path::NormalPath;

/// What [`crate::web::host::Host::parse_strict`] accepts.
pub(super) const HOST: &str = r#"a host name such as "app.example.com" (no port; international names as xn--), or an IP address (IPv6 in brackets)"#;

/// What [`crate::web::host::Host::parse_domain`] accepts.
pub(super) const DOMAIN: &str = r#"a domain with a dot in it, such as "example.com""#;

/// What [`crate::web::time::parse_duration`] accepts.
pub(super) const DURATION: &str = r#"a duration such as "30s", "15m", "8h" or "7d""#;

/// What [`crate::web::time::parse_time`] accepts.
pub(super) const TIME: &str = r#"an RFC 3339 time such as "2026-11-24T08:00:00Z""#;

/// The normal path that `text` may have meant, as a proposal for people; `None` where there is no telling.
pub(super) fn proposed_path(text: &str) -> Option<String> {
    let rooted = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    let path = NormalPath::parse(rooted.as_bytes()).ok()?;
    let normal = path.as_str();
    (path.query().is_none() && NormalPath::is_normal(normal)).then(|| normal.to_owned())
}

/// `1*VSCHAR` of RFC 6749 Appendix A, the grammar of client identifiers and secrets.
pub(super) fn is_vschars(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// `scope-token` of RFC 6749 §3.3.
pub(super) fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

/// A text for people: not empty, no control characters, no blanks around it.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposed_paths() {
        for (text, normal) in [
            ("", "/"),
            ("a", "/a"),
            ("//a///b/", "/a/b/"),
            ("/a/./b/../c", "/a/c"),
            ("/../../a", "/a"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/%61%2e%2E", "/a.."),
            ("/%c3%a9", "/%C3%A9"),
            ("/é", "/%C3%A9"),
            ("\\a\\b", "/a/b"),
            ("/%", "/%25"),
        ] {
            assert_eq!(proposed_path(text).as_deref(), Some(normal), "{text}");
        }
        for text in
            ["/a?b", "/a#b", "/a;b", "/a b", "/a\n", "/a%2fb", "/a%5C", "/a%00", "/a%3b", "/%2541", "/%c0%af"]
        {
            assert_eq!(proposed_path(text), None, "{text}");
        }
    }
}
