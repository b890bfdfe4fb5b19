//! What did not fit into the browser: nothing goes in silence.

use std::fmt;

use minicbor::{Decode, Encode};

/// Parts of a session that were let go for their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct LeftOut {
    /// The ID token that only signing out needs: the provider's own session goes on then.
    #[n(0)]
    pub id_token: bool,
    /// Groups that no rule names; the application is told of none then, for a part of the list would be a lie.
    #[n(1)]
    pub groups: bool,
    /// The access token that the application is to get.
    #[n(2)]
    pub access_token: bool,
}

impl LeftOut {
    /// Their names, in the order in which they go.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let Self { id_token, groups, access_token } = self;
        let all = [(id_token, "id_token"), (groups, "groups"), (access_token, "access_token")];
        all.into_iter().filter_map(|(is_left_out, name)| is_left_out.then_some(name))
    }

    /// Whether everything fits.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// What was let go of a session, and how large it was; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surplus {
    /// What was let go.
    pub left_out: LeftOut,
    /// All of the session's cookies before. Bytes.
    pub size: usize,
    /// What a browser may be given. Bytes.
    pub limit: usize,
}

impl fmt::Display for Surplus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.left_out.names().collect();
        let Self { size, limit, .. } = self;
        write!(f, "left out for its size: {}; cookies of {size} bytes, at most {limit}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_has_a_name() {
        let left_out = LeftOut { id_token: true, groups: false, access_token: true };
        assert!(LeftOut::default().is_nothing() && !left_out.is_nothing());
        let shown = Surplus { left_out, size: 14_000, limit: 12_288 }.to_string();
        assert_eq!(
            shown,
            "left out for its size: id_token, access_token; cookies of 14000 bytes, at most 12288"
        );
    }
}
