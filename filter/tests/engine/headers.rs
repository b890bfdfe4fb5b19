//! Law 3: what the application hears of a person, it hears from the filter.

use serde_json::json;
use vestibule::config;
use vestibule::engine::HeaderEdit;
use vestibule::web::header_names::{KNOWN, Known, Meaning, Name};

use crate::world::*;

const FORGED: [&str; 16] = [
    "x-auth-request-access-token",
    "X_Auth_Request_Anything",
    "x-forwarded-user",
    "X-Forwarded_Groups",
    "x-method-override",
    "x-auth-request-user",
    "X-Auth-Request-Email",
    "x_auth_request_groups",
    "x-auth_request-preferred-username",
    "x-team",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-http-method",
    "x-forwarded-access-token",
    "x-http-method-override",
];

fn forge(headers: &mut Vec<(&'static str, String)>) {
    for name in FORGED {
        headers.push((name, "forged".to_owned()));
        headers.push((name, "twice".to_owned()));
    }
}

#[test]
fn forged_headers_are_removed_on_every_route() {
    let extra = json!({
        "upstream": {"claims": {"x-team": "department"}},
        "access": [
            {"match": {"paths": ["/public"]}, "allow": "public"},
            {"match": {"paths": ["/optional"]}, "allow": "optional"},
        ],
    });
    let mut stranger = World::ready(&extra);
    for path in ["/public", "/optional"] {
        let mut headers = bare("GET", path);
        forge(&mut headers);
        let edits = forwarded(stranger.send(headers));
        for name in FORGED {
            assert!(removes(&edits, name), "{path} {name}");
        }
    }
    let mut world = World::ready(&extra);
    world.provider.claims["department"] = json!("Research");
    world.sign_in("/");
    let mut headers = page("/");
    forge(&mut headers);
    let edits = forwarded(world.send(headers));
    let last_removal = edits.request.iter().rposition(|edit| matches!(edit, HeaderEdit::Remove(_))).unwrap();
    let identity = |edit: &HeaderEdit| matches!(edit, HeaderEdit::Add(..));
    let first_identity = edits.request.iter().position(identity).unwrap();
    assert!(last_removal < first_identity);
    for name in FORGED {
        assert!(removes(&edits, name), "{name}");
    }
}

#[test]
fn a_header_of_the_person_is_removed_also_where_there_is_none_to_send() {
    let mut world = World::ready(&json!({}));
    world.provider.claims =
        json!({"sub": "00u1", "email": "a@example.com", "email_verified": false, "groups": []});
    world.sign_in("/");
    let mut headers = page("/");
    forge(&mut headers);
    let edits = forwarded(world.send(headers));
    assert!(removes(&edits, "X-Auth-Request-Email") && told(&edits, "x-auth-request-email").is_none());
    assert!(removes(&edits, "x_auth_request_groups") && told(&edits, "x-auth-request-groups").is_none());
}

#[test]
fn our_cookies_stay_here_and_others_go_on() {
    let mut world = World::signed_in(&json!({}));
    world.browser.0.insert("theme".to_owned(), "dark".to_owned());
    world.browser.0.insert("vestibule_b_xxxx".to_owned(), "y".to_owned());
    world.browser.0.insert("__Host-vestibule_d_xxxx-xx_".to_owned(), "y".to_owned());
    assert_eq!(told(&forwarded(world.send(page("/"))), "cookie").as_deref(), Some("theme=dark"));
    world.browser.0.remove("theme");
    assert!(removes(&forwarded(world.send(page("/"))), "cookie"));
}

#[test]
fn the_authorization_header_is_the_applications_unless_ours_goes_there() {
    let with = |headers: &mut Vec<(&'static str, String)>| {
        headers.push(("authorization", "Basic dXNlcjpwYXNz".to_owned()));
    };
    let mut world = World::signed_in(&json!({}));
    let mut headers = page("/");
    with(&mut headers);
    assert!(!removes(&forwarded(world.send(headers)), "authorization"));
    let extra = json!({
        "upstream": {"authorization": "access_token"},
        "access": [{"match": {"paths": ["/public"]}, "allow": "public"}],
    });
    let mut world = World::signed_in(&extra);
    for path in ["/", "/public"] {
        let mut headers = page(path);
        with(&mut headers);
        assert!(removes(&forwarded(world.send(headers)), "authorization"), "{path}");
    }
    assert_eq!(
        told(&forwarded(world.send(page("/"))), "authorization").as_deref(),
        Some("Bearer access-token")
    );
    world.now = world.now.plus(600);
    let mut headers = page("/");
    with(&mut headers);
    let edits = forwarded(world.send(headers));
    assert!(removes(&edits, "authorization") && told(&edits, "authorization").is_none());
}

#[test]
fn several_authorizations_are_refused_and_one_with_parameters_is_not() {
    let mut world = World::signed_in(&json!({}));
    let mut passes = |values: &[&str]| {
        let mut headers = page("/");
        headers.extend(values.iter().map(|value| ("authorization", (*value).to_owned())));
        matches!(world.send(headers), vestibule::engine::Step::Forward(..))
    };
    for one in [
        "Bearer a.b-c~d+e/f==",
        "Basic dXNlcjpwYXNz",
        r#"Digest username="a, b", realm="c d" , uri="/""#,
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;date, Signature=c",
        "",
    ] {
        assert!(passes(&[one]), "{one}");
    }
    for several in
        [&["Bearer a", "Bearer b"][..], &["Bearer a,Bearer b"], &["Basic a, Bearer b"], &["Bearer a,b"]]
    {
        assert!(!passes(several), "{several:?}");
    }
}

#[test]
fn claims_go_to_their_headers() {
    let mut world = World::ready(&json!({
        "identity": {"user_claim": "email"},
        "upstream": {"claims": {"x-team": "department", "x-roles": "roles"}},
    }));
    world.provider.claims["department"] = json!("Research");
    world.provider.claims["roles"] = json!(["reader", "writer"]);
    world.sign_in("/");
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("alice@example.com"));
    assert_eq!(told(&edits, "x-team").as_deref(), Some("Research"));
    assert_eq!(told(&edits, "x-roles").as_deref(), Some("reader,writer"));
}

#[test]
fn trailers_are_as_forged_as_headers() {
    let world = World::ready(&json!({}));
    let names =
        ["x-auth-request-user", "X_AUTH_REQUEST_EMAIL", "x-forwarded-email", "grpc-status", "x-checksum"];
    let forged: Vec<_> = world.engine.forged_trailers(names.into_iter()).collect();
    assert_eq!(forged, &names[..3]);
}

#[test]
fn an_unverified_email_is_not_sent_under_any_name() {
    let mut world = World::ready(&json!({
        "identity": {"user_claim": "email"},
        "upstream": {"claims": {"x-mail": "email", "x-roles": "roles"}},
    }));
    world.provider.claims["email_verified"] = json!(false);
    world.provider.claims["roles"] = json!(["viewer,admin", "writer"]);
    world.sign_in("/");
    let edits = forwarded(world.send(page("/")));
    for name in ["x-auth-request-user", "x-auth-request-email", "x-mail"] {
        assert_eq!(told(&edits, name), None, "{name}");
    }
    // One role with a comma would read as two.
    assert_eq!(told(&edits, "x-roles").as_deref(), Some("writer"));
}

#[test]
fn a_missing_user_claim_does_not_become_another() {
    let mut world = World::ready(&json!({"identity": {"user_claim": "login"}}));
    world.provider.metadata["userinfo_endpoint"] = json!(null);
    world.become_ready_again();
    world.sign_in("/");
    assert_eq!(told(&forwarded(world.send(page("/"))), "x-auth-request-user"), None);
}

/// PHP, CGI and others read `x.auth.request.user` as `HTTP_X_AUTH_REQUEST_USER`.
#[test]
fn whatever_is_no_letter_or_digit_in_a_name_counts_as_a_hyphen() {
    let extra = json!({
        "upstream": {"claims": {"x-team_name": "department"}},
        "access": [{"match": {"paths": ["/public"]}, "allow": "public"}],
    });
    let mut world = World::ready(&extra);
    for byte in b"!#$%&'*+-.^_`|~" {
        let odd = char::from(*byte);
        let names = ["x-auth-request-user", "X-Auth-Request-Anything", "x-forwarded-email", "x-team-name"]
            .map(|name| name.replace('-', &odd.to_string()));
        let mut headers: Vec<_> = bare("GET", "/public")
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into_bytes()))
            .collect();
        headers.extend(names.iter().map(|name| (name.clone(), b"forged".to_vec())));
        let edits = forwarded(world.send_bytes(headers));
        for name in &names {
            assert!(removes(&edits, name), "{name}");
        }
        let trailers: Vec<_> = world.engine.forged_trailers(names.iter().map(String::as_str)).collect();
        assert_eq!(trailers, names);
    }
}

/// One table says what is removed and what may not be configured. A row of it without a line here fails the test.
#[test]
fn what_is_removed_is_not_configurable_but_for_headers_of_an_identity() {
    let extra = json!({"access": [{"match": {"paths": ["/public"]}, "allow": "public"}]});
    let mut world = World::ready(&extra);
    for Known { name, meaning } in KNOWN {
        let (is_removed, is_accepted) = match (name, meaning) {
            (_, Meaning::Identity) => (true, true),
            (_, Meaning::RenamesTheRequest | Meaning::Believed) => (true, false),
            (_, Meaning::Reserved) => (false, false),
        };
        let name = match name {
            Name::One(name) => name.to_owned(),
            Name::Family(prefix) => format!("{prefix}something"),
        };
        for name in [name.clone(), name.replace('-', "."), name.to_ascii_uppercase()] {
            let mut headers: Vec<_> = bare("GET", "/public")
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into_bytes()))
                .collect();
            headers.push((name.clone(), b"forged".to_vec()));
            assert_eq!(removes(&forwarded(world.send_bytes(headers)), &name), is_removed, "{name}");
            let trailers: Vec<_> = world.engine.forged_trailers([&*name].into_iter()).collect();
            assert_eq!(trailers.is_empty(), !is_removed, "{name}");
            for upstream in [json!({"user_header": name}), json!({"claims": {&name: "department"}})] {
                let mut configuration = configuration(&extra);
                configuration["upstream"] = upstream;
                let loaded = config::load(configuration.to_string().as_bytes(), &|_| None);
                assert_eq!(loaded.is_ok(), is_accepted, "{name}");
            }
        }
    }
}

/// On an upgrade Envoy passes `connection` on as it came, and the next proxy drops what it names: the attacker is signed in
/// as somebody of little right, and has the application not see who it is.
#[test]
fn no_proxy_is_told_to_drop_the_filters_headers() {
    let extra = json!({
        "upstream": {"claims": {"x-team": "department"}},
        "access": [
            {"match": {"paths": ["/public"]}, "allow": "public"},
            {"match": {"paths": ["/optional"]}, "allow": "optional"},
        ],
    });
    let mut world = World::ready(&extra);
    world.provider.claims["department"] = json!("Research");
    world.sign_in("/");
    let mut sent = |path, values: &[&str]| {
        let mut headers = page(path);
        headers.extend(values.iter().map(|value| ("connection", (*value).to_owned())));
        forwarded(world.send(headers))
    };
    for path in ["/", "/public", "/optional"] {
        for name in
            ["x-auth-request-user", "X_Auth_Request_Groups", "x.team", "x-forwarded-host", "x-team;q=1"]
        {
            let edits = sent(path, &[&format!("Upgrade, {name}, keep-alive")]);
            assert_eq!(told(&edits, "connection").as_deref(), Some("Upgrade, keep-alive"), "{path} {name}");
            assert_eq!(
                told(&sent(path, &["upgrade", name]), "connection").as_deref(),
                Some("upgrade"),
                "{name}"
            );
            assert!(removes(&sent(path, &[name]), "connection"), "{path} {name}");
        }
        let edits = sent(path, &["keep-alive, Upgrade, x-own"]);
        assert!(told(&edits, "connection").is_none() && !removes(&edits, "connection"), "{path}");
    }
    assert_eq!(told(&sent("/", &["x-team"]), "x-auth-request-user").as_deref(), Some("00u1"));
}

/// A rule is for `admin.example.com`; the attacker asks another host, and has the application believe that it is that one.
#[test]
fn the_application_is_told_the_host_that_was_decided_on() {
    let extra = json!({"access": [
        {"match": {"hosts": ["admin.example.com"]}, "require": {"groups": ["nobody-has-it"]}},
        {"match": {"paths": ["/public"]}, "allow": "public"},
    ]});
    let mut world = World::signed_in(&extra);
    let mut sent = |authority, path, names: &[&str]| {
        let mut headers: Vec<_> = on_host(page(path), authority)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into_bytes()))
            .collect();
        headers.push(("cookie".to_owned(), world.browser.header().into_bytes()));
        headers.extend(names.iter().map(|name| ((*name).to_owned(), b"admin.example.com".to_vec())));
        forwarded(world.send_bytes(headers))
    };
    for path in ["/", "/public"] {
        for name in ["forwarded", "Forwarded", "x-host", "x_host", "x-original-host", "X.Original.Host"] {
            let edits = sent(HOST, path, &[name, name]);
            assert!(removes(&edits, name) && told(&edits, "x-forwarded-host").is_none(), "{path} {name}");
        }
        for name in ["x-forwarded-host", "X-Forwarded-Host", "x_forwarded_host", "x.forwarded-host"] {
            let edits = sent(HOST, path, &[name, name]);
            assert!(removes(&edits, name), "{path} {name}");
            assert_eq!(told(&edits, "x-forwarded-host").as_deref(), Some(HOST), "{path} {name}");
        }
        // Where it did not come, it is not made up.
        assert_eq!(told(&sent(HOST, path, &["x-forwarded-hosts"]), "x-forwarded-host"), None);
    }
    let edits = sent("APP.example.com.:8443", "/public", &["x-forwarded-host"]);
    assert_eq!(told(&edits, "x-forwarded-host").as_deref(), Some("app.example.com:8443"));
    let names = ["forwarded", "x-forwarded-host", "X_Forwarded_Host", "x.host", "x-original-host"];
    assert_eq!(world.engine.forged_trailers(names.into_iter()).count(), names.len());
}

/// Outside `hosts` nothing is touched.
#[test]
fn another_application_on_the_gateway_keeps_its_headers() {
    let mut world = World::ready(&json!({"hosts": ["app.example.com"]}));
    let mut headers = on_host(page("/"), "other.example.com");
    headers.push(("x-forwarded-host", "outside.example.com".to_owned()));
    headers.push(("connection", "upgrade, x-auth-request-user".to_owned()));
    assert!(matches!(world.send(headers), vestibule::engine::Step::Ignore));
}
