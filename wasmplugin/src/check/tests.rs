use super::*;

const PLUGIN: &str = "\
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: vestibule, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  url: oci://registry.example.com/vestibule@sha256:0000000000000000000000000000000000000000000000000000000000000000
  phase: AUTHN
  failStrategy: FAIL_RELOAD
  vmConfig:
    env:
      - {name: CLIENT_SECRET, valueFrom: HOST}
      - {name: COOKIE_SECRET, valueFrom: HOST}
  pluginConfig:
    provider:
      issuer: https://op.example/oauth2/default
    client:
      id: app
      secret: {env: CLIENT_SECRET}
    session:
      secrets: [{env: COOKIE_SECRET}]
      max_age: 8h
    hosts: [admin.example.com]
    access:
      - match: {paths: [/healthz]}
        allow: public
      - match: {paths: ['/finance/*']}
        require: {groups: [finance]}
";

fn of(text: &str) -> Vec<Diagnostic> {
    with(&[("a.yaml", text)], &Variables::new())
}

fn with(files: &[(&str, &str)], variables: &Variables) -> Vec<Diagnostic> {
    let inputs: Vec<Input> = files
        .iter()
        .map(|(name, text)| Input { name: (*name).to_owned(), text: (*text).to_owned() })
        .collect();
    check(&inputs, variables)
        .diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity != Severity::Note)
        .collect()
}

/// The plugin with one text replaced, which must be there once.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(PLUGIN.matches(from).count(), 1, "{from}");
    PLUGIN.replace(from, to)
}

#[test]
fn what_is_right_has_nothing_to_say() {
    assert_eq!(of(PLUGIN), []);
}

/// What a person changes, then where the fault is: line, column, and words of it.
#[test]
fn mistakes_that_people_make() {
    const MISTAKES: &[(&str, &str, usize, usize, &str)] = &[
        ("max_age: 8h", "max_age: 60d", 21, 16, "session.max_age"),
        ("max_age: 8h", "max_age: 8 hours", 21, 16, "accepted: a duration"),
        ("max_age: 8h", "max_age: 480", 21, 16, "session.max_age"),
        ("max_age: 8h", "max_agee: 8h", 21, 7, "session.max_agee"),
        ("      max_age: 8h", "    max_age: 8h", 21, 5, "max_age"),
        ("max_age: 8h", "idle_timeout: 9h", 21, 21, "session.idle_timeout"),
        ("max_age: 8h", "refresh: 'yes'", 21, 16, "session.refresh"),
        ("max_age: 8h", "not_before: yesterday", 21, 19, "RFC 3339"),
        ("max_age: 8h", "cookie: {same_site: none, secure: false}", 21, 27, "session.cookie.same_site"),
        ("['/finance/*']", "['/a/*/b']", 26, 25, "access[1].match.paths[0]"),
        ("['/finance/*']", "[finance]", 26, 25, "access[1].match.paths[0]"),
        ("['/finance/*']", "[/finance/]", 26, 25, ""),
        ("['/finance/*']", "['/finance/**']", 26, 25, "access[1].match.paths[0]"),
        ("['/finance/*']", "['^/finance/.*$']", 26, 25, "access[1].match.paths[0]"),
        ("['/finance/*']", "['/finance/../x']", 26, 25, "access[1].match.paths[0]"),
        ("['/finance/*']", "'/finance/*'", 26, 24, "access[1].match.paths"),
        ("hosts: [admin.example.com]", "hosts: [localhost:10000]", 22, 13, "no port"),
        ("hosts: [admin.example.com]", "hosts: ['https://admin.example.com']", 22, 13, "hosts[0]"),
        ("hosts: [admin.example.com]", "hosts: [\"*\"]", 22, 13, "hosts[0]"),
        ("hosts: [admin.example.com]", "hosts: admin.example.com", 22, 12, "hosts"),
        ("allow: public", "allow: everyone", 25, 16, "access[0].allow"),
        ("allow: public", "allow: public\n        require: {groups: [a]}", 26, 18, "access[0].require"),
        ("require: {groups: [finance]}", "require: {groups: []}", 27, 27, "access[1].require.groups"),
        ("require: {groups: [finance]}", "require: {group: [finance]}", 27, 19, "access[1].require.group"),
        ("require: {groups: [finance]}", "require: {emails: [ann]}", 27, 28, "access[1].require.emails[0]"),
        ("issuer: https://op.example/oauth2/default", "issuer: http://op.example", 15, 15, "provider.issuer"),
        ("issuer: https://op.example/oauth2/default", "issuer:", 15, 13, "provider.issuer"),
        ("issuer: https://op.example/oauth2/default", "isuer: https://op.example", 15, 7, "provider.isuer"),
        ("{env: CLIENT_SECRET}", "{env: OTHER_SECRET}", 18, 21, "not set"),
        ("{env: CLIENT_SECRET}", "the-secret-itself", 18, 15, "client.secret"),
        ("[{env: COOKIE_SECRET}]", "[{value: short}]", 20, 25, "session.secrets[0]"),
        ("[{env: COOKIE_SECRET}]", "{env: COOKIE_SECRET}", 20, 16, "session.secrets"),
        ("failStrategy: FAIL_RELOAD", "failStrategy: FAIL_OPEN", 8, 17, "unasked"),
        ("      id: app", "      id: app\n      id: app2", 18, 7, "second time"),
        ("  pluginConfig:", "   pluginConfig:", 13, 4, "no YAML"),
    ];
    let mut wrong = Vec::new();
    for (from, to, line, column, words) in MISTAKES {
        let found = of(&changed(from, to));
        let errors: Vec<_> =
            found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
        let is_it = |diagnostic: &&&Diagnostic| {
            (diagnostic.place.line, diagnostic.place.column) == (*line, *column)
                && format!("{} {}", diagnostic.line(), diagnostic.help).contains(words)
        };
        // A path with a slash at its end is another path, and no mistake to the filter.
        if words.is_empty() {
            assert!(errors.is_empty(), "{to}: {errors:#?}");
            continue;
        }
        if !errors.iter().any(|diagnostic| is_it(&diagnostic)) {
            let found = errors
                .iter()
                .map(|one| format!("{}:{} {} = {}", one.place.line, one.place.column, one.line(), one.help));
            wrong.push(format!(
                "{to}: wanted {line}:{column} {words}, found {:#?}",
                found.collect::<Vec<_>>()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.join(
            "
"
        )
    );
}

#[test]
fn what_loads_and_means_something_else() {
    let cases: &[(&str, &str, usize, &str)] = &[
        (
            "    access:\n",
            "    access:\n      - match: {paths: ['/finance/*', /x]}\n        require: {groups: [a]}\n",
            28,
            "rule_never_matches",
        ),
        (
            "- match: {paths: ['/finance/*']}",
            "- match: {paths: ['/finance/*'], methods: [POST]}",
            26,
            "rule_for_methods",
        ),
        ("require: {groups: [finance]}", "bearer: {audiences: [app], id_tokens: true}", 27, "id_tokens"),
        (
            "- match: {paths: [/healthz]}",
            "- match: {paths: [/healthz], client_cidrs: [10.0.0.0/8]}",
            24,
            "open_for_networks",
        ),
        ("phase: AUTHN", "phase: AUTHZ", 7, "phase"),
        (
            "@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            ":v1",
            6,
            "image_without_digest",
        ),
        ("id: app", "id: 'secret/oauth2-proxy:client-id'", 17, "placeholder"),
    ];
    for (from, to, line, code) in cases {
        let found: Vec<_> = of(&changed(from, to))
            .into_iter()
            .map(|diagnostic| (diagnostic.place.line, diagnostic.code, diagnostic.severity))
            .collect();
        assert!(found.contains(&(*line, *code, Severity::Warning)), "{to}: {found:?}");
    }
}

#[test]
fn other_resources_are_compared() {
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [admin.example.org]}\n";
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\nspec: {hosts: [op.example]}\n";
    let rule = |tls: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: a}}\nspec: {{host: op.example, trafficPolicy: {{tls: {tls}}}}}\n"
        )
    };
    let codes = |others: &[&str]| {
        with(&[("a.yaml", PLUGIN), ("b.yaml", &others.join("---\n"))], &Variables::new())
            .into_iter()
            .map(|diagnostic| diagnostic.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&[route]), ["host_not_routed"]);
    assert_eq!(codes(&[&route.replace(".org", ".com")]), [] as [&str; 0]);
    assert_eq!(codes(&[&route.replace("admin.example.org", "'*.example.com'")]), [] as [&str; 0]);
    assert_eq!(codes(&[entry]), ["provider_without_tls"]);
    assert_eq!(codes(&[entry, &rule("{mode: SIMPLE, sni: op.example}")]), ["certificate_not_checked"]);
    assert_eq!(codes(&[entry, &rule("{mode: SIMPLE, subjectAltNames: [op.example]}")]), [] as [&str; 0]);
    assert_eq!(codes(&[&entry.replace("op.example", "other.example")]), ["provider_not_reachable"]);
}

#[test]
fn secrets_that_are_given_are_checked_and_never_shown() {
    let given = |name: &str, value: &str| Variables::from([(name.to_owned(), value.to_owned())]);
    let short = with(&[("a.yaml", PLUGIN)], &given("COOKIE_SECRET", "s3cr3t-and-short"));
    assert_eq!(short.len(), 1);
    assert!(
        short[0].key.starts_with("session.secrets[0]") && !format!("{short:?}").contains("s3cr3t"),
        "{short:?}"
    );
    assert_eq!(with(&[("a.yaml", PLUGIN)], &given("COOKIE_SECRET", &"x".repeat(32))), []);
    // A private key that is not there is taken to be right too.
    let key = changed("secret: {env: CLIENT_SECRET}", "private_key: {env: CLIENT_SECRET}");
    assert_eq!(of(&key), []);
}

#[test]
fn every_form_of_the_resource_is_found() {
    let config = PLUGIN.split_once("pluginConfig:\n").unwrap().1;
    let bare: String = config.lines().map(|line| format!("{}\n", &line[4..])).collect();
    let bad = |text: &str| text.replace("max_age: 8h", "max_age: 60d");
    let indented = |by: usize| {
        config.lines().map(|line| format!("{}{}\n", " ".repeat(by), &line[4..])).collect::<String>()
    };
    let json = crate::yaml::read(&bare).unwrap()[0].json();
    let extension = format!(
        "apiVersion: extensions.istio.io/v1alpha1\nkind: TrafficExtension\nmetadata: {{name: v}}\nspec:\n  phase: AUTHN\n  wasm:\n    url: oci://r/v@sha256:0\n    vmConfig: {{env: [{{name: CLIENT_SECRET}}, {{name: COOKIE_SECRET}}]}}\n    pluginConfig:\n{}",
        indented(6)
    );
    let policy = format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\nmetadata: {{name: v}}\nspec:\n  wasm:\n  - name: v\n    env: {{hostKeys: [CLIENT_SECRET, COOKIE_SECRET]}}\n    config:\n{}",
        indented(6)
    );
    let envoy_filter = format!(
        "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: v}}\nspec:\n  configPatches:\n  - patch:\n      value:\n        typed_config:\n          '@type': type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n          config:\n            vm_config: {{environment_variables: {{host_env_keys: [CLIENT_SECRET, COOKIE_SECRET]}}}}\n            configuration:\n              '@type': type.googleapis.com/google.protobuf.StringValue\n              value: |\n{}",
        indented(16)
    );
    let list = serde_json::json!({"kind": "List", "items": [{"kind": "WasmPlugin", "metadata": {"name": "v"}, "spec": {"phase": "AUTHN", "vmConfig": {"env": [{"name": "CLIENT_SECRET"}, {"name": "COOKIE_SECRET"}]}, "pluginConfig": json}}]}).to_string();
    let helm = format!(
        "---\n# Source: vestibule/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\n---\n# Source: b\n{PLUGIN}"
    );
    for (name, text, line) in [
        ("bare", bare.clone(), 8),
        ("extension", extension, 17),
        ("policy", policy, 16),
        ("filter", envoy_filter, 22),
        ("helm", helm, 28),
    ] {
        assert_eq!(of(&text), [], "{name}");
        let found = of(&bad(&text));
        assert_eq!(found.len(), 1, "{name}: {found:#?}");
        assert_eq!((found[0].place.line, found[0].key.as_str()), (line, "session.max_age"), "{name}");
    }
    assert_eq!(of(&list), []);
    assert_eq!(of(&list.replace("8h", "60d"))[0].key, "session.max_age");
}

#[test]
fn plugins_of_other_people_are_passed_over() {
    let other = "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: basic-auth}\nspec:\n  failStrategy: FAIL_OPEN\n  pluginConfig: {rules: []}\n";
    let checked = check(
        &[Input { name: "o.yaml".to_owned(), text: format!("{other}---\n{PLUGIN}") }],
        &Variables::new(),
    );
    assert!(
        checked.diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Note),
        "{:?}",
        checked.diagnostics
    );
    assert_eq!(checked.files[0].others, ["WasmPlugin basic-auth"]);
    // One that says it is this filter, and has no configuration.
    let empty = "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: vestibule}\nspec: {phase: AUTHN}\n";
    assert!(of(empty).iter().any(|diagnostic| diagnostic.severity == Severity::Error));
    assert_eq!(of("a: 1\n")[0].code, "nothing_to_check");
}

#[test]
fn our_own_manifests_have_nothing_to_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    for name in [
        "manifests/istio.yaml",
        "chart/golden/gateway.yaml",
        "chart/golden/gateway-api.yaml",
        "chart/golden/sidecar.yaml",
    ] {
        assert_eq!(with(&[(name, &read(name))], &Variables::new()), [], "{name}");
    }
}

#[test]
fn formats() {
    let input = Input { name: "a,b.yaml".to_owned(), text: changed("max_age: 8h", "max_age: 60d") };
    let checked = check(&[input], &Variables::new());
    let errors: Vec<Diagnostic> =
        checked.diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    let text = format::render(Format::Text, &errors, &checked.files);
    assert!(text.contains("error[refused]: session.max_age: found \"60d\"\n  --> a,b.yaml:21:16\n   |\n21 |       max_age: 60d\n   |                ^^^\n  = accepted: "), "{text}");
    let github = format::render(Format::Github, &errors, &checked.files);
    assert!(
        github.starts_with("::error file=a%2Cb.yaml,line=21,col=16,title=refused::session.max_age: found"),
        "{github}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&format::render(Format::Json, &errors, &checked.files)).unwrap();
    assert_eq!((&json[0]["line"], &json[0]["key"]), (&21.into(), &"session.max_age".into()));
}
