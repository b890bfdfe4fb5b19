//! What a page shows beside the words for its reason.

use super::pages::Presentation;

/// More is no name of anybody; it is cut. Characters.
const LONGEST_NAME: usize = 128;

/// More groups than this help nobody.
pub const MOST_GROUPS: usize = 10;

/// What a page shows beside the words for its reason. A program is told none of it.
#[derive(Debug, Default)]
pub struct Shown {
    /// How, and in which language; `None`: as without a configuration, in English.
    pub by: Option<Presentation>,
    /// Whoever is signed in, and reads it: by email address or name.
    pub person: Option<String>,
    /// Groups, one of which would do. Empty where that is not to be said.
    pub needed_groups: Vec<String>,
}

/// A name as it may be shown: on one line, of bounded length.
pub(super) fn plain_name(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|it| !it.is_control()).take(LONGEST_NAME).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// An incident's id as it may be shown: what it is found by in the log.
pub(super) fn plain_incident(id: &str) -> Option<String> {
    let plain: String = id.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').take(64).collect();
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(plain_name(" ann@example.com\r\n").as_deref(), Some("ann@example.com"));
        assert_eq!(plain_name("\u{1b}[31mann\0").as_deref(), Some("[31mann"));
        assert_eq!(plain_name(&"é".repeat(1000)).unwrap().chars().count(), LONGEST_NAME);
        assert_eq!((plain_name(""), plain_name(" \t\n")), (None, None));
    }

    #[test]
    fn an_incident_is_known_by_letters_digits_and_hyphens() {
        assert_eq!(plain_incident("8f2c-Ab9").as_deref(), Some("8f2c-Ab9"));
        assert_eq!(plain_incident("<script>a\"b&#39;\r\nc</script>").as_deref(), Some("scriptab39cscript"));
        assert_eq!(plain_incident(&"a".repeat(100)).unwrap().len(), 64);
        assert_eq!((plain_incident(""), plain_incident("../é")), (None, None));
    }
}
