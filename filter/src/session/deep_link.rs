//! Deep links too long for `state`: each in a cookie of its own, for as long as its sign-in may take.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::browser::Browser;
use super::cookie_scope::{DEEP_LINK_NAME, is_base64url};
use super::seal::{Purpose, SealError, Sealer};
use super::{cookie, encoding};
use crate::inputs::Entropy;

/// At once in one browser; the oldest go first.
const MAX_AT_ONCE: usize = 5;
/// Name and value of one together. Bytes.
const MAX_COOKIE: usize = 1024;

/// Which sign-in it is: as hard to guess as its nonce, which it is.
pub type LoginId = [u8; 24];

#[derive(Encode, Decode)]
struct DeepLink {
    /// Whose it is: names of cookies are not sealed.
    #[n(0)]
    login: ByteArray<24>,
    #[n(1)]
    url: String,
}

/// The `Set-Cookie` values that keep `url` for `login`, and that expire what is too many. `None` where it is too long.
///
/// # Errors
/// [`SealError`] where the system gives no randomness.
pub(super) fn keep(
    login: &LoginId,
    url: &str,
    sealer: &Sealer,
    browser: &Browser<'_>,
    entropy: &mut dyn Entropy,
) -> Result<Option<Vec<String>>, SealError> {
    let name = name(login, browser);
    let plain = encoding::encode(&DeepLink { login: (*login).into(), url: url.to_owned() });
    // Sealing makes it no shorter, and has a limit of its own.
    if plain.len() > MAX_COOKIE {
        return Ok(None);
    }
    let sealed = sealer.seal(Purpose::DeepLink, &browser.scope.host_owner(), &plain, entropy)?;
    if name.len().saturating_add(sealed.len()) > MAX_COOKIE {
        return Ok(None);
    }
    let mut cookies = expire_surplus(browser);
    cookies.push(cookie::keep_for_sign_in(&name, &sealed, &browser.scope));
    Ok(Some(cookies))
}

/// The deep link of `login`, where the browser still has it.
pub(super) fn find(login: &LoginId, sealer: &Sealer, browser: &Browser<'_>) -> Option<String> {
    let prefix = browser.scope.deep_link_cookie_prefix();
    let wanted = suffix(login);
    browser
        .jar
        .beginning_with(prefix)
        .filter(|(name, _)| *name == wanted)
        .take(MAX_AT_ONCE)
        .filter_map(|(_, sealed)| sealer.open(Purpose::DeepLink, &browser.scope.host_owner(), sealed))
        .filter_map(|plain| encoding::decode::<DeepLink>(&plain))
        .find(|found| *found.login == *login)
        .map(|found| found.url)
}

/// The `Set-Cookie` value that ends it.
pub(super) fn expire(login: &LoginId, browser: &Browser<'_>) -> String {
    cookie::expire_host_only(&name(login, browser), &browser.scope)
}

fn name(login: &LoginId, browser: &Browser<'_>) -> String {
    format!("{}{}", browser.scope.deep_link_cookie_prefix(), suffix(login))
}

fn suffix(login: &LoginId) -> String {
    URL_SAFE_NO_PAD.encode(login).chars().take(DEEP_LINK_NAME).collect()
}

/// A browser sends the oldest first (RFC 6265 §5.4).
fn expire_surplus(browser: &Browser<'_>) -> Vec<String> {
    let prefix = browser.scope.deep_link_cookie_prefix();
    let all = browser.jar.beginning_with(prefix);
    // The name goes back into a header: only one that we could have made.
    let held: Vec<&str> =
        all.map(|(name, _)| name).filter(|name| is_base64url(name.as_bytes(), DEEP_LINK_NAME)).collect();
    let surplus = held.len().saturating_add(1).saturating_sub(MAX_AT_ONCE);
    let expired = held.iter().take(surplus);
    expired.map(|name| cookie::expire_host_only(&format!("{prefix}{name}"), &browser.scope)).collect()
}
