//! Percent-encoding (RFC 3986 §2.1).

/// What one byte of a URL's text stands for, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Octet {
    /// As it is; also a `%` that is not followed by two hexadecimal digits.
    Plain(u8),
    /// As `%` and two hexadecimal digits.
    Encoded(u8),
}

impl Octet {
    /// The first of `text`, and what follows it; `None` at the end.
    #[must_use]
    pub fn first(text: &[u8]) -> Option<(Self, &[u8])> {
        let (&byte, rest) = text.split_first()?;
        Some(match rest.split_first_chunk() {
            Some((&[high, low], after)) if byte == b'%' => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => (Self::Encoded(high << 4 | low), after),
                _ => (Self::Plain(byte), rest),
            },
            _ => (Self::Plain(byte), rest),
        })
    }

    /// What it stands for.
    #[must_use]
    pub fn value(self) -> u8 {
        match self {
            Self::Plain(byte) | Self::Encoded(byte) => byte,
        }
    }
}

/// What `text` is made of, from its beginning to its end.
pub fn octets(text: &[u8]) -> impl Iterator<Item = Octet> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (octet, after) = Octet::first(rest)?;
        rest = after;
        Some(octet)
    })
}

/// `text` with each octet decoded, once; a `%` that begins none stays.
#[must_use]
pub fn decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend(octets(text).map(Octet::value));
    decoded
}

/// An octet in its one normal form, with upper-case digits (RFC 3986 §6.2.2.1).
#[must_use]
pub fn encoded(octet: u8) -> [u8; 3] {
    let digit = |nibble: u8| match nibble {
        0..=9 => b'0'.saturating_add(nibble),
        _ => b'A'.saturating_add(nibble.saturating_sub(10)),
    };
    [b'%', digit(octet >> 4), digit(octet & 0xf)]
}

/// `unreserved` of RFC 3986 §2.3: characters that mean the same encoded and not.
#[must_use]
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn octets_are_decoded_once() {
        for (text, expected) in [
            ("", ""),
            ("/a b", "/a b"),
            ("%41%2f%2F", "A//"),
            ("%2541", "%41"),
            ("%%41", "%A"),
            ("%4%31", "%41"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%+1%u0041", "%zz%+1%u0041"),
            ("%c3%A9", "é"),
            ("é%", "é%"),
        ] {
            assert_eq!(decoded(text.as_bytes()), expected.as_bytes(), "{text}");
        }
        assert_eq!(Octet::first(b"%41b"), Some((Octet::Encoded(b'A'), &b"b"[..])));
        assert_eq!(Octet::first(b"%4"), Some((Octet::Plain(b'%'), &b"4"[..])));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_again(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            let text: Vec<u8> = bytes.iter().flat_map(|byte| encoded(*byte)).collect();
            prop_assert!(!text.iter().any(u8::is_ascii_lowercase));
            prop_assert_eq!(decoded(&text), bytes);
        }
    }
}
