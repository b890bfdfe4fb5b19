//! Where a request goes, and where a reply may send somebody.

use std::sync::LazyLock;

use serde_json::json;
use url::Url;
use vestibule::access::{Allows, Asked, Policy};
use vestibule::config::{Config, PathPattern};
use vestibule::page::redirect::{MAX_TARGET, OwnOrigin, safe_redirect};
use vestibule::web::path::{self, Clarity, NormalPath, Readings};
use vestibule_testing::HOST;

use crate::readers::{is_below, readings};
use crate::support::config;

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    config(&json!({
        "paths": {"allowed_redirect_domains": ["portal.example.net", "port.example.net:8443", "any.example.net:*",
            ".corp.example"]},
        "access": [
            {"match": {"paths": ["/healthz", "/open/*"]}, "allow": "public"},
            {"match": {"paths": ["/admin/*"]}, "require": {"groups": ["admin"]}},
        ],
    }))
});

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::compile(&CONFIG.access));

/// Joined by a browser or by a reader that decodes first, the place is on the own origin or an allowed one.
///
/// The first byte chooses the own origin, the rest is the target.
pub fn redirect_target(data: &[u8]) {
    let (choice, target) = data.split_first().unwrap_or((&0, b""));
    let (scheme, authority) =
        [("https", HOST), ("http", "localhost:8080"), ("https", "[::1]:8443")][usize::from(choice % 3)];
    let origin = OwnOrigin { scheme, authority };
    let allowed = &CONFIG.paths.allowed_redirect_domains;
    let Some(location) = safe_redirect(target, &origin, allowed) else { return };
    assert!(location.len() <= MAX_TARGET);
    assert!(location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{location:?}");
    assert_eq!(safe_redirect(location.as_bytes(), &origin, allowed).as_deref(), Some(&*location));

    let own = Url::parse(&format!("{scheme}://{authority}/")).expect("an origin");
    let decoded = percent_decoded(&location);
    for place in [location.as_str(), &decoded] {
        let url = own.join(place).expect("a place");
        if url.origin() == own.origin() {
            continue;
        }
        assert!(location.contains("://"), "{location:?} is a path and leaves the origin");
        assert!(url.scheme() == "https" || scheme == "http", "{location:?} goes down to http");
        assert!(url.username().is_empty() && url.password().is_none(), "{location:?}");
        let host = url.host_str().expect("a host");
        let known = match host {
            "portal.example.net" | "corp.example" => url.port().is_none(),
            "port.example.net" => url.port() == Some(8443),
            "any.example.net" => true,
            other => other.ends_with(".corp.example") && url.port().is_none(),
        };
        assert!(known, "{location:?} leads to {host}");
    }
    if let Some(path) = location.strip_prefix('/') {
        assert!(!path.starts_with('/') && !decoded.starts_with("//") && !decoded.starts_with("/\\"));
    }
}

/// Decoded once, as far as the query: what follows is the application's.
fn percent_decoded(location: &str) -> String {
    let (path, rest) = location.split_at(location.find(['?', '#']).unwrap_or(location.len()));
    let pairs = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let decoded = url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(path, _)| path.into_owned());
    decoded.unwrap_or_default() + rest
}

/// What the filter knows of how servers read a path; `None` where that is too much.
fn known_readings(path: &NormalPath<'_>) -> Option<Readings> {
    let readings = path.readings().ok()?;
    for reading in readings.iter().map(|reading| reading.as_str()) {
        assert!(reading.starts_with('/') && reading.is_ascii() && !reading.contains('\\'), "{reading:?}");
        assert!(!reading.split('/').any(|segment| segment == ".."), "{reading:?}");
    }
    Some(readings)
}

/// A restricted path that is clear stays restricted in one reading, whatever a server is said to undo.
fn in_other_words(raw: &[u8]) {
    let text = String::from_utf8_lossy(raw);
    let (first, behind) = text.split_at(1);
    let in_place_of_slashes = |other: &str| format!("{first}{}", behind.replace('/', other));
    let written = [
        format!("//a{text}"),
        format!("/%2f{behind}"),
        format!("/.//b{text}"),
        format!("/%2e{text}"),
        format!("/;x{text}"),
        format!("{text};x"),
        format!("{text}%3bx"),
        format!("{text}%3fx"),
        format!("{text}%2523x"),
        in_place_of_slashes("%2f"),
        in_place_of_slashes("%255c"),
        in_place_of_slashes("\\"),
        in_place_of_slashes("//"),
        in_place_of_slashes(";x/"),
        behind.chars().fold("/".to_owned(), |path, letter| match letter {
            'a' => path + "%2561",
            other => path + other.encode_utf8(&mut [0; 4]),
        }),
    ];
    for written in &written {
        let path = NormalPath::parse(written.as_bytes()).expect("a path");
        if path.clarity() == Clarity::NeverGuessed {
            continue;
        }
        let ruling = known_readings(&path).and_then(|all| {
            POLICY.rule_for_all(&Asked { host: HOST, path: &path, method: b"GET", source: None }, &all)
        });
        assert!(ruling.is_none_or(|ruling| ruling.rule().is_some()), "{text:?} is lost in {written:?}");
    }
}

/// The normal form is normal, opens nothing that arrived otherwise, and no application reads a protected path
/// where the rules read another one.
pub fn access_path(data: &[u8]) {
    let Ok(path) = NormalPath::parse(data) else {
        assert!(!data.starts_with(b"/") || data.contains(&b'#'));
        return;
    };
    let raw = data.split(|byte| *byte == b'?').next().unwrap_or_default();
    let normal = path.as_str();
    assert!(
        normal.starts_with('/') && normal.bytes().all(|byte| byte.is_ascii() && byte != b'\\'),
        "{normal:?}"
    );
    assert!(!normal.contains("//"), "{normal:?}");
    assert!(!normal.split('/').any(|segment| segment == "." || segment == ".."), "{normal:?}");
    assert_eq!(path.arrived_normal(), raw == normal.as_bytes());
    let again = NormalPath::parse(normal.as_bytes()).expect("a path");
    assert!(again.as_str() == normal && again.arrived_normal(), "{normal:?} is not normal");

    let asked = Asked { host: HOST, path: &path, method: b"GET", source: None };
    let ruling = match path.clarity() {
        Clarity::OneReading => Some(POLICY.rule_for(&asked)),
        Clarity::SeveralReadings => known_readings(&path).and_then(|all| POLICY.rule_for_all(&asked, &all)),
        Clarity::NeverGuessed => None,
    };
    let open = ruling.as_ref().is_some_and(|ruling| *ruling.allows() == Allows::Public);
    let restricted = ruling
        .as_ref()
        .is_none_or(|ruling| ruling.rule().is_some() && matches!(ruling.allows(), Allows::SignedIn(_)));
    if path.clarity() == Clarity::OneReading && restricted {
        in_other_words(raw);
    }
    for reading in readings(raw) {
        let protected = is_below(&reading, b"/admin");
        assert!(
            !protected || restricted,
            "{:?} is {:?} for an application",
            String::from_utf8_lossy(raw),
            String::from_utf8_lossy(&reading),
        );
        // Whatever is open, every application must find it in the open.
        assert!(!open || reading == b"/healthz" || is_below(&reading, b"/open"));
    }
    assert!(!open || raw == b"/healthz" || is_below(raw, b"/open"));
    for base in ["/admin", "/open", "/a$b", ""] {
        for pattern in [PathPattern::Below(base.to_owned()), PathPattern::Exact(base.to_owned())] {
            assert!(
                !path::matches_to_the_letter(&pattern, path.reading())
                    || path::matches(&pattern, path.reading())
            );
        }
    }
}
