//! The page "which rule do I need": each recipe as it stands there, and what becomes of requests under it.

use serde_json::{Value, json};

use Who::{Alice, AliceOfAnHourAgo, FromOutside, Nobody, Preflight, Program};

const PAGE: &str = include_str!("../../../wasmplugin/RULES.md");

/// A section of the page.
#[derive(Debug)]
pub struct Recipe {
    pub heading: &'static str,
    /// A merge patch for a `pluginConfig`: the YAML of the section.
    pub config: Value,
    pub rows: Rows,
}

/// Method, host and path, who asks, and the answer's status; 200: it reaches the application.
pub type Rows = &'static [(&'static str, &'static str, Who, u16)];

/// Who asks. All of them come from [`Who::address`], and with [`Who::headers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    /// Signed in as [`ALICE`] says, just now and by a password.
    Alice,
    /// The same, but the password was given an hour ago.
    AliceOfAnHourAgo,
    /// With a token for `api://orders` with the scope `orders.read`.
    Program,
    /// A browser, on behalf of a page of another origin, before it asks for something.
    Preflight,
    /// Nobody, from another network.
    FromOutside,
}

/// Alice's email and groups.
pub const ALICE: (&str, [&str; 2]) = ("alice@elsewhere.example", ["admins", "finance"]);

impl Who {
    /// Of the client.
    #[must_use]
    pub fn address(self) -> &'static str {
        if self == FromOutside { "203.0.113.7" } else { "10.0.0.7" }
    }

    /// All but the cookies of a session. A program sends this token.
    #[must_use]
    pub fn headers(self, token: &str) -> Vec<(&'static str, String)> {
        let headers: &[(&str, &str)] = match self {
            Nobody | Alice | AliceOfAnHourAgo | FromOutside => {
                &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]
            }
            Program => &[("accept", "*/*"), ("authorization", &format!("Bearer {token}"))],
            Preflight => &[("origin", "https://spa.example.com"), ("access-control-request-method", "PUT")],
        };
        headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }
}

/// What a program's token claims, beside its issuer and its times.
#[must_use]
pub fn program() -> Value {
    json!({"aud": "api://orders", "sub": "robot@example.com", "scp": ["orders.read"]})
}

/// All of the page, in its order.
///
/// # Panics
/// Where the page has other sections than the table below.
#[must_use]
pub fn recipes() -> Vec<Recipe> {
    let sections = PAGE.split("\n## ").skip(1).filter(|section| section.contains("```yaml"));
    let recipe = |(section, (heading, rows)): (&'static str, &(&'static str, Rows))| {
        let (its_heading, text) = section.split_once('\n').expect("a section");
        assert_eq!(its_heading, *heading);
        let yaml = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let config = serde_yaml_ng::from_str(yaml.expect("a closed block")).expect("YAML");
        Recipe { heading, config, rows }
    };
    let sections: Vec<_> = sections.collect();
    assert_eq!(sections.len(), TABLE.len());
    sections.into_iter().zip(TABLE).map(recipe).collect()
}

const TABLE: &[(&str, Rows)] = &[
    (
        "Everyone who is signed in, but nobody on the admin pages without the group",
        &[
            ("GET", "app.example.com/", Nobody, 302),
            ("GET", "app.example.com/", Alice, 200),
            ("GET", "app.example.com/admin/x", Alice, 200),
        ],
    ),
    (
        "A health check for everyone",
        &[
            ("GET", "app.example.com/healthz", Nobody, 200),
            ("HEAD", "app.example.com/healthz", Nobody, 200),
            ("POST", "app.example.com/healthz", Nobody, 401),
            ("GET", "app.example.com//healthz", Nobody, 302),
            ("GET", "app.example.com/HEALTHZ", Nobody, 302),
        ],
    ),
    (
        "Three applications on three hosts, with a group each",
        &[
            ("GET", "admin.example.com/", Nobody, 302),
            ("GET", "admin.example.com/", Alice, 200),
            ("GET", "finance.example.com/", Alice, 200),
            ("GET", "one.apps.example.com/", Alice, 403),
        ],
    ),
    (
        "A second factor for some pages only",
        &[
            ("GET", "app.example.com/", Alice, 200),
            ("GET", "app.example.com/finance/q3", Alice, 302),
            ("POST", "app.example.com/finance/q3", Alice, 401),
        ],
    ),
    (
        "A recent sign-in before something dangerous",
        &[
            ("GET", "app.example.com/settings/keys", AliceOfAnHourAgo, 200),
            ("POST", "app.example.com/settings/keys", AliceOfAnHourAgo, 401),
            ("POST", "app.example.com/settings/keys", Alice, 200),
            ("POST", "app.example.com/settings/keys", Nobody, 401),
        ],
    ),
    (
        "A page that greets people, whether they are signed in or not",
        &[
            ("GET", "app.example.com/", Nobody, 200),
            ("GET", "app.example.com/", Alice, 200),
            ("GET", "app.example.com/x", Nobody, 302),
        ],
    ),
    (
        "An API for scripts, which cannot follow a redirect",
        &[("GET", "app.example.com/api/x", Nobody, 401), ("GET", "app.example.com/api/x", Alice, 200)],
    ),
    (
        "Something that nobody may reach from outside",
        &[
            ("GET", "app.example.com/metrics", Alice, 403),
            ("GET", "app.example.com/debug/pprof", Nobody, 403),
        ],
    ),
    (
        "An API for programs with a token, and for people",
        &[
            ("GET", "app.example.com/orders/1", Program, 200),
            ("POST", "app.example.com/orders/1", Program, 200),
            ("GET", "app.example.com/orders/1", Alice, 200),
            ("POST", "app.example.com/orders/1", Nobody, 401),
            ("GET", "app.example.com/elsewhere", Program, 401),
        ],
    ),
    (
        "Prometheus without a sign-in, from its own network",
        &[
            ("GET", "app.example.com/metrics", Nobody, 200),
            ("GET", "app.example.com/metrics/x", Nobody, 302),
            ("GET", "app.example.com/metrics", FromOutside, 302),
        ],
    ),
    (
        "A single-page application on another origin",
        &[
            ("OPTIONS", "app.example.com/api/x", Preflight, 200),
            ("OPTIONS", "app.example.com/x", Preflight, 401),
            ("GET", "app.example.com/api/x", Preflight, 401),
            ("OPTIONS", "app.example.com/api/x", Nobody, 401),
            ("GET", "app.example.com/api/x", Alice, 200),
        ],
    ),
];
