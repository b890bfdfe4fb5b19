//! The names of headers: what one is, and when applications take two of them for the same.

/// `token` of RFC 9110 §5.6.2: the names of headers, of methods and of cookies.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// A header's name as applications read it: case does not count, and each byte that is no letter or digit is one
/// and the same, here a `-`. PHP, CGI and others name their variables so (RFC 3875 §4.1.18).
#[must_use]
pub fn folded(name: &str) -> String {
    name.bytes().map(|byte| char::from(fold(byte))).collect()
}

/// Whether an application can take one name for the other.
#[must_use]
pub fn is_same(name: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> bool {
    name.as_ref().len() == other.as_ref().len() && begins_with(name, other)
}

/// Whether an application can read a name that begins with `prefix`.
#[must_use]
pub fn begins_with(name: impl AsRef<[u8]>, prefix: impl AsRef<[u8]>) -> bool {
    let (name, prefix) = (name.as_ref(), prefix.as_ref());
    name.len() >= prefix.len() && name.iter().zip(prefix).all(|(one, other)| fold(*one) == fold(*other))
}

/// One of its bytes.
#[must_use]
pub fn fold(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens() {
        for text in ["x", "x-auth-request-user", "GET", "__Host-a", "!#$%&'*+-.^_`|~09"] {
            assert!(is_token(text), "{text}");
        }
        for text in ["", " ", "a b", "a:", ":path", "a,b", "a;b", "a=b", "a\"b", "a/b", "ä", "a\n", "a\0"] {
            assert!(!is_token(text), "{text}");
        }
    }

    #[test]
    fn names_that_applications_do_not_tell_apart() {
        for other in ["x-user", "X-User", "x_user", "x.user", "X!USER", "x~user"] {
            assert!(is_same("x-user", other) && is_same(other, "x-user"), "{other}");
            assert_eq!(folded(other), "x-user", "{other}");
            assert!(begins_with(other, "x-us") && begins_with("x-user-name", other), "{other}");
        }
        for other in ["x-users", "x-use", "xuser", "x--user", "y-user", ""] {
            assert!(!is_same("x-user", other) && !is_same(other, "x-user"), "{other}");
        }
        assert!(!begins_with("x-us", "x-user"));
        assert!(begins_with("x-user", ""));
    }

    proptest! {
        #[test]
        fn one_folding_serves_all(name in "[aA0_.~é-]{0,4}", other in "[aA0_.~é-]{0,4}") {
            prop_assert_eq!(is_same(&name, &other), folded(&name) == folded(&other));
            prop_assert_eq!(begins_with(&name, &other), folded(&name).starts_with(&folded(&other)));
            prop_assert_eq!(folded(&folded(&name)), folded(&name));
        }
    }
}
