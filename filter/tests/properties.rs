//! What holds for any value: what is sealed, split into cookies, encoded or told to the application; and that the
//! configuration names hosts, paths and headers as requests are read.

use minicbor::bytes::ByteArray;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use vestibule::config::{self, Config, HostPattern, PathPattern, Secret};
use vestibule::engine::told;
use vestibule::inputs::Timestamp;
use vestibule::session::cookie_scope::CookieScopes;
use vestibule::session::seal::{MAX_SEALED_TEXT, Owner, OwnerKind};
use vestibule::session::session::{OtherClaim, PersonClaims};
use vestibule::session::{Browser, CookieJar, Purpose, Sealer, Session, Tokens, cookie};
use vestibule::upstream::identity;
use vestibule::web::authority::Authority;
use vestibule::web::path::NormalPath;
use vestibule::web::{header, host, path};
use vestibule_testing::TestEntropy;

fn config() -> Config {
    with(json!({})).unwrap()
}

/// The least that there is, and `more`.
fn with(more: serde_json::Value) -> Result<Config, config::ConfigErrors> {
    let mut configuration = json!({
        "provider": {"issuer": "https://op.example"},
        "client": {"id": "app"},
        "session": {"secrets": [{"value": "0123456789abcdef0123456789abcdef"}]},
        "upstream": {"claims": {"x-team": "department"}},
    });
    for (key, value) in more.as_object().unwrap() {
        configuration[key] = value.clone();
    }
    config::load(configuration.to_string().as_bytes(), &|_| None)
}

fn scopes() -> CookieScopes {
    CookieScopes::new(&config())
}

fn sealer(secret: &str) -> Sealer {
    Sealer::new(&[Secret::new(secret.to_owned())]).unwrap()
}

fn purpose() -> impl Strategy<Value = Purpose> {
    select(vec![Purpose::Session, Purpose::Tokens, Purpose::PendingLogin, Purpose::SignedOut])
}

fn owner() -> impl Strategy<Value = [String; 4]> {
    // Of few letters, so that two owners are often nearly the same.
    ["[ab.]{0,3}", "[ab.]{0,3}", "[ab.]{0,3}", "[ab.]{0,3}"]
}

fn as_owner(parts: &[String; 4]) -> Owner<'_> {
    let [issuer, client_id, cookie_name, scope] = parts;
    Owner { issuer, client_id, cookie_name, scope, kind: OwnerKind::Host }
}

const SECRET: &str = "a secret of a test, of 32 bytes or more";

/// Text that a header cannot carry, that looks like two values, or that is harmless.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        any::<String>(),
        "[a-z]{1,8}",
        "[ ,\t\r\na-z]{0,12}",
        select(vec!["", ",", "a,b", " a", "a\u{85}", "a\u{0}b", "x\r\nx-user: root", "Zürich"])
            .prop_map(str::to_owned),
    ]
}

prop_compose! {
    fn person()(
        sub in text(),
        user in proptest::option::of(text()),
        email in proptest::option::of(text()),
        email_counts in any::<bool>(),
        preferred_username in proptest::option::of(text()),
        groups in vec(text(), 0..6),
        groups_complete in any::<bool>(),
        department in proptest::option::of(text()),
    ) -> PersonClaims {
        let others = department.map(|value| OtherClaim { name: "department".to_owned(), value });
        let others = others.into_iter().collect();
        PersonClaims { sub, user, email, email_counts, preferred_username, groups, groups_complete, others, named: vec![] }
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_for_its_owner_and_for_nobody_else(
        plain in vec(any::<u8>(), 0..600),
        purposes in [purpose(), purpose()],
        owners in [owner(), owner()],
        start in any::<u32>(),
    ) {
        let sealer_of_one = sealer(SECRET);
        let own = as_owner(&owners[0]);
        let entropy = &mut TestEntropy::after(u64::from(start));
        let sealed = sealer_of_one.seal(purposes[0], &own, &plain, entropy).unwrap();
        prop_assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        let opened = sealer_of_one.open(purposes[0], &own, sealed.as_bytes());
        prop_assert_eq!(opened.as_ref(), Some(&plain));
        let is_same = purposes[0] == purposes[1] && owners[0] == owners[1];
        let other = sealer_of_one.open(purposes[1], &as_owner(&owners[1]), sealed.as_bytes());
        prop_assert_eq!(other.is_some(), is_same);
        prop_assert!(sealer("another secret of a test, of 32 bytes").open(purposes[0], &own, sealed.as_bytes()).is_none());
        // The same again is not the same text.
        prop_assert_ne!(sealer_of_one.seal(purposes[0], &own, &plain, entropy).unwrap(), sealed);
    }

    #[test]
    fn what_was_not_sealed_does_not_open(
        text in vec(any::<u8>(), 0..200),
        purpose in purpose(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let sealer = sealer(SECRET);
        let owner = Owner { issuer: "i", client_id: "c", cookie_name: "n", scope: "s", kind: OwnerKind::Domain };
        prop_assert_eq!(sealer.open(purpose, &owner, &text), None);
        let mut sealed = sealer.seal(purpose, &owner, &text, &mut TestEntropy::default()).unwrap().into_bytes();
        let at = at.index(sealed.len());
        if sealed[at] != with {
            sealed[at] = with;
            prop_assert_eq!(sealer.open(purpose, &owner, &sealed), None);
        }
    }

    #[test]
    fn a_value_of_any_length_comes_back_from_its_cookies(
        lengths in [0..40_000_usize, 0..12_000_usize],
        tags in [any::<[u8; 3]>(), any::<[u8; 3]>()],
    ) {
        let scopes = scopes();
        let scope = scopes.on("app.example.com", None);
        let name = scope.session_cookie();
        let mut browser: Vec<(String, String)> = vec![];
        for (length, tag) in lengths.into_iter().zip(tags) {
            let value: String = (0..length).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
            let header = header(&browser);
            let before = Browser::of(scope, CookieJar::parse(&scopes, [header.as_bytes()]));
            let Some(set) = cookie::set_chunked(name, &value, tag, 60, &before) else {
                prop_assert!(length > 30_000);
                continue;
            };
            for cookie in &set {
                let (pair, attributes) = cookie.split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                prop_assert!(name.len() + value.len() <= 4096);
                browser.retain(|(own, _)| own != name);
                if !attributes.contains("Max-Age=0") {
                    browser.push((name.to_owned(), value.to_owned()));
                }
            }
            let header = self::header(&browser);
            let jar = CookieJar::parse(&scopes, [header.as_bytes()]);
            // Longer than anything that is sealed: it is not even tried.
            let expected: Vec<&[u8]> = if length > MAX_SEALED_TEXT { vec![] } else { vec![value.as_bytes()] };
            prop_assert_eq!(jar.assembled(name).collect::<Vec<_>>(), expected);
            // Nothing of an earlier, longer value is left over.
            prop_assert_eq!(browser.len(), set.iter().filter(|cookie| !cookie.contains("Max-Age=0")).count());
        }
        let header = header(&browser);
        let jar = CookieJar::parse(&scopes, [header.as_bytes()]);
        let after = Browser::of(scope, jar);
        prop_assert_eq!(cookie::expire_chunked(name, &after).len(), browser.len());
        prop_assert_eq!(after.cookies_of_others().unwrap_or_default(), b"");
    }

    #[test]
    fn a_chunk_that_is_missing_or_anothers_is_no_value(
        length in 4000..20_000_usize,
        tags in [any::<[u8; 3]>(), any::<[u8; 3]>()],
        at in any::<prop::sample::Index>(),
    ) {
        let scopes = scopes();
        let scope = scopes.on("app.example.com", None);
        let name = scope.session_cookie();
        let empty = Browser::of(scope, CookieJar::default());
        let set = |value: String, tag| cookie::set_chunked(name, &value, tag, 60, &empty).unwrap();
        let (ours, theirs) = (set("a".repeat(length), tags[0]), set("b".repeat(length), tags[1]));
        let pair = |cookie: &String| cookie.split(';').next().unwrap().to_owned();
        let at = at.index(ours.len());
        let mut mixed: Vec<String> = ours.iter().map(pair).collect();
        mixed[at] = pair(&theirs[at]);
        let header = mixed.join("; ");
        if tags[0] != tags[1] {
            prop_assert!(CookieJar::parse(&scopes, [header.as_bytes()]).assembled(name).next().is_none());
        }
        mixed.remove(at);
        let header = mixed.join("; ");
        prop_assert!(CookieJar::parse(&scopes, [header.as_bytes()]).assembled(name).next().is_none());
    }

    #[test]
    fn the_application_is_told_only_what_cannot_be_misread(person in person()) {
        let upstream = config().upstream;
        let headers = identity::of_person(&told::identity(&person, "https://op.example"), &upstream);
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, text(value))).collect();
        let value = |name: &str| headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
        for (name, value) in &headers {
            prop_assert!(!value.is_empty() && value.trim() == value, "{}: {:?}", name, value);
            prop_assert!(!value.chars().any(char::is_control), "{}: {:?}", name, value);
            prop_assert_eq!(headers.iter().filter(|(own, _)| own == name).count(), 1);
        }
        // A value comes as it is or not at all.
        let told = value(&upstream.user_header);
        let user = person.user.as_deref().unwrap_or(&person.sub);
        prop_assert!(told.is_none_or(|told| told == user));
        let email = value(&upstream.email_header);
        prop_assert!(email.is_none() || (person.email_counts && email == person.email.as_deref()));
        // Taken apart at the commas, the groups are groups of this person: all that have a faithful name.
        let told: Vec<_> = value(&upstream.groups_header).map(|told| told.split(',').collect()).unwrap_or_default();
        let faithful = |group: &&String| {
            !group.is_empty()
                && group.trim() == *group
                && !group.contains(|character: char| character == ',' || character.is_control())
        };
        let wanted: Vec<_> = person.groups.iter().filter(faithful).map(String::as_str).collect();
        prop_assert_eq!(told, if person.groups_complete { wanted } else { vec![] });
    }

    #[test]
    fn a_session_comes_back_as_it_was(person in person(), id in any::<[u8; 16]>(), now in any::<u64>()) {
        let config = config();
        let session = Session::begin(ByteArray::from(id), person, Timestamp(now), &config.session);
        let bytes = session.to_bytes();
        let back = Session::from_bytes(&bytes);
        prop_assert_eq!(back.as_ref(), Some(&session));
        prop_assert_eq!(Session::from_bytes(&[&bytes[..], b"\0"].concat()), None);
        prop_assert_eq!(Session::from_bytes(&bytes[..bytes.len() - 1]), None);
        // It counts from the sign-in to its end and not a second longer.
        let end = session.expires_at(&config.session);
        prop_assert!(!session.is_alive(end, &config.session));
        prop_assert_eq!(session.is_alive(Timestamp(now), &config.session), now < u64::MAX);
    }

    #[test]
    fn tokens_come_back_as_they_were(
        id in any::<[u8; 16]>(),
        id_token in prop_oneof![any::<String>(), "[A-Za-z0-9_-]{0,9}\\.[A-Za-z0-9_-]{0,9}\\.[A-Za-z0-9_-]{0,9}"],
        access_token in proptest::option::of(any::<String>()),
        end in proptest::option::of(any::<u64>()),
    ) {
        let end = end.map(Timestamp);
        let tokens = Tokens::new(ByteArray::from(id), Some(&id_token), access_token.as_deref(), end);
        let back = Tokens::from_bytes(&tokens.to_bytes()).unwrap();
        prop_assert_eq!(back.id_token(), Some(id_token));
        let good = end.is_none_or(|end| end > Timestamp(0));
        prop_assert_eq!(back.access_token(), access_token.filter(|_| good));
        prop_assert!(end.is_none() || !back.has_access_token(Timestamp(u64::MAX)));
    }

    #[test]
    fn a_request_reads_to_the_host_that_the_configuration_names(
        text in prop_oneof!["[a-cA-C0-9x._-]{1,8}", "[a-c][a-z0-9-]{0,3}(\\.[A-Za-z0-9_-]{1,4}){0,3}\\.?", "\\[[0-9aF:.]{2,9}\\]"],
    ) {
        let Ok(config) = with(json!({"hosts": [text]})) else { return Ok(()) };
        let hosts = config.hosts.unwrap();
        let HostPattern::Exact(named) = &hosts[0] else { panic!("{hosts:?}") };
        for written in [&text, named] {
            let authority = Authority::parse(written.as_bytes()).unwrap();
            prop_assert_eq!(authority.host(), named.as_str());
            prop_assert!(host::matches(&hosts[0], authority.host()));
        }
    }

    #[test]
    fn the_configuration_names_the_paths_that_arrive_normal(
        text in prop_oneof![
            "/[ab/.%;~\\\\?#é 02fCcE5-]{0,8}",
            vec(select(vec!["/", "a", "..", ".", "%25", "%41", "%c3", "%C3%A9", "%C0", "%2F", ";", "4", "A"]), 0..6)
                .prop_map(|parts| format!("/{}", parts.concat())),
        ],
    ) {
        let arrived = NormalPath::parse(text.as_bytes())
            .is_ok_and(|path| path.arrived_normal() && !path.is_ambiguous() && path.query().is_none());
        let config = with(json!({"access": [{"match": {"paths": [text]}, "allow": "public"}]}));
        prop_assert_eq!(config.is_ok(), arrived);
        let Ok(config) = config else { return Ok(()) };
        let patterns = config.access[0].when.paths.as_ref().unwrap();
        prop_assert_eq!(patterns, &vec![PathPattern::Exact(text.clone())]);
        let asked = NormalPath::parse(text.as_bytes()).unwrap();
        prop_assert!(path::matches_to_the_letter(&patterns[0], asked.reading()) && path::matches(&patterns[0], asked.reading()));
    }

    #[test]
    fn no_two_keys_name_headers_that_an_application_takes_for_one(
        names in ["x[-_.~][aA]", "x[-_.~][aAb]"],
    ) {
        let config = with(json!({"upstream": {"user_header": names[0], "email_header": names[1]}}));
        prop_assert_eq!(config.is_ok(), !header::is_same(&names[0], &names[1]));
    }

    #[test]
    fn any_bytes_are_read_as_a_session_or_not(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Session::from_bytes(&bytes);
        let _ = Tokens::from_bytes(&bytes);
    }
}

fn header(browser: &[(String, String)]) -> String {
    browser.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}
