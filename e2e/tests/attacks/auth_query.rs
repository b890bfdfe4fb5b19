//! `<prefix>/auth` for whoever comes from oauth2-proxy behind nginx: what the query asks for is asked for.

use serde_json::json;
use vestibule_e2e::stage::Stage;

/// The attacker is signed in, and asks for what `auth_request /oauth2/auth?allowed_groups=finance` guards.
#[tokio::test]
async fn auth_lets_nobody_pass_who_lacks_what_its_query_asks_for() {
    let stage = Stage::configured(json!({"access": []})).await;
    let mut people = [
        ("alice", stage.signed_in("alice").await),
        ("bob", stage.signed_in("bob").await),
        // His address is not verified.
        ("dave", stage.signed_in("dave").await),
        ("nobody", stage.visitor()),
    ];
    for (query, expected) in [
        ("", [202, 202, 202, 401]),
        ("?allowed_groups=finance", [202, 403, 202, 401]),
        ("?allowed_groups=legal,engineering", [403, 202, 403, 401]),
        ("?allowed_groups=legal&allowed_groups=finance", [202, 403, 202, 401]),
        ("?allowed_groups=Finance", [403, 403, 403, 401]),
        ("?allowed_groups=", [202, 202, 202, 401]),
        ("?allowed_emails=bob@example.com,dave@example.com", [403, 202, 403, 401]),
        ("?allowed_email_domains=*.example.com", [202, 202, 403, 401]),
        ("?allowed_email_domains=ample.com", [403, 403, 403, 401]),
        ("?allowed_groups=finance&allowed_email_domains=example.com", [202, 403, 403, 401]),
        ("?allowed_group=finance", [400; 4]),
        ("?allowed_groups=finance&allowed_roles=x", [400; 4]),
    ] {
        for ((nick, visitor), expected) in people.iter_mut().zip(expected) {
            let response = visitor.fetch(format!("/oauth2/auth{query}")).await;
            assert_eq!(response.status, expected, "{nick} {query}: {}", response.summary());
        }
    }
    assert_eq!(stage.reached().len(), 0);
}
