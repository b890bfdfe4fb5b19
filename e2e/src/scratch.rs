//! A folder for the files of one process: kept where a test failed, removed where it passed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process, thread};

/// A new folder under `target/e2e`, or one that stays.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    stays: bool,
}

impl Scratch {
    #[must_use]
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = target().join("e2e").join(format!("{name}-{}-{number}", process::id()));
        // What an earlier process of the same number left there.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder under target/e2e");
        Self { path, stays: false }
    }

    /// This one, which stays whatever happens.
    #[must_use]
    pub fn staying(path: &Path) -> Self {
        fs::create_dir_all(path).expect("a folder");
        Self { path: path.to_owned(), stays: true }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        if thread::panicking() {
            eprintln!("kept for a look: {}", self.path.display());
        } else {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Writes a file anew, at once and whole: Envoy and Envoy Gateway look at one when it is renamed into place.
///
/// # Panics
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("a new file");
    fs::rename(&new, path).expect("the file in its place");
}

/// The folder into which Cargo builds.
#[must_use]
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        // Not `../target`: Chromium refuses a profile whose path has two dots in it.
        .map_or_else(own_target, PathBuf::from)
}

/// The repository's own `target` folder, into which its scripts put what they make, wherever Cargo builds.
#[must_use]
pub fn own_target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target")
}
