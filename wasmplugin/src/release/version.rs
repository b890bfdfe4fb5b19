//! Which version may come next.

use semver::Version;

/// # Errors
/// When it is none, or one that no registry takes as a tag.
pub(super) fn parse(text: &str) -> Result<Version, String> {
    let wanted = "a version is MAJOR.MINOR.PATCH as SemVer has it, like 1.2.0 or 1.2.0-rc.1";
    let version = Version::parse(text).map_err(|_| format!("'{text}' is no version: {wanted}"))?;
    if version.build.is_empty() {
        Ok(version)
    } else {
        Err(format!("'{text}' has build metadata, and no tag in a registry may have a '+': {wanted}"))
    }
}

/// # Errors
/// When the version is not higher than the `last` that was released, or lower than the one that the tree has.
pub(super) fn may_follow(version: &Version, last: Option<&Version>, present: &Version) -> Result<(), String> {
    match last {
        Some(last) if version <= last => {
            Err(format!("{version} is not higher than {last}, the newest in CHANGELOG.md"))
        }
        _ if version < present => {
            Err(format!("{version} is lower than {present}, the version of Cargo.toml"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_semver_and_registries_take_is_a_version() {
        for right in ["0.1.0", "1.2.3", "1.0.0-rc.1"] {
            assert_eq!(parse(right).unwrap().to_string(), right);
        }
        for wrong in ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-", "latest", "1.2.3 "] {
            assert!(parse(wrong).unwrap_err().contains("is no version"), "{wrong}");
        }
        assert!(parse("1.2.3+build").unwrap_err().contains("build metadata"));
    }

    #[test]
    fn the_next_is_higher_than_the_last_and_the_first_is_what_the_tree_has() {
        let of = |text: &str| parse(text).unwrap();
        let may = |version: &str, last: Option<&str>, present: &str| {
            may_follow(&of(version), last.map(of).as_ref(), &of(present))
        };
        assert_eq!(may("0.1.0", None, "0.1.0"), Ok(()));
        assert_eq!(may("0.2.0", Some("0.1.0"), "0.1.0"), Ok(()));
        assert_eq!(may("0.10.0", Some("0.9.0"), "0.9.0"), Ok(()));
        assert_eq!(may("1.0.0", Some("1.0.0-rc.2"), "1.0.0-rc.2"), Ok(()));
        for (version, last, present, words) in [
            ("0.1.0", Some("0.1.0"), "0.1.0", "not higher than 0.1.0"),
            ("0.9.0", Some("0.10.0"), "0.10.0", "not higher than 0.10.0"),
            ("1.0.0-rc.1", Some("1.0.0"), "1.0.0", "not higher than 1.0.0"),
            ("0.0.9", None, "0.1.0", "lower than 0.1.0"),
        ] {
            assert!(may(version, last, present).unwrap_err().contains(words), "{version} after {last:?}");
        }
    }
}
