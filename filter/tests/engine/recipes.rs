//! The page "which rule do I need": each recipe as it stands there, request by request.

use serde_json::{Value, json};
use vestibule::engine::Step;

use crate::world::*;

const PAGE: &str = include_str!("../../../wasmplugin/RULES.md");

/// Requests, who makes them, and what becomes of them.
type Rows = &'static [(&'static str, &'static str, Who, u16)];

#[derive(Clone, Copy)]
enum Who {
    Nobody,
    /// With the groups `admins` and `finance`, by a password.
    Alice,
}

use Who::{Alice, Nobody};

/// 200: it reaches the application.
const RECIPES: &[(&str, Rows)] = &[
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
            ("GET", "app.example.com/settings/keys", Alice, 200),
            ("POST", "app.example.com/settings/keys", Alice, 401),
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
        &[("GET", "app.example.com/orders/1", Alice, 200), ("POST", "app.example.com/orders/1", Nobody, 401)],
    ),
    (
        "Prometheus without a sign-in, from its own network",
        &[("GET", "app.example.com/metrics", Nobody, 200), ("GET", "app.example.com/metrics/x", Nobody, 302)],
    ),
    (
        "A single-page application on another origin",
        &[("OPTIONS", "app.example.com/api/x", Nobody, 401), ("GET", "app.example.com/api/x", Alice, 200)],
    ),
];

/// By heading.
fn recipes() -> Vec<(&'static str, Value)> {
    let sections = PAGE.split("\n## ").skip(1).filter(|section| section.contains("```yaml"));
    let recipe = |section: &'static str| {
        let (heading, text) = section.split_once('\n').unwrap();
        let yaml = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
        (heading, serde_yaml_ng::from_str(yaml).unwrap())
    };
    sections.map(recipe).collect()
}

#[test]
fn each_recipe_does_what_it_says() {
    let recipes = recipes();
    let headings: Vec<_> = recipes.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, RECIPES.iter().map(|(heading, _)| *heading).collect::<Vec<_>>());
    for ((heading, mut config), (_, rows)) in recipes.into_iter().zip(RECIPES) {
        config["session"] = json!({"cookie": {"domains": [".example.com"], "secure": true}});
        let mut world = World::ready(&config);
        world.calls.address = "10.0.0.7".parse().ok();
        world.provider.claims =
            json!({"sub": "00u1", "email": "alice@elsewhere.example", "groups": ["admins", "finance"]});
        let started = world.send(on_host(page("/oauth2/start"), "app.example.com"));
        let reply = replied(started);
        world.browser.keep(&reply);
        let url = url::Url::parse(location(&reply)).unwrap();
        let of = |name: &str| url.query_pairs().find(|(own, _)| own == name).unwrap().1.into_owned();
        let callback = page(&format!("/oauth2/callback?code=the-code&state={}", of("state")));
        let (_, pending) = called(world.send(on_host(callback, "app.example.com")));
        let tokens = ok(&world.provider.tokens(&of("nonce"), world.now));
        let reply = replied(world.answer(pending, &tokens));
        world.browser.keep(&reply);
        let alice = world.browser.clone();
        for (method, target, who, expected) in *rows {
            world.browser = match who {
                Nobody => Browser::default(),
                Alice => alice.clone(),
            };
            let (host, path) = target.split_at(target.find('/').unwrap());
            let mut request = on_host(page(path), host);
            request[0].1 = (*method).to_owned();
            let status = match world.send(request) {
                Step::Forward(..) => 200,
                other => replied(other).status,
            };
            assert_eq!(status, *expected, "{heading}: {method} {target}");
        }
    }
}
