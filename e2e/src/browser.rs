//! A real headless Chromium, driven through its own driver.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::scratch::Scratch;
use crate::webdriver::Session;

/// How long an element, a text or an address may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Chromium with a profile of its own. Ends with its processes when dropped.
#[derive(Debug)]
pub struct Browser {
    // In this order they end: the session takes Chromium with it, the others make sure.
    session: Session,
    _chromium: Chromium,
    _driver: Driver,
    folder: Scratch,
    rules: String,
}

#[derive(Debug)]
struct Driver(Child);

/// The number of its process, and the profile by which it is told from another of that number.
#[derive(Debug)]
struct Chromium {
    process: u64,
    profile: PathBuf,
}

/// One tab of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab(String);

/// A cookie as the browser reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    pub name: String,
    pub value: String,
    /// With a leading dot where it holds for a whole domain.
    pub domain: String,
    pub path: String,
    pub http_only: bool,
    pub secure: bool,
    pub same_site: String,
    /// Whether it goes when the browser is closed.
    pub session_only: bool,
}

impl Browser {
    pub async fn start() -> Self {
        Self::resolving("MAP *.example.test 127.0.0.1").await
    }

    /// One that looks names up by these rules: `MAP name address[:port], …`.
    pub async fn resolving(rules: &str) -> Self {
        Self::in_folder(Scratch::new("browser"), rules).await
    }

    /// Closed and opened again: what it keeps is there, its tabs are not.
    pub async fn restarted(self) -> Self {
        let Self { session, _chromium: chromium, _driver: driver, folder, rules } = self;
        drop(session);
        drop(chromium);
        drop(driver);
        Self::in_folder(folder, &rules).await
    }

    async fn in_folder(folder: Scratch, rules: &str) -> Self {
        let (driver, address) = launch(folder.path());
        let profile = folder.path().join("profile");
        let (session, capabilities) = Session::new(
            address,
            &json!({
                "acceptInsecureCerts": true,
                "timeouts": {"implicit": PATIENCE.as_millis(), "pageLoad": PATIENCE.as_millis()},
                // As most browsers do by now.
                "goog:chromeOptions": {"prefs": {"profile.cookie_controls_mode": 1}, "args": [
                    "--headless=new",
                    // Tests may run as root in a container, where Chromium's own sandbox cannot.
                    "--no-sandbox",
                    "--disable-dev-shm-usage",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--ignore-certificate-errors",
                    format!("--host-resolver-rules={rules}"),
                    format!("--user-data-dir={}", profile.display()),
                ]},
            }),
        )
        .await;
        let process = capabilities["goog:processID"].as_u64().expect("Chromium's process");
        let rules = rules.to_owned();
        Self { session, _chromium: Chromium { process, profile }, _driver: driver, folder, rules }
    }

    /// Opens an address in the current tab and waits for its page.
    pub async fn open(&self, url: &str) {
        self.session.post("url", json!({"url": url})).await.expect("a page");
    }

    /// Clicks what a CSS selector finds, and waits for the page that follows.
    pub async fn click(&self, selector: &str) {
        if let Err(failed) = self.session.click("css selector", selector).await {
            panic!("{selector}: {failed:?}\n{}\n{}", self.url().await, self.text().await);
        }
    }

    /// Clicks the first link or button with this text, and waits for the page that follows.
    pub async fn click_text(&self, text: &str) {
        let xpath = format!(
            "//*[(self::a or self::button) and contains(normalize-space(.), '{text}')] | //input[@value='{text}']"
        );
        if let Err(failed) = self.session.click("xpath", &xpath).await {
            panic!("{text}: {failed:?}\n{}\n{}", self.url().await, self.text().await);
        }
    }

    pub async fn url(&self) -> String {
        let url = self.session.get("url").await.expect("an address");
        url.as_str().expect("an address").to_owned()
    }

    /// What a person reads in the current tab.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body ? document.body.innerText : ''").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The page's source after its scripts.
    pub async fn source(&self) -> String {
        let source = self.session.get("source").await.expect("a source");
        source.as_str().expect("a source").to_owned()
    }

    /// Waits until the page shows a text.
    pub async fn shows(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.text().await;
            if shown.contains(text) {
                return;
            }
            assert!(Instant::now() < deadline, "no '{text}' at {}:\n{shown}", self.url().await);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the address bar is as `is` wants it.
    pub async fn at(&self, is: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let url = self.url().await;
            if is(&url) {
                return;
            }
            assert!(Instant::now() < deadline, "still at {url}:\n{}", self.text().await);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs a script in the page; its promise is awaited.
    pub async fn script(&self, script: &str) -> Value {
        let body = json!({"script": script, "args": []});
        self.session.post("execute/sync", body).await.expect("a script's result")
    }

    /// A command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Value {
        let body = json!({"cmd": command, "params": params});
        self.session.post("goog/cdp/execute", body).await.expect("an answer of the DevTools")
    }

    /// The cookies that the current page's address gets, HttpOnly ones included.
    pub async fn cookies(&self) -> Vec<Cookie> {
        let cookies = self.session.get("cookie").await.expect("cookies");
        cookies.as_array().expect("cookies").iter().map(cookie).collect()
    }

    /// The cookies that the browser holds for all sites.
    pub async fn all_cookies(&self) -> Vec<Cookie> {
        let command = json!({"cmd": "Storage.getCookies", "params": {}});
        let cookies = self.session.post("goog/cdp/execute", command).await.expect("cookies");
        cookies["cookies"].as_array().expect("cookies").iter().map(cookie).collect()
    }

    /// Forgets all cookies of the current page's host.
    pub async fn forget_cookies(&self) {
        let command = json!({"cmd": "Network.getCookies", "params": {}});
        let cookies = self.session.post("goog/cdp/execute", command).await.expect("cookies");
        for cookie in cookies["cookies"].as_array().expect("cookies") {
            let params = json!({"name": cookie["name"], "domain": cookie["domain"]});
            let command = json!({"cmd": "Network.deleteCookies", "params": params});
            self.session.post("goog/cdp/execute", command).await.expect("a cookie less");
        }
    }

    /// Presses the key that moves the focus on.
    pub async fn press_tab(&self) {
        let key = json!([{"type": "keyDown", "value": "\u{e004}"}, {"type": "keyUp", "value": "\u{e004}"}]);
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": key}]});
        self.session.post("actions", body).await.expect("a key");
    }

    /// The current tab.
    pub async fn tab(&self) -> Tab {
        let handle = self.session.get("window").await.expect("a tab");
        Tab(handle.as_str().expect("a tab's handle").to_owned())
    }

    /// Opens another tab and goes there.
    pub async fn new_tab(&self) -> Tab {
        let new = self.session.post("window/new", json!({"type": "tab"})).await.expect("a tab");
        let tab = Tab(new["handle"].as_str().expect("a tab's handle").to_owned());
        self.switch(&tab).await;
        tab
    }

    /// Goes to another tab.
    pub async fn switch(&self, tab: &Tab) {
        self.session.post("window", json!({"handle": tab.0})).await.expect("the tab");
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let command = fs::read(format!("/proc/{}/cmdline", self.process)).unwrap_or_default();
        if String::from_utf8_lossy(&command).contains(&*self.profile.to_string_lossy()) {
            let _ = Command::new("kill").args(["-KILL", &self.process.to_string()]).status();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A driver, and where it listens.
fn launch(folder: &Path) -> (Driver, SocketAddr) {
    // It may find its port taken by another process a moment after it chose it.
    for _ in 0..5 {
        let process = Command::new("chromedriver")
            .arg("--port=0")
            // Whatever Chromium writes beside its profile.
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("chromedriver.log")).expect("chromedriver.log"))
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver: {error}. scripts/bootstrap --e2e gets it"));
        let mut driver = Driver(process);
        if let Some(address) = address_of(&mut driver.0) {
            return (driver, address);
        }
    }
    panic!("chromedriver does not start");
}

/// The driver says on which port it listens.
fn address_of(driver: &mut Child) -> Option<SocketAddr> {
    let mut lines = BufReader::new(driver.stdout.take()?).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
    })?;
    // It must never wait for somebody to read what else it says.
    thread::spawn(move || lines.for_each(drop));
    Some(SocketAddr::from(([127, 0, 0, 1], port)))
}

/// The driver's own form and that of the DevTools differ in nothing that is read here.
fn cookie(value: &Value) -> Cookie {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let expires = value["expiry"].as_f64().or_else(|| value["expires"].as_f64());
    Cookie {
        name: text("name"),
        value: text("value"),
        domain: text("domain"),
        path: text("path"),
        http_only: value["httpOnly"] == true,
        secure: value["secure"] == true,
        same_site: text("sameSite"),
        session_only: expires.is_none_or(|at| at < 0.0),
    }
}
