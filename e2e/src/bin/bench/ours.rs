//! Vestibule in its settings, each in an Envoy of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::stage::{Stage, StageOptions};

use crate::application::quiet;
use crate::subject::{Expected, Subject, navigation};

pub(crate) const PAGE: &str = "/reports/17";

pub(crate) struct Ours {
    pub(crate) default: Stage,
    tokens: Stage,
    rules: Stage,
}

/// One stage in front of the application.
pub(crate) async fn stage(application: SocketAddr, config: Value, wasm: Option<PathBuf>) -> Stage {
    let envoy = EnvoyOptions { wasm, ..quiet() };
    Stage::with(StageOptions { config, envoy, application: Some(application), ..StageOptions::default() })
        .await
}

impl Ours {
    pub(crate) async fn start(application: SocketAddr) -> Self {
        let own = [
            json!({"match": {"paths": ["/healthz"]}, "allow": "public"}),
            json!({"match": {"paths": ["/api/*"]}, "bearer": {"audiences": ["api"], "scopes": ["orders.read"]}}),
        ];
        let default = json!({"access": own, "budget": {"sign_ins": "10000/s", "by_address": false}});
        let group =
            json!({"match": {"paths": ["/reports/*"]}, "require": {"groups": ["finance", "engineering"]}});
        let tokens = json!({"access": [group], "upstream": {"access_token": true}});
        // The last of them is the request's.
        let rule = |number: usize| {
            json!({"match": {"hosts": [format!("app{number:04}.example.test")], "paths": ["/reports/*"]},
                "require": {"groups": ["finance"]}})
        };
        let mut rules: Vec<Value> = (1..1000).map(rule).collect();
        rules.push(json!({"match": {"paths": ["/reports/*"]}, "allow": "authenticated"}));
        Self {
            default: stage(application, default, None).await,
            tokens: stage(application, tokens, None).await,
            rules: stage(application, json!({"access": rules}), None).await,
        }
    }

    pub(crate) async fn subjects(&self) -> Vec<Subject> {
        vec![
            session("Vestibule", &self.default, Expected::Person).await,
            session("Vestibule, access token and groups", &self.tokens, Expected::PersonWithToken).await,
            session("Vestibule, 1,000 rules", &self.rules, Expected::Person).await,
            self.bearer(),
            Subject::new(
                "Vestibule, a public route",
                &self.default.envoy,
                "/healthz",
                navigation(None),
                Expected::Nobody,
            ),
            Subject::new(
                "Vestibule, to the sign-in (302)",
                &self.default.envoy,
                PAGE,
                navigation(None),
                Expected::Redirect,
            ),
        ]
    }

    fn bearer(&self) -> Subject {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
        let claims = json!({"iss": self.default.issuer(), "aud": "api", "sub": "robot", "scp": ["orders.read"],
            "iat": now, "exp": now + 7200});
        let token = self.default.okta.sign(&claims);
        let headers =
            vec![("accept", "application/json".to_owned()), ("authorization", format!("Bearer {token}"))];
        Subject::new(
            "Vestibule, a bearer token",
            &self.default.envoy,
            "/api/orders",
            headers,
            Expected::PersonWithToken,
        )
    }
}

pub(crate) async fn session(name: &'static str, stage: &Stage, expected: Expected) -> Subject {
    // What a browser sends to this path: not the ID token, whose cookie has a path of its own.
    let jar = stage.signed_in("alice").await.jar;
    let cookies = jar.header_at(PAGE);
    Subject::new(name, &stage.envoy, PAGE, navigation(cookies), expected)
}
