//! An application that is to get a token never goes without it.
//!
//! As somebody whose token says less than before: I keep the cookie that says who I am, and leave out the one with the
//! tokens. As a browser that does not keep all cookies: I would be sent round and round.

use serde_json::json;
use vestibule_e2e::client::Response;
use vestibule_e2e::stage::Stage;
use vestibule_e2e::visitor::Visitor;

const SESSION: &str = "__Host-vestibule";
const TOKENS: &str = "__Host-vestibule_t";

fn is_a_page_that_ends_the_round(response: &Response) {
    assert_eq!(response.status, 401, "{}", response.summary());
    assert!(response.text().contains("cookie_not_kept"), "{}", response.text());
    assert!(response.text().contains("/oauth2/start?rd="), "{}", response.text());
    assert!(response.header("set-cookie").is_none());
}

async fn has_no_session(visitor: &mut Visitor) {
    is_a_page_that_ends_the_round(&visitor.page("/page").await);
    is_a_page_that_ends_the_round(&visitor.page("/oauth2/start?rd=%2Fpage").await);
    for script in ["/page", "/oauth2/auth", "/oauth2/userinfo"] {
        assert_eq!(visitor.fetch(script).await.status, 401, "{script}");
    }
}

#[tokio::test]
async fn an_application_that_is_to_get_a_token_never_goes_without_it() {
    for upstream in [
        json!({"access_token": true}),
        json!({"authorization": "access_token"}),
        json!({"authorization": "id_token"}),
    ] {
        let stage = Stage::configured(json!({ "upstream": upstream })).await;
        let mut alice = stage.signed_in("alice").await;
        assert_eq!(alice.page("/page").await.status, 200);
        assert_eq!(stage.reached().len(), 1);
        // The cookie does not come.
        let mut without = stage.visitor();
        for (name, value) in alice.jar.beginning(SESSION).filter(|(name, _)| !name.starts_with(TOKENS)) {
            without.jar.set(name, value);
        }
        has_no_session(&mut without).await;
        // It does not open, or is of another session.
        let mut changed = alice.clone();
        changed.jar.set(TOKENS, "1AAAAAAAA");
        has_no_session(&mut changed).await;
        let bob = stage.signed_in("bob").await;
        for (name, value) in bob.jar.beginning(TOKENS) {
            changed.jar.set(name, value);
        }
        has_no_session(&mut changed).await;
        assert_eq!(stage.reached().len(), 1);
        assert!(stage.envoy.logged("reason=cookie_not_kept").await, "{:#?}", stage.envoy.filter_log());
        // Nothing of it has harmed the real one.
        assert_eq!(alice.page("/page").await.status, 200);
    }
}
