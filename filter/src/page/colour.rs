//! Which colours can be read on one another (WCAG 2.2, 1.4.3 and 1.4.11).

use crate::config::Colour;

pub(super) const BLACK: Colour = Colour([0; 3]);
pub(super) const WHITE: Colour = Colour([255; 3]);

/// What text needs.
pub(super) const READABLE: f64 = 4.5;
/// What the edge of a thing needs.
pub(super) const VISIBLE: f64 = 3.0;

/// Black or white, whichever can be read on `ground`: one of them always can.
pub(super) fn text_on(ground: Colour) -> Colour {
    if contrast(WHITE, ground) >= READABLE { WHITE } else { BLACK }
}

/// From 1 to 21.
pub(super) fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance.
fn luminance(Colour([red, green, blue]): Colour) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { to_the_2_4((part + 0.055) / 1.055) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// `base` to the power of 2.4, for which the general one would bring tables of several KB. 0.4 is 0.0110 0110 … in binary:
/// a product of square roots of square roots.
fn to_the_2_4(base: f64) -> f64 {
    let mut power = base * base;
    let mut root = base;
    for digit in [false, true, true, false].into_iter().cycle().take(32) {
        root = root.sqrt();
        if digit {
            power *= root;
        }
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_is_the_general_one() {
        for part in 1..=255 {
            let base = f64::from(part) / 255.0;
            assert!((to_the_2_4(base) - base.powf(2.4)).abs() < 1e-9, "{base}");
        }
    }

    #[test]
    fn contrast_is_computed_as_wcag_has_it() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 1e-9);
        // The grey that just misses 4.5:1 on white, and the one that just does not.
        assert!(contrast(Colour([0x77; 3]), WHITE) < 4.5 && contrast(Colour([0x76; 3]), WHITE) > 4.5);
    }

    #[test]
    fn text_can_be_read_on_every_colour() {
        for red in (0..=255).step_by(5) {
            for green in (0..=255).step_by(5) {
                for blue in (0..=255).step_by(5) {
                    let ground = Colour([red, green, blue]);
                    assert!(contrast(text_on(ground), ground) >= READABLE, "{ground:?}");
                }
            }
        }
    }
}
