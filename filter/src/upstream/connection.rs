//! What the next proxy is told to drop (RFC 9110 §7.6.1).

use super::Removal;
use crate::web::header;

/// The options of `connection` that may go on, in one value, given all of its values; `None` where they may go on as
/// they came.
///
/// Each option is also the name of a header that a proxy removes, and on an upgrade Envoy passes `connection` on as it
/// came: a client could have the filter's own headers removed behind the filter. So an option that names one of them, in
/// whatever spelling, goes, and so does what is no name.
#[must_use]
pub fn without_forged<'v>(values: impl Iterator<Item = &'v [u8]>, removal: &Removal) -> Option<String> {
    let mut kept = Vec::new();
    let mut is_whole = true;
    for option in values.flat_map(|value| value.split(|byte| *byte == b',')) {
        let option = option.trim_ascii();
        match std::str::from_utf8(option) {
            Ok("") => {}
            Ok(name) if header::is_token(name) && !removal.is_forged(name) => kept.push(name),
            _ => is_whole = false,
        }
    }
    (!is_whole).then(|| kept.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Upstream, UpstreamAuthorization};
    use crate::upstream::testing;

    fn kept(values: &[&[u8]]) -> Option<String> {
        let removal =
            Removal::new(&Upstream { authorization: UpstreamAuthorization::IdToken, ..testing::upstream() });
        without_forged(values.iter().copied(), &removal)
    }

    #[test]
    fn what_names_no_header_of_the_filter_goes_on_as_it_came() {
        for value in ["", "Upgrade", "keep-alive, Upgrade", " , upgrade,,", "upgrade, cookie, x-own, x-users"]
        {
            assert_eq!(kept(&[value.as_bytes()]), None, "{value}");
        }
        assert_eq!(kept(&[b"upgrade,HTTP2-Settings", b"close"]), None);
        assert_eq!(kept(&[]), None);
    }

    #[test]
    fn headers_of_the_filter_are_not_dropped_for_a_client() {
        for name in
            ["x-user", "X-USER", "x_user", "x.name", "x-team", "x!team", "x-auth-request-", "authorization"]
        {
            let value = format!("keep-alive ,\tUpgrade,{name} ");
            assert_eq!(kept(&[value.as_bytes()]).as_deref(), Some("keep-alive, Upgrade"), "{name}");
            assert_eq!(kept(&[b"upgrade", name.as_bytes()]).as_deref(), Some("upgrade"), "{name}");
            assert_eq!(kept(&[name.as_bytes()]).as_deref(), Some(""), "{name}");
        }
        assert_eq!(kept(&[b"x-forwarded-host, x-original-url"]).as_deref(), Some(""));
    }

    /// A proxy that is more lenient could read a name in it.
    #[test]
    fn what_is_no_name_goes() {
        for odd in [&b"x-team;"[..], b"\"x-team\"", b"x-team\x0b", b"x-team x-own", b"x-team\xa0", b"\xff"] {
            assert_eq!(kept(&[b"upgrade", odd]).as_deref(), Some("upgrade"), "{odd:?}");
        }
    }
}
