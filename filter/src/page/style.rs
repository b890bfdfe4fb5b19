//! The one style sheet, and the policy that lets nothing but it into a page.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// What stands in each page.
pub(super) const STYLE: &str = include_str!("../../templates/page.css").trim_ascii();

/// No script, no frame, nothing from elsewhere; the one style sheet by its hash.
pub(super) static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The colours of one scheme, by name.
    fn colours(block: &str) -> BTreeMap<&str, [u8; 3]> {
        let declarations = block.split(['{', '}']).next().unwrap().split(';');
        let colours = declarations.filter_map(|declaration| declaration.strip_prefix("--")?.split_once(":#"));
        colours
            .map(|(name, digits)| {
                assert_eq!(digits.len(), 6, "{name}");
                (name, [0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()))
            })
            .collect()
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: [u8; 3]) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
    }

    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn contrast_is_computed_as_wcag_has_it() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        // The grey that just misses 4.5:1 on white, and the one that just does not.
        assert!(contrast([0x77; 3], [255; 3]) < 4.5 && contrast([0x76; 3], [255; 3]) > 4.5);
    }

    /// WCAG 2.2 AA, 1.4.3 (text) and 1.4.11 (what is no text: the ring of the focus, the edge).
    #[test]
    fn both_colour_schemes_can_be_read() {
        let (light, dark) = STYLE.split_once("@media (prefers-color-scheme:dark){:root{").unwrap();
        let light = light.split_once(":root{").unwrap().1;
        for (scheme, block) in [("light", light), ("dark", dark)] {
            let colours = colours(block);
            for (above, below, least) in [
                ("text", "ground", 4.5),
                ("quiet", "ground", 4.5),
                ("label", "link", 4.5),
                ("ring", "ground", 3.0),
                ("edge", "ground", 3.0),
                ("link", "ground", 3.0),
            ] {
                let found = contrast(colours[above], colours[below]);
                assert!(found >= least, "{scheme}: {above} on {below} has {found:.2}:1, wanted {least}:1");
            }
            assert_eq!(colours.len(), 7, "{scheme}: a colour that no line above looks at");
        }
    }

    /// What the contrasts are computed of is what is drawn.
    #[test]
    fn every_colour_comes_from_the_schemes() {
        let rules = STYLE.rsplit_once("}}").unwrap().1;
        for word in ["#", "rgb", "hsl", "Canvas", "GrayText", "opacity"] {
            assert!(!rules.contains(word), "{word}");
        }
        // The ring has a gap, so that what is around it is the ground on both sides.
        assert!(rules.contains(".link:focus-visible{outline:3px solid var(--ring);outline-offset:2px}"));
        assert!(!rules.contains("outline:none") && !rules.contains("outline:0"));
    }
}
