//! Who asks: people, API clients, attackers, and a load that leaves no processor idle.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio::process::Command;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request, Response};
use vestibule_e2e::okta::IdTokenTamper;
use vestibule_e2e::stage::HOST;
use vestibule_e2e::visitor::{self, Visitor, target_of};

use super::trouble::is_excused;
use super::{MAX_AGE, Soak};

/// Signs in, works until the session is over, and begins again.
pub(crate) async fn person(soak: Arc<Soak>) {
    while soak.goes_on() {
        let began = Instant::now();
        let excused = is_excused();
        let Some(mut browser) = sign_in(&soak, excused).await else {
            sleep(Duration::from_millis(300)).await;
            continue;
        };
        while soak.goes_on() && began.elapsed() < MAX_AGE + Duration::from_secs(2) {
            let answer = browser.page("/reports/17").await;
            if answer.status == 200 && answer.header("set-cookie").is_some() {
                soak.tally.count("sessions renewed");
            }
            // The session began a moment after this did, so until then it must hold, whatever the provider does.
            if began.elapsed() < MAX_AGE.saturating_sub(Duration::from_secs(1)) {
                soak.tally.expect(answer.status == 200, "requests with a session", || answer.summary());
            } else {
                soak.tally
                    .expect(matches!(answer.status, 200 | 302), "requests at its end", || answer.summary());
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Sign in, one after the other, and are not seen again.
pub(crate) async fn newcomers(soak: Arc<Soak>) {
    while soak.goes_on() {
        sign_in(&soak, is_excused()).await;
        sleep(Duration::from_millis(100)).await;
    }
}

async fn sign_in(soak: &Soak, excused: bool) -> Option<Visitor> {
    let mut browser = soak.stage.visitor();
    let ends_well =
        |answer: &Response, location: &str| answer.status == 302 && answer.location().starts_with(location);
    let excuse = || excused || is_excused();
    let first = browser.page("/").await;
    let issuer = soak.stage.issuer();
    if !ends_well(&first, &issuer) {
        soak.tally.expect(excuse(), "sign-ins that did not begin", || first.summary());
        return None;
    }
    let okta = ([127, 0, 0, 1], soak.stage.okta.port()).into();
    let callback = visitor::at_sign_in_page(okta, &first.location(), "person=alice").await;
    let last = browser.page(target_of(&callback)).await;
    if ends_well(&last, "/") {
        soak.tally.count("sign-ins");
        return Some(browser);
    }
    soak.tally.expect(excuse(), "sign-ins that failed", || last.summary());
    None
}

pub(crate) async fn api_client(soak: Arc<Soak>) {
    let mut robot = soak.stage.visitor();
    while soak.goes_on() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
        let claims =
            json!({"iss": soak.stage.issuer(), "aud": "api", "sub": "robot", "iat": now, "exp": now + 600});
        let excused = is_excused();
        let good = soak.stage.okta.sign(&claims);
        let forged = soak.stage.okta.sign_tampered(&claims, &[IdTokenTamper::BadSignature]).expect("a token");
        for _ in 0..20 {
            let call = |token: &str| {
                Request::fetch("/api/orders").header("authorization", format!("Bearer {token}"))
            };
            let answer = robot.send(call(&good)).await;
            // A key that was rotated a moment ago is fetched first, where the provider is there.
            let holds =
                answer.status == 200 || (excused || is_excused()) && matches!(answer.status, 401 | 503);
            soak.tally.expect(holds, "good bearer tokens", || answer.summary());
            let answer = robot.send(call(&forged)).await;
            soak.tally
                .expect(matches!(answer.status, 401 | 503), "forged bearer tokens", || answer.summary());
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Nothing of it reaches the application, and nothing of it is the filter's fault.
pub(crate) async fn attacker(soak: Arc<Soak>) {
    let garbage = "__Host-vestibule=1abcd".to_owned() + &"x".repeat(3000);
    let cookies = |number: usize| {
        (0..number).map(|one| format!("__Host-vestibule_{one}=9abcd{one}")).collect::<Vec<_>>().join("; ")
    };
    let requests = [
        Request::page("/").header("cookie", garbage),
        Request::page("/").header("cookie", cookies(1500)),
        Request::page("/%00"),
        Request::page("/a/../../%2e%2e/etc"),
        Request::page("/oauth2/callback?code=none&state=none"),
        Request::page("/oauth2/callback?error=access_denied"),
        Request::page("/oauth2/start?rd=https://evil.example/"),
        Request::page(format!("/{}", "deep/".repeat(2000))),
        Request::form("/", &"a=b&".repeat(1000)),
        Request::fetch("/oauth2/userinfo").header("x-auth-request-user", "root"),
        Request::fetch("/reports").header("authorization", "Bearer nothing"),
    ];
    while soak.goes_on() {
        for request in &requests {
            let answer = client::send(soak.stage.envoy.plain(), &request.clone().host(HOST)).await;
            // Envoy itself closes what it finds too large.
            let Ok(answer) = answer else { continue };
            let is_right = matches!(answer.status, 302 | 400..=431) || is_excused() && answer.status == 503;
            soak.tally.expect(is_right, "rubbish", || answer.summary());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// As much as goes, on a public route.
pub(crate) async fn load(soak: Arc<Soak>) {
    while soak.goes_on() {
        let url = format!("http://{}/healthz", soak.stage.envoy.plain());
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c16", "-d10s", "-H", &format!("Host: {HOST}"), &url]).stderr(Stdio::inherit());
        let output = wrk.output().await.expect("wrk");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_right = output.status.success() && !said.contains("Non-2xx");
        soak.tally.expect(is_right, "ten seconds of full load", || said);
    }
}
