//! Who may enter where.

use serde_json::{Value, json};
use vestibule::engine::Step;
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn a_signed_in_stranger_gets_403() {
    let mut world = World::signed_in(&json!({"access": [
        {"match": {"paths": ["/admin/*"]}, "require": {"groups": ["admin"]}},
        {"match": {"paths": ["/legal/*"]}, "require": {"groups": ["legal"]}},
        {"match": {"paths": ["/closed"]}, "allow": "none"},
    ]}));
    assert_eq!(status(&mut world, page("/admin/x")), 200);
    let reply = replied(world.send(page("/legal/x")));
    assert_eq!((reply.status, reply.reason), (403, Reason::NotPermitted));
    assert_eq!(replied(world.send(bare("POST", "/legal/x"))).status, 403);
    assert_eq!(replied(world.send(page("/closed"))).reason, Reason::Closed);
}

#[test]
fn public_is_public_and_optional_tells_who_is_there() {
    let access = json!({"access": [
        {"match": {"paths": ["/healthz"]}, "allow": "public"},
        {"match": {"paths": ["/home"]}, "allow": "optional"},
    ]});
    let mut stranger = World::ready(&access);
    assert_eq!(told(&forwarded(stranger.send(bare("GET", "/home"))), "x-auth-request-user"), None);
    let mut world = World::signed_in(&access);
    assert_eq!(told(&forwarded(world.send(page("/home"))), "x-auth-request-user").as_deref(), Some("00u1"));
    assert_eq!(told(&forwarded(world.send(page("/healthz"))), "x-auth-request-user"), None);
}

#[test]
fn emails_and_domains_are_one_test() {
    let access =
        json!({"access": [{"require": {"emails": ["bob@other.example"], "email_domains": ["example.com"]}}]});
    let with = |claims: Value| {
        let mut world = World::ready(&access);
        world.provider.claims = claims;
        world.sign_in("/");
        status(&mut world, page("/"))
    };
    let claims = |email: &str| json!({"sub": "1", "email": email, "groups": []});
    assert_eq!(with(claims("Alice@Example.COM")), 200);
    assert_eq!(with(claims("bob@other.example")), 200);
    for email in [
        "carol@other.example",
        "a@evil@example.com",
        "a@evilexample.com",
        "a@sub.example.com",
        "",
        "@example.com",
    ] {
        assert_eq!(with(claims(email)), 403, "{email}");
    }
    let unverified =
        |flag: Value| json!({"sub": "1", "email": "a@example.com", "email_verified": flag, "groups": []});
    assert_eq!(with(unverified(json!(true))), 200);
    for flag in [json!(false), json!("false"), json!(0)] {
        assert_eq!(with(unverified(flag)), 403);
    }
}

#[test]
fn methods_and_hosts_choose_the_rule() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"methods": ["GET"], "paths": ["/read"]}, "allow": "public"},
        {"match": {"hosts": ["*.open.example.com"]}, "allow": "public"},
    ]}));
    assert_eq!(status(&mut world, bare("GET", "/read")), 200);
    assert_eq!(status(&mut world, bare("HEAD", "/read")), 200);
    assert_eq!(status(&mut world, bare("POST", "/read")), 401);
    assert_eq!(status(&mut world, bare("get", "/read")), 400);
    assert_eq!(status(&mut world, on_host(bare("GET", "/"), "a.open.example.com:443")), 200);
    assert_eq!(status(&mut world, on_host(bare("GET", "/"), "open.example.com")), 401);
}

#[test]
fn outside_hosts_nothing_is_done_and_inside_odd_hosts_are_refused() {
    let mut world = World::ready(&json!({"hosts": ["app.example.com", "*.apps.example.com"]}));
    for path in ["/", "/oauth2/callback?code=a&state=b", "/oauth2/sign_out", "/%2f"] {
        let mut headers = on_host(page(path), "other.example.com");
        headers.push(("x-auth-request-user", "its own".to_owned()));
        headers.push(("cookie", "__Host-vestibule=theirs".to_owned()));
        assert!(matches!(world.send(headers), Step::Ignore));
    }
    for host in ["APP.example.com", "app.example.com.", "app.example.com:443", "x.apps.example.com"] {
        assert_eq!(status(&mut world, on_host(bare("GET", "/"), host)), 401, "{host}");
    }
    for host in [
        "",
        "app.example.com,evil",
        "user@app.example.com",
        "app.example.com:x",
        "a b",
        "[::1",
        "app..example.com",
    ] {
        assert_eq!(status(&mut world, on_host(page("/"), host)), 400, "{host}");
    }
}

#[test]
fn requests_without_a_path_are_refused() {
    let mut world = World::signed_in(&json!({}));
    for (method, path) in
        [("CONNECT", "/"), ("OPTIONS", "*"), ("GET", ""), ("GET", "http://app.example.com/")]
    {
        assert_eq!(status(&mut world, bare(method, path)), 400, "{method} {path}");
    }
}

#[test]
fn insecure_cookies_are_for_loopback_only() {
    let mut world = World::ready(&json!({"session": {"cookie": {"secure": false}}}));
    for host in ["localhost:10000", "127.0.0.1", "[::1]:8080", "app.localhost"] {
        assert_eq!(status(&mut world, on_host(page("/"), host)), 302, "{host}");
    }
    for host in ["app.example.com", "localhost.evil.example", "10.0.0.1"] {
        assert_eq!(replied(world.send(on_host(page("/"), host))).reason, Reason::HostNotLoopback, "{host}");
    }
}

#[test]
fn the_filters_own_status_endpoints_answer_without_a_redirect() {
    let mut world = World::ready(&json!({}));
    assert_eq!(status(&mut world, page("/oauth2/auth")), 401);
    assert_eq!(status(&mut world, page("/oauth2/userinfo")), 401);
    world.sign_in("/");
    assert_eq!(status(&mut world, page("/oauth2/auth")), 202);
    let reply = replied(world.send(page("/oauth2/userinfo")));
    let body: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(body, json!({"user": "00u1", "email": "alice@example.com", "groups": ["admin", "finance"]}));
    // Whoever asks first may pass on the method of what it asks for.
    assert_eq!(status(&mut world, bare("POST", "/oauth2/auth")), 202);
}

/// The attacker is signed in, and wants what nginx's `auth_request` guards for a group.
#[test]
fn auth_asks_for_groups_and_emails_as_oauth2_proxy_does() {
    let mut world = World::signed_in(&json!({}));
    for (query, expected) in [
        ("", 202),
        ("?allowed_groups=finance,legal", 202),
        ("?allowed_groups=legal", 403),
        ("?allowed_groups=legal&allowed_groups=admin", 202),
        ("?allowed_groups=", 202),
        ("?allowed_emails=alice@example.com", 202),
        ("?allowed_emails=bob@example.com", 403),
        ("?allowed_email_domains=*.example.com", 202),
        ("?allowed_email_domains=other.test", 403),
        ("?allowed_groups=admin&allowed_email_domains=other.test", 403),
        ("?allowed_group=admin", 400),
        ("?Allowed_Groups=admin", 400),
        ("?allowed_groups=admin&allowed_roles=x", 400),
        ("?rd=/x", 202),
    ] {
        assert_eq!(status(&mut world, bare("GET", &format!("/oauth2/auth{query}"))), expected, "{query}");
    }
    world.browser.0.clear();
    for (query, expected) in
        [("?allowed_groups=finance", 401), ("?allowed_groups=", 401), ("?allowed_x", 400)]
    {
        assert_eq!(status(&mut world, page(&format!("/oauth2/auth{query}"))), expected, "{query}");
    }
}

/// Whoever names somebody else's address as their own, unverified, has none.
#[test]
fn auth_takes_no_unverified_email() {
    let mut world = World::ready(&json!({}));
    world.provider.claims["email_verified"] = json!(false);
    world.sign_in("/");
    for query in ["allowed_emails=alice@example.com", "allowed_email_domains=example.com"] {
        assert_eq!(status(&mut world, page(&format!("/oauth2/auth?{query}"))), 403, "{query}");
    }
}

#[test]
fn an_ipv4_mapped_address_is_one_host_however_it_is_written() {
    let mut world = World::ready(&json!({"hosts": ["[::ffff:10.0.0.1]"]}));
    for host in ["[::ffff:10.0.0.1]", "[::ffff:a00:1]", "[0:0:0:0:0:FFFF:0A00:0001]"] {
        assert_eq!(status(&mut world, on_host(bare("GET", "/"), host)), 401, "{host}");
    }
}

/// HTTP/2 carries any case, and some frameworks raise it.
#[test]
fn a_method_with_a_lower_case_letter_is_refused() {
    let mut world = World::signed_in(&json!({"access": [
        {"match": {"methods": ["POST"]}, "require": {"groups": ["nobody"]}},
    ]}));
    for method in ["post", "Post", "POSt", "get", "x"] {
        let reply = replied(world.send(bare(method, "/")));
        assert_eq!((reply.status, reply.reason), (400, Reason::MethodInvalid), "{method}");
    }
    assert_eq!(status(&mut world, bare("POST", "/")), 403);
    assert_eq!(status(&mut world, bare("M-SEARCH", "/")), 200);
}

/// What was decided goes on with the decision, for whoever has to explain it.
#[test]
fn a_decision_carries_the_rule_that_made_it_and_what_was_missing() {
    let rules = json!({"access": [
        {"match": {"paths": ["/healthz"]}, "allow": "public"},
        {"match": {"paths": ["/legal/*"]}, "require": {"groups": ["legal"], "email_domains": ["example.com"]}},
        {"match": {"paths": ["/closed"]}, "allow": "none"},
        {"match": {"paths": ["/home"]}, "allow": "optional"},
    ]});
    let decided = |world: &mut World, headers| match world.send(headers) {
        Step::Forward(_, verdict) => verdict.to_string(),
        Step::Reply(reply, Some(verdict)) => format!("{} {verdict}", reply.reason.code()),
        Step::Reply(reply, None) => reply.reason.code().to_owned(),
        other => panic!("{other:?}"),
    };
    let mut stranger = World::ready(&rules);
    for (headers, decision) in [
        (page("/healthz"), "access[0] public"),
        (page("/home"), "access[3] optional"),
        (page("/legal/x"), "sign_in_started access[1] not_signed_in"),
        (bare("POST", "/other"), "not_signed_in default not_signed_in"),
        (page("/closed"), "closed access[2] nobody"),
        (page("/oauth2/userinfo"), "not_signed_in"),
        (page("//legal/x"), "sign_in_started access[1] not_signed_in"),
        (page("/closed;x"), "path_ambiguous"),
    ] {
        assert_eq!(decided(&mut stranger, headers.clone()), decision, "{headers:?}");
    }
    let mut alice = World::signed_in(&rules);
    assert_eq!(decided(&mut alice, page("/legal/x")), "not_permitted access[1] missing groups");
    assert_eq!(decided(&mut alice, page("/other")), "default permitted");
    assert_eq!(replied(alice.send(page("/closed"))).verdict.unwrap().rule, Some(2));
}
