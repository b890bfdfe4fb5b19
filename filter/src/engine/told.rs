//! From what the browser holds to what `upstream` takes: the two rooms do not know each other.

use crate::session::Tokens;
use crate::session::session::PersonClaims;
use crate::upstream::{Identity, TokenTexts, WantedTokens};

/// Without what does not count, or is not whole. `issuer` is whose token said it.
#[must_use]
pub fn identity<'a>(person: &'a PersonClaims, issuer: &'a str) -> Identity<'a> {
    Identity {
        issuer,
        sub: &person.sub,
        user: person.user.as_deref(),
        email: person.usable_email(),
        preferred_username: person.preferred_username.as_deref(),
        groups: person.groups_complete.then_some(&*person.groups),
        claims: person.others.iter().map(|other| (&*other.name, &*other.value)).collect(),
    }
}

/// Those that are wanted, also where they have run out.
#[must_use]
pub fn token_texts(tokens: &Tokens, wanted: WantedTokens) -> TokenTexts {
    TokenTexts {
        id_token: wanted.id_token.then(|| tokens.id_token()).flatten(),
        access_token: wanted.access_token.then(|| tokens.access_token()).flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::session::OtherClaim;

    #[test]
    fn what_does_not_count_or_is_not_whole_is_left_out() {
        let person = PersonClaims {
            sub: "00u1".to_owned(),
            email: Some("a@example.com".to_owned()),
            email_counts: true,
            groups: vec!["admin".to_owned()],
            groups_complete: true,
            others: vec![OtherClaim { name: "department".to_owned(), value: "Research".to_owned() }],
            ..PersonClaims::default()
        };
        let told = identity(&person, "https://op.example");
        assert_eq!((told.user, told.email), (None, Some("a@example.com")));
        assert_eq!(told.groups, Some(&["admin".to_owned()][..]));
        assert_eq!(told.claims, [("department", "Research")]);
        let odd = PersonClaims { email_counts: false, groups_complete: false, ..person };
        let told = identity(&odd, "https://op.example");
        assert_eq!((told.email, told.groups), (None, None));
    }

    #[test]
    fn a_token_that_is_not_wanted_is_left_out() {
        let tokens = Tokens::new([0; 16].into(), Some("id"), Some("access"), None);
        let texts = |id_token, access_token| {
            let texts = token_texts(&tokens, WantedTokens { id_token, access_token });
            (texts.id_token.is_some(), texts.access_token.is_some())
        };
        for wanted in [(true, true), (false, true), (true, false), (false, false)] {
            assert_eq!(texts(wanted.0, wanted.1), wanted);
        }
    }
}
