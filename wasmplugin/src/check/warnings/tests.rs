//! Each warning where it belongs, and nowhere else.

use vestibule::access::{Asked, Policy};
use vestibule::config;
use vestibule::web::path::NormalPath;

use crate::check::tests::{PLUGIN, plugin_with, report, warnings};

mod doors;
mod never_asked;
mod never_asked_by_envoy;

/// The plugin with other rules, in YAML's flow style.
fn with_rules(rules: &str) -> String {
    let (before, _) = PLUGIN.split_once("    access:").unwrap();
    format!("{before}    access: {rules}\n")
}

#[test]
fn rules_that_never_match() {
    for (rules, expected) in [
        ("[{match: {paths: [\"/a/*\"]}}, {match: {paths: [/a/b, /a]}, require: {groups: [x]}}]", true),
        ("[{match: {paths: [\"/a/*\"]}}, {match: {paths: [/a/b, /b]}, require: {groups: [x]}}]", false),
        ("[{match: {paths: [\"/a/*\"]}}, {match: {paths: [/ab]}, require: {groups: [x]}}]", false),
        // Case counts: the later rule has a word in what only resembles the earlier path.
        ("[{match: {paths: [\"/A/*\"]}}, {match: {paths: [/b]}, require: {groups: [x]}}]", false),
        // What opens takes nothing that did not arrive in normal form.
        (
            "[{match: {paths: [\"/a/*\"]}, allow: public}, {match: {paths: [/a/b]}, require: {groups: [x]}}]",
            false,
        ),
        ("[{match: {paths: [\"/a/*\"]}, allow: public}, {match: {paths: [/a/b]}, allow: optional}]", true),
        ("[{match: {paths: [/a]}, allow: none}, {match: {paths: [/a]}, allow: public}]", true),
        (
            "[{match: {paths: [/a], methods: [GET]}, allow: none}, {match: {paths: [/a]}, allow: public}]",
            false,
        ),
        (
            "[{match: {paths: [/a], methods: [GET]}, allow: none}, {match: {paths: [/a], methods: [HEAD]}, allow: public}]",
            true,
        ),
        (
            "[{match: {paths: [/a], client_cidrs: [10.0.0.0/8]}}, {match: {paths: [/a]}, require: {groups: [x]}}]",
            false,
        ),
        ("[{match: {hosts: [admin.example.com]}}, {match: {paths: [/a]}, require: {groups: [x]}}]", true),
        ("[{match: {hosts: [\"*.example.com\"]}}, {match: {paths: [/a]}, require: {groups: [x]}}]", true),
        ("[{match: {hosts: [other.example.com]}, require: {groups: [x]}}]", true),
        ("[{match: {hosts: [\"*.example.com\"]}, require: {groups: [x]}}]", false),
    ] {
        let expected: &[&str] = if expected { &["never-matches"] } else { &[] };
        assert_eq!(warnings(&[&with_rules(rules)]), expected, "{rules}");
    }
    let said = report(
        &[&with_rules("[{match: {paths: [/b]}}, {match: {paths: [/a]}}, {match: {paths: [/a]}}]")],
        "",
    );
    let found = said.diagnostics.iter().find(|one| one.code == "never-matches").unwrap();
    assert_eq!((found.key.as_str(), found.place.line), ("access[2]", 23));
    assert!(found.found.contains("access[1] takes all its requests"));
}

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn some<'a>(&mut self, all: &[&'a str]) -> Vec<&'a str> {
        (0..=self.below(2)).map(|_| all[self.below(all.len())]).collect()
    }
}

/// What the warning says is held against the filter: no request of many is decided by such a rule.
#[test]
fn the_filter_agrees_that_they_never_match() {
    let hosts = ["admin.example.com", "a.example.com", "*.example.com", "b.a.example.com"];
    let patterns = ["/", "/a", "/A", "/a/", "/a/*", "/A/*", "/a/b", "/a/b/*", "/*", "/a.json"];
    let paths = [
        "/",
        "/a",
        "/A",
        "/a/",
        "/A/",
        "//a",
        "/a/b",
        "/a/B",
        "/A/b/",
        "/a/b/c",
        "/a.json",
        "/a.JSON/",
        "/x",
        "/a/./b",
        "/%61",
        "/a%2fb",
        "/a;x",
        "/a/b.html",
    ];
    let mut dice = Dice(1);
    let (mut claims, mut decided) = (0, 0);
    for _ in 0..1_500 {
        let rules: Vec<_> = (0..4)
            .map(|n| {
                let mut when = serde_json::Map::new();
                when.insert("paths".to_owned(), dice.some(&patterns).into());
                if dice.below(3) == 0 {
                    when.insert("hosts".to_owned(), dice.some(&hosts).into());
                }
                if dice.below(4) == 0 {
                    when.insert("methods".to_owned(), dice.some(&["GET", "POST"]).into());
                }
                match dice.below(4) {
                    0 => serde_json::json!({"match": when, "allow": "public"}),
                    1 => serde_json::json!({"match": when, "allow": "none"}),
                    _ => serde_json::json!({"match": when, "require": {"groups": [format!("g{n}")]}}),
                }
            })
            .collect();
        let text = with_rules(&serde_json::Value::from(rules.clone()).to_string())
            .replace("[admin.example.com]", "[\"*.example.com\"]");
        let said = report(&[&text], "");
        let never: Vec<usize> = said
            .diagnostics
            .iter()
            .filter(|one| one.code == "never-matches")
            .map(|one| one.key[7..8].parse().unwrap())
            .collect();
        claims += never.len();
        let whole = serde_json::json!({
            "provider": {"issuer": "https://a.example"}, "client": {"id": "a"},
            "session": {"secrets": [{"value": "x".repeat(32)}]}, "access": rules,
        });
        let Ok(config) = config::load(whole.to_string().as_bytes(), &|_| None) else { continue };
        let policy = Policy::compile(&config.access);
        for host in ["admin.example.com", "a.example.com", "b.a.example.com"] {
            for path in paths {
                for method in ["GET", "HEAD", "POST"] {
                    let path = NormalPath::parse(path.as_bytes()).unwrap();
                    let asked = Asked { host, path: &path, method: method.as_bytes(), source: None };
                    let mut rulings = vec![policy.rule_for(&asked)];
                    rulings.extend(path.readings().ok().and_then(|all| policy.rule_for_all(&asked, &all)));
                    for ruling in rulings {
                        decided += 1;
                        // Those that have a word beside the first are in it as well.
                        let all = format!("{ruling:?}");
                        for rule in &never {
                            assert_ne!(ruling.rule(), Some(*rule), "{text} {asked:?}");
                            assert!(!all.contains(&format!("(Some({rule})")), "{text} {asked:?} {all}");
                        }
                    }
                }
            }
        }
    }
    assert!(claims > 300 && decided > 100_000, "{claims} {decided}");
}

#[test]
fn a_require_that_is_limited_to_methods() {
    let limited = "{match: {paths: [\"/a/*\"], methods: [POST]}, require: {groups: [x]}}";
    for (rules, expected) in [
        (format!("[{limited}]"), true),
        (format!("[{limited}, {{match: {{paths: [/a]}}, allow: none}}]"), true),
        (format!("[{limited}, {{match: {{paths: [\"/a/*\"]}}, allow: none}}]"), false),
        (
            format!(
                "[{limited}, {{match: {{paths: [\"/a/*\"], methods: [GET]}}, require: {{groups: [z]}}}}]"
            ),
            false,
        ),
        ("[{match: {methods: [DELETE]}, allow: none}]".to_owned(), false),
        ("[{match: {paths: [/a], methods: [GET]}, allow: public}]".to_owned(), false),
    ] {
        let expected: &[&str] = if expected { &["limited-to-methods"] } else { &[] };
        assert_eq!(warnings(&[&with_rules(&rules)]), expected, "{rules}");
    }
}

#[test]
fn paths_that_differ_in_case_only() {
    let rule = |path: &str, then: &str| format!("{{match: {{paths: [{path}]}}, {then}}}");
    let two = |one: String, other: String| with_rules(&format!("[{one}, {other}]"));
    let require = "require: {groups: [x]}";
    assert_eq!(warnings(&[&two(rule("/a", require), rule("/A", require))]), ["case-only"]);
    assert_eq!(warnings(&[&two(rule("/a", "allow: public"), rule("/A", require))]), ["case-only"]);
    assert_eq!(
        warnings(&[&two(rule("/a", "allow: public"), rule("/A", "allow: public"))]),
        Vec::<&str>::new()
    );
    assert_eq!(warnings(&[&two(rule("/a", require), rule("/b", require))]), Vec::<&str>::new());
}

#[test]
fn an_address_that_opens() {
    let rules = "[{match: {paths: [/a], client_cidrs: [10.0.0.0/8]}, allow: public}]";
    let at_gateway = with_rules(rules);
    assert_eq!(warnings(&[&at_gateway]), Vec::<&str>::new());
    let note =
        report(&[&at_gateway], "").diagnostics.into_iter().find(|one| one.code == "address-opens").unwrap();
    assert!(note.accepted.contains("numTrustedProxies"));
    let at_workload = at_gateway.replace("{istio: ingressgateway}", "{app: admin-service}");
    assert_eq!(warnings(&[&at_workload]), ["address-opens"]);
    let at_waypoint = at_gateway.replace(
        "selector: {matchLabels: {istio: ingressgateway}}",
        "targetRefs: [{kind: Service, name: a}]",
    );
    assert_eq!(warnings(&[&at_waypoint]), ["address-opens"]);
    assert_eq!(
        warnings(&[&at_workload.replace("allow: public", "require: {groups: [x]}")]),
        Vec::<&str>::new()
    );
}

#[test]
fn id_tokens_as_bearer_tokens() {
    let bearer =
        |more: &str| with_rules(&format!("[{{match: {{paths: [/a]}}, bearer: {{audiences: [x]{more}}}}}]"));
    assert_eq!(warnings(&[&bearer(", id_tokens: true")]), ["id-tokens"]);
    assert_eq!(warnings(&[&bearer(", id_tokens: false")]), Vec::<&str>::new());
}

#[test]
fn how_the_module_is_run() {
    let pinned = format!("vestibule@sha256:{}", "4e".repeat(32));
    let by_zeros = pinned.replace("4e", "00");
    for (from, to, expected) in [
        ("phase: AUTHN", "phase: AUTHZ", &["phase"][..]),
        ("  phase: AUTHN\n", "", &["phase"]),
        ("  selector: {matchLabels: {istio: ingressgateway}}\n", "", &["no-selector"]),
        (&pinned, "vestibule:1", &["image-digest"]),
        (&pinned, &by_zeros, &["placeholder"]),
        ("  failStrategy: FAIL_RELOAD\n", "", &[]),
        (
            "{name: COOKIE_SECRET, valueFrom: HOST}",
            "{name: COOKIE_SECRET, value: 0123456789abcdef0123456789abcdef}",
            &["secret-in-file"],
        ),
        ("{env: COOKIE_SECRET}", "{value: 0123456789abcdef0123456789abcdef}", &["secret-in-file"]),
    ] {
        assert_eq!(warnings(&[&plugin_with(from, to)]), expected, "{to}");
    }
    let with_sum = |sum: &str| plugin_with(&pinned, &format!("vestibule:1\n  sha256: \"{sum}\""));
    assert_eq!(warnings(&[&with_sum(&"4e".repeat(32))]), Vec::<&str>::new());
    assert_eq!(warnings(&[&with_sum(&"00".repeat(32))]), ["placeholder"]);
    assert_eq!(warnings(&[&with_sum("")]), ["image-digest"]);
}

const ENTRY: &str = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: okta}\nspec: {hosts: [acme.okta.com]}\n";

fn rule(tls: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: okta}}\nspec:\n  host: acme.okta.com\n  trafficPolicy:\n    {tls}\n"
    )
}

#[test]
fn a_provider_without_its_service_entry() {
    let other = ENTRY.replace("acme.okta.com", "acme.oktapreview.com");
    assert_eq!(warnings(&[PLUGIN]), Vec::<&str>::new());
    assert_eq!(warnings(&[PLUGIN, ENTRY]), Vec::<&str>::new());
    assert_eq!(warnings(&[PLUGIN, &other]), ["no-service-entry"]);
    let cluster = |name: &str| {
        plugin_with(
            "issuer: https://acme.okta.com",
            &format!("issuer: https://acme.okta.com\n      cluster: \"{name}\""),
        )
    };
    assert_eq!(
        warnings(&[&cluster("outbound|443|vestibule|acme.oktapreview.com"), &other]),
        Vec::<&str>::new()
    );
    assert_eq!(warnings(&[&cluster("okta"), &other]), Vec::<&str>::new());
    assert_eq!(warnings(&[&cluster("outbound|80||dex.auth.svc.cluster.local"), &other]), Vec::<&str>::new());
    let endpoint = plugin_with(
        "issuer: https://acme.okta.com",
        "issuer: https://acme.okta.com\n      token_endpoint: https://token.example/t\n      jwks_uri: https://token.example/k",
    );
    let said = report(&[&endpoint, ENTRY], "");
    let missing: Vec<_> = said.diagnostics.iter().filter(|one| one.code == "no-service-entry").collect();
    assert_eq!((missing.len(), missing[0].key.as_str()), (1, "provider.token_endpoint"));
    let partner = plugin_with(
        "    client:",
        "    providers: {partner: {issuer: \"https://idp.partner.example\"}}\n    client:",
    );
    assert_eq!(warnings(&[&partner, ENTRY]), ["no-service-entry"]);
}

#[test]
fn whose_certificate_it_is() {
    for (tls, expected) in [
        ("tls: {mode: SIMPLE, sni: acme.okta.com, subjectAltNames: [acme.okta.com]}", &[][..]),
        ("tls: {mode: SIMPLE, sni: acme.okta.com}", &["certificate-name"]),
        ("tls: {mode: SIMPLE}", &["certificate-name"]),
        ("tls: {mode: SIMPLE, subjectAltNames: []}", &["certificate-name"]),
        (
            "portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE, subjectAltNames: [acme.okta.com]}}]",
            &[],
        ),
        ("tls: {mode: DISABLE}", &["no-tls"]),
        ("connectionPool: {http: {idleTimeout: 30s}}", &["no-tls"]),
    ] {
        assert_eq!(warnings(&[PLUGIN, ENTRY, &rule(tls)]), expected, "{tls}");
    }
    let other = rule("tls: {mode: SIMPLE}").replace("acme.okta.com", "api.example.com");
    assert_eq!(warnings(&[PLUGIN, ENTRY, &other]), Vec::<&str>::new());
    let said = report(&[PLUGIN, ENTRY, &rule("tls: {mode: SIMPLE, sni: acme.okta.com}")], "");
    let found = said.diagnostics.iter().find(|one| one.code == "certificate-name").unwrap();
    assert_eq!((found.file, found.place.line, found.place.column), (2, 7, 30));
}

#[test]
fn hosts_that_nothing_leads_to() {
    let service = |hosts: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: a}}\nspec: {{gateways: [web], hosts: {hosts}}}\n"
        )
    };
    let http_route = |more: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: a}}\nspec: {{parentRefs: [{{name: web}}], {more}}}\n"
        )
    };
    let gateway = |host: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: a}}\nspec: {{servers: [{{hosts: [\"{host}\"]}}]}}\n"
        )
    };
    for (routes, expected) in [
        (service("[admin.example.com]"), &[][..]),
        (service("[\"*.example.com\"]"), &[]),
        (service("[\"*\"]"), &[]),
        (service("[admin.example.org]"), &["unrouted-host"]),
        (service("[reviews]").replace("web", "mesh"), &[]),
        (service("[reviews]").replace("gateways: [web], ", ""), &[]),
        (http_route("hostnames: [a.example.org]").replace("name: web", "kind: Service, name: a"), &[]),
        (http_route("hostnames: [admin.example.com]"), &[]),
        (http_route("rules: []"), &[]),
        (http_route("hostnames: [Admin.example.org]"), &["unrouted-host"]),
        (gateway("web/*.example.com"), &[]),
        (gateway("*"), &[]),
        (gateway("example.org"), &["unrouted-host"]),
        (format!("{}---\n{}", gateway("*"), service("[admin.example.org]")), &["unrouted-host"]),
    ] {
        assert_eq!(warnings(&[PLUGIN, ENTRY, &routes]), expected, "{routes}");
    }
    let rules = with_rules("[{match: {hosts: [admin.example.com]}, allow: none}]")
        .replace("    hosts: [admin.example.com]\n", "");
    assert_eq!(warnings(&[&rules, ENTRY, &service("[b.example.com]")]), ["unrouted-host"]);
}

#[test]
fn warnings_fail_only_where_that_is_wanted() {
    let said = report(&[&plugin_with("phase: AUTHN", "phase: STATS")], "");
    let code = |strict| format!("{:?}", said.exit(strict, false));
    assert_eq!(code(false), format!("{:?}", std::process::ExitCode::SUCCESS));
    assert_eq!(code(true), format!("{:?}", std::process::ExitCode::FAILURE));
}

#[test]
fn a_client_id_that_was_not_filled_in() {
    for (id, expected) in [
        ("'secret/oauth2-proxy:client-id'", true),
        ("'${CLIENT_ID}'", true),
        ("'<your-id>'", true),
        ("0oa1b2c3", false),
    ] {
        let config = format!(
            "provider: {{issuer: 'https://a.example'}}\nclient: {{id: {id}, secret: {{env: A}}}}\nsession: {{secrets: [{{env: B}}]}}\n"
        );
        assert_eq!(warnings(&[&config]).contains(&"placeholder"), expected, "{id}");
    }
}

#[test]
fn a_word_for_whatever_host_a_client_names() {
    let with = |more: &str| {
        PLUGIN.replace("    access:", &format!("    upstream: {{jwt: {{}}}}\n{more}    access:"))
    };
    let hosts = PLUGIN.lines().find(|line| line.trim_start().starts_with("hosts:"));
    let without_hosts =
        |text: &str| text.lines().filter(|line| Some(*line) != hosts).collect::<Vec<_>>().join("\n");
    let own = |text: &str| warnings(&[text]).contains(&"signed-for-any-host");
    assert!(hosts.is_some() && !own(&with("")) && own(&without_hosts(&with(""))));
    assert!(!own(&without_hosts(PLUGIN)));
}
