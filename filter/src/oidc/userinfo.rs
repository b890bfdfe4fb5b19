//! UserInfo (OIDC Core §5.3): where the claims come from that a thin ID token leaves out.

use serde_json::Value;

use super::http_call::{Answer, AnswerError, HttpCall};
use super::{Claims, RelyingParty, VerifiedClaims};
use crate::config::HttpUrl;

/// Why the UserInfo endpoint's answer adds no claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoError {
    /// Nothing that could be read.
    #[error("the userinfo endpoint gave {0}")]
    Answer(#[from] AnswerError),
    /// §5.3.2: another `sub` than the ID token has, or none.
    #[error("the userinfo are somebody else's")]
    Subject,
}

/// Asks the UserInfo endpoint about the person of this access token (OIDC Core §5.3.1).
#[must_use]
pub fn call(relying_party: &RelyingParty<'_>, endpoint: &HttpUrl, access_token: &str) -> HttpCall {
    let mut call = HttpCall::get(endpoint, relying_party.provider);
    call.headers.push(("authorization", format!("Bearer {access_token}")));
    call
}

/// Adds the claims of the answer to those of the ID token, which win; inside a claim that both have as an
/// object likewise.
///
/// # Errors
/// [`UserinfoError`] where there are none, or where they are about somebody else (§5.3.2).
pub fn merge(verified: &mut VerifiedClaims, answer: &Answer) -> Result<(), UserinfoError> {
    let userinfo: Claims = answer.json_object()?;
    if userinfo.get("sub").and_then(Value::as_str) != Some(verified.sub.as_str()) {
        return Err(UserinfoError::Subject);
    }
    add(&mut verified.claims, userinfo);
    Ok(())
}

/// serde_json reads no deeper than 128 levels.
fn add(claims: &mut Claims, more: Claims) {
    for (name, value) in more {
        match (claims.get_mut(&name), value) {
            (None, value) => {
                claims.insert(name, value);
            }
            (Some(Value::Object(own)), Value::Object(more)) => add(own, more),
            (Some(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::answer;
    use super::*;

    fn verified() -> VerifiedClaims {
        let claims = serde_json::json!({"sub": "00u1", "email": "a@example.com"});
        VerifiedClaims {
            sub: "00u1".to_owned(),
            claims: claims.as_object().unwrap().clone(),
            acr: None,
            auth_time: None,
        }
    }

    #[test]
    fn missing_claims_are_added_and_verified_ones_win() {
        let mut verified = verified();
        let userinfo = answer(200, r#"{"sub":"00u1","email":"evil@example.com","groups":["admin"]}"#);
        merge(&mut verified, &userinfo).unwrap();
        assert_eq!(verified.claims["email"], "a@example.com");
        assert_eq!(verified.claims["groups"][0], "admin");
    }

    #[test]
    fn a_nested_claim_that_is_missing_is_added_too() {
        let mut verified = verified();
        let own = serde_json::json!({"roles": ["reader"], "realm": "a"});
        verified.claims.insert("access".to_owned(), own);
        let userinfo = answer(200, r#"{"sub":"00u1","access":{"roles":["admin"],"teams":["t"]}}"#);
        merge(&mut verified, &userinfo).unwrap();
        let merged = serde_json::json!({"roles": ["reader"], "realm": "a", "teams": ["t"]});
        assert_eq!(verified.claims["access"], merged);
    }

    #[test]
    fn somebody_elses_claims_are_refused() {
        for body in [r#"{"sub":"00u2","groups":["admin"]}"#, r#"{"groups":["admin"]}"#, r#"{"sub":1}"#] {
            assert_eq!(merge(&mut verified(), &answer(200, body)), Err(UserinfoError::Subject));
        }
        assert!(merge(&mut verified(), &answer(401, "")).is_err());
    }
}
