//! Envoy as a child process, which does not outlive the demo.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::Result;
use super::provider::Provider;

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(5);

pub(crate) struct Envoy {
    child: Child,
    group: Option<Pid>,
    log: PathBuf,
}

impl Envoy {
    pub(crate) async fn start(root: &Path, config: &Path, provider: &Provider) -> Result<Self> {
        let log = config.with_file_name("envoy.log");
        let output = File::create(&log)?;
        let mut command = if is_on_path("func-e") {
            let mut command = Command::new("func-e");
            // Without the variable func-e would fetch an Envoy of its own choice.
            command.env("ENVOY_PATH", binary(root)).arg("run");
            command
        } else {
            Command::new(binary(root))
        };
        command
            .arg("-c")
            .arg(config)
            .args(["--log-level", "warn", "--component-log-level", "wasm:info", "--concurrency", "2"])
            // Two Envoys on one machine would otherwise share memory for hot restarts.
            .arg("--disable-hot-restart")
            .env("OKTA_CLIENT_SECRET", &provider.client_secret)
            .env("COOKIE_SECRET", &provider.cookie_secret)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // A group of its own: func-e and Envoy end together, and when the demo says so.
            .process_group(0);
        let program = command.as_std().get_program().to_os_string();
        let child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{} is missing: run scripts/bootstrap", program.display()),
            _ => format!("{} does not start: {error}", program.display()),
        })?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, group, log })
    }

    /// Until the public path answers, through Envoy, filter and application.
    pub(crate) async fn ready(&mut self, port: u16) -> Result<()> {
        let answers = async {
            while !healthz_answers(port).await {
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            answered = timeout(START_LIMIT, answers) => answered.map_err(|_| {
                let log = self.log.display();
                format!("/healthz does not answer after {} s: see {log}", START_LIMIT.as_secs()).into()
            }),
            status = self.child.wait() => Err(describe_end(&status, &self.log)),
        }
    }

    /// Why it ended, when it does so by itself.
    pub(crate) async fn ended(&mut self) -> Box<dyn Error> {
        let status = self.child.wait().await;
        describe_end(&status, &self.log)
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM);
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            self.signal(Signal::KILL);
            self.child.wait().await?;
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // It may have ended already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// `ENVOY_PATH`, or what scripts/bootstrap left.
pub(crate) fn binary(root: &Path) -> PathBuf {
    env::var_os("ENVOY_PATH").map_or_else(|| root.join("target/tools/envoy"), PathBuf::from)
}

async fn healthz_answers(port: u16) -> bool {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!("GET /healthz HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(Duration::from_secs(2), exchange).await;
    matches!(answer, Ok(Ok(answer)) if answer.starts_with(b"HTTP/1.1 200"))
}

/// With the last lines of the log, which say more than the status.
fn describe_end(status: &std::io::Result<std::process::ExitStatus>, log: &Path) -> Box<dyn Error> {
    let status = status.as_ref().map_or_else(ToString::to_string, ToString::to_string);
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(8)..].join("\n");
    format!("Envoy has ended ({status}); its log, {}, ends in\n{last}", log.display()).into()
}

fn is_on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
