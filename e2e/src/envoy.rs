//! A real Envoy in its own process, with the filter in it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fmt};

use serde_json::Value;
use tokio::time::sleep;

use crate::client::{self, Request};
use crate::envoy_config::{self, Files};
use crate::scratch::{Scratch, target};

/// How an Envoy is to be.
#[derive(Clone, Debug)]
pub struct EnvoyOptions {
    /// The filter's `pluginConfig`; without it there is no filter.
    pub filter: Option<Value>,
    /// What the filter sees as its environment.
    pub environment: Vec<(String, String)>,
    /// Names and where they lead; all traffic goes to the one that is called `application`.
    pub clusters: Vec<(String, SocketAddr)>,
    /// Those of them to which Envoy speaks TLS.
    pub upstream_tls: Vec<UpstreamTls>,
    /// Where the plain listener is; 0: any free port.
    pub port: u16,
    /// A second listener speaks TLS with a certificate for these names.
    pub tls_names: Vec<String>,
    /// Worker threads, each with its own VM.
    pub concurrency: u32,
    /// Bare Envoy's default is off, and then the filter sees each path as the client wrote it.
    pub normalize_path: bool,
    /// How many proxies in front of Envoy it trusts: with one, their `x-forwarded-proto` counts.
    pub trusted_hops: u32,
    /// How long a stream may wait in silence; by default as long as Envoy lets it, 5 minutes.
    pub stream_idle_timeout: Option<Duration>,
    /// The listeners come as from a control plane, so that [`Envoy::update`] can replace them.
    pub dynamic: bool,
    /// The filter itself; by default `VESTIBULE_WASM`, or what scripts/build left.
    pub wasm: Option<PathBuf>,
    /// `FAIL_CLOSED` keeps a VM that died dead, so that a test sees it; in production it is `FAIL_RELOAD`.
    pub failure_policy: &'static str,
}

/// TLS to a cluster, and whose certificate will do.
#[derive(Clone, Debug)]
pub struct UpstreamTls {
    pub cluster: String,
    pub trusted_ca: PathBuf,
    pub name: String,
}

impl Default for EnvoyOptions {
    fn default() -> Self {
        Self {
            filter: None,
            environment: Vec::new(),
            clusters: Vec::new(),
            upstream_tls: Vec::new(),
            port: 0,
            tls_names: Vec::new(),
            concurrency: 1,
            normalize_path: false,
            trusted_hops: 0,
            stream_idle_timeout: None,
            dynamic: false,
            wasm: None,
            failure_policy: "FAIL_CLOSED",
        }
    }
}

/// Ends with its process when dropped.
#[derive(Debug)]
pub struct Envoy {
    process: Child,
    folder: Scratch,
    admin: SocketAddr,
    plain: SocketAddr,
    tls: Option<SocketAddr>,
}

/// An Envoy that did not come up, and what it said.
#[derive(Debug)]
pub struct NotStarted {
    pub log: String,
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not what it lists of itself at every start.
        let listed = |line: &&str| {
            !line.contains("extensions:") && !line.contains("header map") && !line.contains("  envoy.")
        };
        let lines: Vec<&str> = self.log.lines().filter(listed).collect();
        write!(f, "Envoy did not start:\n{}", lines.join("\n"))
    }
}

impl Envoy {
    /// Returns when Envoy serves.
    ///
    /// # Errors
    /// With its log when it ended before, or was not ready in time.
    pub async fn start(options: EnvoyOptions) -> Result<Self, NotStarted> {
        let folder = Scratch::new("envoy");
        let mut process = launch(&options, folder.path());
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some((admin, plain, tls)) = ready(folder.path()).await {
                return Ok(Self { process, folder, admin, plain, tls });
            }
            let ended = process.try_wait().expect("the state of Envoy's process").is_some();
            if ended || Instant::now() > deadline {
                end(&mut process);
                return Err(NotStarted { log: read(&folder.path().join("envoy.log")) });
            }
            sleep(Duration::from_millis(25)).await;
        }
    }

    /// The process, for those who measure it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The listener that speaks plain HTTP.
    #[must_use]
    pub fn plain(&self) -> SocketAddr {
        self.plain
    }

    /// The listener that speaks TLS.
    #[must_use]
    pub fn tls(&self) -> SocketAddr {
        self.tls.expect("EnvoyOptions::tls_names")
    }

    /// The certificate of that listener.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Gives the listeners of a `dynamic` Envoy anew, as a control plane does; true where Envoy takes them.
    pub async fn update(&self, options: &EnvoyOptions) -> bool {
        let outcome = async || {
            let lds = "listener_manager.lds";
            (
                self.stat(&format!("{lds}.update_success")).await,
                self.stat(&format!("{lds}.update_rejected")).await,
            )
        };
        let before = outcome().await;
        let files = Files::of(self.folder.path(), wasm(options));
        write(&files.listeners, &envoy_config::discovery_response(options, &files));
        for _ in 0..500 {
            let (accepted, rejected) = outcome().await;
            if rejected > before.1 {
                return false;
            }
            // Taken, and no listener is still being prepared.
            if accepted > before.0 && self.stat("listener_manager.total_listeners_warming").await == 0 {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("Envoy does not react to new listeners:\n{}", self.log());
    }

    /// All that Envoy has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        read(&self.folder.path().join("envoy.log"))
    }

    /// The lines that the filter wrote, without what Envoy puts in front.
    #[must_use]
    pub fn filter_log(&self) -> Vec<String> {
        filter_lines(&self.log())
    }

    /// Waits until the filter has written a line with `text`.
    pub async fn logged(&self, text: &str) -> bool {
        eventually(|| self.filter_log().iter().any(|line| line.contains(text))).await
    }

    /// One line a request: method, path, status, referer, location.
    pub async fn access_log(&self) -> String {
        // Envoy writes it out every 50 ms (see `launch`).
        sleep(Duration::from_millis(200)).await;
        read(&self.folder.path().join("access.log"))
    }

    /// The answer of Envoy's own admin interface.
    pub async fn admin(&self, path: &str) -> String {
        client::send(self.admin, &Request::get(path)).await.expect("Envoy's admin interface").text()
    }

    /// A counter or gauge by its full name; one that Envoy does not know is 0.
    pub async fn stat(&self, name: &str) -> u64 {
        let stats = self.admin("/stats").await;
        stats
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .map_or(0, |value| value.parse().expect("a number"))
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// The filter's own lines in a log of Envoy.
#[must_use]
pub fn filter_lines(log: &str) -> Vec<String> {
    log.lines()
        // Envoy's own format, and Istio's, which ends in the thread.
        .filter_map(|line| line.split_once("] wasm log").or_else(|| line.split_once("\twasm log")))
        .map(|(_, line)| line.split_once("\tthread=").map_or(line, |(line, _)| line))
        .map(|line| line.trim_start_matches(|c| c != ':').trim_start_matches(": ").to_owned())
        .collect()
}

/// Whether `holds` within ten seconds.
pub async fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(Duration::from_millis(20)).await;
    }
    true
}

fn launch(options: &EnvoyOptions, folder: &Path) -> Child {
    let files = Files::of(folder, wasm(options));
    if !options.tls_names.is_empty() {
        let issued = rcgen::generate_simple_self_signed(options.tls_names.clone()).expect("a certificate");
        fs::write(&files.certificate, issued.cert.pem()).expect("certificate.pem");
        fs::write(&files.private_key, issued.signing_key.serialize_pem()).expect("private_key.pem");
    }
    let config = folder.join("envoy.json");
    write(&config, &envoy_config::bootstrap(options, &files));
    write(&files.listeners, &envoy_config::discovery_response(options, &files));
    let log = File::create(folder.join("envoy.log")).expect("envoy.log");
    let binary = binary();
    Command::new(&binary)
        .arg("--config-path")
        .arg(&config)
        .arg("--admin-address-path")
        .arg(folder.join("admin"))
        .args(["--concurrency", &options.concurrency.to_string()])
        .args(["--disable-hot-restart", "--file-flush-interval-msec", "50"])
        // The filter's own lines in full. Envoy's other components would log each header.
        .args(["--log-level", "info", "--component-log-level", "wasm:debug"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}. scripts/bootstrap gets it", binary.display()))
}

/// `ENVOY_PATH`, or what scripts/bootstrap left.
pub(crate) fn binary() -> PathBuf {
    env::var_os("ENVOY_PATH").map_or_else(|| target().join("tools/envoy"), PathBuf::from)
}

/// The filter: `VESTIBULE_WASM`, or what scripts/build left.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn filter_wasm() -> PathBuf {
    let built = || target().join("vestibule.wasm");
    there(env::var_os("VESTIBULE_WASM").map_or_else(built, PathBuf::from), "scripts/build")
}

/// A filter that dies where a request has the header [`CRASH`], with all that is in its VM.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn crashing_wasm() -> PathBuf {
    there(target().join("crashing.wasm"), "scripts/build --crashing")
}

/// See [`crashing_wasm`].
pub const CRASH: &str = "x-vestibule-crash";

/// Nothing where there is no filter.
fn wasm(options: &EnvoyOptions) -> PathBuf {
    let of = |_: &Value| options.wasm.clone().unwrap_or_else(filter_wasm);
    options.filter.as_ref().map(of).unwrap_or_default()
}

fn there(path: PathBuf, by: &str) -> PathBuf {
    assert!(path.is_file(), "{} is missing: run {by}", path.display());
    path
}

/// The addresses of admin interface, plain and TLS listener, once Envoy is live.
async fn ready(folder: &Path) -> Option<(SocketAddr, SocketAddr, Option<SocketAddr>)> {
    let admin: SocketAddr = fs::read_to_string(folder.join("admin")).ok()?.trim().parse().ok()?;
    let state = client::send(admin, &Request::get("/ready")).await.ok()?;
    if state.status != 200 {
        return None;
    }
    let listeners = client::send(admin, &Request::get("/listeners?format=json")).await.ok()?;
    let listeners: Value = serde_json::from_slice(&listeners.body).ok()?;
    let address = |name: &str| {
        let mut all = listeners["listener_statuses"].as_array()?.iter();
        let port = &all.find(|one| one["name"] == name)?["local_address"]["socket_address"]["port_value"];
        Some(SocketAddr::from(([127, 0, 0, 1], u16::try_from(port.as_u64()?).ok()?)))
    };
    Some((admin, address("plain")?, address("tls")))
}

/// At once and whole: Envoy looks at a file when it is renamed.
fn write(path: &Path, value: &Value) {
    let new = path.with_extension("new");
    fs::write(&new, format!("{value:#}")).expect("a configuration file");
    fs::rename(&new, path).expect("a configuration file");
}

fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

fn read(path: &Path) -> String {
    fs::read(path).map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}
