//! Which headers of a client never reach the application.

use crate::config::{Upstream, UpstreamAuthorization};
use crate::web::header::{begins_with, fold, folded, is_same};
use crate::web::header_names::{KNOWN, Name};

/// Whatever could pass for the filter's own word, on every route, whatever its case, number or spelling. Made once
/// from the configuration.
#[derive(Debug)]
pub struct Removal {
    /// The names of `n` bytes are at place `n`, so that few of them are compared with an ordinary name, and those
    /// differ early. Folded.
    by_length: Vec<Vec<String>>,
    /// Whatever begins so. Folded.
    families: Vec<&'static str>,
    /// For each byte, whether one of these begins with it, in whatever spelling: most names are looked at no further.
    beginnings: [bool; 256],
}

impl Removal {
    /// The names of the table that are always removed, and those that the filter sets itself.
    #[must_use]
    pub fn new(upstream: &Upstream) -> Self {
        let mut removal = Self { by_length: Vec::new(), families: Vec::new(), beginnings: [false; 256] };
        for known in KNOWN.iter().filter(|known| known.meaning.is_removed()) {
            match known.name {
                Name::One(name) => removal.add(name),
                Name::Family(prefix) => removal.families.push(prefix),
            }
        }
        set_by_the_filter(upstream).for_each(|name| removal.add(name));
        let names = removal.by_length.iter().flatten().map(String::as_str);
        let first_bytes: Vec<u8> =
            names.chain(removal.families.iter().copied()).filter_map(|name| name.bytes().next()).collect();
        for (byte, begins) in (0..=u8::MAX).zip(&mut removal.beginnings) {
            *begins = first_bytes.contains(&fold(byte));
        }
        removal
    }

    /// Whether a header, or a trailer, of this name is not the client's to send. Applications may take trailers for
    /// headers (RFC 9110 §6.5.1).
    #[must_use]
    pub fn is_forged(&self, name: impl AsRef<[u8]>) -> bool {
        let name = name.as_ref();
        let begins = name.first().and_then(|byte| self.beginnings.get(usize::from(*byte)));
        begins == Some(&true)
            && (self.families.iter().any(|prefix| begins_with(name, prefix))
                || self
                    .by_length
                    .get(name.len())
                    .is_some_and(|names| names.iter().any(|own| is_same(own, name))))
    }

    fn add(&mut self, name: &str) {
        if self.by_length.len() <= name.len() {
            self.by_length.resize_with(name.len().saturating_add(1), Vec::new);
        }
        if let Some(names) = self.by_length.get_mut(name.len()) {
            names.push(folded(name));
        }
    }
}

/// The names under which the application is told who is signed in.
fn set_by_the_filter(upstream: &Upstream) -> impl Iterator<Item = &str> {
    let Upstream {
        user_header,
        email_header,
        groups_header,
        preferred_username_header,
        access_token_header,
        authorization,
        claims,
        tokens,
        jwt,
        filter_state: _,
    } = upstream;
    let authorization = (*authorization != UpstreamAuthorization::None).then_some("authorization");
    [user_header, email_header, groups_header, preferred_username_header]
        .into_iter()
        .chain(access_token_header)
        .chain(claims.iter().map(|(header, _)| header))
        .chain(tokens.iter().map(|(header, _)| header))
        .chain(jwt.iter().map(|jwt| &jwt.header))
        .map(String::as_str)
        .chain(authorization)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::upstream::testing;

    fn upstream(authorization: UpstreamAuthorization) -> Upstream {
        Upstream {
            user_header: "x-user".to_owned(),
            email_header: "x-auth-request-email".to_owned(),
            groups_header: "x_groups".to_owned(),
            preferred_username_header: "name".to_owned(),
            access_token_header: Some("x-auth-request-access-token".to_owned()),
            authorization,
            claims: vec![("x.team".to_owned(), "department".to_owned())],
            ..testing::upstream()
        }
    }

    #[test]
    fn what_the_filter_sets_is_not_the_clients_to_send() {
        let removal = Removal::new(&upstream(UpstreamAuthorization::None));
        for name in
            ["x-user", "X.User", "x-groups", "NAME", "x_team", "x-auth-request-", "X_Auth-Request.Any"]
        {
            assert!(removal.is_forged(name), "{name}");
        }
        for name in
            ["", "x-users", "x-use", "user", "authorization", "accept", "cookie", "x-auth-request", ":path"]
        {
            assert!(!removal.is_forged(name), "{name}");
        }
        let removal = Removal::new(&upstream(UpstreamAuthorization::IdToken));
        assert!(removal.is_forged("Authorization") && !removal.is_forged("proxy-authorization"));
    }

    proptest! {
        /// What is looked up by length is what a walk over all names would find.
        #[test]
        fn the_lookup_agrees_with_a_walk_over_all_names(
            of_the_table in select(KNOWN.to_vec()),
            own in select(vec!["x-user", "x-groups", "name", "x-team", "accept-language", "x-request-id"]),
            is_of_the_table in any::<bool>(),
            odd in select(b"-_.~!".to_vec()),
            tail in "[a-z-]{0,2}",
        ) {
            let upstream = upstream(UpstreamAuthorization::None);
            let removal = Removal::new(&upstream);
            let (Name::One(listed) | Name::Family(listed)) = of_the_table.name;
            let name = if is_of_the_table { listed } else { own };
            let name = format!("{name}{tail}").replace('-', &char::from(odd).to_string());
            let by_the_table = KNOWN.iter().filter(|known| known.meaning.is_removed()).any(|known| match known.name {
                Name::One(one) => folded(&name) == one,
                Name::Family(prefix) => folded(&name).starts_with(prefix),
            });
            let set = set_by_the_filter(&upstream).any(|set| folded(set) == folded(&name));
            prop_assert_eq!(removal.is_forged(&name), by_the_table || set);
        }
    }
}
