//! The files that a command is given.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A text and the name to speak of it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Reads `files`; `-` is standard input.
///
/// # Errors
/// One line that names the first file that cannot be read, and why.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<Input>, String> {
    files.iter().map(|file| read_one(file)).collect()
}

fn read_one(file: &Path) -> Result<Input, String> {
    if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| format!("standard input cannot be read: {error}"))?;
        return Ok(Input { name: "standard input".to_owned(), text });
    }
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
    Ok(Input { name, text })
}
