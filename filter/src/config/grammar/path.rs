//! Paths in normal form, as rules name them.

/// Whether a path is what the normal form of a request's path can be. Its escapes are in upper case
/// (RFC 3986 §6.2.2.1), and none of them stands for something that servers read differently.
pub(in crate::config) fn is_normal_path(path: &str) -> bool {
    path.starts_with('/') && is_plain_path(path) && escapes_are_plain(path) && normal_form(path) == path
}

/// `path` with unreserved characters decoded, `\` read as `/`, repeated slashes merged and dot segments
/// removed; a proposal for people.
pub(in crate::config) fn normal_form(path: &str) -> String {
    let decoded = decode_unreserved(path).replace('\\', "/");
    let is_folder = ["/", "/.", "/.."].iter().any(|end| decoded.ends_with(end));
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let end = if is_folder && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// Whether `path` holds only characters of a path, none of them ambiguous.
pub(in crate::config) fn is_plain_path(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#;".contains(&byte))
}

/// `unreserved` of RFC 3986 §2.3.
pub(in crate::config) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Each `%` begins an escape, and none stands for `/`, `\`, `;`, `%` or a control byte.
fn escapes_are_plain(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        escape(rest).is_some_and(|byte| byte >= b' ' && byte != 0x7f && !b"/\\;%".contains(&byte))
    })
}

/// `path` with the escapes of unreserved characters replaced, and the other ones in upper case.
fn decode_unreserved(path: &str) -> String {
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match (escape(part), part.split_at_checked(2)) {
            (Some(byte), Some((_, rest))) if is_unreserved(byte) => {
                decoded.push(char::from(byte));
                decoded.push_str(rest);
            }
            (Some(_), Some((hex, rest))) => {
                decoded.push('%');
                decoded.push_str(&hex.to_ascii_uppercase());
                decoded.push_str(rest);
            }
            _ => {
                decoded.push('%');
                decoded.push_str(part);
            }
        }
    }
    decoded
}

/// The byte for which two hexadecimal digits at the beginning of `text` stand.
fn escape(text: &str) -> Option<u8> {
    let hex = text.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(hex, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths() {
        for path in ["/", "/a", "/a/", "/a/b.c", "/%C3%A9", "/a%20b", "/a:b@c", "/..a/b..", "/a=b&c+d"] {
            assert!(is_normal_path(path), "{path}");
        }
        for path in [
            "",
            "a",
            "//",
            "/a//b",
            "/a/./b",
            "/a/..",
            "/..",
            "/.",
            "/%61",
            "/%2e",
            "/%2E%2E/a",
            "/a%2fb",
            "/a%5Cb",
            "/a%00",
            "/a%3Bb",
            "/a%2561",
            "/%c3%a9",
            "/%",
            "/%4",
            "/%zz",
            "/a?b",
            "/a#b",
            "/a;b",
            "/a\\b",
            "/a b",
            "/é",
            "/a\n",
            "/%1é",
        ] {
            assert!(!is_normal_path(path), "{path}");
        }
    }

    #[test]
    fn normal_forms() {
        for (path, normal) in [
            ("", "/"),
            ("a", "/a"),
            ("//a///b/", "/a/b/"),
            ("/a/./b/../c", "/a/c"),
            ("/../../a", "/a"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/%61%2e%2E", "/a.."),
            ("/%c3%a9", "/%C3%A9"),
            ("\\a\\b", "/a/b"),
            ("/%", "/%"),
        ] {
            assert_eq!(normal_form(path), normal, "{path}");
        }
    }
}
