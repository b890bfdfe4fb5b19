//! The Helm chart: what it renders, and what it does not accept.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::{all, run, tool};

use crate::yaml::{documents, of_kind, read, repository};

pub(crate) fn chart() -> PathBuf {
    repository().join("wasmplugin/chart")
}

/// The variants: each has its values and what comes of them.
pub(crate) const VARIANTS: [&str; 4] = ["gateway", "gateway-api", "sidecar", "traffic-extension"];

pub(crate) fn values(variant: &str) -> PathBuf {
    chart().join(format!("golden/{variant}.values.yaml"))
}

fn helm_template(values: &Path) -> Command {
    helm_template_of(&chart(), values)
}

fn helm_template_of(chart: &Path, values: &Path) -> Command {
    let mut helm = Command::new(tool("helm"));
    helm.args(["template", "vestibule"]).arg(chart).args(["--namespace", "vestibule-test", "-f"]).arg(values);
    helm
}

#[test]
fn the_golden_files_are_up_to_date() {
    for variant in VARIANTS {
        let rendered = run(&mut helm_template(&values(variant)));
        let path = chart().join(format!("golden/{variant}.yaml"));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &rendered).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap_or_default() == rendered,
            "{} is not what the chart renders: UPDATE_GOLDEN=1 cargo test -p vestibule-e2e --features istio \
             --test manifests",
            path.display()
        );
    }
    let golden = fs::read_dir(chart().join("golden")).unwrap().count();
    assert_eq!(golden, 2 * VARIANTS.len());
}

/// What a release publishes is packed by a tool of ours, the same bytes every time.
#[test]
fn the_packed_chart_renders_the_same() {
    let folder = Scratch::new("chart");
    let packed = folder.path().join("vestibule.tgz");
    run(wasmplugin().args(["release", "chart", "--out"]).arg(&packed));
    for variant in VARIANTS {
        let rendered = run(&mut helm_template_of(&packed, &values(variant)));
        assert_eq!(rendered, read(&chart().join(format!("golden/{variant}.yaml"))), "{variant}");
    }
    let files = run(Command::new("tar").arg("tzf").arg(&packed));
    assert!(files.starts_with("vestibule/Chart.yaml\n") && !files.contains("golden"), "{files}");
}

#[test]
fn helm_lint_has_nothing_to_say() {
    for variant in VARIANTS {
        run(Command::new(tool("helm")).args(["lint", "--strict", "-f"]).arg(values(variant)).arg(chart()));
    }
}

#[test]
fn its_version_is_the_filters() {
    let chart = &documents(&read(&chart().join("Chart.yaml")))[0];
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn it_makes_no_secret() {
    for variant in VARIANTS {
        let rendered = run(&mut helm_template(&values(variant)));
        assert!(of_kind(&documents(&rendered), "Secret").is_empty());
    }
}

/// So that nobody runs a filter that guards nothing.
#[test]
fn the_defaults_alone_are_refused() {
    let output = Command::new(tool("helm")).arg("template").arg(chart()).output().unwrap();
    assert!(!output.status.success(), "{}", all(&output));
}

fn with(set: &[&str]) -> Output {
    helm_template(&values("gateway")).args(set).output().unwrap()
}

#[test]
fn without_the_schema_the_template_refuses_an_open_door() {
    let open = with(&["--skip-schema-validation", "--set", "failStrategy=FAIL_OPEN"]);
    assert!(!open.status.success() && all(&open).contains("FAIL_RELOAD or FAIL_CLOSE"), "{}", all(&open));
    assert!(with(&["--skip-schema-validation", "--set", "failStrategy=FAIL_CLOSE"]).status.success());
}

/// In a gateway the filter of a sidecar is never asked, and every request passes.
#[test]
fn a_sidecar_that_is_a_gateway_by_its_name_is_refused() {
    for labels in ["app=public-gateway", "istio=ingressgateway", "istio=ingress"] {
        let set = format!("selector.{labels}");
        let refused = helm_template(&values("sidecar")).args(["--set", &set]).output().unwrap();
        let said = all(&refused);
        assert!(!refused.status.success() && said.contains("is a gateway by its name"), "{labels}: {said}");
        let at_gateway = with(&["--set", &set]);
        assert!(at_gateway.status.success(), "{labels}: {}", all(&at_gateway));
    }
    let other = helm_template(&values("sidecar")).args(["--set", "selector.team=ingress"]).output().unwrap();
    assert!(other.status.success(), "{}", all(&other));
}

#[test]
fn the_schema_refuses_what_is_dangerous_or_misspelt() {
    assert!(with(&[]).status.success());
    for (set, named) in [
        ("failStrategy=FAIL_OPEN", "/failStrategy"),
        ("image.digest=", "/image/digest"),
        ("image.digest=sha256:12", "/image/digest"),
        ("image.tag=latest", "/image"),
        ("image.repository=oci://registry.example.com/vestibule", "/image/repository"),
        ("targetRefs[0].kind=Gateway", "/targetRefs"),
        ("providerHosts=null", "providerHosts"),
        ("pluginConfig.session.max_agee=8h", "/pluginConfig/session"),
        (
            "pluginConfig.session.secrets[0].value=s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t",
            "/pluginConfig/session/secrets/0",
        ),
        ("pluginConfig.client.secret.value=s3cr3t", "/pluginConfig/client/secret"),
        ("pluginConfig.upstream.jwt.key.value=s3cr3t", "/pluginConfig/upstream/jwt/key"),
        ("pluginConfig.provider.issuer=null", "/pluginConfig/provider"),
        ("cookieSecret=s3cr3t", "cookieSecret"),
    ] {
        let output = with(&["--set", set]);
        let said = all(&output);
        assert!(!output.status.success() && said.contains(named), "{set}: {said}");
    }
}

/// A variable that the pods lack stops the filter from loading.
#[test]
fn every_variable_of_the_configuration_reaches_the_pods() {
    let keys = "pluginConfig.upstream.jwt.key.env=SIGN,pluginConfig.upstream.jwt.other_keys[0].env=SIGN_NEXT";
    let rendered = documents(&run(helm_template(&values("gateway")).args(["--set", keys])));
    let names = ["OKTA_CLIENT_SECRET", "SIGN", "COOKIE_SECRET", "COOKIE_SECRET_2", "SIGN_NEXT"];
    let env = of_kind(&rendered, "WasmPlugin")[0]["spec"]["vmConfig"]["env"].as_array().unwrap();
    assert_eq!(env.iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
    let environment = of_kind(&rendered, "ConfigMap")[0]["data"]["deployment"].as_str().unwrap();
    let passed = documents(environment)[0]["spec"]["template"]["spec"]["containers"][0]["env"].clone();
    let passed = passed.as_array().unwrap();
    assert_eq!(passed.iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
}

/// Maps of values are merged: with a default, a workload's labels would have the gateway's among them, match no pod
/// and leave the workload open.
#[test]
fn the_selector_is_what_was_asked_for() {
    let rendered = documents(&run(&mut helm_template(&values("sidecar"))));
    let labels = &of_kind(&rendered, "WasmPlugin")[0]["spec"]["selector"]["matchLabels"];
    assert_eq!(labels, &serde_json::json!({"app": "admin-service"}));
}
