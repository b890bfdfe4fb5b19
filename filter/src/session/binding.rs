//! What proves that a browser began a sign-in: random bytes in a cookie of this host, which the sealed `state` names. One
//! serves all tabs of a browser; tabs that begin at the same moment may bring several.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;

use super::browser::Browser;
use super::cookie;
use super::cookie_scope::BINDING_NAME;
use crate::inputs::{Entropy, NoEntropy};

/// Which browser began a sign-in: 16 random bytes.
#[derive(Clone, Copy, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Binding(#[n(0)] ByteArray<16>);

crate::redacted::redacted!(Binding);

impl Binding {
    /// The binding that the browser holds, or a new one; and the `Set-Cookie` value that keeps it for as long as a sign-in
    /// may take.
    ///
    /// # Errors
    /// [`NoEntropy`]: no sign-in may begin without randomness.
    pub(super) fn keep(
        browser: &Browser<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(Self, String), NoEntropy> {
        let held =
            browser.held_bindings().find_map(|(name, value)| Some((name.to_owned(), Self::read(value)?)));
        let (name, binding) = match held {
            Some(held) => held,
            None => {
                let (mut name, mut bytes) = ([0; BINDING_NAME / 4 * 3], [0; 16]);
                entropy.fill(&mut name)?;
                entropy.fill(&mut bytes)?;
                (URL_SAFE_NO_PAD.encode(name), Self(bytes.into()))
            }
        };
        let value = URL_SAFE_NO_PAD.encode(*binding.0);
        let name = format!("{}{name}", browser.scope.binding_cookie_prefix());
        Ok((binding, cookie::keep_for_sign_in(&name, &value, &browser.scope)))
    }

    /// Whether this browser holds it.
    pub(super) fn is_held_by(&self, browser: &Browser<'_>) -> bool {
        browser
            .held_bindings()
            .filter_map(|(_, value)| Self::read(value))
            .any(|held| bool::from(held.0.as_slice().ct_eq(self.0.as_slice())))
    }

    fn read(value: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()?;
        Some(Self(bytes.into()))
    }
}

/// The `Set-Cookie` values that expire all that the browser holds.
pub(super) fn expire_all(browser: &Browser<'_>) -> Vec<String> {
    browser.binding_names().map(|name| cookie::expire_host_only(&name, &browser.scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::browser::MAX_BINDINGS;
    use super::super::cookie_scope::testing::scopes;
    use super::*;
    use crate::inputs::testing::{Counting, Dry};

    fn pair(cookie: &str) -> String {
        cookie.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_binding_is_used_again_and_kept_longer() {
        let scopes = scopes(true);
        let mut entropy = Counting::default();
        let (first, cookie) = Binding::keep(&Browser::new(&scopes, "a.example", []), &mut entropy).unwrap();
        assert!(cookie.starts_with("__Host-vestibule_b_") && cookie.contains("Max-Age=900"), "{cookie}");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Domain"));
        let header = format!("a=b; {}", pair(&cookie));
        let browser = Browser::new(&scopes, "a.example", [header.as_bytes()]);
        assert!(first.is_held_by(&browser));
        let (again, cookie_again) = Binding::keep(&browser, &mut entropy).unwrap();
        assert_eq!((again.0, pair(&cookie_again)), (first.0, pair(&cookie)));
    }

    #[test]
    fn of_tabs_that_begin_at_once_each_binding_counts_and_all_of_them_go() {
        let scopes = scopes(true);
        let mut entropy = Counting::default();
        let mut tab = || Binding::keep(&Browser::new(&scopes, "a.example", []), &mut entropy).unwrap();
        let tabs: Vec<_> = (0..40).map(|_| tab()).collect();
        let header = tabs.iter().map(|(_, cookie)| pair(cookie)).collect::<Vec<_>>().join("; ");
        let browser = Browser::new(&scopes, "a.example", [header.as_bytes()]);
        let held = tabs.iter().filter(|(binding, _)| binding.is_held_by(&browser)).count();
        assert_eq!((held, expire_all(&browser).len()), (MAX_BINDINGS, MAX_BINDINGS));
        assert!(
            expire_all(&browser).iter().all(|cookie| cookie.contains("=; ") && cookie.contains("Max-Age=0"))
        );
    }

    #[test]
    fn rubbish_binds_nobody_and_hides_nothing() {
        let scopes = scopes(true);
        let mut entropy = Counting::default();
        let (binding, cookie) = Binding::keep(&Browser::new(&scopes, "a.example", []), &mut entropy).unwrap();
        let name = "__Host-vestibule_b_AAAA";
        for rubbish in ["", "A", "=", "AAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(4000), "\u{e9}"] {
            let header = format!("{name}={rubbish}");
            assert!(
                !binding.is_held_by(&Browser::new(&scopes, "a.example", [header.as_bytes()])),
                "{rubbish}"
            );
            let header = format!("{name}={rubbish}; {}", pair(&cookie));
            assert!(
                binding.is_held_by(&Browser::new(&scopes, "a.example", [header.as_bytes()])),
                "{rubbish}"
            );
        }
        // Without the prefix, a sibling host could have set it.
        let bare = pair(&cookie).replace("__Host-", "");
        assert!(!binding.is_held_by(&Browser::new(&scopes, "a.example", [bare.as_bytes()])));
        let odd = "__Host-vestibule_b_AAAAA=x; __Host-vestibule_b_A\u{e9}=x; __Host-vestibule_b_=x";
        assert!(expire_all(&Browser::new(&scopes, "a.example", [odd.as_bytes()])).is_empty());
    }

    #[test]
    fn without_randomness_there_is_none() {
        let scopes = scopes(true);
        assert!(Binding::keep(&Browser::new(&scopes, "a.example", []), &mut Dry).is_err());
    }
}
