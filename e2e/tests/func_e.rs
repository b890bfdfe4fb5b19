//! The demo's Envoy through func-e, the two ways that the README has: the demo runs it, or somebody does by hand.
//! It is the Envoy of the other tests, and func-e fetches none.

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use vestibule_e2e::browser::Browser;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::ports;
use vestibule_e2e::scratch::{Scratch, target};
use vestibule_e2e::tools::tool;

/// The configuration lies at one place, target/demo/envoy.yaml.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

const PATIENCE: Duration = Duration::from_secs(60);

/// A program and what it started; all of it ends when dropped.
struct Group {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Group {
    /// With func-e on the path and at home in `home`, where the standard error stream goes as well.
    fn start(program: &str, arguments: &[&str], home: &Path) -> Self {
        let tools = tool("func-e").parent().unwrap().to_path_buf();
        let path = env::var_os("PATH").unwrap();
        let path = env::join_paths(std::iter::once(tools).chain(env::split_paths(&path))).unwrap();
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(target().parent().unwrap())
            .env("PATH", path)
            .env("FUNC_E_HOME", home)
            // What func-e would fetch, it does not get.
            .env("ENVOY_VERSIONS_URL", "http://127.0.0.1:1/none.json")
            .env_remove("COOKIE_SECRET")
            .env_remove("OKTA_CLIENT_SECRET")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(home.join("stderr")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, output }
    }

    /// Reads its output up to a line that begins so; the lines before it.
    async fn says(&mut self, beginning: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = timeout(PATIENCE, self.output.next_line()).await.expect("it says something").unwrap();
            let Some(line) = line else { panic!("it ended, having said {lines:#?}") };
            if line.trim_start().starts_with(beginning) {
                return lines;
            }
            lines.push(line.trim().to_owned());
        }
    }

    async fn stop(mut self) {
        self.signal();
        timeout(PATIENCE, self.child.wait()).await.expect("it ends on SIGTERM").unwrap();
    }

    fn signal(&self) {
        if let Some(group) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal();
    }
}

/// What func-e says first.
fn starting() -> String {
    let envoy = env::var_os("ENVOY_PATH").map_or_else(|| target().join("tools/envoy"), Into::into);
    format!("starting: {}", envoy.display())
}

fn demo(port: &str, more: &[&str], home: &Path) -> Group {
    Group::start(env!("CARGO_BIN_EXE_demo"), &[&["--port", port], more].concat(), home)
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
    let lines = demo.says("Ctrl-C ends").await;
    assert!(lines.last().unwrap().starts_with("func-e run -c "), "{lines:#?}");
    let mut by_hand = Group::start("sh", &["-ec", &lines.join("\n")], home.path());
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
