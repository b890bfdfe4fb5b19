//! A program that runs beside the test: what it says goes to a file, and it ends with whoever holds it.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::time::sleep;

/// How long it may take to end when it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Ends when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    own_group: bool,
    log: PathBuf,
}

impl Process {
    /// In a process group of its own: what it has started itself ends with it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        Self::try_start(command, log, true).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, or in the process group of the test, where a terminal's Ctrl-C reaches both.
    ///
    /// # Errors
    /// With what is to be done, when it cannot be started.
    ///
    /// # Panics
    /// When its log cannot be written.
    pub fn try_start(command: &mut Command, log: PathBuf, own_group: bool) -> Result<Self, String> {
        let file = File::create(&log).expect("a log file");
        if own_group {
            command.process_group(0);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("the log file"))
            .stderr(file)
            .spawn()
            .map_err(|error| {
                format!("{}: {error}. scripts/bootstrap gets it", command.get_program().display())
            })?;
        Ok(Self { child, own_group, log })
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Waits until it is `ready`.
    ///
    /// # Panics
    /// With all that it said, when it ends before, or is not ready within a minute and a half.
    pub async fn until(&mut self, mut ready: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            // While it lives, it is the one that answers.
            let ended = self.has_ended().is_some();
            if !ended && ready().await {
                return;
            }
            assert!(!ended && Instant::now() < deadline, "it does not become ready:\n{}", self.log());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// How it ended, when it has.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the state of a child process")
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.has_ended() {
                return status;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks it to end, and makes it end where it does not.
    pub async fn stop(mut self) {
        self.signal(Signal::TERM);
        let _ = tokio::time::timeout(STOP_LIMIT, self.ended()).await;
    }

    fn signal(&mut self, signal: Signal) {
        // Its number may be somebody else's by then; what it started may still be in its group.
        if !self.own_group && matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // Gone already: all the better.
            let _ = if self.own_group { kill_process_group(id, signal) } else { kill_process(id, signal) };
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Waits until something holds.
///
/// # Panics
/// With the log, when that has not come to be after `limit`.
pub async fn until_within(limit: Duration, mut holds: impl AsyncFnMut() -> bool, log: impl Fn() -> String) {
    let deadline = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < deadline, "it does not come:\n{}", log());
        sleep(Duration::from_millis(50)).await;
    }
}

/// For how long the threads of a process have run so far.
#[must_use]
pub fn processor_seconds(pid: u32) -> Option<f64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanoseconds = tasks.map(|task| {
        let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<f64>().ok()
    });
    Some(nanoseconds.sum::<Option<f64>>()? / 1e9)
}
