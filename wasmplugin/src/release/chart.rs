//! The chart as one file, as Helm reads it: the same bytes for the same chart.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::{gzip, tar};

const CHART: &str = "wasmplugin/chart";
/// The folder in the archive: the chart's name.
const NAME: &str = "vestibule";

/// # Errors
/// When a file cannot be read.
pub(super) fn package(root: &Path) -> Result<Vec<u8>, String> {
    let chart = root.join(CHART);
    let failed = |path: &Path, error| format!("{}: {error}", path.display());
    let ignore = chart.join(".helmignore");
    let ignored = fs::read_to_string(&ignore).map_err(|error| failed(&ignore, error))?;
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_end_matches('/')).collect();
    let mut files = Vec::new();
    let mut folders = vec![chart.clone()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder).map_err(|error| failed(&folder, error))? {
            let name = path.strip_prefix(&chart).map_err(|error| error.to_string())?;
            let name =
                name.to_str().ok_or_else(|| format!("{} has a name that is no text", path.display()))?;
            if ignored.contains(&name) || name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files
                    .push((format!("{NAME}/{name}"), fs::read(&path).map_err(|error| failed(&path, error))?));
            }
        }
    }
    files.sort();
    Ok(gzip(&tar(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))))
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}
