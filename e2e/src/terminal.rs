//! A program as somebody runs it in a terminal: the lines that it prints, and Ctrl-C.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// The program and what it started; all of it ends when dropped.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Terminal {
    /// Its standard error stream goes to a file.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command, errors: &Path) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(errors).expect("a file for the standard error stream"))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, output }
    }

    /// Reads its output up to a line that begins so; the lines before it, and that line.
    ///
    /// # Panics
    /// When there is none within a minute.
    pub async fn says(&mut self, beginning: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = timeout(PATIENCE, self.output.next_line()).await;
            let Ok(line) = line else { panic!("it does not say '{beginning}', but {lines:#?}") };
            let Some(line) = line.expect("lines of text") else { panic!("it ended, having said {lines:#?}") };
            lines.push(line.trim().to_owned());
            if line.trim_start().starts_with(beginning) {
                return lines;
            }
        }
    }

    /// Ends it as somebody does who wants it to end.
    ///
    /// # Panics
    /// When it does not.
    pub async fn stop(mut self) {
        self.signal();
        timeout(PATIENCE, self.child.wait()).await.expect("it ends on SIGTERM").expect("its status");
    }

    fn signal(&self) {
        if let Some(group) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.signal();
    }
}
