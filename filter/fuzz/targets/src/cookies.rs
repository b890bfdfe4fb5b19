//! What a browser, or whoever plays one, sends as cookies.

use std::collections::BTreeSet;

use vestibule::config::Config;
use vestibule::engine::told;
use vestibule::inputs::Timestamp;
use vestibule::session::cookie_scope::CookieScopes;
use vestibule::session::pending_login::{Begun, Found, Wanted};
use vestibule::session::seal::Owner;
use vestibule::session::shared_refresh::Slot;
use vestibule::session::{
    Browser, CookieJar, PendingLogin, Purpose, Sealer, Session, Tokens, cookie, pending_login,
};
use vestibule::upstream::{WantedTokens, identity};
use vestibule_testing::{HOST, TestEntropy};

use crate::support::{self, CONFIG, COOKIE, NOW, byte, jar, pairs, take};

/// Whether a cookie of this name is the filter's, as the design has it: family, chunks, tokens, marks of sign-outs,
/// bindings and deep links of sign-ins.
pub(crate) fn is_ours(name: &[u8]) -> bool {
    let name = [b"__Host-".as_slice(), b"__Secure-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(*prefix))
        .unwrap_or(name);
    let Some(rest) = name.strip_prefix(b"vestibule") else { return false };
    let chunk = |rest: &[u8]| {
        rest.strip_prefix(b"_")
            .is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    };
    let id = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let of_sign_in = rest.strip_prefix(b"_b_").is_some_and(|rest| rest.len() == 4 && id(rest))
        || rest.strip_prefix(b"_d_").is_some_and(|rest| rest.len() == 8 && id(rest));
    let kinds = [b"_t".as_slice(), b"_i", b"_out"];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(*kind)).unwrap_or(rest);
    of_sign_in || rest.is_empty() || chunk(rest)
}

/// So many cookies a browser keeps for a site, less those of one value.
const MOST_COOKIES: usize = 170;
/// Envoy takes 60 KiB of headers; less one value. Bytes.
const MOST_BYTES: usize = 40 * 1024;

/// The whole of a value beside whatever else is in the header, and nothing of ours for the application.
///
/// Lines are headers; the first byte says how long the value is.
pub fn cookie_header(data: &[u8]) {
    let config = &*CONFIG;
    let scopes = support::scopes(config);
    let scope = scopes.on(HOST, None);
    let mut data = data;
    let length = usize::from(byte(&mut data)) * 64;
    let headers: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let browser = Browser::of(scope, CookieJar::parse(&scopes, headers.iter().copied()));
    let all = CookieJar::parse(&scopes, headers.iter().copied());

    let others: Vec<_> = headers.iter().flat_map(|header| pairs(header)).collect();
    let forwarded = all.without_ours();
    assert_eq!(forwarded.is_some(), others.iter().any(|(name, _)| is_ours(name)));
    if let Some(forwarded) = forwarded {
        let kept: Vec<_> = pairs(&forwarded).collect();
        let wanted: Vec<_> = others.iter().copied().filter(|(name, _)| !is_ours(name)).collect();
        assert_eq!(kept, wanted, "another's cookie was lost or changed");
    }
    let tried: usize = all.assembled(COOKIE).map(|whole| whole.len()).sum();
    assert!(tried <= data.len(), "no chunk is in two of them");

    // A value that is set beside all this comes back, unless no browser and no Envoy would let so much through.
    let value: String = (0..length).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
    let set = cookie::set_chunked(COOKIE, &value, [1, 2, 3], 60, &browser).expect("it fits");
    set.iter().for_each(|cookie| support::assert_set_cookie(cookie, true));
    if others.len() < MOST_COOKIES && data.len() < MOST_BYTES && !value.is_empty() {
        let honest = support::header_of(&set);
        let jar = CookieJar::parse(&scopes, headers.iter().copied().chain([honest.as_bytes()]));
        // Chunks of another value with the very same tag may come first; then it does not open.
        let same_tag = others.iter().any(|(_, value)| value.get(1..5) == Some(b"AQID"));
        assert!(same_tag || jar.assembled(COOKIE).any(|found| *found == *value.as_bytes()));
    }

    // After the browser has taken them, nothing that was there before is left in the way.
    for cookie in cookie::expire_chunked(COOKIE, &browser) {
        support::assert_set_cookie(&cookie, true);
        assert!(cookie.contains("=; ") && cookie.contains("Max-Age=0"), "{cookie}");
    }
}

const PURPOSES: [Purpose; 5] =
    [Purpose::Session, Purpose::Tokens, Purpose::PendingLogin, Purpose::SignedOut, Purpose::SharedRefresh];

/// What was sealed opens for its owner and purpose, and nothing else opens.
///
/// First what to do to the sealed text, then the plain value; what cannot be read as sealed is also read as
/// what would have been in it.
pub fn sealed_cookie(data: &[u8]) {
    let config = &*CONFIG;
    let scopes = support::scopes(config);
    let sealer = support::sealer(config);
    let mut data = data;
    let (purpose, at, mask) = (byte(&mut data), byte(&mut data), byte(&mut data));
    let purpose = PURPOSES[usize::from(purpose) % PURPOSES.len()];
    let plain = data;
    let owner = scopes.on(HOST, None).owner();
    // By a secret with which nothing is ever sealed: libFuzzer finds in memory what this run seals.
    assert_eq!(support::unused_sealer().open(purpose, &owner, plain), None, "nobody sealed this");

    let sealed = sealer.seal(purpose, &owner, plain, &mut TestEntropy::default());
    if let Ok(sealed) = sealed {
        assert_eq!(sealer.open(purpose, &owner, sealed.as_bytes()).as_deref(), Some(plain));
        for other in PURPOSES.into_iter().filter(|other| *other != purpose) {
            assert_eq!(sealer.open(other, &owner, sealed.as_bytes()), None, "for another purpose");
        }
        let elsewhere = Owner { scope: "other.example.com", ..owner };
        assert_eq!(sealer.open(purpose, &elsewhere, sealed.as_bytes()), None, "on another host");
        let mut changed = sealed.clone().into_bytes();
        let at = usize::from(at) * changed.len() / 256;
        changed[at] ^= mask;
        if changed != sealed.as_bytes() {
            assert_eq!(sealer.open(purpose, &owner, &changed), None, "a changed byte");
        }
        assert_eq!(sealer.open(purpose, &owner, &sealed.as_bytes()[..at]), None, "a part of it");
    } else {
        assert!(plain.len() > 8 * 1024, "a short value is always sealed");
    }
    read_session(plain, config);
    read_tokens(plain, config);
    read_slot(plain);
}

fn read_session(plain: &[u8], config: &Config) {
    let Some(session) = Session::from_bytes(plain) else { return };
    assert_eq!(Session::from_bytes(&session.to_bytes()).as_ref(), Some(&session));
    for now in [Timestamp(0), NOW, Timestamp(u64::MAX)] {
        assert!(!session.is_alive(now, &config.session) || now < session.expires_at(&config.session));
        let _ = session.wants_resealing(now, &config.session);
        assert_eq!(session.resealed(now).signed_in_at(), session.signed_in_at());
    }
    for (name, value) in
        identity::of_person(&told::identity(&session.person, "https://op.example"), &config.upstream)
    {
        let value = std::str::from_utf8(&value).unwrap();
        assert!(!value.is_empty() && !value.contains(|c: char| c.is_control()), "{name}: {value:?}");
        if *name == *config.upstream.groups_header {
            let told: Vec<_> = value.split(',').collect();
            assert!(told.iter().all(|group| session.person.groups.iter().any(|own| own == group)));
        }
    }
}

fn read_tokens(plain: &[u8], config: &Config) {
    let Some(tokens) = Tokens::from_bytes(plain) else { return };
    assert!(Tokens::from_bytes(&tokens.to_bytes()).as_ref() == Some(&tokens));
    let rest = tokens.without_id_token().without_access_token();
    assert_eq!(rest.is_empty(), tokens.refresh_token().is_none());
    let texts = told::token_texts(&tokens, WantedTokens::of(&config.upstream));
    for (_, value) in identity::of_tokens(&texts, &config.upstream) {
        assert!(!value.iter().any(u8::is_ascii_control), "a token with control bytes");
    }
}

/// What another worker would have written.
fn read_slot(plain: &[u8]) {
    let Ok(Slot::Settled { key, at, result }) = minicbor::decode::<Slot>(plain) else { return };
    let _ = key.slot();
    for now in [Timestamp(0), NOW, Timestamp(u64::MAX)] {
        let _ = result.counts(Timestamp(at), now);
    }
}

/// A sign-in is redeemed for the browser that began it, on its host, in its time, with its state: for no other.
///
/// One byte each for the time that passes, what is done to the state and how many others there are; then the
/// length of the deep link, the link, and the rest of the cookie header.
pub fn pending_login(data: &[u8]) {
    let config = &*CONFIG;
    let scopes = support::scopes(config);
    let sealer = support::sealer(config);
    let mut data = data;
    let (later, change, others) = (byte(&mut data), byte(&mut data), byte(&mut data) % 8);
    let length = usize::from(byte(&mut data)) * 8;
    let url = String::from_utf8_lossy(take(&mut data, length)).into_owned();
    let mut entropy = TestEntropy::default();

    // Of the other tabs, and of whoever wrote the rest of the header.
    let mut header = data.iter().copied().filter(|byte| *byte != b'\n').collect::<Vec<u8>>();
    for _ in 0..others {
        header = begun("/", &sealer, &scopes, &header, &mut entropy).1;
    }
    let (begun, header) = begun(&url, &sealer, &scopes, &header, &mut entropy);
    let (login, state) = (begun.login, begun.state);

    let now = NOW.plus(u64::from(later) * 8);
    let find = |state: &str, host: &str, header: &[u8]| {
        let browser = Browser::of(scopes.on(host, None), jar(&scopes, header));
        PendingLogin::find(state, &sealer, &browser, now)
    };
    let ours = |state: &str, host: &str, header: &[u8]| match find(state, host, header) {
        Some(Found::Ours(login)) => Some(login),
        Some(Found::NotOurs { .. }) | None => None,
    };
    // So many of the kind are looked at; only a header of rubbish has more.
    let crowd = pairs(&header).filter(|(name, _)| name.starts_with(b"__Host-vestibule_b_")).count();
    match ours(&state, HOST, &header) {
        Some(found) => {
            assert!(now.since(NOW) < pending_login::MAX_AGE);
            let path = url.split(['?', '#']).next().unwrap_or_default();
            assert!([url.as_str(), path, "/"].contains(&found.original_url.as_str()));
            assert!(found.nonce() == login.nonce() && found.code_verifier() == login.code_verifier());
        }
        None => assert!(now.since(NOW) >= pending_login::MAX_AGE || crowd > 32),
    }
    assert!(find(&state, "other.example.com", &header).is_none(), "on another host");
    let browser = Browser::of(scopes.on(HOST, None), jar(&scopes, &header));
    let elsewhere = PendingLogin::find(&state, &support::unused_sealer(), &browser, now);
    assert!(elsewhere.is_none(), "with another secret");
    assert!(ours(&state, HOST, b"").is_none(), "in another browser");
    // Whoever wrote the rest of the header may have known a binding, which is used again then.
    let knew = pairs(data).any(|(name, value)| name.starts_with(b"__Host-vestibule_b_") && value.len() == 22);
    assert!(knew || ours(&state, HOST, data).is_none(), "in a browser of which another has the binding");
    let mut forged = state.clone().into_bytes();
    let at = usize::from(change) * forged.len() / 256;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    assert!(find(&String::from_utf8_lossy(&forged), HOST, &header).is_none(), "with another state");
    assert!(find(&state[..at], HOST, &header).is_none(), "with a part of the state");
    if let Ok(anything) = std::str::from_utf8(data) {
        assert!(find(anything, HOST, &header).is_none(), "with any state");
    }
    read_pending_login(data);
}

/// A sign-in that begins in a browser, and the browser's header after it.
fn begun(
    url: &str,
    sealer: &Sealer,
    scopes: &CookieScopes,
    header: &[u8],
    entropy: &mut TestEntropy,
) -> (Begun, Vec<u8>) {
    const KINDS: [(&str, usize); 2] = [("__Host-vestibule_b_", 4), ("__Host-vestibule_d_", 8)];
    let browser = Browser::of(scopes.on(HOST, None), jar(scopes, header));
    let begun = PendingLogin::begin(
        Wanted { original_url: url, authentication: None },
        sealer,
        &browser,
        NOW,
        entropy,
    )
    .expect("not dry");
    assert!(begun.state.len() <= pending_login::MAX_STATE);
    assert!(begun.state.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    let mut cookies: Vec<(Vec<u8>, Vec<u8>)> =
        pairs(header).map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    for cookie in &begun.cookies {
        support::assert_set_cookie(cookie, true);
        let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
        assert!(
            KINDS
                .iter()
                .any(|(prefix, length)| name.len() == prefix.len() + length && name.starts_with(prefix))
        );
        assert!(name.len() + value.len() <= 1024, "{}", cookie.len());
        assert!(!cookie.contains("Domain=") && cookie.contains("SameSite=Lax"), "{cookie}");
        cookies.retain(|(own, _)| own != name.as_bytes());
        if !value.is_empty() {
            cookies.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        }
    }
    // At most five deep links that a browser would still send, beside names that we never made.
    let [_, (prefix, length)] = KINDS;
    let is_link = |name: &[u8]| {
        name.strip_prefix(prefix.as_bytes()).is_some_and(|id| {
            id.len() == length && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
        })
    };
    let kept_one =
        begun.cookies.iter().any(|cookie| cookie.starts_with(prefix) && !cookie.contains("Max-Age=0"));
    let names: BTreeSet<&[u8]> =
        cookies.iter().map(|(name, _)| name.as_slice()).filter(|name| is_link(name)).collect();
    assert!(!kept_one || names.len() <= 5, "{names:?}");
    let joined: Vec<Vec<u8>> =
        cookies.iter().map(|(name, value)| [name.as_slice(), b"=", value].concat()).collect();
    (begun, joined.join(b"; ".as_slice()))
}

/// What would be in a state that somebody with the key had sealed.
fn read_pending_login(plain: &[u8]) {
    let Ok(login) = minicbor::decode::<PendingLogin>(plain) else { return };
    assert_eq!((login.nonce().len(), login.code_verifier().len()), (32, 43));
    let again = minicbor::to_vec(&login).ok();
    let again =
        again.and_then(|again| minicbor::decode(&again).ok().map(|again: PendingLogin| again.nonce()));
    assert_eq!(again, Some(login.nonce()));
}
