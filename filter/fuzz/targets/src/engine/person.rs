//! Whom the provider knows.

use serde_json::{Value, json};
use vestibule::inputs::Timestamp;
use vestibule_testing::{ISSUER, long_name};

/// Somebody whom the provider knows.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) sub: &'static str,
    /// In the ID token.
    pub(super) claims: Value,
    /// What userinfo add, where they are asked.
    pub(super) userinfo: Value,
}

pub(super) const PERSONS: u8 = 6;

pub(super) fn person(choice: u8) -> Person {
    let (sub, claims, userinfo) = match choice % PERSONS {
        0 => ("00u1", json!({"email": "alice@example.com", "groups": ["finance", "staff"]}), json!({})),
        1 => (
            "00u2",
            json!({"email": "bob@example.com", "groups": ["staff"], "email_verified": false}),
            json!({}),
        ),
        2 => ("00u3", json!({}), json!({"email": "carol@example.com", "groups": ["finance"]})),
        3 => (
            "eve\r\nx-auth-request-user: root",
            json!({"email": "e\n@example.com", "groups": ["a,finance", "finance\n", " finance"],
                "department": "a\u{0}b", "preferred_username": "\u{7f}"}),
            json!({"groups": ["finance"]}),
        ),
        4 => {
            let groups: Vec<_> = (0..400).map(long_name).collect();
            ("00u5", json!({"email": "many@example.com", "groups": groups}), json!({}))
        }
        _ => ("00u6", json!({"groups": {"finance": true}, "email": ["a@b"]}), json!({"sub2": 1})),
    };
    Person { sub, claims, userinfo }
}

impl Person {
    /// Whether the provider says so where the filter asks: userinfo count for what the ID token lacks.
    pub(super) fn is_in_finance(&self, userinfo_asked: bool) -> bool {
        let groups = match self.claims.get("groups") {
            Some(groups) => groups,
            None if userinfo_asked => &self.userinfo["groups"],
            None => &Value::Null,
        };
        names_finance(groups)
    }

    /// The claims of an ID token.
    pub(super) fn token(&self, nonce: &str, now: Timestamp) -> Value {
        let mut claims = json!({"iss": ISSUER, "aud": "app", "exp": now.0 + 3600, "iat": now.0, "nonce": nonce, "sub": self.sub});
        let own = self.claims.as_object().expect("an object");
        claims.as_object_mut().expect("an object").extend(own.clone());
        claims
    }
}

pub(super) fn names_finance(groups: &Value) -> bool {
    groups.as_array().is_some_and(|groups| groups.iter().any(|group| group == "finance"))
}
