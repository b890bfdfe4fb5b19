//! As much of DER (X.690) as private keys need: where the numbers lie. Whether they are a key is for others.

/// The numbers of a key, big-endian; they may have leading zeros where they are an RSA key's.
pub(super) enum Numbers<B> {
    /// `n`, `e`, `d`, `p`, `q`: the others follow from these.
    Rsa([B; 5]),
    P256(B),
    P384(B),
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.113549.1.1.1 (RFC 8017, appendix A.1).
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// 1.2.840.10045.2.1 and the two curves (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const SECP256R1: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
const SECP384R1: &[u8] = b"\x2b\x81\x04\x00\x22";

/// `PrivateKeyInfo` (RFC 5208 §5), or its successor (RFC 5958 §2) with more behind the key.
pub(super) fn pkcs8(bytes: &[u8]) -> Option<Numbers<&[u8]>> {
    let mut info = Reader::of_sequence(bytes)?;
    if !matches!(info.integer()?, [] | [1]) {
        return None;
    }
    let mut algorithm = Reader(info.value(SEQUENCE)?);
    let key = info.value(OCTET_STRING)?;
    match algorithm.value(OBJECT_IDENTIFIER)? {
        RSA_ENCRYPTION => pkcs1(key),
        EC_PUBLIC_KEY => {
            // `ECPrivateKey` (RFC 5915 §3).
            let mut private = Reader::of_sequence(key)?;
            if private.integer()? != [1] {
                return None;
            }
            let scalar = private.value(OCTET_STRING)?;
            match algorithm.value(OBJECT_IDENTIFIER)? {
                SECP256R1 => Some(Numbers::P256(scalar)),
                SECP384R1 => Some(Numbers::P384(scalar)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `RSAPrivateKey` of two primes (RFC 8017, appendix A.1.2).
pub(super) fn pkcs1(bytes: &[u8]) -> Option<Numbers<&[u8]>> {
    let mut key = Reader::of_sequence(bytes)?;
    if !key.integer()?.is_empty() {
        return None;
    }
    let mut next = || key.integer();
    let integers = [next()?, next()?, next()?, next()?, next()?];
    // `dp`, `dq`, `qi` are made anew, and there is no further prime.
    for _ in 0..3 {
        next()?;
    }
    key.0.is_empty().then_some(Numbers::Rsa(integers))
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// What is in a sequence with nothing behind it.
    fn of_sequence(bytes: &'a [u8]) -> Option<Self> {
        let mut outer = Self(bytes);
        let inner = Self(outer.value(SEQUENCE)?);
        outer.0.is_empty().then_some(inner)
    }

    /// The contents of the next value, which must have this tag.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // A length of one byte, or of the one or two that follow (§8.1.3): no key is longer.
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81 => rest.split_first().map(|(&low, rest)| (usize::from(low), rest))?,
            0x82 => rest
                .split_first_chunk()
                .map(|(bytes, rest)| (usize::from(u16::from_be_bytes(*bytes)), rest))?,
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (found == tag).then_some(value)
    }

    /// The next integer, which must not be negative, without leading zeros: 0 is empty.
    fn integer(&mut self) -> Option<&'a [u8]> {
        let bytes = self.value(INTEGER)?;
        if bytes.first().is_none_or(|first| *first >= 0x80) {
            return None;
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..)
    }
}
