//! CBOR (RFC 8949) of what is sealed. It only ever decodes what an AEAD has vouched for, and trusts it
//! no further than that: a wrong shape is an absent value.

/// The bytes of `value`. Writing to memory cannot fail.
pub(super) fn encode<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).unwrap_or_default()
}

/// The value of `bytes`, if they are exactly one.
pub(super) fn decode<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Option<T> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().ok()?;
    (decoder.position() == bytes.len()).then_some(value)
}
