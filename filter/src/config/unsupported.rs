//! Keys of the contract that are documented and not supported yet.
//!
//! One list: loading refuses what is on it, and the reference marks it, so they cannot drift.

/// A key that is not supported yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The key; `[]` stands for any entry of a list.
    pub key: &'static str,
    /// What to do for now.
    pub instead: &'static str,
}

/// All of them.
pub const UNSUPPORTED: &[Unsupported] = &[key("access[].match.client_cidrs", "hosts, paths and methods")];

const fn key(key: &'static str, instead: &'static str) -> Unsupported {
    Unsupported { key, instead }
}

/// The entry for the key at `path`, such as `access[2].bearer`.
pub(super) fn unsupported(path: &str) -> Option<&'static Unsupported> {
    let key = without_indices(path);
    UNSUPPORTED.iter().find(|entry| entry.key == key)
}

/// `a[].b` for `a[12].b`.
fn without_indices(path: &str) -> String {
    let mut is_index = false;
    let is_kept = |character: &char| {
        is_index = *character == '[' || (is_index && *character != ']');
        !is_index || *character == '['
    };
    path.chars().filter(is_kept).collect()
}
