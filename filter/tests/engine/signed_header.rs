//! The signed header: who gets one, and what becomes of one that a client brings.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule::engine::{Edits, HeaderEdit};

use crate::world::*;

const HEADER: &str = "x-vestibule-jwt";

fn configuration() -> Value {
    json!({
        "upstream": {"jwt": {}},
        "access": [
            {"match": {"paths": ["/public"]}, "allow": "public"},
            {"match": {"paths": ["/optional"]}, "allow": "optional"},
            {"match": {"paths": ["/orders"]}, "bearer": {"audiences": ["api://orders"]}},
        ],
    })
}

fn claims(edits: &Edits) -> Value {
    let token = told(edits, HEADER).expect("a signed header");
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn with_forged(path: &str) -> Vec<(&'static str, String)> {
    let mut headers = page(path);
    for name in [HEADER, "X-Vestibule-JWT", "x_vestibule_jwt", "X.Vestibule.Jwt"] {
        headers.push((name, "eyJhbGciOiJub25lIn0.e30.".to_owned()));
    }
    headers
}

#[test]
fn a_forged_one_is_removed_on_every_route_and_ours_comes_after() {
    let mut world = World::ready(&configuration());
    let is_removed = |edits: &Edits| {
        [HEADER, "X-Vestibule-JWT", "x_vestibule_jwt", "X.Vestibule.Jwt"]
            .iter()
            .all(|name| removes(edits, name))
    };
    for path in ["/public", "/optional"] {
        let edits = forwarded(world.send(with_forged(path)));
        assert!(is_removed(&edits) && told(&edits, HEADER).is_none(), "{path}");
    }
    world.sign_in("/");
    let edits = forwarded(world.send(with_forged("/public")));
    assert!(is_removed(&edits) && told(&edits, HEADER).is_none());
    for path in ["/optional", "/app"] {
        let edits = forwarded(world.send(with_forged(path)));
        assert!(is_removed(&edits));
        let ours = |edit: &HeaderEdit| matches!(edit, HeaderEdit::Add(name, _) if **name == *HEADER);
        let last_removal = edits.request.iter().rposition(|edit| matches!(edit, HeaderEdit::Remove(_)));
        assert!(edits.request.iter().position(ours) > last_removal, "{path}");
        assert_eq!(edits.request.iter().filter(|edit| ours(edit)).count(), 1);
    }
}

#[test]
fn a_trailer_or_an_option_of_the_connection_does_not_bring_or_drop_one() {
    let mut world = World::signed_in(&configuration());
    let names = ["x-vestibule-jwt", "X_Vestibule_JWT", "x-other"].map(str::as_bytes);
    let forged: Vec<_> = world.engine.forged_trailers(names.into_iter()).collect();
    assert_eq!(forged, &names[..2]);
    let edits = forwarded(world.send(with_headers(page("/"), &[("connection", "close, x-vestibule-jwt")])));
    assert_eq!(told(&edits, "connection").as_deref(), Some("close"));
    assert!(told(&edits, HEADER).is_some());
}

#[test]
fn it_says_what_the_other_headers_say() {
    let mut world = World::ready(&configuration());
    world.provider.claims =
        json!({"sub": "00u1", "email": "a@example.com", "email_verified": false, "groups": ["x"]});
    world.sign_in("/");
    let said = claims(&forwarded(world.send(page("/app"))));
    assert_eq!(
        said,
        json!({"iss": format!("https://{HOST}"), "aud": HOST, "idp": ISSUER, "sub": "00u1", "groups": ["x"], "rule": "default",
            "iat": world.now.0, "exp": world.now.0 + 300})
    );
}

/// One signature for a session, a host and half a lifetime.
#[test]
fn it_is_made_once_for_many_requests() {
    let mut world = World::signed_in(&configuration());
    let first = told(&forwarded(world.send(page("/app"))), HEADER);
    assert_eq!(told(&forwarded(world.send(page("/app/other"))), HEADER), first);
    world.now = world.now.plus(151);
    assert_ne!(told(&forwarded(world.send(page("/app"))), HEADER), first);
}

#[test]
fn another_host_gets_another_one() {
    let extra = json!({"upstream": {"jwt": {}}, "session": {"cookie": {"domains": ["example.com"]}}});
    let mut world = World::signed_in(&extra);
    for host in ["app.example.com", "other.example.com"] {
        let said = claims(&forwarded(world.send(with_headers(page("/"), &[(":authority", host)]))));
        assert_eq!(
            (said["aud"].as_str(), said["iss"].as_str()),
            (Some(host), Some(&*format!("https://{host}")))
        );
    }
    let fixed =
        json!({"upstream": {"jwt": {"audience": "internal", "header": "x-identity", "lifetime": "10s"}}});
    let mut world = World::signed_in(&fixed);
    let edits = forwarded(world.send(page("/")));
    let token = told(&edits, "x-identity").unwrap();
    assert!(told(&edits, HEADER).is_none());
    let said: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!((&said["aud"], said["exp"].as_u64()), (&json!("internal"), Some(world.now.0 + 10)));
}

/// Two issuers may have a `sub` each that looks the same: the word says whose it is.
#[test]
fn another_issuers_person_is_not_taken_for_ours() {
    let mut extra = configuration();
    extra["providers"] = json!({"partner": {"issuer": "https://idp.partner.example", "cluster": "partner"}});
    extra["access"][2]["bearer"]["providers"] = json!(["provider", "partner"]);
    let mut world = World::ready(&extra);
    world.learn_of("https://idp.partner.example", "partner");
    let token = json!({"iss": "https://idp.partner.example", "aud": "api://orders", "sub": "00u1", "iat": world.now.0,
        "exp": world.now.0 + 300});
    let token = world.provider.token(json!({}), &token);
    let request = with_headers(bare("GET", "/orders"), &[("authorization", &format!("Bearer {token}"))]);
    let said = claims(&forwarded(world.send(request)));
    assert_eq!((&said["idp"], &said["sub"]), (&json!("https://idp.partner.example"), &json!("00u1")));
}

#[test]
fn an_api_client_is_told_of_likewise() {
    let mut world = World::ready(&configuration());
    let token = json!({"iss": ISSUER, "aud": "api://orders", "sub": "robot@example.com", "iat": world.now.0,
        "exp": world.now.0 + 300});
    let token = world.provider.token(json!({}), &token);
    let request = || with_headers(bare("GET", "/orders"), &[("authorization", &format!("Bearer {token}"))]);
    let edits = forwarded(world.send(request()));
    let said = claims(&edits);
    assert_eq!((&said["sub"], &said["rule"]), (&json!("robot@example.com"), &json!("access[2]")));
    assert_eq!(told(&forwarded(world.send(request())), HEADER), told(&edits, HEADER));
}
