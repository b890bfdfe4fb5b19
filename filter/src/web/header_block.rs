//! The headers of a message in one block, as proxy-wasm's ABI hands them over (`proxy_get_header_map_pairs`), looked at
//! where they lie: a number of headers, the lengths of each name and value, then the names and values, each with a zero
//! byte behind it. Numbers are of four bytes, the lowest first.

use std::ops::Range;

/// The headers of one message, pseudo-headers included, in their order.
#[derive(Clone)]
pub struct HeaderBlock {
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

crate::redacted::redacted!(HeaderBlock);

/// Where a header lies. It was looked at when it was read, so each of these parts is there.
#[derive(Clone)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

/// The length of a number in the block. Bytes.
const NUMBER: usize = size_of::<u32>();

impl HeaderBlock {
    /// Reads a block; none at all is one without headers. `None` where it is not whole.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let fields = if bytes.is_empty() { Vec::new() } else { fields(&bytes)? };
        Some(Self { bytes, fields })
    }

    /// These names and values as Envoy would hand them over; `None` where they are longer than that can say.
    #[must_use]
    pub fn write(headers: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) -> Option<Vec<u8>> {
        let mut bytes = number(headers.len())?.to_vec();
        for (name, value) in headers {
            bytes.extend(number(name.as_ref().len())?);
            bytes.extend(number(value.as_ref().len())?);
        }
        for (name, value) in headers {
            bytes.extend([name.as_ref(), b"\0", value.as_ref(), b"\0"].concat());
        }
        Some(bytes)
    }

    /// Names and values, in their order; a name may come several times, and in any case.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| (self.part(&field.name), self.part(&field.value)))
    }

    /// All values under a name in lower case.
    pub fn all<'s, 'n>(&'s self, name: &'n [u8]) -> impl Iterator<Item = &'s [u8]> + use<'s, 'n> {
        let of_length = self.fields.iter().filter(move |field| field.name.len() == name.len());
        of_length
            .filter(move |field| self.part(&field.name).eq_ignore_ascii_case(name))
            .map(|field| self.part(&field.value))
    }

    /// What it holds. Bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len().saturating_add(self.fields.len().saturating_mul(size_of::<Field>()))
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

fn fields(bytes: &[u8]) -> Option<Vec<Field>> {
    let (count, rest) = bytes.split_first_chunk::<NUMBER>()?;
    // What is not there is not made room for.
    let lengths = rest.get(..length(*count)?.checked_mul(2 * NUMBER)?)?;
    let mut at = NUMBER.checked_add(lengths.len())?;
    let mut take = |length: usize| {
        let end = at.checked_add(length)?;
        let taken = at..end;
        // Behind the zero byte.
        at = end.checked_add(1)?;
        (at <= bytes.len()).then_some(taken)
    };
    let (lengths, _) = lengths.as_chunks::<NUMBER>();
    let (lengths, _) = lengths.as_chunks::<2>();
    let mut fields = Vec::with_capacity(lengths.len());
    for [name, value] in lengths {
        fields.push(Field { name: take(length(*name)?)?, value: take(length(*value)?)? });
    }
    Some(fields)
}

fn length(number: [u8; NUMBER]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(number)).ok()
}

fn number(length: usize) -> Option<[u8; NUMBER]> {
    u32::try_from(length).ok().map(u32::to_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

    fn pairs(block: &HeaderBlock) -> Pairs {
        block.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    }

    /// `:path` with `/`, as Envoy hands it over.
    const PATH: [u8; 20] = *b"\x01\0\0\0\x05\0\0\0\x01\0\0\0:path\0/\0";

    #[test]
    fn a_block_is_read_as_envoy_writes_it() {
        let path = (b":path".to_vec(), b"/".to_vec());
        assert_eq!(pairs(&HeaderBlock::read(PATH.to_vec()).unwrap()), std::slice::from_ref(&path));
        assert_eq!(HeaderBlock::write(&[path]).unwrap(), PATH);
        for empty in [&b""[..], b"\0\0\0\0"] {
            assert_eq!(pairs(&HeaderBlock::read(empty.to_vec()).unwrap()), []);
        }
    }

    #[test]
    fn what_is_not_whole_is_no_block() {
        for end in 1..PATH.len() {
            assert!(HeaderBlock::read(PATH[..end].to_vec()).is_none(), "{end}");
        }
        // Lengths that lead out of it, or around all numbers.
        for at in [0, 4, 8] {
            for byte in [9, 0xff] {
                let mut odd = PATH;
                odd[at..at + 4].fill(byte);
                assert!(HeaderBlock::read(odd.to_vec()).is_none(), "{at} {byte}");
            }
        }
    }

    #[test]
    fn values_are_found_by_name_in_any_case() {
        let headers = [("Cookie", "a"), ("cookies", "b"), ("cookie", "c"), ("cooki", "d")];
        let block = HeaderBlock::read(HeaderBlock::write(&headers).unwrap()).unwrap();
        assert_eq!(block.all(b"cookie").collect::<Vec<_>>(), [b"a", b"c"]);
        assert_eq!(block.all(b"host").count(), 0);
    }

    fn any_bytes(size: Range<usize>) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), size)
    }

    proptest! {
        #[test]
        fn what_is_written_comes_back(
            headers in prop::collection::vec((any_bytes(0..9), any_bytes(0..40)), 0..9),
        ) {
            let block = HeaderBlock::read(HeaderBlock::write(&headers).unwrap()).unwrap();
            for (name, _) in &headers {
                let plain = headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
                let plain: Vec<_> = plain.map(|(_, value)| value.as_slice()).collect();
                prop_assert_eq!(block.all(&name.to_ascii_lowercase()).collect::<Vec<_>>(), plain);
            }
            prop_assert!(block.size() >= headers.iter().map(|(name, value)| name.len() + value.len()).sum());
            prop_assert_eq!(pairs(&block), headers);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop_oneof![0..9_u8, any::<u8>()], 0..60)) {
            if let Some(block) = HeaderBlock::read(bytes.clone()) {
                // What was read is what another writes of it.
                let again = HeaderBlock::write(&pairs(&block)).unwrap();
                prop_assert!(bytes.is_empty() || again.len() <= bytes.len());
                prop_assert_eq!(pairs(&HeaderBlock::read(again).unwrap()), pairs(&block));
            }
        }
    }
}
