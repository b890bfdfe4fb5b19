//! Pages that lead somewhere, and what programs get in their place. The attacker writes links, posts forms from elsewhere,
//! and claims to be another kind of client.

use serde_json::{Value, json};
use vestibule::page::Reason;

use crate::world::*;

type Headers = Vec<(&'static str, String)>;

/// A form as a browser posts it, from this page.
fn form(path: &str, referer: Option<&str>) -> Headers {
    let mut headers = page(path);
    headers.retain(|(name, _)| *name != ":method");
    headers.push((":method", "POST".to_owned()));
    headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    headers.extend(referer.map(|referer| ("referer", referer.to_owned())));
    headers
}

fn grpc(path: &str, kind: &str) -> Headers {
    let mut headers = bare("POST", path);
    headers.push(("content-type", kind.to_owned()));
    headers
}

/// A GET as a script makes it.
fn script(path: &str) -> Headers {
    let mut headers = bare("GET", path);
    headers.push(("sec-fetch-mode", "cors".to_owned()));
    headers.push(("sec-fetch-dest", "empty".to_owned()));
    headers
}

/// Where the links of a page lead, by what is read on them.
fn links(reply: &Answered) -> Vec<(&str, &str)> {
    let links = reply.body.split("href=\"").skip(1);
    links
        .map(|link| {
            let (href, rest) = link.split_once("\">").unwrap();
            (rest.split_once('<').unwrap().0, href)
        })
        .collect()
}

#[test]
fn a_form_without_a_session_gets_a_page_that_leads_back_to_where_it_stood() {
    let mut world = World::ready(&json!({}));
    for (referer, wanted) in [
        (Some("https://app.example.com/orders/7/edit?tab=2"), "%2Forders%2F7%2Fedit%3Ftab%3D2"),
        (Some("https://app.example.com"), "%2F"),
        // A path alone is a referer as well (RFC 9110 §10.1.3).
        (Some("/orders"), "%2Forders"),
        (None, "%2F"),
        // Another site's form, and what it could pretend.
        (Some("https://evil.example/x"), "%2F"),
        (Some("https://app.example.com.evil.example/x"), "%2F"),
        (Some("https://app.example.com@evil.example/x"), "%2F"),
        (Some("http://app.example.com/x"), "%2F"),
        (Some("https://app.example.com:8443/x"), "%2F"),
        (Some("https://app.example.com//evil.example"), "%2F"),
        (Some("//evil.example/x"), "%2F"),
        (Some("javascript:alert(1)"), "%2F"),
        // Where something would happen by itself.
        (Some("https://app.example.com/oauth2/sign_out"), "%2F"),
        (Some("https://app.example.com/oauth2/start?rd=/x"), "%2F"),
        (Some("/x/../oauth2/callback?code=c"), "%2F"),
    ] {
        let reply = replied(world.send(form("/orders/7", referer)));
        assert_eq!((reply.status, reply.reason), (401, Reason::NotSignedIn));
        assert_eq!(header(&reply, "content-type"), Some("text/html; charset=utf-8"));
        assert!(header(&reply, "set-cookie").is_none() && header(&reply, "location").is_none());
        let href = format!("/oauth2/start?rd={wanted}");
        assert_eq!(links(&reply), [("Sign in", &*href)], "{referer:?}");
    }
    let two = [form("/", Some("/a")), vec![("referer", "/b".to_owned())]].concat();
    assert_eq!(links(&replied(world.send(two)))[0].1, "/oauth2/start?rd=%2F");
    // An allowed domain is good for `rd`, and not for this.
    let mut world = World::ready(&json!({"paths": {"allowed_redirect_domains": [".good.example"]}}));
    let reply = replied(world.send(form("/", Some("https://app.good.example/x"))));
    assert_eq!(links(&reply)[0].1, "/oauth2/start?rd=%2F");
}

#[test]
fn a_form_of_an_old_browser_gets_a_page_and_a_script_does_not() {
    let mut world = World::ready(&json!({}));
    let with = |mut headers: Headers, name: &'static str, value: &str| {
        headers.retain(|(own, _)| *own != name);
        headers.push((name, value.to_owned()));
        headers
    };
    let old_form = with(bare("POST", "/x"), "accept", "text/html,*/*;q=0.8");
    for (headers, is_page) in [
        (old_form.clone(), true),
        (with(old_form, "x-requested-with", "XMLHttpRequest"), false),
        (with(form("/x", None), "sec-fetch-dest", "iframe"), false),
        (with(form("/x", None), "sec-fetch-mode", "cors"), false),
        (with(form("/x", None), "sec-purpose", "prefetch"), false),
        (bare("POST", "/x"), false),
    ] {
        let case = format!("{headers:?}");
        let reply = replied(world.send(headers));
        assert_eq!(reply.status, 401, "{case}");
        assert_eq!(reply.body.starts_with("<!doctype html>"), is_page, "{case}");
    }
}

/// `unauthenticated: status`: the link leads to where they are.
#[test]
fn a_page_that_is_refused_by_a_status_leads_back_to_itself() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"paths": ["/api/*"]}, "unauthenticated": "status"},
    ]}));
    let reply = replied(world.send(page("/api/x?y=1")));
    assert_eq!(links(&reply), [("Sign in", "/oauth2/start?rd=%2Fapi%2Fx%3Fy%3D1")]);
    let reply = replied(world.send(page("//evil.example/api/x")));
    assert!(!reply.body.contains("evil"), "{}", reply.body);
}

/// Law 7, and RFC 6750 §3: no error code, because no token came.
#[test]
fn every_401_has_a_challenge_and_a_programs_says_where_to_sign_in() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"paths": ["/api/*"]}, "unauthenticated": "status"},
    ]}));
    for headers in [
        bare("GET", "/x"),
        bare("DELETE", "/x"),
        form("/x", None),
        page("/api/x"),
        bare("GET", "/oauth2/auth"),
        page("/oauth2/auth"),
        bare("GET", "/oauth2/userinfo"),
        script("/oauth2/start?rd=/x&prompt=none"),
        grpc("/pkg.Service/Method", "application/grpc"),
    ] {
        let case = format!("{headers:?}");
        let reply = replied(world.send(headers));
        assert_eq!(reply.status, 401, "{case}");
        assert_eq!(header(&reply, "www-authenticate"), Some("Bearer realm=\"vestibule\""), "{case}");
        if header(&reply, "content-type") == Some("application/json") {
            let facts: Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(facts["sign_in"], "/oauth2/start?rd=", "{case}");
        }
    }
    // As an application in the browser uses it.
    let mut world = World::ready(&json!({"paths": {"prefix": "/_auth"}}));
    let reply = replied(world.send(bare("GET", "/api/x")));
    let facts: Value = serde_json::from_str(&reply.body).unwrap();
    let address = format!("{}%2Forders%3Fpage%3D2", facts["sign_in"].as_str().unwrap());
    let started = world.begin(&address);
    assert_eq!(
        location(&replied(world.send(page(&address)))).split('?').next(),
        started.url.as_str().split('?').next()
    );
}

/// RFC 9110 §15.5.6.
#[test]
fn a_405_says_which_methods_are_taken() {
    const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];
    for signed_in in [false, true] {
        for (path, allowed) in [
            ("/oauth2/callback?code=a&state=b", "GET"),
            ("/oauth2/start", "GET, HEAD"),
            ("/oauth2/sign_in", "GET, HEAD"),
            ("/oauth2/sign_out", "GET, HEAD, POST"),
            ("/oauth2/signed_out", "GET, HEAD"),
            ("/oauth2/userinfo", "GET, HEAD"),
        ] {
            for method in METHODS {
                let mut world =
                    if signed_in { World::signed_in(&json!({})) } else { World::ready(&json!({})) };
                let reply = replied(world.send(bare(method, path)));
                let is_taken = allowed.split(", ").any(|allowed| allowed == method);
                assert_eq!(reply.status != 405, is_taken, "{method} {path}");
                assert_eq!(header(&reply, "allow"), (!is_taken).then_some(allowed), "{method} {path}");
            }
        }
        for method in METHODS {
            let mut world = World::ready(&json!({}));
            assert_eq!(replied(world.send(bare(method, "/oauth2/auth"))).status, 401, "{method}");
        }
    }
}

#[test]
fn grpc_gets_a_plain_sentence_and_is_never_sent_elsewhere() {
    let rules = json!({"access": [
        {"match": {"paths": ["/old/*"]}, "unauthenticated": "redirect"},
        {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["nobody"]}},
    ]});
    let mut stranger = World::ready(&rules);
    let mut alice = World::signed_in(&rules);
    for kind in
        ["application/grpc", "application/grpc+proto", "Application/GRPC", "application/grpc-web-text"]
    {
        for path in ["/pkg.Service/Method", "/oauth2/auth", "/oauth2/userinfo?x"] {
            let reply = replied(stranger.send(grpc(path, kind)));
            let status = if path.contains("userinfo") { 405 } else { 401 };
            assert_eq!(reply.status, status, "{kind} {path}");
            assert_eq!(header(&reply, "content-type"), Some("text/plain"));
            assert!(!reply.body.contains(['<', '{']) && reply.body.len() < 200, "{}", reply.body);
        }
        let refused = replied(alice.send(grpc("/finance/Method", kind)));
        assert_eq!((refused.status, header(&refused, "content-type")), (403, Some("text/plain")), "{kind}");
        // Envoy would make a success of a redirect (gRPC's HTTP status is always 200).
        for path in ["/old/x", "/x", "/oauth2/start"] {
            let mut headers = page(path);
            headers.push(("content-type", kind.to_owned()));
            assert_eq!(replied(stranger.send(headers)).status, 401, "{kind} {path}");
        }
    }
    let json = replied(stranger.send(grpc("/x", "application/json")));
    assert_eq!(header(&json, "content-type"), Some("application/json"));
}

#[test]
fn whoever_the_provider_turns_away_may_use_another_account() {
    for (error, reason) in [
        ("access_denied", Reason::ProviderDenied),
        ("login_required", Reason::ProviderError),
        ("server_error", Reason::ProviderError),
    ] {
        let mut world = World::ready(&json!({}));
        let started = world.begin("/deep?a=1");
        let reply =
            replied(world.send(page(&format!("/oauth2/callback?error={error}&state={}", started.state))));
        assert_eq!((reply.reason, reply.hides_query), (reason, true), "{error}");
        let again = "/oauth2/start?rd=%2Fdeep%3Fa%3D1";
        let other = format!("{again}&#38;prompt=select_account");
        assert_eq!(links(&reply), [("Sign in", again), ("Use another account", &*other)]);
        // Where the provider is not known to let people choose, they sign in anew.
        let address = other.replace("&#38;", "&");
        let started = world.begin(&address);
        assert_eq!(started.parameter("prompt").as_deref(), Some("login"), "{error}");
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        assert_eq!(location(&replied(world.answer(pending, &tokens))), "/deep?a=1");
    }
    let mut world = World::new(&json!({}));
    world.provider.metadata["prompt_values_supported"] = json!(["none", "login", "select_account"]);
    world.become_ready();
    let started = world.begin("/oauth2/start?rd=%2F&prompt=select_account");
    assert_eq!(started.parameter("prompt").as_deref(), Some("select_account"));
}

/// What anybody may write into a link must not steer the provider: `none` and `consent` are not theirs to ask for.
#[test]
fn a_link_asks_for_nothing_of_the_provider_but_two_words() {
    let mut world = World::ready(&json!({"client": {"authorization_params": {"prompt": "consent"}}}));
    for query in [
        "prompt=",
        "prompt=none",
        "prompt=consent",
        "prompt=create",
        "prompt=Login",
        "prompt=login+none",
        "prompt=login%20consent",
        "prompt=login%26client_id%3Devil",
        "prompt=login%00",
        "prompt=login&prompt=none",
        "prompt=login&prompt=login",
        "pro%6dpt=none",
        "prompt=none&rd=/x",
    ] {
        let reply = replied(world.send(page(&format!("/oauth2/start?{query}"))));
        assert_eq!((reply.status, reply.reason), (400, Reason::PromptUnknown), "{query}");
        assert!(header(&reply, "set-cookie").is_none() && header(&reply, "location").is_none());
        assert!(!reply.body.contains("evil") && !reply.body.contains("consent"), "{}", reply.body);
    }
    // Nothing but this endpoint looks at it, and no other parameter goes on.
    for path in
        ["/app?prompt=none", "/oauth2/start?rd=%2F%3Fprompt%3Dnone", "/oauth2/start?PROMPT=none&acr_values=x"]
    {
        let started = world.begin(path);
        assert_eq!(started.parameter("prompt").as_deref(), Some("consent"), "{path}");
        assert_eq!(started.parameter("acr_values"), None, "{path}");
        world.browser.0.clear();
    }
    let started = world.begin("/oauth2/start?prompt=login");
    assert_eq!(started.parameter("prompt").as_deref(), Some("consent login"));
    // A frame of another site cannot begin one.
    let mut frame = page("/oauth2/start?prompt=login");
    frame.retain(|(name, _)| *name != "sec-fetch-dest");
    frame.push(("sec-fetch-dest", "iframe".to_owned()));
    assert_eq!(replied(world.send(frame)).status, 401);
}

#[test]
fn the_other_account_is_asked_for_at_the_host_that_signs_people_in() {
    let mut world = World::ready(&json!({
        "session": {"cookie": {"domains": [".example.com"]}},
        "paths": {"redirect_uri": "https://login.example.com/oauth2/callback"},
    }));
    let reply = replied(world.send(page("/oauth2/start?rd=/x&prompt=login")));
    let there = "https://login.example.com/oauth2/start?rd=https%3A%2F%2Fapp.example.com%2Fx&prompt=login";
    assert_eq!(location(&reply), there);
    let path = there.strip_prefix("https://login.example.com").unwrap();
    let reply = replied(world.send(on_host(page(path), "login.example.com")));
    assert!(location(&reply).contains("&prompt=login"), "{}", location(&reply));
}

/// Trying again would help nobody.
#[test]
fn a_client_that_is_refused_is_no_business_of_the_visitor() {
    for code in ["invalid_client", "unauthorized_client"] {
        let mut world = World::ready(&json!({}));
        let started = world.begin("/deep");
        let (_, pending) = world.come_back(&started);
        let body = json!({"error": code, "error_description": "s3cr3t"}).to_string();
        let reply = replied(world.answer(pending, &answer(401, &body)));
        assert_eq!((reply.status, reply.reason), (502, Reason::ClientRefused), "{code}");
        assert_eq!(links(&reply), [], "{}", reply.body);
        assert!(!reply.body.contains("gain") && !reply.body.contains("http-equiv"), "{}", reply.body);
        assert!(!reply.body.contains(code) && !reply.body.contains("s3cr3t"), "{}", reply.body);
        let detail = reply.detail.as_deref().unwrap();
        assert!(detail.contains(code) && detail.contains("compare client.id"), "{detail}");
        assert!(reply.hides_query);
    }
}
