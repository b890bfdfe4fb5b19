//! A real Envoy in its own process, with the filter in it: that of the tests, and that of the demo.
//!
//! * `options` says how it is to be, `config` writes its configuration;
//! * `programs` are Envoy itself and builds of the filter, `log` is what the filter says there.

mod config;
mod log;
mod options;
mod programs;
mod prometheus;

use std::error::Error;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use crate::client::{self, Request};
use crate::process::Process;
use crate::scratch::Scratch;

pub use log::filter_lines;
pub use options::{EnvoyCluster, EnvoyOptions, LogLevels, UpstreamTls};
pub use programs::{CRASH, binary, crashing_wasm, filter_wasm};
pub use prometheus::{Sample, Samples};

use config::Files;

/// Ends with its process when dropped.
#[derive(Debug)]
pub struct Envoy {
    process: Process,
    files: Files,
    admin: SocketAddr,
    plain: SocketAddr,
    tls: Option<SocketAddr>,
    /// The workers' VMs, and the main thread's.
    vms: usize,
    _folder: Scratch,
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

impl Error for NotStarted {}

impl From<String> for NotStarted {
    fn from(log: String) -> Self {
        Self { log }
    }
}

impl Envoy {
    /// Returns when Envoy serves.
    ///
    /// # Errors
    /// With its log when it ended before, or was not ready in time.
    pub async fn start(options: EnvoyOptions) -> Result<Self, NotStarted> {
        let folder = options.folder.as_deref().map_or_else(|| Scratch::new("envoy"), Scratch::staying);
        let files = Files::write(&options, folder.path())?;
        // Envoy would add to that of an earlier one in the same folder; its own log begins anew as well.
        let _ = fs::remove_file(&files.access_log);
        let mut process = launch(&options, &files)?;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some((admin, plain, tls)) = ready(&files.admin).await {
                let vms = options.concurrency as usize + 1;
                return Ok(Self { process, files, admin, plain, tls, vms, _folder: folder });
            }
            if process.has_ended().is_some() || Instant::now() > deadline {
                return Err(NotStarted { log: process.log() });
            }
            sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        self.process.ended().await
    }

    /// Asks it to end, and makes it end where it does not.
    pub async fn stop(self) {
        self.process.stop().await;
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
        self.files.certificate.clone()
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
        let wasm = config::wasm(options).expect("the filter");
        self.files.write_listeners(options, &wasm);
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
        self.process.log()
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

    /// Waits until every VM knows metadata and keys, the main thread's too: one has fetched them for all. Whoever counts the
    /// provider's requests must not count those.
    pub async fn every_vm_is_ready(&self) -> bool {
        let ready = || self.filter_log().iter().filter(|line| line.contains("provider ready")).count();
        eventually(|| ready() >= self.vms).await
    }

    /// One line a request: method, path, status, response code details, referer, location.
    pub async fn access_log(&self) -> String {
        // Envoy writes it out every 50 ms (see `launch`).
        sleep(Duration::from_millis(200)).await;
        fs::read_to_string(&self.files.access_log).unwrap_or_default()
    }

    /// The answer of Envoy's own admin interface.
    pub async fn admin(&self, path: &str) -> String {
        client::send(self.admin, &Request::get(path)).await.expect("Envoy's admin interface").text()
    }

    /// What Prometheus would read.
    pub async fn samples(&self) -> Samples {
        Samples::parse(&self.admin("/stats/prometheus").await)
    }

    /// The samples of this name and with these labels, added up; 0 where there is none.
    pub async fn metric(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples().await.sum(name, labels).unwrap_or_default()
    }

    /// A counter or gauge by its full name; one that Envoy does not know is 0.
    pub async fn stat(&self, name: &str) -> u64 {
        stat_of(&self.admin("/stats").await, name)
    }
}

/// The same, of what the admin interface said at `/stats`.
///
/// # Panics
/// When it is no whole number.
#[must_use]
pub fn stat_of(stats: &str, name: &str) -> u64 {
    let value = stats.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.map_or(0, |value| value.parse().expect("a number"))
}

/// Only the configuration, for whoever runs Envoy by hand: the file. Where the listeners are `dynamic`, an Envoy that runs
/// already takes them.
///
/// # Errors
/// With what is missing.
pub fn write_configuration(options: &EnvoyOptions, folder: &Path) -> Result<PathBuf, NotStarted> {
    let folder = Scratch::staying(folder);
    Ok(Files::write(options, folder.path())?.bootstrap)
}

/// Whether `holds` within half a minute: the machine may be busy, and the filter pauses longer after each failure.
pub async fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(Duration::from_millis(20)).await;
    }
    true
}

fn launch(options: &EnvoyOptions, files: &Files) -> Result<Process, String> {
    let mut command = match programs::func_e().filter(|_| options.func_e) {
        Some(func_e) => {
            let mut command = Command::new(func_e);
            // Without the variable func-e would fetch an Envoy of its own choice.
            command.env("ENVOY_PATH", binary()).arg("run");
            command
        }
        None => Command::new(binary()),
    };
    command
        .arg("--config-path")
        .arg(&files.bootstrap)
        .arg("--admin-address-path")
        .arg(&files.admin)
        .args(["--concurrency", &options.concurrency.to_string()])
        // Two Envoys on one machine would otherwise share memory for hot restarts.
        .args(["--disable-hot-restart", "--file-flush-interval-msec", "50"])
        .args(["--log-level", options.log_levels.envoy])
        .args(["--component-log-level", &format!("wasm:{}", options.log_levels.filter)])
        .args(options.drain.iter().flat_map(|time| ["--drain-time-s".to_owned(), time.as_secs().to_string()]))
        .envs(options.host_environment.iter().map(|(name, value)| (name, value)));
    Process::try_start(&mut command, files.log.clone(), options.func_e)
}

/// The addresses of admin interface, plain and TLS listener, once Envoy is live.
async fn ready(admin: &Path) -> Option<(SocketAddr, SocketAddr, Option<SocketAddr>)> {
    let admin: SocketAddr = fs::read_to_string(admin).ok()?.trim().parse().ok()?;
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
