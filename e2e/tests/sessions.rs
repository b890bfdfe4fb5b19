//! What a session is, how long it lasts, and where it holds.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::jar::set_cookies;
use vestibule_e2e::okta::{Endpoint, Fault, OktaOptions, Person};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};

async fn sign_in_at(stage: &Stage, host: &str, nick: &str) -> Visitor {
    let mut visitor = stage.visitor_at(host);
    let callback = stage.approve(&visitor.begin("/").await, nick).await;
    assert_eq!(visitor.page(target_of(&callback)).await.status, 302);
    visitor
}

#[tokio::test]
async fn the_application_learns_who_it_is_and_gets_the_tokens_that_are_configured() {
    let stage = Stage::configured(json!({
        "upstream": {"access_token": true, "authorization": "id_token", "claims": {"x-team": "department"}},
    }))
    .await;
    let mut alice = stage.signed_in("alice").await;
    let sent = Request::page("/page").header("authorization", "Bearer of-the-client");
    assert_eq!(alice.send(sent).await.status, 200);
    let reached = stage.reached().pop().unwrap();
    let header = |name: &str| reached.one(name).unwrap_or_else(|| panic!("no {name}: {reached:?}"));
    assert_eq!(header("x-auth-request-user"), Person::new("alice", "", "").id);
    assert_eq!(header("x-auth-request-email"), "alice@example.com");
    assert_eq!(header("x-auth-request-preferred-username"), "alice@example.com");
    assert_eq!(header("x-auth-request-groups"), "Everyone,admin,finance");
    assert_eq!(header("x-team"), "Treasury");
    let secrets = stage.okta.secrets();
    let id_token = header("authorization").strip_prefix("Bearer ").map(str::to_owned).unwrap();
    assert!(secrets.contains(&id_token) && id_token.split('.').count() == 3);
    let access_token = header("x-auth-request-access-token");
    assert!(secrets.contains(&access_token) && access_token != id_token);
    // Ours missing, theirs goes all the same.
    let sent = Request::get("/healthz").header("authorization", "Bearer of-the-client");
    assert_eq!(stage.visitor().send(sent).await.status, 200);
    assert_eq!(stage.reached().pop().unwrap().one("authorization"), None);
    let userinfo = alice.fetch("/oauth2/userinfo").await;
    assert_eq!((userinfo.status, &userinfo.json()["email"]), (200, &json!("alice@example.com")));
}

#[tokio::test]
async fn a_session_too_large_for_one_cookie_is_chunked_and_bounded() {
    let stage =
        Stage::configured(json!({"upstream": {"access_token": true, "authorization": "id_token"}})).await;
    // A hundred groups of sixty characters.
    let mut frank = stage.signed_in("frank").await;
    let cookies: Vec<_> = frank.jar.beginning("__Host-vestibule").collect();
    assert!(cookies.len() > 2, "not chunked: {:?}", cookies.iter().map(|(name, _)| name).collect::<Vec<_>>());
    let size = |(name, value): &(&str, &str)| name.len() + value.len();
    // What a browser keeps of one cookie, and what the design allows for all.
    assert!(cookies.iter().all(|cookie| size(cookie) <= 4096));
    assert!(cookies.iter().map(size).sum::<usize>() <= 12 * 1024 + 1024);
    assert_eq!(frank.page("/page").await.status, 200);
    let reached = stage.reached().pop().unwrap();
    assert_eq!(reached.one("cookie"), None);
    // Complete or not there at all.
    if let Some(groups) = reached.one("x-auth-request-groups") {
        assert_eq!(groups.split(',').count(), 100);
    }
    // A piece that is missing makes no session of it, nor a mixture with another person's.
    let alice = stage.signed_in("alice").await;
    for (name, value) in alice.jar.beginning("__Host-vestibule") {
        let mut mixed = frank.clone();
        mixed.jar.set(name, value);
        let response = mixed.fetch("/oauth2/userinfo").await;
        assert!(matches!(response.status, 200 | 401), "{name}: {}", response.summary());
        if response.status == 200 {
            let email = response.json()["email"].clone();
            assert!(email == "alice@example.com" || email == "frank@example.com", "{name}: {email}");
        }
    }
    // What the larger one left over goes when a smaller one takes its place.
    let mut shared = frank.clone();
    let callback = stage.approve(&shared.begin("/oauth2/start").await, "alice").await;
    shared.page(target_of(&callback)).await;
    let left: Vec<_> = shared.jar.beginning("__Host-vestibule").map(|(name, _)| name.to_owned()).collect();
    let usual: Vec<_> = alice.jar.beginning("__Host-vestibule").map(|(name, _)| name.to_owned()).collect();
    assert_eq!(sorted(left), sorted(usual));
    assert_eq!(shared.fetch("/oauth2/userinfo").await.json()["email"], "alice@example.com");
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[tokio::test]
async fn thin_id_tokens_of_the_org_server_are_completed_from_userinfo() {
    let stage =
        Stage::with_org_server(json!({"client": {"scopes": ["openid", "profile", "email", "groups"]}})).await;
    let mut alice = stage.signed_in("alice").await;
    assert!(stage.okta.requests(Endpoint::Userinfo) >= 1);
    assert_eq!(alice.page("/finance/report").await.status, 200);
    assert_eq!(
        stage.reached().pop().unwrap().one("x-auth-request-groups").as_deref(),
        Some("Everyone,admin,finance")
    );
    // Without it there is no session, rather than one without groups.
    for fault in [
        Fault::Close,
        Fault::EmptyBody,
        Fault::MalformedJson,
        Fault::Merge(json!({"sub": "00usomebodyelse"})),
    ] {
        stage.okta.fault(Endpoint::Userinfo, fault);
        let mut bob = stage.visitor();
        let callback = stage.approve(&bob.begin("/").await, "bob").await;
        let response = bob.page(target_of(&callback)).await;
        assert!(response.status >= 400 && !bob.jar.has("__Host-vestibule"), "{}", response.summary());
        stage.okta.clear_faults();
    }
}

#[tokio::test]
async fn a_session_that_is_used_outlives_its_idle_timeout_and_one_that_is_not_does_not() {
    let stage = Stage::configured(json!({"session": {"idle_timeout": "10s", "max_age": "1h"}})).await;
    let mut busy = stage.signed_in("alice").await;
    let mut idle = busy.clone();
    let mut renewed = 0;
    for _ in 0..6 {
        sleep(Duration::from_secs(2)).await;
        let response = busy.fetch("/page").await;
        assert_eq!(response.status, 200, "{}", response.summary());
        if set_cookies(&response).iter().any(|cookie| cookie.name == "__Host-vestibule") {
            renewed += 1;
            assert!(response.header("cache-control").is_some_and(|all| all.contains("no-store")));
        }
    }
    assert!(renewed >= 1);
    assert_eq!(idle.fetch("/page").await.status, 401);
}

#[tokio::test]
async fn everybody_or_one_person_can_be_signed_out_by_configuration() {
    let stage = Stage::start().await;
    let (alice, bob) = (stage.signed_in("alice").await, stage.signed_in("bob").await);
    let sub = Person::new("alice", "", "").id;
    let far = "2100-01-01T00:00:00Z";
    let past = "2020-01-01T00:00:00Z";
    for (case, session, alice_gets, bob_gets) in [
        ("all", json!({"not_before": far}), 401, 401),
        ("none", json!({"not_before": past}), 200, 200),
        ("by sub", json!({"revoked": [{"sub": sub, "before": far}]}), 401, 200),
        ("by email", json!({"revoked": [{"email": "BOB@example.com", "before": far}]}), 200, 401),
        ("long ago", json!({"revoked": [{"sub": sub, "before": past}]}), 200, 200),
    ] {
        let replica = stage.replica_with(json!({"session": session})).await;
        let mut got = Vec::new();
        for visitor in [&alice, &bob] {
            got.push(visitor.moved(replica.plain(), HOST).fetch("/page").await.status);
        }
        assert_eq!(got, [alice_gets, bob_gets], "{case}");
    }
}

#[tokio::test]
async fn a_cookie_domain_shares_the_session_among_its_hosts_and_no_others() {
    let stage = Stage::configured(json!({"session": {"cookie": {"domains": [".example.test"]}}})).await;
    let mut alice = stage.visitor();
    let callback = stage.approve(&alice.begin("/").await, "alice").await;
    let response = alice.page(target_of(&callback)).await;
    let cookies = set_cookies(&response);
    let session =
        cookies.iter().find(|cookie| cookie.name.starts_with("__Secure-vestibule")).expect("a session");
    assert_eq!(
        session.attributes.get("domain").map(|domain| domain.trim_start_matches('.')),
        Some("example.test")
    );
    assert!(session.attributes.contains_key("secure") && session.attributes.contains_key("httponly"));
    // What binds the sign-in to the browser stays with its host.
    let binding = cookies.iter().find(|cookie| cookie.name.contains("_b_")).expect("the end of the binding");
    assert!(binding.name.starts_with("__Host-") && !binding.attributes.contains_key("domain"), "{binding:?}");
    for (host, status) in [
        (HOST, 200),
        ("other.example.test", 200),
        ("example.test", 200),
        ("evilexample.test", 401),
        ("example.test.evil.test", 401),
    ] {
        assert_eq!(alice.moved(stage.envoy.plain(), host).fetch("/page").await.status, status, "{host}");
    }
    // Signing out on one of them is signing out on all.
    let mut there = alice.moved(stage.envoy.plain(), "other.example.test");
    there.page("/oauth2/sign_out").await;
    assert_eq!(there.moved(stage.envoy.plain(), HOST).fetch("/page").await.status, 401);
}

#[tokio::test]
async fn one_redirect_uri_serves_all_hosts_of_a_cookie_domain() {
    let stage = Stage::configured(json!({
        "session": {"cookie": {"domains": [".example.test"]}},
        "paths": {
            "redirect_uri": "https://app.example.test/oauth2/callback",
            "allowed_redirect_domains": [".example.test"],
        },
    }))
    .await;
    // First to the host that the provider knows …
    let mut alice = stage.visitor_at("other.example.test");
    let hop = alice.begin("/deep?a=b").await;
    assert!(hop.starts_with("https://app.example.test/oauth2/start?rd="), "{hop}");
    // … then through the provider, and back to where she wanted to go.
    let mut there = alice.moved(stage.envoy.plain(), HOST);
    let authorization = there.begin(&target_of(&hop)).await;
    let callback = stage.approve(&authorization, "alice").await;
    assert!(callback.starts_with("https://app.example.test/oauth2/callback?"), "{callback}");
    let response = there.page(target_of(&callback)).await;
    assert_eq!(response.location(), "https://other.example.test/deep?a=b");
    assert_eq!(there.moved(stage.envoy.plain(), "other.example.test").page("/deep?a=b").await.status, 200);
}

#[tokio::test]
async fn with_strict_cookies_the_callback_ends_in_a_page_that_goes_on_by_itself() {
    let stage = Stage::configured(json!({"session": {"cookie": {"same_site": "strict"}}})).await;
    let mut alice = stage.visitor();
    let authorization = alice.begin("/page?a=b").await;
    let response = alice.page(target_of(&stage.approve(&authorization, "alice").await)).await;
    assert_eq!(response.status, 200, "{}", response.summary());
    assert!(response.text().contains("http-equiv=\"refresh\""), "{}", response.text());
    assert!(response.text().contains("/page?a=b"), "{}", response.text());
    for cookie in set_cookies(&response).iter().filter(|cookie| !cookie.expires()) {
        assert_eq!(cookie.attributes["samesite"], "Strict", "{cookie:?}");
    }
    assert_eq!(alice.page("/page?a=b").await.status, 200);
}

#[tokio::test]
async fn an_address_that_reads_like_two_is_no_address_of_either_domain() {
    let person =
        |nick: &str, email: &str| Person { email: email.to_owned(), ..Person::new(nick, "Mallory", nick) };
    let mallory: Vec<Person> = vec![
        person("m1", "mallory@evil.test@example.com"),
        person("m2", "mallory@example.com@evil.test"),
        person("m3", "mallory@notexample.com"),
        person("m4", "mallory@sub.example.com"),
        person("m5", "mallory@example.com.evil.test"),
        person("m6", "@example.com"),
        person("m7", "example.com"),
        person("m8", "mallory@example.com,alice@example.com"),
        person("m9", "mallory@example.com "),
    ];
    let nicks: Vec<String> = mallory.iter().map(|person| person.nick.clone()).collect();
    let mut okta = OktaOptions::default();
    okta.people.extend(mallory);
    let config = json!({"access": [{"require": {"email_domains": ["example.com"]}}]});
    let stage = Stage::with(StageOptions { config, okta, ..StageOptions::default() }).await;
    for nick in nicks {
        let mut visitor = stage.visitor();
        let callback = stage.approve(&visitor.begin("/").await, &nick).await;
        visitor.page(target_of(&callback)).await;
        let response = visitor.page("/page").await;
        // Not permitted, or not even signed in.
        assert!(matches!(response.status, 302 | 403), "{nick}: {}", response.summary());
    }
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
}

#[tokio::test]
async fn two_listeners_share_a_vm_and_both_are_guarded() {
    let envoy = EnvoyOptions { tls_names: vec![HOST.to_owned()], concurrency: 2, ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    let browser = vestibule_e2e::browser::Browser::start().await;
    browser.open(&format!("{}/page", stage.origin(HOST))).await;
    browser.shows("Choose who you are").await;
    assert_eq!(stage.visitor().fetch("/page").await.status, 401);
    assert_eq!(sign_in_at(&stage, "other.example.test", "bob").await.page("/x").await.status, 200);
    let only: Vec<Value> = stage.reached().iter().map(|request| json!(request.path)).collect();
    assert_eq!(only, ["/x"]);
}

/// Bytes of cookies with a request for one of the application's pages, for each of the demo's people. With `--nocapture`
/// it prints them.
#[tokio::test]
async fn an_ordinary_request_carries_few_bytes_of_cookies() {
    let usual = json!({});
    let refresh = json!({"session": {"refresh": true}});
    let tokens = json!({"session": {"refresh": true}, "upstream": {"access_token": true}});
    let cases =
        [("usual", &usual, 700), ("refresh", &refresh, 1200), ("refresh, access token", &tokens, 2600)];
    for (case, config, most) in cases {
        let stage = Stage::configured(config.clone()).await;
        for (nick, more) in [("alice", 0), ("bob", 0), ("carol", 0), ("dave", 0), ("frank", 12_000)] {
            let person = stage.signed_in(nick).await;
            // Those at the filter's own paths do not travel.
            let travels = |(name, _): &(&str, &str)| !name.contains("vestibule_i");
            let sizes =
                person.jar.beginning("").filter(travels).map(|(name, value)| name.len() + value.len() + 3);
            let bytes: usize = sizes.sum();
            println!("{case}: {nick} {bytes}");
            assert!(bytes <= most + more, "{case}: {nick} {bytes}");
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_is_left_out_and_said() {
    let stage =
        Stage::configured(json!({"upstream": {"access_token": true, "authorization": "id_token"}})).await;
    for nick in ["erin", "frank"] {
        let mut person = stage.visitor();
        let callback = stage.approve(&person.begin("/page").await, nick).await;
        let response = person.page(target_of(&callback)).await;
        if response.status != 302 {
            // A page where it cannot work, and no half of a session: Okta itself gives nobody more than 100 groups.
            let codes = ["Code: session_too_large", "Code: provider_error"];
            assert!(codes.iter().any(|code| response.text().contains(code)), "{nick}: {}", response.text());
            assert_eq!(person.fetch("/page").await.status, 401);
            continue;
        }
        assert_eq!(person.page("/page").await.status, 200);
        let reached = stage.reached().pop().unwrap();
        let told: Vec<bool> = ["x-auth-request-groups", "x-auth-request-access-token"]
            .map(|name| reached.one(name).is_some())
            .into();
        let userinfo = person.fetch("/oauth2/userinfo").await.json();
        let left_out =
            |name: &str| userinfo["leftOut"].as_array().is_some_and(|all| all.contains(&json!(name)));
        assert_eq!(told, [!left_out("groups"), !left_out("access_token")], "{nick}: {userinfo}");
        if left_out("groups") {
            assert!(stage.envoy.logged("reason=session_trimmed status=302 ").await);
            let said = "detail=\"left out for its size: ";
            assert!(stage.envoy.logged(said).await, "{:#?}", stage.envoy.filter_log());
        }
    }
    // Without tokens for the application there is room for a hundred groups.
    let stage = Stage::start().await;
    let mut frank = stage.signed_in("frank").await;
    assert_eq!(frank.page("/page").await.status, 200);
    let reached = stage.reached().pop().unwrap();
    assert_eq!(reached.one("x-auth-request-groups").map(|groups| groups.split(',').count()), Some(100));
}
