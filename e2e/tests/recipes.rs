//! The page "which rule do I need", in a real Envoy: each recipe as it stands there, request by request.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::{Client, IdTokenTamper};
use vestibule_e2e::stage::{CLIENT_ID, CLIENT_SECRET, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};
use vestibule_testing::recipes::{ALICE, Recipe, Who, program, recipes};

const HOST: &str = "app.example.com";

#[tokio::test]
async fn each_recipe_does_what_it_says() {
    let mut wrong = Vec::new();
    for Recipe { heading, mut config, rows } in recipes() {
        config["session"] = json!({"cookie": {"domains": [".example.com"]}});
        let envoy = EnvoyOptions { trusted_hops: 1, ..EnvoyOptions::default() };
        let stage = Stage::with(StageOptions { config, envoy, ..StageOptions::default() }).await;
        stage.okta.configure(|okta| {
            okta.clients = vec![Client::web(CLIENT_ID, CLIENT_SECRET).serving(&format!("https://{HOST}"))];
            for person in okta.people.iter_mut().filter(|person| person.nick == "alice") {
                person.email = ALICE.0.to_owned();
                person.groups = ALICE.1.map(str::to_owned).to_vec();
            }
        });
        let recent = alice(&stage).await;
        stage.okta.tamper(IdTokenTamper::ClaimFromNow("auth_time".to_owned(), -3600));
        let old = alice(&stage).await;
        let token = token(&stage);
        for (method, target, who, expected) in rows {
            let (host, path) = target.split_at(target.find('/').expect("a path"));
            let visitor = match who {
                Who::Alice => recent.moved(stage.envoy.plain(), host),
                Who::AliceOfAnHourAgo => old.moved(stage.envoy.plain(), host),
                Who::Nobody | Who::Program | Who::Preflight | Who::FromOutside => stage.visitor_at(host),
            };
            let request = Request::new(method, path);
            let request =
                who.headers(&token).into_iter().fold(request, |all, (name, value)| all.header(name, value));
            stage.application.forget_requests();
            let found = visitor.from(who.address()).send(request).await.status;
            let reached = stage.reached().len();
            if found != *expected || reached != usize::from(found == 200) {
                wrong.push(format!(
                    "{heading}: {method} {target} {who:?}: {found}, {reached} reached the application"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn alice(stage: &Stage) -> Visitor {
    let mut visitor = stage.visitor_at(HOST);
    let authorization = visitor.begin("/oauth2/start").await;
    let callback = stage.approve(&authorization, "alice").await;
    let response = visitor.page(target_of(&callback)).await;
    assert_eq!((response.status, response.location().as_str()), (302, "/"), "{}", response.summary());
    visitor
}

fn token(stage: &Stage) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let mut claims = program();
    claims["iss"] = json!(stage.issuer());
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 600);
    stage.okta.sign(&claims)
}
