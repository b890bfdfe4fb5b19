//! A program that runs beside the test: what it says goes to a file, and it ends with whoever holds it.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::sleep;

/// Ends, with what it has started itself, when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        let file = File::create(&log).expect("a log file");
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("the log file"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}. scripts/bootstrap gets it", command.get_program().display())
            });
        Self { child, log }
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
            let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if !ended && ready().await {
                return;
            }
            assert!(!ended && Instant::now() < deadline, "it does not become ready:\n{}", self.log());
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // Gone already: all the better.
            let _ = Pid::from_raw(group).map(|group| kill_process_group(group, Signal::KILL));
        }
        let _ = self.child.wait();
    }
}
