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
