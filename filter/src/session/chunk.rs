//! How a value that is too long for one cookie is cut.

/// More chunks than the budget of a session can fill. One digit on the wire.
pub const MAX_CHUNKS: usize = 9;
/// Count and tag, in front of every chunk.
pub const CHUNK_HEADER: usize = 5;

/// The name of one chunk: the first has the cookie's own.
#[must_use]
pub fn chunk_name(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}_{index}") }
}

/// Which chunk of the cookie `base` has this name.
#[must_use]
pub fn chunk_index(base: &str, name: &[u8]) -> Option<usize> {
    match name.strip_prefix(base.as_bytes())? {
        [] => Some(0),
        [b'_', digit @ b'1'..=b'8'] => Some(usize::from(digit.saturating_sub(b'0'))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_chunks_are_read_as_they_are_written() {
        for index in 0..MAX_CHUNKS {
            assert_eq!(chunk_index("n", chunk_name("n", index).as_bytes()), Some(index));
        }
        for other in ["", "m", "n_", "n_0", "n_9", "n_01", "n_x", "nn", "n_t"] {
            assert_eq!(chunk_index("n", other.as_bytes()), None, "{other}");
        }
    }
}
