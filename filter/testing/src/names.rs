//! Names that take their room: nothing in them repeats, so that deflating them saves little.

/// The `n`th of them, of 40 characters.
#[must_use]
pub fn long_name(n: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n as u64 + 1);
    let mut letter = || {
        // The generator of Knuth's MMIX, of which the upper bits are good.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(state >> 58) as usize])
    };
    (0..40).map(|_| letter()).collect()
}
