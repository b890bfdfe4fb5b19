use serde_json::json;

use super::*;
use crate::input::Input;

const CONFIG: &str = "\
provider: {issuer: https://op.example/x}
providers: {partner: {issuer: https://partner.example}}
client: {id: app, secret: {env: A}}
session: {secrets: [{env: B}], cookie: {domains: [example.com]}}
upstream: {access_token: true}
hosts: ['*.example.com']
access:
- {match: {paths: [/healthz]}, allow: public}
- {match: {hosts: [admin.example.com], paths: ['/finance/*']}, require: {groups: [finance], email_domains: [example.com]}}
- {match: {paths: ['/api/*'], methods: [GET]}, bearer: {providers: [provider, partner], audiences: [api], scopes: [read]}, unauthenticated: status}
- {match: {paths: [/internal], client_cidrs: [10.0.0.0/8]}, allow: public}
- {match: {paths: [/internal]}, allow: none}
- {match: {paths: ['/secure/*']}, require: {acr: [urn:strong]}}
";

fn subject(text: &str) -> Subject {
    let input = Input { name: "a.yaml".to_owned(), text: text.to_owned() };
    Subject::new(loading::plugin(&input, None).unwrap()).unwrap_or_else(|failed| panic!("{failed:?}"))
}

fn cases(subject: &Subject, text: &str) -> Result<(String, bool), String> {
    cases::run(subject, &[Input { name: "cases.yaml".to_owned(), text: text.to_owned() }])
}

#[test]
fn a_table_of_requests() {
    let text = "\
- {host: admin.example.com, path: /healthz, expect: forward, rule: 0}
- {host: admin.example.com, path: //healthz, expect: sign_in, rule: null}
- {host: admin.example.org, path: /finance/, expect: pass_by}
- {host: admin.example.com, path: /finance/x, expect: sign_in, rule: 1}
- {host: admin.example.com, path: /finance/x, request_headers: {accept: application/json}, expect: 401, reason: not_signed_in}
- {host: admin.example.com, path: /finance/x, as: ann@example.com, groups: [finance, x], expect: forward, rule: 1,
   headers: {x-auth-request-email: ann@example.com, x-auth-request-groups: 'finance,x', x-auth-request-access-token: '<token>'}}
- {host: admin.example.com, path: /FINANCE/x, as: ann@example.com, groups: [other], expect: 403, reason: not_permitted}
- {host: admin.example.com, path: /finance/x, as: ann@example.org, groups: [finance], expect: 403}
- {host: other.example.com, path: /finance/x, as: ann@example.org, expect: forward, rule: null}
- {host: admin.example.com, path: /finance/x, claims: {sub: u1, email: ann@example.com, email_verified: false, groups: finance}, expect: 403}
- {host: a.example.com, path: /api/x, expect: 401}
- {host: a.example.com, path: /api/x, method: POST, expect: 401, rule: null}
- {host: a.example.com, path: /api/x, bearer: {iss: https://op.example/x, aud: api, sub: m, scope: read}, expect: forward, rule: 2, headers: {x-auth-request-user: m}}
- {host: a.example.com, path: /api/x, bearer: {iss: https://partner.example, aud: api, sub: m, scp: [read, write]}, expect: forward}
- {host: a.example.com, path: /api/x, bearer: {iss: https://partner.example, aud: other, sub: m, scope: read}, expect: 401, reason: bearer_invalid}
- {host: a.example.com, path: /api/x, bearer: {iss: https://evil.example, aud: api, sub: m, scope: read}, expect: 401}
- {host: a.example.com, path: /api/x, bearer: {iss: https://op.example/x, aud: api, sub: m, scope: write}, expect: 403, reason: insufficient_scope}
- {host: a.example.com, path: /api/x, bearer: {iss: https://op.example/x, aud: api, sub: m, scope: read, exp: 1}, expect: 401}
- {host: a.example.com, path: /internal, from: 10.1.2.3, expect: forward, rule: 3}
- {host: a.example.com, path: /internal, from: 192.0.2.1, expect: 403, rule: 4}
- {host: a.example.com, path: /internal, expect: 403}
- {host: a.example.com, path: /secure/x, as: ann@example.com, expect: sign_in, rule: 5}
- {host: a.example.com, path: /secure/x, claims: {sub: u, acr: urn:strong}, expect: forward}
- {host: a.example.com, path: /a%00b, expect: 400}
- {host: a.example.com, path: /oauth2/userinfo, as: ann@example.com, expect: 200}
";
    let (said, holds) = cases(&subject(CONFIG), text).unwrap();
    assert!(holds, "{said}");
}

#[test]
fn what_differs_is_said_with_its_line() {
    let text = "- {host: a.example.com, path: /, expect: forward}\n- {name: second, host: a.example.com, as: ann@example.com, expect: forward, rule: 0, headers: {x-auth-request-email: bob@example.com}}\n";
    let (said, holds) = cases(&subject(CONFIG), text).unwrap();
    assert!(!holds);
    for words in [
        "cases.yaml:1: ",
        "expected forward, found sign_in",
        "cases.yaml:2: second",
        "expected access[0] to decide, found null",
        "bob@example.com",
        "cases: 2, of which differ: 2",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for (text, why) in [
        ("[]", "no cases"),
        ("- {host: a}", "expect is wanted"),
        ("- {path: /}", "a host"),
        ("- {host: a, expct: x}", "unknown key"),
        ("- {host: a, expect: forward, from: x}", "no address"),
    ] {
        assert!(cases(&subject(CONFIG), text).unwrap_err().contains(why), "{text}");
    }
}

#[test]
fn every_rule_before_the_one_that_decides_says_why_it_does_not() {
    let subject = subject(CONFIG);
    let asked = Asked { method: "GET", host: "a.example.com", path: "/internal", headers: Vec::new() };
    let said = subject.explain(&asked, &Person::Nobody, "192.0.2.1".parse().ok()).render(&subject);
    for line in [
        "access[0] /healthz for everyone (public): is for other paths",
        "access[1] admin.example.com /finance/* for groups finance, email domains example.com: is for other hosts",
        "access[3] /internal from 10.0.0.0/8 for everyone (public): is for other addresses",
        "access[4] /internal for nobody: decides: nobody",
        "answer: 403 closed",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let post = Asked { method: "POST", host: "a.example.com", path: "/api/x", headers: Vec::new() };
    let said = subject.explain(&post, &Person::Nobody, None).render(&subject);
    assert!(
        said.contains("for whoever is signed in; and for bearer tokens: is for other methods")
            || said.contains(": is for other methods"),
        "{said}"
    );
    let double = Asked { method: "GET", host: "a.example.com", path: "//healthz", headers: Vec::new() };
    let said = subject.explain(&double, &Person::Nobody, None).render(&subject);
    assert!(said.contains("opens paths to the letter"), "{said}");
}

#[test]
fn one_callback_for_all_hosts_and_a_strict_cookie_and_pushed_requests() {
    let cases_text = "- {host: a.example.com, path: /, as: ann@example.com, expect: forward, headers: {x-auth-request-email: ann@example.com}}\n";
    for extra in
        ["paths: {redirect_uri: https://login.example.com/oauth2/callback}\n", "paths: {prefix: /_auth}\n"]
    {
        let (said, holds) = cases(&subject(&format!("{CONFIG}{extra}")), cases_text).unwrap();
        assert!(holds, "{extra}{said}");
    }
    for (from, to) in [
        ("cookie: {domains: [example.com]}", "cookie: {same_site: strict}"),
        ("secret: {env: A}", "secret: {env: A}, pushed_authorization_requests: true"),
        ("secret: {env: A}", "private_key: {env: A}"),
        ("client: {id: app, secret: {env: A}}", "client: {id: app, auth_method: none}"),
    ] {
        let (said, holds) = cases(&subject(&CONFIG.replace(from, to)), cases_text).unwrap();
        assert!(holds, "{to}: {said}");
    }
}

#[test]
fn a_token_is_judged_by_what_it_says_and_never_made_better() {
    use base64::Engine as _;
    let part =
        |value: serde_json::Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let subject = subject(CONFIG);
    let asked = Asked { method: "GET", host: "a.example.com", path: "/api/x", headers: Vec::new() };
    let claims = json!({"iss": "https://op.example/x", "aud": "api", "sub": "m", "scope": "read", "exp": subject.now.0 + 60});
    for (header, word) in [
        (json!({"alg": "RS256", "kid": "theirs"}), "forward"),
        (json!({"alg": "none"}), "401"),
        (json!({"alg": "HS256"}), "401"),
        (json!({"alg": "RS256", "typ": "dpop+jwt"}), "401"),
    ] {
        let token = format!("{}.{}.c2ln", part(header.clone()), part(claims.clone()));
        let person = Person::bearer(&token).unwrap();
        assert_eq!(subject.explain(&asked, &person, None).word(), word, "{header}");
    }
    assert!(Person::bearer("no token").is_err());
}

#[test]
fn all_shows_every_rule_with_a_request_for_it() {
    let table = rules::table(&subject(CONFIG));
    for line in [
        "GET any.example.com/healthz by nobody: forward",
        "GET admin.example.com/finance/something by nobody: sign_in",
        "GET any.example.com/internal by nobody: forward",
        "(access[3] decides)",
    ] {
        assert!(table.contains(line) || line.starts_with('('), "{line}\n{table}");
    }
    assert!(!table.contains("pass_by"), "{table}");
}

#[test]
fn what_is_refused_is_not_explained() {
    let bad = CONFIG.replace("id: app,", "id: app, idd: x,");
    let input = Input { name: "a.yaml".to_owned(), text: bad };
    let failed = Subject::new(loading::plugin(&input, None).unwrap()).err().unwrap();
    assert_eq!(failed.status, 1);
    assert!(failed.says.contains("client.idd"), "{}", failed.says);
}

/// What is signed is said, and no token is shown.
#[test]
fn what_the_application_is_told_is_shown() {
    let more = "upstream: {access_token: true, headers: {x-id: id_token}, jwt: {}, filter_state: true}";
    let subject = subject(&CONFIG.replace("upstream: {access_token: true}", more));
    let ann = "{host: admin.example.com, path: /finance/x, as: ann@example.com, groups: [finance]";
    let text = format!(
        "- {ann}, expect: forward, headers: {{x-id: '<token>', x-auth-request-access-token: '<token>'}}}}\n"
    );
    assert!(cases(&subject, &text).unwrap().1);
    let person =
        Person::SignedIn(serde_json::from_value(json!({"sub": "00u1", "groups": ["finance"]})).unwrap());
    let asked = Asked { method: "GET", host: "admin.example.com", path: "/other", headers: vec![] };
    let said = subject.explain(&asked, &person, None).render(&subject);
    for words in [
        r#"x-vestibule-jwt: <signed: {"aud":"admin.example.com""#,
        r#""iss":"https://admin.example.com","rule":"default","sub":"00u1"}>"#,
        "x-id: <token>",
        "filter state wasm.vestibule_user: 00u1",
        "filter state wasm.vestibule_rule: default",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains("eyJ"), "{said}");
}
