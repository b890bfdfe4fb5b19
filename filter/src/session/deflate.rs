//! What is large is deflated (RFC 1951) before it is sealed: bytes of cookies cost most.
//!
//! The length of a deflated text tells something of what is in it. So only what holds no secret is deflated: who somebody is
//! and what their groups are called, and not tokens, beside which others could choose a text and look how the length changes.

use std::borrow::Cow;

use miniz_oxide::{deflate, inflate};

/// Where it saves less, it is not worth the time. Bytes.
const WORTH_WHILE: usize = 256;
/// Nothing becomes longer than that. Bytes.
const MAX_INFLATED: usize = 64 * 1024;
/// As small as it gets in a reasonable time: once for a sign-in, and when a cookie is sealed anew.
const LEVEL: u8 = 6;

const AS_IT_IS: u8 = 0;
const DEFLATED: u8 = 1;

/// The bytes to seal.
pub(super) fn pack(plain: &[u8]) -> Vec<u8> {
    if (WORTH_WHILE..=MAX_INFLATED).contains(&plain.len()) {
        let deflated = deflate::compress_to_vec(plain, LEVEL);
        if deflated.len().saturating_add(WORTH_WHILE) <= plain.len() {
            return [&[DEFLATED], deflated.as_slice()].concat();
        }
    }
    [&[AS_IT_IS], plain].concat()
}

/// What was packed; `None` where it was not, or is too long.
pub(super) fn unpack(packed: &[u8]) -> Option<Cow<'_, [u8]>> {
    match packed.split_first()? {
        (&AS_IT_IS, plain) => Some(Cow::Borrowed(plain)),
        (&DEFLATED, deflated) => {
            inflate::decompress_to_vec_with_limit(deflated, MAX_INFLATED).ok().map(Cow::Owned)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_saves_little_stays_as_it_is() {
        for plain in [&b""[..], b"short", &[b'x'; WORTH_WHILE]] {
            assert_eq!(pack(plain), [&[AS_IT_IS], plain].concat());
        }
        let groups = "a-group-with-a-long-name;".repeat(100);
        let packed = pack(groups.as_bytes());
        assert!(packed.first() == Some(&DEFLATED) && packed.len() < groups.len() / 10);
        assert_eq!(unpack(&packed).unwrap(), groups.as_bytes());
    }

    #[test]
    fn what_would_burst_or_was_not_packed_is_nothing() {
        let bomb = deflate::compress_to_vec(&vec![0; MAX_INFLATED + 1], LEVEL);
        assert!(bomb.len() < 1000 && unpack(&[&[DEFLATED], bomb.as_slice()].concat()).is_none());
        // What could not be read again is not deflated: it is too large to be sealed then.
        assert_eq!(pack(&vec![0; MAX_INFLATED + 1]).len(), MAX_INFLATED + 2);
        assert!(unpack(&pack(&vec![0; MAX_INFLATED])).is_some());
        for odd in [&b""[..], b"\x02abc", b"\x01", b"\x01\xff\xff"] {
            assert!(unpack(odd).is_none(), "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn everything_comes_back(plain in prop::collection::vec(0..4_u8, 0..4000)) {
            let packed = pack(&plain);
            prop_assert_eq!(unpack(&packed).unwrap().into_owned(), plain.clone());
            prop_assert!(packed.len() <= plain.len() + 1);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpack(&bytes);
        }
    }
}
