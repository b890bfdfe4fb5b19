//! The people of the organisation.

use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub struct Person {
    /// For element ids and tests: `alice`.
    pub nick: String,
    /// `sub` of ID tokens and userinfo: `00u…`.
    pub id: String,
    /// Okta's login: `preferred_username`, and `sub` of a custom server's access tokens.
    pub login: String,
    pub email: String,
    pub email_verified: bool,
    pub given_name: String,
    pub family_name: String,
    pub groups: Vec<String>,
    /// Further claims for fat ID tokens and userinfo, such as `department`.
    pub claims: Map<String, Value>,
}

impl Person {
    #[must_use]
    pub fn new(nick: &str, given_name: &str, family_name: &str) -> Self {
        let email = format!("{nick}@example.com");
        Self {
            nick: nick.into(),
            id: format!("00u{nick:0<14}1d7"),
            login: email.clone(),
            email,
            email_verified: true,
            given_name: given_name.into(),
            family_name: family_name.into(),
            groups: vec![],
            claims: Map::new(),
        }
    }

    #[must_use]
    pub fn groups<S: Into<String>>(mut self, groups: impl IntoIterator<Item = S>) -> Self {
        self.groups.extend(groups.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.into(), value);
        self
    }

    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.email_verified = false;
        self
    }

    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// Those whom tests and the demo know by name.
///
/// Erin's groups are over Okta's limit of 100: signing in fails where a groups claim is due, unless
/// `OktaOptions::group_limit` is `None`. Frank has exactly 100, and large tokens.
pub(crate) fn cast() -> Vec<Person> {
    vec![
        Person::new("alice", "Alice", "Ångström")
            .groups(["Everyone", "admin", "finance"])
            .claim("department", json!("Treasury")),
        Person::new("bob", "Bob", "Müller").groups(["Everyone", "engineering"]),
        Person::new("carol", "Кэрол", "Жданова"),
        Person::new("dave", "Dave", "O’Neill").groups(["Everyone", "finance"]).unverified(),
        Person::new("erin", "Erin", "Núñez").groups(long_groups(120)),
        Person::new("frank", "Frank", "Weiß").groups(long_groups(100)),
    ]
}

/// Names of 60 characters, as directories synchronised into Okta bring them.
fn long_groups(count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(|n| format!("{:-<60}", format!("directory-example-com-security-group-{n:03}")))
}
