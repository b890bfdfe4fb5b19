//! What pages show of the person who reads them, and how the configuration makes them look. The attacker is whoever chooses
//! the names of accounts, writes headers and sends links.

use serde_json::{Value, json};
use vestibule::page::Reason;

use crate::world::*;

/// A page as a browser asks for it that prefers these languages.
fn page_in(path: &str, languages: &str) -> Vec<(&'static str, String)> {
    with_headers(page(path), &[("accept-language", languages)])
}

fn finance_only(pages: Value) -> Value {
    json!({
        "pages": pages,
        "access": [{"match": {"paths": ["/finance/*"]}, "require": {"groups": ["ledger", "<i>audit</i>"]}}],
    })
}

fn refused_page(world: &mut World, languages: &str) -> Answered {
    let reply = replied(world.send(page_in("/finance/q3?a=1", languages)));
    assert_eq!((reply.status, reply.reason), (403, Reason::NotPermitted));
    reply
}

#[test]
fn whoever_is_not_permitted_sees_as_whom_they_are_signed_in_and_the_ways_on() {
    let mut world = World::signed_in(&finance_only(json!({})));
    let reply = refused_page(&mut world, "en");
    assert!(
        reply.body.contains("<span>Signed in as:</span> <strong><bdi>alice@example.com</bdi>"),
        "{}",
        reply.body
    );
    assert!(reply.body.contains("Code: not_permitted</p>"), "{}", reply.body);
    // The deep link is kept.
    let again =
        "href=\"/oauth2/start?rd=%2Ffinance%2Fq3%3Fa%3D1&#38;prompt=select_account\">Use another account</a>";
    assert!(reply.body.contains(again), "{}", reply.body);
    assert!(reply.body.contains("href=\"/oauth2/sign_out\">Sign out</a>"), "{}", reply.body);
    // Nobody has allowed that to be said.
    assert!(!reply.body.contains("ledger") && !reply.body.contains("audit"), "{}", reply.body);
    // A program is told what it was told before.
    let reply = replied(world.send(with_headers(bare("GET", "/finance/q3"), &[("accept-language", "de")])));
    let facts: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(facts.as_object().unwrap().keys().collect::<Vec<_>>(), ["error", "error_description"]);
    assert!(facts["error_description"].as_str().unwrap().starts_with("You are signed in, but"), "{facts}");
    assert_eq!(header(&reply, "content-language"), None);
}

#[test]
fn what_would_be_needed_is_said_where_the_configuration_allows_it() {
    let mut world = World::signed_in(&finance_only(json!({"show_required": true})));
    let reply = refused_page(&mut world, "en");
    let groups = "<p>One of these groups is needed:</p>\n<ul>\n<li><bdi>ledger</bdi></li>\n\
                  <li><bdi>&#60;i&#62;audit&#60;/i&#62;</bdi></li>";
    assert!(reply.body.contains(groups), "{}", reply.body);
    let program = replied(world.send(bare("GET", "/finance/q3")));
    assert!(!program.body.contains("ledger"), "{}", program.body);

    // A rule that wants something else is not about groups, and no more than ten are named.
    let many: Vec<_> = (0..40).map(|n| format!("group-{n}-")).collect();
    let mut world = World::signed_in(&json!({
        "pages": {"show_required": true},
        "access": [
            {"match": {"paths": ["/email"]}, "require": {"groups": ["admin"], "emails": ["bob@example.com"]}},
            {"match": {"paths": ["/many"]}, "require": {"groups": many}},
            {"match": {"paths": ["/closed"]}, "allow": "none"},
        ],
    }));
    for (path, named) in [("/email", 0), ("/many", 10), ("/closed", 0)] {
        let reply = replied(world.send(page(path)));
        assert_eq!(reply.status, 403);
        assert_eq!(reply.body.matches("<li>").count(), named, "{path}: {}", reply.body);
        assert!(!reply.body.contains("bob@"), "{path}: {}", reply.body);
    }
}

/// Where a path has several readings, the groups are those of the rule that has refused.
#[test]
fn the_groups_are_those_of_the_rule_that_refused() {
    let mut world = World::signed_in(&json!({
        "pages": {"show_required": true},
        "access": [
            {"match": {"paths": ["/a/b/*"]}, "require": {"groups": ["ledger"]}},
            {"match": {"paths": ["/*"]}, "require": {"groups": ["admin"]}},
        ],
    }));
    let reply = replied(world.send(page("/a%2Fb/x")));
    assert_eq!(reply.reason, Reason::NotPermitted);
    assert!(reply.body.contains("ledger") && !reply.body.contains("<bdi>admin"), "{}", reply.body);
}

#[test]
fn people_are_named_by_what_they_know_and_nothing_in_it_is_html() {
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\r\nset-cookie: a=b";
    for (claims, shown) in [
        (json!({"sub": "00u1", "email": "ann@example.com", "preferred_username": "ann"}), "ann@example.com"),
        (json!({"sub": "00u1", "preferred_username": "ann"}), "ann"),
        (json!({"sub": "00u1"}), "00u1"),
        // What the provider has not verified is no address of theirs.
        (json!({"sub": "00u1", "email": "boss@example.com", "email_verified": false}), "00u1"),
        (
            json!({"sub": "00u1", "preferred_username": evil}),
            "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;{{7*7}}set-cookie: a=b",
        ),
        (json!({"sub": "<b>x</b>&amp;"}), "&#60;b&#62;x&#60;/b&#62;&#38;amp;"),
        (json!({"sub": "a'b"}), "a&#39;b"),
    ] {
        let mut config = finance_only(json!({}));
        config["client"] = json!({"scopes": ["openid"]});
        let mut world = World::ready(&config);
        world.provider.claims = claims;
        world.provider.claims["groups"] = json!([]);
        world.sign_in("/");
        let reply = refused_page(&mut world, "en");
        assert!(
            reply.body.contains(&format!("<strong><bdi>{shown}</bdi></strong>")),
            "{shown}: {}",
            reply.body
        );
        assert!(!reply.body.contains("<script") && !reply.body.contains("<img"), "{}", reply.body);
        assert!(!reply.headers.iter().any(|(_, value)| value.contains("a=b")));
    }
}

#[test]
fn the_page_that_asks_before_a_sign_out_says_who_is_signed_in() {
    let mut world = World::signed_in(&json!({}));
    let reply = replied(world.send(page("/oauth2/signed_out")));
    assert_eq!(reply.reason, Reason::SignOutPage);
    assert!(reply.body.contains("<bdi>alice@example.com</bdi>"), "{}", reply.body);
    let from_elsewhere = with_headers(page("/oauth2/sign_out"), &[("sec-fetch-site", "cross-site")]);
    let reply = replied(world.send(from_elsewhere.clone()));
    assert_eq!(reply.reason, Reason::SignOutPage);
    assert!(reply.body.contains("<bdi>alice@example.com</bdi>"), "{}", reply.body);
    let reply = replied(World::ready(&json!({})).send(from_elsewhere));
    assert!(!reply.body.contains("Signed in as"), "{}", reply.body);
}

#[test]
fn a_step_up_that_came_to_nothing_says_who_is_signed_in() {
    let mut world = World::ready(&json!({"access": [{"require": {"acr": ["strong"]}}]}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!(reply.reason, Reason::AcrNotReached);
    assert!(reply.body.contains("<bdi>alice@example.com</bdi>"), "{}", reply.body);
}

#[test]
fn every_page_is_in_the_language_of_the_browser_also_after_a_call() {
    let mut world = World::ready(&json!({}));
    let german = |reply: &Answered, words: &str| {
        assert!(reply.body.contains("<html lang=\"de\">") && reply.body.contains(words), "{reply:?}");
        assert_eq!(header(reply, "content-language"), Some("de"));
    };
    german(&replied(world.send(page_in("/oauth2/sign_in", "de-AT,en;q=0.5"))), ">Anmelden</a>");
    german(&replied(world.send(page_in("/oauth2/start?prompt=none", "de"))), "Ungültige Anfrage");
    // The answer to a call: its request has gone by.
    let started = world.begin("/");
    let back = page_in(&format!("/oauth2/callback?code=c&state={}", started.state), "de");
    let (_, pending) = called(world.send(back));
    german(&replied(world.answer(pending, &answer(500, ""))), "nicht abgeschlossen");
    // Whoever has waited for too long.
    let mut world = World::new(&json!({}));
    let waiting = parked(world.send(page_in("/", "de")));
    german(&replied(world.give_up(waiting, Reason::ProviderNotReady)), ">Erneut versuchen</a>");
    // Where nobody asks for a language, or for none that is there.
    for languages in ["", "it", "*", "de;q=0", "\u{e9}", "de;q=7"] {
        let reply = replied(world.send(page_in("/oauth2/sign_in", languages)));
        assert!(reply.body.contains("<html lang=\"en\">"), "{languages}: {}", reply.body);
        assert_eq!(header(&reply, "content-language"), Some("en"));
    }
}

#[test]
fn a_pushed_sign_in_that_fails_is_told_in_the_language_of_the_browser() {
    let mut world = World::new(&json!({"client": {"pushed_authorization_requests": true}}));
    let endpoint = json!("https://op.example/oauth2/default/v1/par");
    world.provider.metadata["pushed_authorization_request_endpoint"] = endpoint;
    world.become_ready();
    let (_, pending) = called(world.send(page_in("/x", "de")));
    let reply = replied(world.answer(pending, &answer(500, "")));
    assert_eq!(reply.reason, Reason::ParFailed);
    assert!(reply.body.contains("<html lang=\"de\">"), "{}", reply.body);
}

/// A text of the configuration is plain, whatever it looks like.
#[test]
fn the_operators_words_are_on_every_page_and_are_no_html() {
    let odd = "</title><script>alert(1)</script>\"'&amp;{{1}}";
    let escaped = "&#60;/title&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;amp;{{1}}";
    let mut world = World::ready(&json!({"pages": {
        "name": odd,
        "logo": "data:image/png;base64,iVBORw0KGgo=",
        "accent": "#0b6e4f",
        "support": {"url": "https://help.example.com/?a=1&b='", "label": odd},
        "texts": {
            "en": {"sign_in_page": {"title": odd, "what_happened": odd}, "labels": {"sign_in": odd}},
            "ar": {"sign_in_page": {"title": "تسجيل الدخول"}},
        },
    }}));
    let reply = replied(world.send(page("/oauth2/sign_in")));
    let body = &reply.body;
    assert!(!body.contains("<script") && !body.contains("alert(1)</script"), "{body}");
    assert_eq!(body.matches("</title>").count(), 1);
    // The title twice, the name twice, a sentence, a button and the link to help.
    assert_eq!(body.matches(escaped).count(), 7, "{body}");
    assert!(body.contains("<img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"\">"), "{body}");
    assert!(body.contains("href=\"https://help.example.com/?a=1&#38;b=&#39;\""), "{body}");
    assert!(body.contains("--link:#0b6e4f;--label:#ffffff"), "{body}");
    let policy = header(&reply, "content-security-policy").unwrap();
    assert!(policy.ends_with("; img-src data:") && policy.contains("form-action 'none'"), "{policy}");

    let reply = replied(world.send(page_in("/oauth2/sign_in", "ar-EG")));
    let body = &reply.body;
    assert!(body.contains("<html lang=\"ar\" dir=\"rtl\">"), "{body}");
    assert!(body.contains("<h1>تسجيل الدخول</h1>"), "{body}");
    assert!(body.contains(&format!("<p lang=\"en\" dir=\"ltr\">{escaped}</p>")), "{body}");
}

/// What does not look like a page is not one: no style sheet is let in, and nothing of the operator's is in it.
#[test]
fn only_pages_let_a_style_sheet_in() {
    let mut world = World::ready(&json!({"pages": {"name": "Acme Expenses"}}));
    let policy = |reply: &Answered| header(reply, "content-security-policy").unwrap().to_owned();
    let sheet = policy(&replied(world.send(page("/oauth2/sign_in"))));
    assert!(sheet.contains("style-src 'sha256-") && !sheet.contains("img-src"), "{sheet}");
    for headers in [bare("GET", "/x"), page("/x"), bare("GET", "/oauth2/auth")] {
        let reply = replied(world.send(headers));
        assert_eq!(
            policy(&reply),
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        assert!(!reply.body.contains("Acme"), "{}", reply.body);
    }
}
