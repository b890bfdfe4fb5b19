//! The demo as somebody sees it: what it says, and their own rules in it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::sleep;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::ports;
use vestibule_e2e::scratch::{Scratch, own_target};
use vestibule_e2e::terminal::Terminal;
use vestibule_e2e::tools::run;

/// Its files lie at one place, target/demo.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A whole resource, of which the demo has much in its own way.
const RESOURCE: &str = "\
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: vestibule, namespace: istio-system}
spec:
  url: oci://registry.example.com/vestibule@sha256:0000000000000000000000000000000000000000000000000000000000000000
  vmConfig: {env: [{name: OKTA_CLIENT_SECRET, valueFrom: HOST}, {name: COOKIE_SECRET, valueFrom: HOST}]}
  pluginConfig:
    provider: {issuer: https://acme.okta.com/oauth2/default}
    client: {id: 0oa1b2c3, secret: {env: OKTA_CLIENT_SECRET}}
    session: {secrets: [{env: COOKIE_SECRET}], max_age: 8h}
    hosts: [admin.example.com]
    access:
      - match: {hosts: [admin.example.com], paths: [/mine]}
        allow: public
      - match: {paths: [\"/of-finance/*\"]}
        require: {groups: [finance]}
";

fn demo(arguments: &[&str], folder: &Path) -> Terminal {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_demo"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("VESTIBULE_TOOL", wasmplugin().get_program())
        .env_remove("COOKIE_SECRET")
        .env_remove("OKTA_CLIENT_SECRET");
    Terminal::start(&mut command, &folder.join("stderr"))
}

async fn status(port: u16, path: &str) -> u16 {
    let request = Request::fetch(path).host(&format!("localhost:{port}"));
    client::send(SocketAddr::from(([127, 0, 0, 1], port)), &request).await.unwrap().status
}

/// The first address among the lines behind these words.
fn address_after(lines: &[String], words: &str) -> String {
    let line = lines.iter().find(|line| line.starts_with(words)).unwrap_or_else(|| panic!("{lines:#?}"));
    line.rsplit(' ').next().unwrap().to_owned()
}

async fn get(url: &str) -> String {
    let (address, path) = url.trim_start_matches("http://localhost:").split_once('/').unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], address.parse().unwrap()));
    client::send(address, &Request::get(format!("/{path}"))).await.unwrap().text()
}

#[tokio::test]
async fn own_rules_are_laid_over_the_demo_and_taken_anew_when_the_file_changes() {
    let _one = ONE_AT_A_TIME.lock().await;
    let folder = Scratch::new("demo-rules");
    let file = folder.path().join("rules.yaml");
    fs::write(&file, RESOURCE).unwrap();
    let port = ports::free();
    let mut demo = demo(&["--port", &port.to_string(), "--config", "rules.yaml"], folder.path());

    let said = demo.says("the demo has one host").await.join("\n");
    assert!(said.contains("taken: access, session\n"), "{said}");
    let left_out = "provider, client.id, client.secret, session.secrets, hosts, access[0].match.hosts";
    assert!(said.contains(&format!("its own: {left_out}\n")), "{said}");
    demo.says("Change rules.yaml").await;
    assert_eq!((status(port, "/mine").await, status(port, "/healthz").await), (200, 401));

    // What runs can be asked about.
    let running = own_target().join("demo/running.json");
    let about = |path: &str| {
        let person = ["--host", "localhost", "--path", path, "--as", "bob@example.com"];
        let output = wasmplugin().arg("explain").arg(&running).args(person).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let said = about("/of-finance/ledger");
    assert!(said.contains("403") && said.contains("groups finance"), "{said}");

    // A secret in the file itself is another's as well, and no fault.
    let with_value =
        RESOURCE.replace("secret: {env: OKTA_CLIENT_SECRET}", "secret: {value: of-somebody-else}");
    fs::write(&file, with_value.replace("max_age: 8h", "max_age: 7h")).unwrap();
    let said = demo.says("the demo has one host").await.join("\n");
    assert!(said.contains("Your rules have changed") && said.contains(left_out), "{said}");

    // What is wrong changes nothing, and is told as `wasmplugin check` tells it.
    fs::write(&file, RESOURCE.replace("{groups: [finance]}", "{group: [finance]}")).unwrap();
    let said = demo.says("Your rules from before stay").await.join("\n");
    assert!(said.contains("--> rules.yaml:16:") && said.contains("16 |         require: {group:"), "{said}");
    assert!(said.contains("spec.pluginConfig") || said.contains("access[1].require.group"), "{said}");
    assert_eq!((status(port, "/mine").await, status(port, "/healthz").await), (200, 401));

    // A part is enough.
    fs::write(&file, "access:\n  - match: {paths: [/other]}\n    allow: public\n").unwrap();
    let said = demo.says("taken: ").await.join("\n");
    assert!(said.contains("Your rules have changed"), "{said}");
    for _ in 0..6 {
        assert_eq!((status(port, "/mine").await, status(port, "/other").await), (401, 200));
    }
    let said = about("/other");
    assert!(said.contains("200") || said.contains("public"), "{said}");
    let access = || fs::read_to_string(own_target().join("demo/access.log")).unwrap();
    // Envoy writes its lines a moment after the answer.
    assert!(eventually(|| access().contains("GET /other 200 ")).await, "{}", access());
    assert!(access().contains("vestibule_"), "{}", access());
    demo.stop().await;
}

#[tokio::test]
async fn rules_that_are_wrong_from_the_start_start_nothing() {
    let folder = Scratch::new("demo-wrong");
    fs::write(
        folder.path().join("rules.yaml"),
        "access:\n  - match: {paths: [healthz]}\n    allow: public\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(["--config", "rules.yaml"])
        .current_dir(folder.path())
        .env("VESTIBULE_TOOL", wasmplugin().get_program())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("--> rules.yaml:2:"), "{said}");
    assert_eq!(output.stdout, b"");
}

#[tokio::test]
async fn it_says_where_the_statistics_are_and_its_page_fits_a_phone() {
    let _one = ONE_AT_A_TIME.lock().await;
    let folder = Scratch::new("demo");
    let port = ports::free();
    let mut demo = demo(&["--port", &port.to_string()], folder.path());
    let said = demo.says("Envoy's configuration is").await;

    let browser = Browser::start().await;
    let link = format!("http://localhost:{port}/reports/2026?quarter=3");
    browser.open(&link).await;
    browser.at(|url| url.contains("/v1/authorize")).await;
    browser.click("#sign-in-alice").await;
    browser.at(|url| url == link).await;
    browser.shows("Signed in as alice@example.com").await;
    browser.shows("Sign out").await;
    // A frame has a width of its own, as a phone has.
    browser
        .script(
            "const frame = document.createElement('iframe'); frame.id = 'phone'; frame.style.width = '360px'; \
             frame.src = location.href; frame.onload = () => { document.title = 'loaded'; }; \
             document.body.append(frame);",
        )
        .await;
    let mut loaded = Value::Null;
    for _ in 0..100 {
        loaded = browser.script("return document.title").await;
        if loaded == "loaded" {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(loaded, "loaded");
    let widths = browser
        .script(
            "const inner = document.getElementById('phone').contentDocument; \
             inner.querySelector('details').open = true; \
             return [inner.documentElement.scrollWidth, inner.documentElement.clientWidth, \
             inner.getElementById('sign-out').getBoundingClientRect().right];",
        )
        .await;
    let [scroll, client, sign_out] = [0, 1, 2].map(|index| widths[index].as_f64().unwrap());
    assert!(scroll <= client && sign_out <= client && client <= 360.0, "{widths}");

    let admin = address_after(&said, "Envoy's admin interface");
    assert!(get(&admin).await.contains("stats/prometheus"));
    let statistics = get(&address_after(&said, "the filter's statistics")).await;
    assert!(statistics.contains("wasmcustom.vestibule"), "{statistics}");
    let prometheus = get(&address_after(&said, "for Prometheus")).await;
    assert!(prometheus.contains("# TYPE ") && prometheus.contains("vestibule"), "{prometheus}");
    demo.stop().await;
}

#[test]
fn help_needs_no_build_and_nothing_installed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    // Neither Cargo nor anything that installs is on this path.
    let path = Scratch::new("demo-path");
    for program in ["bash", "cat", "dirname"] {
        let found = run(Command::new("sh").args(["-c", &format!("command -v {program}")]));
        symlink(found.trim(), path.path().join(program)).unwrap();
    }
    for arguments in [&["--help"][..], &["--config", "x", "-h"]] {
        let output = Command::new(root.join("scripts/demo"))
            .args(arguments)
            .env_clear()
            .env("PATH", path.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.starts_with("usage: scripts/demo [--config FILE]"), "{said}");
        assert_eq!(output.stderr, b"");
    }
}

/// With programs in the place of the real ones that tell how they were called: no registry with its base images is here.
#[test]
fn in_a_container_its_ports_lead_from_the_containers_address_to_the_loopback_one() {
    let folder = Scratch::new("demo-container");
    let put = |name: &str, says: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{says}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    put("bin/hostname", "echo '172.17.0.2 fd00::2'");
    put("bin/socat", "echo \"socat $*\" >> \"$CALLS\"");
    // Those that run beside it may still be about to begin.
    put("target/debug/demo", "sleep 1; echo \"demo $*\" >> \"$CALLS\"");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir(folder.path().join("e2e")).unwrap();
    fs::copy(root.join("demo-in-container"), folder.path().join("e2e/demo-in-container")).unwrap();
    let calls = folder.path().join("calls");
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    run(Command::new(folder.path().join("e2e/demo-in-container"))
        .args(["--config", "/rules/rules.yaml"])
        .env("PATH", path)
        .env("CALLS", &calls));
    let calls = fs::read_to_string(calls).unwrap();
    let mut calls: Vec<&str> = calls.lines().collect();
    calls.sort_unstable();
    assert_eq!(
        calls,
        [
            "demo --port 10000 --config /rules/rules.yaml",
            "socat TCP-LISTEN:10000,bind=172.17.0.2,fork,reuseaddr TCP:127.0.0.1:10000",
            "socat TCP-LISTEN:10001,bind=172.17.0.2,fork,reuseaddr TCP:127.0.0.1:10001",
            "socat TCP-LISTEN:10003,bind=172.17.0.2,fork,reuseaddr TCP:127.0.0.1:10003",
        ]
    );

    // What it copies from this repository is there.
    let file = fs::read_to_string(root.join("demo.Dockerfile")).unwrap();
    let pinned = fs::read_to_string(root.with_file_name("rust-toolchain.toml")).unwrap();
    let rust = pinned.split('"').nth(1).unwrap();
    assert!(
        file.contains(&format!("FROM docker.io/library/rust:{rust}-bookworm AS build\n")),
        "the Rust of rust-toolchain.toml"
    );
    for script in ["scripts/bootstrap", "scripts/build", "e2e/demo-in-container"] {
        assert!(file.contains(script) && root.with_file_name(script).is_file(), "{script}");
    }
}
