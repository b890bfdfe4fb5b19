//! The demo's Envoy through func-e, the two ways that the README has: the demo runs it, or somebody does by hand.
//! It is the Envoy of the other tests, and func-e fetches none.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::sleep;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::ports;
use vestibule_e2e::scratch::{Scratch, target};
use vestibule_e2e::terminal::Terminal;
use vestibule_e2e::tools::tool;

/// The configuration lies at one place, target/demo/envoy.yaml.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A program with func-e on the path and at home in `home`, where the standard error stream goes as well.
fn start(program: &str, arguments: &[&str], home: &Path) -> Terminal {
    let tools = tool("func-e").parent().unwrap().to_path_buf();
    let path = env::var_os("PATH").unwrap();
    let path = env::join_paths(std::iter::once(tools).chain(env::split_paths(&path))).unwrap();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(target().parent().unwrap())
        .env("PATH", path)
        .env("FUNC_E_HOME", home)
        // What func-e would fetch, it does not get.
        .env("ENVOY_VERSIONS_URL", "http://127.0.0.1:1/none.json")
        .env_remove("COOKIE_SECRET")
        .env_remove("OKTA_CLIENT_SECRET");
    Terminal::start(&mut command, &home.join("stderr"))
}

/// What func-e says first.
fn starting() -> String {
    let envoy = env::var_os("ENVOY_PATH").map_or_else(|| target().join("tools/envoy"), Into::into);
    format!("starting: {}", envoy.display())
}

fn demo(port: &str, more: &[&str], home: &Path) -> Terminal {
    start(env!("CARGO_BIN_EXE_demo"), &[&["--port", port], more].concat(), home)
}

async fn somebody_signs_in(port: &str) {
    let browser = Browser::start().await;
    let link = format!("http://localhost:{port}/reports/2026?quarter=3");
    browser.open(&link).await;
    browser.at(|url| url.contains("/v1/authorize")).await;
    browser.click("#sign-in-alice").await;
    browser.at(|url| url == link).await;
    browser.shows("alice@example.com").await;
}

#[tokio::test]
async fn the_demo_runs_its_envoy_through_func_e_where_that_is_installed() {
    let _one = ONE_AT_A_TIME.lock().await;
    let home = Scratch::new("func-e");
    let port = ports::free().to_string();
    let mut demo = demo(&port, &[], home.path());
    demo.says(&format!("http://localhost:{port}/")).await;
    somebody_signs_in(&port).await;
    let log = fs::read_to_string(target().join("demo/envoy.log")).unwrap();
    assert!(log.starts_with(&starting()), "{log}");
    demo.stop().await;
    assert!(!serves(&port).await, "Envoy has outlived the demo");
}

#[tokio::test]
async fn its_envoy_can_be_run_by_hand_with_the_lines_that_it_prints() {
    let _one = ONE_AT_A_TIME.lock().await;
    let (home, demo_home) = (Scratch::new("func-e"), Scratch::new("func-e-demo"));
    let port = ports::free().to_string();
    let mut demo = demo(&port, &["--no-envoy"], demo_home.path());
    demo.says("Application and Okta are ready").await;
    let mut lines = demo.says("Ctrl-C ends").await;
    lines.pop();
    assert!(lines.last().unwrap().starts_with("func-e run -c "), "{lines:#?}");
    let mut by_hand = start("sh", &["-ec", &lines.join("\n")], home.path());
    by_hand.says(&starting()).await;
    for _ in 0..600 {
        if serves(&port).await {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    somebody_signs_in(&port).await;
    by_hand.stop().await;
    demo.stop().await;
    assert!(!serves(&port).await, "Envoy has outlived func-e");
}

async fn serves(port: &str) -> bool {
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    let request = Request::get("/healthz").host(&format!("localhost:{port}"));
    client::send(address, &request).await.is_ok_and(|response| response.status == 200)
}
