//! What the filter answers itself.

use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::stage::{CLIENT_SECRET, COOKIE_SECRET, Stage};
use vestibule_e2e::visitor::target_of;

#[tokio::test]
async fn every_reply_keeps_caches_frames_and_referrers_out_and_holds_no_secret() {
    let stage = Stage::start().await;
    let mut replies: Vec<(&str, u16, Response)> = Vec::new();
    let mut alice = stage.visitor();
    let start = alice.page("/page").await;
    let binding = alice.jar.beginning("__Host-vestibule_b_").next().unwrap().1.to_owned();
    let callback = target_of(&stage.approve(&start.location(), "alice").await);
    replies.push(("redirect to the provider", 302, start));
    replies.push(("callback", 302, alice.page(&callback).await));
    replies.push(("callback of another browser", 400, stage.visitor().page(&callback).await));
    replies.push(("not permitted", 403, stage.signed_in("bob").await.page("/finance/x").await));
    replies.push(("not permitted, script", 403, stage.signed_in("bob").await.fetch("/finance/x").await));
    replies.push(("fetch", 401, stage.visitor().fetch("/page").await));
    replies.push(("post", 401, stage.visitor().send(Request::form("/page", "a=b")).await));
    replies.push(("never guessed", 400, alice.page("/a%00b").await));
    replies.push(("sign-in page", 200, stage.visitor().page("/oauth2/sign_in?rd=/x").await));
    replies.push(("auth, in", 202, alice.fetch("/oauth2/auth").await));
    replies.push(("auth, out", 401, stage.visitor().fetch("/oauth2/auth").await));
    replies.push(("userinfo, in", 200, alice.fetch("/oauth2/userinfo").await));
    replies.push(("userinfo, out", 401, stage.visitor().fetch("/oauth2/userinfo").await));
    replies.push(("signed out", 200, stage.visitor().page("/oauth2/signed_out").await));
    let session: Vec<String> = alice.jar.beginning("").map(|(_, value)| value.to_owned()).collect();
    replies.push(("sign out", 302, alice.page("/oauth2/sign_out").await));

    let sealed: Vec<String> = session.into_iter().chain([binding]).collect();
    let code_verifiers = [CLIENT_SECRET, COOKIE_SECRET].map(str::to_owned);
    for (case, status, reply) in &replies {
        assert_eq!(reply.status, *status, "{case}: {}", reply.summary());
        let has = |name: &str, value: &str| reply.header(name).is_some_and(|all| all.contains(value));
        assert!(has("cache-control", "no-store"), "{case}: {}", reply.summary());
        assert!(has("referrer-policy", "no-referrer"), "{case}: {}", reply.summary());
        assert!(has("x-content-type-options", "nosniff"), "{case}: {}", reply.summary());
        assert!(has("content-security-policy", "frame-ancestors 'none'"), "{case}: {}", reply.summary());
        let body = reply.text();
        for secret in stage.okta.secrets().iter().chain(&sealed).chain(&code_verifiers) {
            assert!(!body.contains(secret.as_str()), "{case}: {body}");
            let location = reply.header("location").unwrap_or_default();
            // The one place where a token may stand: `id_token_hint` on the way to the provider's logout.
            let hint = location.starts_with(&stage.issuer()) && location.contains("id_token_hint=");
            assert!(hint || !location.contains(secret.as_str()), "{case}: {location}");
        }
    }
}

#[tokio::test]
async fn what_a_refused_stranger_sees_names_no_group_and_no_person() {
    let stage = Stage::start().await;
    let page = stage.signed_in("bob").await.page("/finance/x").await.text();
    let page = page.split_once("</style>").expect("a page").1;
    // Their own name, and the way back to where they were, are theirs.
    let page = page.replace("bob@example.com", "").replace("rd=%2Ffinance%2Fx", "");
    for word in ["finance", "engineering", "00u", "@"] {
        assert!(!page.contains(word), "{page}");
    }
}
