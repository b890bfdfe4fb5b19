//! Paths and rules: no spelling is a way round one.

use serde_json::json;
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn other_spellings_of_a_public_path_are_not_public() {
    let mut world = World::ready(&json!({"access": [{"match": {"paths": ["/healthz"]}, "allow": "public"}]}));
    assert_eq!(status(&mut world, bare("GET", "/healthz?x=y")), 200);
    for path in [
        "/admin?x=/healthz",
        "/./healthz",
        "/%68ealthz",
        "/healthz/",
        "/HEALTHZ",
        "//healthz",
        "/\\healthz",
        "/healthz;x",
        "/%2568ealthz",
        "/x/%2fhealthz",
        "//a/healthz",
    ] {
        assert_eq!(status(&mut world, bare("GET", path)), 401, "{path}");
    }
    for path in ["/x/../healthz", "/healthz/../admin", "/healthz%2f..%2fadmin", "/healthz%00", "/healthz#/x"]
    {
        assert_eq!(status(&mut world, bare("GET", path)), 400, "{path}");
    }
}

#[test]
fn ambiguous_paths_may_be_allowed_and_are_never_public() {
    let mut world = World::signed_in(&json!({
        "paths": {"ambiguous": "allow"},
        "access": [{"match": {"paths": ["/pub/*"]}, "allow": "public"}],
    }));
    assert_eq!(status(&mut world, page("/pub/a%2fb")), 200);
    world.browser.0.clear();
    assert_eq!(status(&mut world, page("/pub/a%2fb")), 302);
    assert_eq!(status(&mut world, page("/pub/a/b")), 200);
}

#[test]
fn other_paths_below_the_prefix_and_other_spellings_are_the_applications() {
    let mut world = World::ready(&json!({}));
    for path in ["/oauth2/other", "/oauth2", "/oauth2//callback", "/oauth2/./callback?code=a&state=b"] {
        assert_eq!(status(&mut world, bare("GET", path)), 401, "{path}");
    }
}

#[test]
fn no_spelling_of_a_path_escapes_a_requirement() {
    let extra = |ambiguous: &str| {
        json!({
            "paths": {"ambiguous": ambiguous},
            "access": [{"match": {"paths": ["/legal/*"]}, "require": {"groups": ["legal"]}}],
        })
    };
    for ambiguous in ["refuse", "allow"] {
        let mut world = World::signed_in(&extra(ambiguous));
        // The application gets these as they are, and may route them by their first segment.
        for path in [
            "/legal/../x",
            "/legal/a/../../x",
            "/legal/%2e%2e/x",
            "/legal/.%2E/x",
            "/legal\\..\\x",
            "/legal/..",
        ] {
            assert_eq!(status(&mut world, page(path)), 400, "{ambiguous} {path}");
        }
        for path in [
            "/legal",
            "/legal/",
            "/./legal/x",
            "/legal//x",
            "/%6Cegal/x",
            "//legal/x",
            "/\\legal/x",
            "/legal\\x",
        ] {
            assert_eq!(status(&mut world, page(path)), 403, "{ambiguous} {path}");
        }
    }
}

/// `//a/legal/x` is `/legal/x` to whoever reads `a` as an authority.
#[test]
fn what_follows_two_slashes_and_a_name_is_a_path_as_well() {
    let rules = json!([{"match": {"paths": ["/legal/*"]}, "require": {"groups": ["legal"]}}]);
    for (ambiguous, answer) in [("refuse", 403), ("allow", 200)] {
        let extra = json!({"access": rules, "paths": {"ambiguous": ambiguous}});
        let mut world = World::signed_in(&extra);
        for path in [
            "//a/legal/x",
            "///a/legal/x",
            "/\\a/legal/x",
            "/.//a/legal/x",
            "/./\\a/legal/x",
            "/%2e//a/legal/x",
            "/%2fa/legal/x",
            "/%5Ca/legal/x",
        ] {
            assert_eq!(status(&mut world, page(path)), answer, "{ambiguous} {path}");
        }
        for path in ["//legal/x", "///legal/x"] {
            assert_eq!(status(&mut world, page(path)), 403, "{ambiguous} {path}");
        }
        assert_eq!(status(&mut world, page("/a//b")), 200, "{ambiguous}");
        assert_eq!(status(&mut world, page("/a/.//b")), 200, "{ambiguous}");
        // A dot segment and one slash, however it is written.
        assert_eq!(status(&mut world, page("/.%2fa/legal/x")), 200, "{ambiguous}");
    }
    let mut world = World::signed_in(&json!({}));
    assert_eq!(status(&mut world, page("//a/legal/x")), 200, "no rule names a path");
}

/// Express and Flask take these for one.
#[test]
fn what_frameworks_equate_with_a_restricted_path_is_restricted() {
    let mut world = World::signed_in(&json!({"access": [
        {"match": {"paths": ["/open"]}, "allow": "public"},
        {"match": {"paths": ["/exact", "/legal/*"]}, "require": {"groups": ["legal"]}},
        {"match": {"paths": ["/closed/"]}, "allow": "none"},
        {"match": {"paths": ["/Exact", "/exact.js"]}, "allow": "public"},
    ]}));
    for path in [
        "/exact",
        "/EXACT",
        "/Exact",
        "/exact/",
        "/exact.js",
        "/exact.json/",
        "/LEGAL/x",
        "/Legal",
        "/legal.json",
        "/closed",
        "/CLOSED.xml",
    ] {
        assert_eq!(status(&mut world, page(path)), 403, "{path}");
    }
    for path in ["/exactly", "/exact/x", "/exact/.json", "/legally", "/OPEN", "/open/", "/open.json"] {
        assert_eq!(status(&mut world, page(path)), 200, "{path}");
    }
    let mut stranger = World::ready(&json!({"access": [
        {"match": {"paths": ["/open"]}, "allow": "public"},
        {"match": {"paths": ["/Open/*"]}, "require": {"groups": ["legal"]}},
    ]}));
    assert_eq!(status(&mut stranger, bare("GET", "/open")), 200, "to the letter, and first");
    for path in ["/Open", "/open/", "/open.json"] {
        assert_eq!(status(&mut stranger, bare("GET", path)), 401, "{path}");
    }
}

/// The endpoints are to the letter too, and no rule is asked about them.
#[test]
fn an_endpoint_is_no_other_path_and_no_rule_takes_it() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"paths": ["/OAUTH2/*"]}, "allow": "none"},
        {"match": {"paths": ["/*"]}, "allow": "optional"},
    ]}));
    assert_eq!(replied(world.send(page("/oauth2/userinfo"))).reason, Reason::NotSignedIn);
    assert_eq!(replied(world.send(page("/oauth2/start"))).reason, Reason::SignInStarted);
    for path in
        ["/OAuth2/userinfo", "/oauth2/Userinfo", "/oauth2/userinfo/", "/oauth2/userinfo.json", "/oauth2"]
    {
        assert_eq!(replied(world.send(page(path))).reason, Reason::Closed, "{path}");
    }
}

#[test]
fn what_is_never_guessed_is_refused_where_rules_name_paths() {
    let rules = json!([{"match": {"paths": ["/legal/*"]}, "require": {"groups": ["legal"]}}]);
    let never = [
        "/legal%00/x",
        "/legal%0a",
        "/a%2500",
        "/%zz",
        "/a%",
        "/%252541",
        "/%c0%af",
        "/%F5%80",
        "/%ff",
        "/%25c0%25af",
        "/%ED%A0%80",
        "/%F4%90%80%80",
        "/a/..;/legal/x",
        "/a/..%2flegal",
        "/a/%2e%2e%5clegal",
        "/%252e%252e/legal",
        "/a/..",
    ];
    for ambiguous in ["refuse", "allow"] {
        let mut world = World::signed_in(&json!({"access": rules, "paths": {"ambiguous": ambiguous}}));
        for path in never {
            let reply = replied(world.send(page(path)));
            assert_eq!((reply.status, reply.reason), (400, Reason::PathInvalid), "{ambiguous} {path}");
        }
        assert_eq!(status(&mut world, page("/caf%C3%A9/100%25/%E9")), 200, "{ambiguous}");
        let endpoint = replied(world.send(page("/oauth2/userinfo?x=%00/../%zz")));
        assert_eq!(endpoint.status, 200, "a query is no path");
    }
    for (ambiguous, answer) in [("refuse", 403), ("allow", 200)] {
        let mut world = World::signed_in(&json!({"access": rules, "paths": {"ambiguous": ambiguous}}));
        for path in ["/legal%23/x", "/legal%3f", "/legal%3Fx", "/legal%2fx", "/legal;x", "/leg%2561l/x"] {
            assert_eq!(status(&mut world, page(path)), answer, "{ambiguous} {path}");
        }
        for path in ["/x%23/x", "/x%3f", "/x%3Fx", "/a%2fb", "/a;b", "/%2541"] {
            assert_eq!(status(&mut world, page(path)), 200, "{ambiguous} {path}");
        }
    }
    let mut world = World::signed_in(&json!({}));
    for path in never {
        assert_eq!(status(&mut world, page(path)), 200, "no rule names a path: {path}");
    }
}
