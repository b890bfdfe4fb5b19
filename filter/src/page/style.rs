//! The one style sheet, and the policy that lets nothing but it into a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::colour::{VISIBLE, contrast, text_on};
use crate::config::Colour;

/// What stands in each page, before the accent.
const STYLE: &str = include_str!("../../templates/page.css").trim_ascii();

/// The grounds of [`STYLE`], light and dark, and the edge that can be seen on both.
const LIGHT: Colour = Colour([0xff, 0xff, 0xff]);
const DARK: Colour = Colour([0x16, 0x18, 0x1d]);
const EDGE: Colour = Colour([0x7b, 0x82, 0x8e]);

/// No script, no frame, no form, nothing from elsewhere.
pub(super) const NOTHING: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The style sheet with this accent.
pub(super) fn style(accent: Colour) -> String {
    // A link that is hardly seen on the ground gets an edge that is.
    let rim = |ground| if contrast(accent, ground) >= VISIBLE { accent } else { EDGE };
    let (link, label) = (hex(accent), hex(text_on(accent)));
    let (light, dark) = (hex(rim(LIGHT)), hex(rim(DARK)));
    format!(
        "{STYLE}\n:root{{--link:{link};--label:{label};--rim:{light}}}\n\
         @media (prefers-color-scheme:dark){{:root{{--rim:{dark}}}}}"
    )
}

/// The policy for a page with this style sheet, by its hash, and with a picture that stands in the page where there is one.
pub(super) fn policy(style: &str, has_picture: bool) -> String {
    let hash = STANDARD.encode(Sha256::digest(style));
    let picture = if has_picture { "; img-src data:" } else { "" };
    format!("{NOTHING}; style-src 'sha256-{hash}'{picture}")
}

fn hex(Colour([red, green, blue]): Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const DARK_SCHEME: &str = "@media (prefers-color-scheme:dark){:root{";

    /// The colours of one scheme, by name.
    fn colours(block: &str) -> BTreeMap<&str, Colour> {
        let declarations = block.split('}').next().unwrap().split(';');
        let colours = declarations.filter_map(|declaration| declaration.strip_prefix("--")?.split_once(":#"));
        colours
            .map(|(name, digits)| {
                assert_eq!(digits.len(), 6, "{name}");
                (name, Colour([0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())))
            })
            .collect()
    }

    /// WCAG 2.2 AA, 1.4.3 (text) and 1.4.11 (what is no text: the ring of the focus, the edges).
    #[test]
    fn both_colour_schemes_can_be_read_with_every_accent() {
        let default = Colour::default();
        assert_eq!(text_on(default), Colour([255; 3]));
        let steps = || [0, 0x16, 0x40, 0x7b, 0x90, 0xc0, 0xff].into_iter();
        let mut accents = vec![default];
        for red in steps() {
            accents.extend(steps().flat_map(|green| steps().map(move |blue| Colour([red, green, blue]))));
        }
        for accent in accents {
            let style = style(accent);
            let blocks = |start: &str| {
                style.split(start).skip(1).map(|block| block.split('}').next().unwrap()).collect::<Vec<_>>()
            };
            let dark: BTreeMap<_, _> = blocks(DARK_SCHEME).into_iter().flat_map(colours).collect();
            let all: BTreeMap<_, _> = blocks("\n:root{").into_iter().flat_map(colours).collect();
            let first = style.strip_prefix(":root{").unwrap();
            let light: BTreeMap<_, _> = colours(first).into_iter().chain(all).collect();
            assert_eq!((light.len(), light["ground"], light["edge"]), (8, LIGHT, EDGE));
            // What the dark scheme leaves as it is counts there too.
            let dark: BTreeMap<_, _> = light.clone().into_iter().chain(dark).collect();
            assert_eq!((dark.len(), dark["ground"], dark["edge"]), (8, DARK, EDGE));
            for (scheme, colours) in [("light", light), ("dark", dark)] {
                for (above, below, least) in [
                    ("text", "ground", 4.5),
                    ("quiet", "ground", 4.5),
                    ("label", "link", 4.5),
                    ("ring", "ground", 3.0),
                    ("edge", "ground", 3.0),
                    ("rim", "ground", 3.0),
                ] {
                    let found = contrast(colours[above], colours[below]);
                    let case = format!("{accent:?}, {scheme}: {above} on {below}");
                    assert!(found >= least, "{case} has {found:.2}:1, wanted {least}:1");
                }
            }
        }
    }

    /// What the contrasts are computed of is what is drawn.
    #[test]
    fn every_colour_comes_from_the_schemes() {
        let rules = STYLE.split_once("}}\nbody{").unwrap().1;
        for word in ["#", "rgb", "hsl", "Canvas", "GrayText", "opacity", "--ground:", "--text:"] {
            assert!(!rules.contains(word), "{word}");
        }
        // The ring has a gap, so that what is around it is the ground on both sides.
        assert!(rules.contains("a:focus-visible{outline:3px solid var(--ring);outline-offset:2px}"));
        assert!(!rules.contains("outline:none") && !rules.contains("outline:0"));
    }

    #[test]
    fn nothing_but_the_style_and_a_picture_gets_into_a_page() {
        let style = style(Colour::default());
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains('<'));
        let bare = policy(&style, false);
        assert!(bare.starts_with(NOTHING) && !bare.contains("img-src") && !bare.contains("unsafe"), "{bare}");
        assert_eq!(policy(&style, true), format!("{bare}; img-src data:"));
    }
}
