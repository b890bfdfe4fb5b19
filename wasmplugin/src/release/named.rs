//! Where the version stands: the workspace with its lock, the chart, and the addresses that the documents show.

use std::fs;
use std::path::Path;
use std::process::Command;

use semver::Version;

const WORKSPACE: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
pub(super) const CHART: &str = "wasmplugin/chart/Chart.yaml";
/// What stands before the version where a document names the image.
const IMAGES: [&str; 2] = ["vestibule:", "target/image:"];

/// The version that the tree has.
///
/// # Errors
/// When it is not to be found.
pub(super) fn present(root: &Path) -> Result<Version, String> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        workspace: Workspace,
    }
    #[derive(serde::Deserialize)]
    struct Workspace {
        package: Package,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        version: Version,
    }
    let manifest: Manifest = toml::from_str(&read(root, WORKSPACE)?)
        .map_err(|error| format!("{WORKSPACE} has no version of the workspace: {}", error.message()))?;
    Ok(manifest.workspace.package.version)
}

/// The new version in all places of the old one. Gives the names of the files that are other ones now.
///
/// # Errors
/// When a file cannot be read or written, or does not name the old version where it should.
pub(super) fn replace(root: &Path, old: &Version, new: &Version) -> Result<Vec<String>, String> {
    let mut written = Vec::new();
    if old == new {
        return Ok(written);
    }
    let (old, new) = (old.to_string(), new.to_string());
    let mut write = |name: &str, text: String| {
        fs::write(root.join(name), text).map_err(|error| format!("{name}: {error}"))?;
        written.push(name.to_owned());
        Ok::<(), String>(())
    };
    for (name, lines) in [(WORKSPACE, &["version = \"{}\""][..]), (CHART, &["version: {}", "appVersion: {}"])]
    {
        let mut text = read(root, name)?;
        for line in lines {
            let (before, after) = (line.replace("{}", &old), line.replace("{}", &new));
            text = replaced_line(&text, &before, &after)
                .ok_or_else(|| format!("{name} has not exactly one line '{before}'"))?;
        }
        write(name, text)?;
    }
    write(LOCK, in_lock(&read(root, LOCK)?, &old, &new))?;
    for name in documents(root)? {
        let text = read(root, &name)?;
        let other = in_document(&text, &old, &new);
        if other != text {
            write(&name, other)?;
        }
    }
    Ok(written)
}

fn read(root: &Path, name: &str) -> Result<String, String> {
    fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"))
}

/// Where the text has this line exactly once.
fn replaced_line(text: &str, before: &str, after: &str) -> Option<String> {
    let lines = || text.split('\n');
    let replaced: Vec<&str> = lines().map(|line| if line == before { after } else { line }).collect();
    (lines().filter(|line| *line == before).count() == 1).then(|| replaced.join("\n"))
}

/// The packages of this repository, which come from nowhere.
fn in_lock(lock: &str, old: &str, new: &str) -> String {
    let (before, after) = (format!("\nversion = \"{old}\"\n"), format!("\nversion = \"{new}\"\n"));
    let own = |package: &&str| !package.contains("\nsource = ");
    let packages = lock.split("[[package]]").map(|package| match Some(package).filter(own) {
        Some(own) => own.replacen(&before, &after, 1),
        None => package.to_owned(),
    });
    packages.collect::<Vec<_>>().join("[[package]]")
}

/// All that git knows but the list of changes, which tells of the past.
fn documents(root: &Path) -> Result<Vec<String>, String> {
    let listed = Command::new("git").args(["ls-files", "*.md"]).current_dir(root).output();
    let listed = listed.map_err(|error| format!("git: {error}"))?;
    if !listed.status.success() {
        return Err(format!("git: {}", String::from_utf8_lossy(&listed.stderr).trim()));
    }
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(names.lines().filter(|name| *name != "CHANGELOG.md").map(str::to_owned).collect())
}

fn in_document(text: &str, old: &str, new: &str) -> String {
    let mut text = text.to_owned();
    for image in IMAGES {
        let named = format!("{image}{old}");
        let mut parts = text.split(&named);
        let mut other = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            // `0.1.0` stands in `0.1.0-rc.1` and in `0.1.01` as well.
            let ends = !part.starts_with(|char: char| char.is_alphanumeric() || char == '-');
            other.push_str(image);
            other.push_str(if ends { new } else { old });
            other.push_str(part);
        }
        text = other;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_others_stays() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\nsource = \"registry\"\n\n\
                    [[package]]\nname = \"vestibule\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n";
        let expected = lock.replace("vestibule\"\nversion = \"0.1.0\"", "vestibule\"\nversion = \"0.2.0\"");
        assert_ne!(lock, expected);
        assert_eq!(in_lock(lock, "0.1.0", "0.2.0"), expected);
    }

    #[test]
    fn documents_name_the_new_image_and_no_other_number_changes() {
        let text = "push vestibule:0.1.0, oci:target/image:0.1.0; wasm 0.1.0, vestibule:0.1.0-rc.1, vestibule:0.1.01.";
        let expected = "push vestibule:2.0.0, oci:target/image:2.0.0; wasm 0.1.0, vestibule:0.1.0-rc.1, vestibule:0.1.01.";
        assert_eq!(in_document(text, "0.1.0", "2.0.0"), expected);
    }

    #[test]
    fn a_line_is_replaced_where_there_is_one() {
        assert_eq!(replaced_line("a\nb\n", "a", "c").as_deref(), Some("c\nb\n"));
        assert_eq!(replaced_line("b\n", "a", "c"), None);
        assert_eq!(replaced_line("a\na\n", "a", "c"), None);
    }
}
