//! What a pattern and every path that it can name have in common, for finding patterns by path.

use super::pattern::folded;
use super::{PathPattern, Reading};

/// The outline of a pattern: its octets as [`super::resembles`] compares them, without the case of letters and without
/// a slash at the end.
///
/// Whatever way a pattern names a path in, the path's [`Outlines`] hold the pattern's. The reverse does not hold: an
/// outline says where to look, and no more.
#[must_use]
pub fn outline(pattern: &PathPattern) -> Vec<u8> {
    let (PathPattern::Exact(name) | PathPattern::Below(name)) = pattern;
    let mut outline = fold(name.as_bytes());
    without_slash(&mut outline);
    outline
}

/// The outlines of all patterns that can name a path.
#[derive(Debug)]
pub struct Outlines(Vec<u8>);

impl Outlines {
    /// Of a path in one reading.
    #[must_use]
    pub fn of(path: Reading<'_>) -> Self {
        let mut whole = fold(path.as_bytes());
        without_slash(&mut whole);
        Self(whole)
    }

    /// Those of at most `longest` bytes: the path itself, the folders above it, and, where its last segment has dots,
    /// what stands before each of them. So many a path can have, but only few that a configured pattern is as long as.
    pub fn up_to(&self, longest: usize) -> impl Iterator<Item = &[u8]> {
        let whole = self.0.as_slice();
        let last_slash = whole.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let ends_before = move |(at, byte): (usize, &u8)| match byte {
            b'/' => Some(at),
            b'.' if at > last_slash => Some(at),
            _ => None,
        };
        let ends = whole.iter().enumerate().take(longest.saturating_add(1)).filter_map(ends_before);
        ends.chain([whole.len()]).filter(move |end| *end <= longest).filter_map(move |end| whole.get(..end))
    }
}

fn fold(mut text: &[u8]) -> Vec<u8> {
    let mut outline = Vec::with_capacity(text.len());
    while let Some((octet, after)) = folded(text) {
        outline.push(octet.to_ascii_lowercase());
        text = after;
    }
    outline
}

fn without_slash(outline: &mut Vec<u8>) {
    if outline.last() == Some(&b'/') {
        outline.pop();
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
                    let outline = outline(&pattern);
                    if named {
                        prop_assert!(Outlines::of(reading).up_to(outline.len()).any(|one| one == outline), "{pattern} {path}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_path_has_the_outlines_of_all_patterns_that_can_name_it() {
        let outlines = |path: &str, longest| {
            let path = NormalPath::parse(path.as_bytes()).unwrap();
            let found = Outlines::of(path.reading());
            found
                .up_to(longest)
                .map(|outline| String::from_utf8_lossy(outline).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(outlines("/", 9), [""]);
        assert_eq!(
            outlines("/A/b.c/%24d.e.f/", 99),
            ["", "/a", "/a/b.c", "/a/b.c/$d", "/a/b.c/$d.e", "/a/b.c/$d.e.f"]
        );
        assert_eq!(outlines("/a%2Fb/c", 99), ["", "/a%2fb", "/a%2fb/c"]);
        // No more are looked at than there can be patterns for.
        assert_eq!(outlines("/a/b/c", 2), ["", "/a"]);
        assert_eq!(outlines(&"/a".repeat(2_000), 6), ["", "/a", "/a/a", "/a/a/a"]);
    }
}
