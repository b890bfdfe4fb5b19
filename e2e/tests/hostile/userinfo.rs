//! UserInfo (OIDC Core §5.3), asked where the ID token is thin.

use serde_json::{Value, json};
use vestibule_e2e::okta::{Endpoint, Fault, StandInOkta, ThinIdTokens};
use vestibule_e2e::stage::Stage;

use crate::world::{Refusal, attempt, on_a_stage, refused, userinfo};

const SUBJECT: Refusal = userinfo("the userinfo are somebody else's");

/// From now on ID tokens carry no groups.
pub(crate) fn thin(stage: &Stage) {
    stage.okta.configure(|options| options.thin_id_tokens = ThinIdTokens { org: true, custom: true });
}

fn merged(members: Value) -> impl FnOnce(&StandInOkta) {
    move |okta| okta.fault(Endpoint::Userinfo, Fault::Merge(members))
}

#[test]
fn oidcc_client_test_userinfo_invalid_sub() {
    on_a_stage(async |stage| {
        thin(stage);
        for sub in [json!("00usomebodyelse"), json!(""), json!(7), json!(["00ubob"]), Value::Null] {
            let case = format!("sub {sub}");
            refused(stage, &case, &SUBJECT, merged(json!({"sub": sub, "groups": ["admin"]}))).await;
        }
    });
}

#[test]
fn oidcc_client_test_scope_userinfo_claims() {
    on_a_stage(async |stage| {
        thin(stage);
        let asked = stage.okta.requests(Endpoint::Userinfo);
        attempt(stage, "bob", |_| ()).await.must_be_accepted(stage, "thin").await;
        assert_eq!(stage.okta.requests(Endpoint::Userinfo), asked + 1);
        let reached = stage.reached().pop().unwrap();
        assert_eq!(reached.one("x-auth-request-email").as_deref(), Some("bob@example.com"));
        assert_eq!(reached.one("x-auth-request-groups").as_deref(), Some("Everyone,engineering"));
    });
}

/// The stand-in takes the access token from the header and from nowhere else.
#[test]
fn oidcc_client_test_userinfo_bearer_header() {
    on_a_stage(async |stage| {
        thin(stage);
        attempt(stage, "alice", |_| ()).await.must_be_accepted(stage, "thin").await;
        let reached = stage.reached().pop().unwrap();
        assert_eq!(reached.one("x-auth-request-groups").as_deref(), Some("Everyone,admin,finance"));
    });
}

/// Never asked for at registration, so a JWT is no answer, not even a rightly signed one.
#[test]
fn oidcc_client_test_userinfo_signed() {
    on_a_stage(async |stage| {
        thin(stage);
        let claims = json!({"sub": "00ubob000000000001d7", "iss": stage.issuer(), "groups": ["admin"]});
        let headers = vec![("content-type".to_owned(), "application/jwt".to_owned())];
        let signed = Fault::Status { status: 200, headers, body: stage.okta.sign(&claims) };
        refused(stage, "signed", &userinfo("an answer that is not JSON"), |okta| {
            okta.fault(Endpoint::Userinfo, signed);
        })
        .await;
    });
}

/// The ID token is signed, userinfo is not: what both say, the ID token says.
#[test]
fn the_id_token_wins_over_userinfo() {
    on_a_stage(async |stage| {
        thin(stage);
        let other =
            json!({"email": "admin@example.com", "preferred_username": "admin", "iss": "x", "aud": "x"});
        attempt(stage, "bob", merged(other)).await.must_be_accepted(stage, "another email").await;
        let reached = stage.reached().pop().unwrap();
        assert_eq!(reached.one("x-auth-request-email").as_deref(), Some("bob@example.com"));
        assert_eq!(reached.one("x-auth-request-preferred-username").as_deref(), Some("bob@example.com"));
    });
}

/// Claims that are said to be elsewhere, or to be vouched for by somebody else, are none (OIDC Core §5.6.2).
fn claims_of_others(source: Value) {
    on_a_stage(async |stage| {
        thin(stage);
        let answer = json!({
            "groups": null,
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": source},
        });
        attempt(stage, "bob", merged(answer)).await.must_be_accepted(stage, "claims of others").await;
        assert_eq!(stage.reached().pop().unwrap().one("x-auth-request-groups"), None);
    });
}

#[test]
fn oidcc_client_test_aggregated_claims() {
    claims_of_others(json!({"JWT": "eyJhbGciOiJub25lIn0.eyJncm91cHMiOlsiYWRtaW4iXX0."}));
}

#[test]
fn oidcc_client_test_distributed_claims() {
    claims_of_others(json!({"endpoint": "https://claims.evil.test/", "access_token": "a-token-of-another"}));
}
