//! `CHANGELOG.md`: a section for each version, the newest first, above them what is not released yet.

use std::fs;
use std::path::Path;

use semver::Version;

const FILE: &str = "CHANGELOG.md";
const UNRELEASED: &str = "## Unreleased";

pub(super) struct Changelog {
    text: String,
}

impl Changelog {
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(root.join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
        Ok(Self { text })
    }

    /// The newest version that has a section.
    pub(super) fn last(&self) -> Option<Version> {
        self.text.lines().filter_map(of_heading).max()
    }

    /// What the section of a version says.
    pub(super) fn section(&self, version: &Version) -> Option<String> {
        let heading = |line: &&str| of_heading(line).as_ref() == Some(version);
        let below = self.text.lines().skip_while(|line| !heading(line)).skip(1);
        let section: Vec<&str> = below.take_while(|line| !line.starts_with("## ")).collect();
        let section = section.join("\n").trim().to_owned();
        (!section.is_empty()).then_some(section)
    }

    /// What is not released becomes the section of this version, below an empty one for what comes next. Gives the
    /// file's name.
    ///
    /// # Errors
    /// When there is nothing to release, or no such day.
    pub(super) fn release(&self, root: &Path, version: &Version, date: &str) -> Result<String, String> {
        chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d")
            .map_err(|_| format!("'{date}' is no day like 2026-11-30"))?;
        let at = self.text.find(&format!("{UNRELEASED}\n"));
        let (before, after) = at
            .and_then(|at| self.text.split_at_checked(at))
            .ok_or_else(|| format!("{FILE} has no line '{UNRELEASED}'"))?;
        let after = after.strip_prefix(UNRELEASED).unwrap_or(after);
        let says =
            after.lines().take_while(|line| !line.starts_with("## ")).any(|line| !line.trim().is_empty());
        if !says {
            return Err(format!("{FILE} has nothing below '{UNRELEASED}': there is nothing to release"));
        }
        let text = format!("{before}{UNRELEASED}\n\n## {version} - {date}{after}");
        fs::write(root.join(FILE), text).map_err(|error| format!("{FILE}: {error}"))?;
        Ok(FILE.to_owned())
    }
}

/// `## 1.2.0 - 2026-11-30`.
fn of_heading(line: &str) -> Option<Version> {
    Version::parse(line.strip_prefix("## ")?.split_whitespace().next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Changelog {
        Changelog { text: text.to_owned() }
    }

    #[test]
    fn the_newest_version_counts_wherever_it_stands() {
        assert_eq!(of("# Changelog\n\n## Unreleased\n\n* a\n").last(), None);
        let text = "## Unreleased\n\n## 0.9.0 - 2026-01-01\n\n* a\n\n## 0.10.0 - 2026-02-01\n\n* b\n* c\n";
        assert_eq!(of(text).last().unwrap().to_string(), "0.10.0");
        assert_eq!(of(text).section(&"0.9.0".parse().unwrap()).unwrap(), "* a");
        assert_eq!(of(text).section(&"0.10.0".parse().unwrap()).unwrap(), "* b\n* c");
        assert_eq!(of(text).section(&"0.1.0".parse().unwrap()), None);
    }
}
