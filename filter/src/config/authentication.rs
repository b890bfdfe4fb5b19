//! How somebody must have signed in: with what strength (`acr`), and how lately (`auth_time`; OIDC Core §2).

use minicbor::{Decode, Encode};

/// The clocks of the provider and of this machine may differ by this much, so that a sign-in may be older than a rule says
/// by as much: else a provider whose clock is behind would find it young enough, and never ask. Seconds.
const MAX_SKEW: u64 = 60;

/// What a rule asks of a sign-in. It also travels, sealed, with a sign-in that is to bring it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Authentication {
    /// Authentication context classes, one of which must have been reached; `None`: any or none.
    #[n(0)]
    pub acr: Option<Vec<String>>,
    /// How long ago the person may have authenticated; `None`: no limit. Seconds.
    #[n(1)]
    pub max_age: Option<u64>,
}

/// How somebody has signed in, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authenticated<'a> {
    /// The class that was reached.
    pub acr: Option<&'a str>,
    /// How long ago they authenticated; `None`: nobody says, which is never young enough. Seconds.
    pub age: Option<u64>,
}

impl Authentication {
    /// Nothing but a sign-in.
    pub const ANY: Self = Self { acr: None, max_age: None };

    /// Whether the class that was reached is one of those.
    #[must_use]
    pub fn accepts_acr(&self, how: &Authenticated<'_>) -> bool {
        let is_one = |wanted: &Vec<String>| how.acr.is_some_and(|acr| wanted.iter().any(|one| one == acr));
        self.acr.as_ref().is_none_or(is_one)
    }

    /// Whether the sign-in is young enough.
    #[must_use]
    pub fn accepts_age(&self, how: &Authenticated<'_>) -> bool {
        let is_young = |max_age: u64| how.age.is_some_and(|age| age <= max_age.saturating_add(MAX_SKEW));
        self.max_age.is_none_or(is_young)
    }

    /// What is right for both. None: they have no class in common, so that no sign-in is.
    #[must_use]
    pub fn and(self, other: &Self) -> Option<Self> {
        let max_age = [self.max_age, other.max_age].into_iter().flatten().min();
        let acr = match (self.acr, &other.acr) {
            (Some(mut one), Some(two)) => {
                one.retain(|acr| two.contains(acr));
                Some(one).filter(|both| !both.is_empty()).map(Some)?
            }
            (one, two) => one.or_else(|| two.clone()),
        };
        Some(Self { acr, max_age })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(acr: &[&str], max_age: Option<u64>) -> Authentication {
        let acr: Vec<_> = acr.iter().map(|acr| (*acr).to_owned()).collect();
        Authentication { acr: (!acr.is_empty()).then_some(acr), max_age }
    }

    #[test]
    fn what_is_not_known_is_not_there() {
        let unknown = Authenticated::default();
        assert!(Authentication::ANY.accepts_acr(&unknown) && Authentication::ANY.accepts_age(&unknown));
        assert!(!wanted(&["mfa"], None).accepts_acr(&unknown));
        assert!(!wanted(&[], Some(u64::MAX)).accepts_age(&unknown));
    }

    #[test]
    fn classes_are_compared_as_they_are() {
        let rule = wanted(&["urn:okta:loa:2fa:any", "phr"], None);
        for (acr, accepted) in [
            ("phr", true),
            ("urn:okta:loa:2fa:any", true),
            ("PHR", false),
            ("phrh", false),
            ("", false),
            ("phr urn:okta:loa:2fa:any", false),
        ] {
            assert_eq!(rule.accepts_acr(&Authenticated { acr: Some(acr), age: None }), accepted, "{acr}");
        }
    }

    #[test]
    fn a_sign_in_grows_too_old_after_the_skew_of_clocks() {
        let rule = wanted(&[], Some(900));
        for (age, accepted) in [(0, true), (900, true), (960, true), (961, false), (u64::MAX, false)] {
            assert_eq!(rule.accepts_age(&Authenticated { acr: None, age: Some(age) }), accepted, "{age}");
        }
    }

    #[test]
    fn both_wishes_hold_together() {
        let both = |one: Authentication, two: Authentication| one.and(&two);
        assert_eq!(
            both(wanted(&["a", "b"], None), wanted(&["b", "c"], Some(9))),
            Some(wanted(&["b"], Some(9)))
        );
        assert_eq!(both(wanted(&[], Some(3)), wanted(&["b"], Some(9))), Some(wanted(&["b"], Some(3))));
        assert_eq!(both(wanted(&["a"], None), wanted(&["b"], None)), None);
        assert_eq!(both(Authentication::ANY, Authentication::ANY), Some(Authentication::ANY));
    }
}
