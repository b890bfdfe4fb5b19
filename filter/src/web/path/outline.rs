//! What a pattern and every path that it can name have in common, for finding patterns by path.

use super::pattern::folded;
use super::{PathPattern, Reading};

/// A number for a beginning of a path, as [`super::resembles`] compares it: without the case of letters and without a
/// slash at the end.
///
/// Whatever way a pattern names a path in, the path's [`Outlines`] hold the pattern's. The reverse does not hold, and two
/// beginnings may have one number: an outline says where to look, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outline(u64);

impl Outline {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// FNV-1a: a few instructions an octet. Nobody has to be kept from finding two paths with one number.
    fn and(self, octet: u8) -> Self {
        Self((self.0 ^ u64::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3))
    }

    /// That of a pattern, and its length in octets.
    #[must_use]
    pub fn of(pattern: &PathPattern) -> (Self, usize) {
        let (PathPattern::Exact(name) | PathPattern::Below(name)) = pattern;
        let mut rest = name.strip_suffix('/').unwrap_or(name).as_bytes();
        let (mut outline, mut length) = (Self::EMPTY, 0_usize);
        while let Some((octet, after)) = folded(rest) {
            (outline, length, rest) = (outline.and(octet), length.saturating_add(1), after);
        }
        (outline, length)
    }
}

/// The outlines of all patterns of at most `longest` octets that can name `path`: those of the folders above it, where
/// its last segment has dots those of what stands before each of them, and its own. A path can have thousands, but only
/// few that a configured pattern is as long as.
pub fn outlines(path: Reading<'_>, longest: usize) -> Outlines<'_> {
    let text = path.as_bytes();
    let last_segment = text.strip_suffix(b"/").unwrap_or(text).split(|byte| *byte == b'/').next_back();
    let extensions = last_segment.map_or(0, <[u8]>::len).saturating_add(usize::from(text.ends_with(b"/")));
    Outlines { rest: Some(text), extensions, outline: Outline::EMPTY, left: longest }
}

/// See [`outlines`].
#[derive(Clone, Debug)]
pub struct Outlines<'p> {
    /// `None`: all has been said.
    rest: Option<&'p [u8]>,
    /// Of how many octets at the end the dots count.
    extensions: usize,
    outline: Outline,
    left: usize,
}

impl Iterator for Outlines<'_> {
    type Item = Outline;

    fn next(&mut self) -> Option<Outline> {
        loop {
            let rest = self.rest?;
            let so_far = self.outline;
            let Some((octet, after)) = folded(rest) else {
                self.rest = None;
                return Some(so_far);
            };
            let ends_here = octet == b'/' || (octet == b'.' && rest.len() <= self.extensions);
            self.outline = so_far.and(octet);
            // What ends at a slash is the same without it.
            let is_over = self.left == 0 || (octet == b'/' && after.is_empty());
            self.rest = (!is_over).then_some(after);
            self.left = self.left.saturating_sub(1);
            if ends_here {
                return Some(so_far);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{NormalPath, matches, matches_to_the_letter, resembles};
    use super::*;

    proptest! {
        #[test]
        fn whatever_a_pattern_names_has_its_outline(
            pattern in "(/([aA$d]|%24|%2f|a\\.b|a\\.)){0,3}(/|/\\*)?",
            paths in proptest::collection::vec("(/{0,2}([aAdD$]|%24|%64|%2f|%5c|%252f|a\\.b|\\.|\\\\|;a)){1,4}(\\.a){0,2}/?", 1..9),
        ) {
            let Some(pattern) = PathPattern::parse(&pattern) else { return Ok(()) };
            for path in &paths {
                let Ok(normal) = NormalPath::parse(path.as_bytes()) else { continue };
                let Ok(readings) = normal.readings() else { continue };
                for reading in readings.iter().chain([normal.reading()]) {
                    let named = [resembles, matches, matches_to_the_letter].iter().any(|names| names(&pattern, reading));
                    let (outline, length) = Outline::of(&pattern);
                    if named {
                        prop_assert!(outlines(reading, length).any(|one| one == outline), "{pattern} {path}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_path_has_the_outlines_of_all_patterns_that_can_name_it() {
        let check = |path: &str, longest, expected: &[&str]| {
            let path = NormalPath::parse(path.as_bytes()).unwrap();
            let of = |text: &&str| Outline::of(&PathPattern::Below((*text).to_owned())).0;
            let expected: Vec<_> = expected.iter().map(of).collect();
            assert_eq!(outlines(path.reading(), longest).collect::<Vec<_>>(), expected);
        };
        check("/", 9, &[""]);
        check("/A/b.c/%24d.e.f/", 99, &["", "/a", "/a/b.c", "/a/b.c/$d", "/a/b.c/$d.e", "/a/b.c/$d.e.f"]);
        check("/a%2Fb/c", 99, &["", "/a%2fb", "/a%2fb/c"]);
        // No more are looked at than there can be patterns for.
        check("/a/b/c", 2, &["", "/a"]);
        check(&"/a".repeat(2_000), 6, &["", "/a", "/a/a", "/a/a/a"]);
        assert_eq!(
            Outline::of(&PathPattern::Exact("/%24x/".to_owned())),
            (Outline::of(&PathPattern::Below("/$X".to_owned())).0, 3)
        );
    }
}
