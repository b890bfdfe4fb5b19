//! Randomness that a test can rely on.

use vestibule::inputs::{Entropy, NoEntropy};

/// No two draws are equal, and every run draws the same.
#[derive(Debug, Default)]
pub struct TestEntropy {
    drawn: u64,
    /// Whether it gives none.
    pub dry: bool,
}

impl TestEntropy {
    /// Draws as after so many words of 64 bits.
    #[must_use]
    pub fn after(drawn: u64) -> Self {
        Self { drawn, dry: false }
    }
}

impl Entropy for TestEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        if self.dry {
            return Err(NoEntropy);
        }
        for chunk in bytes.chunks_mut(8) {
            self.drawn = self.drawn.wrapping_add(1);
            // Splitmix: neighbours look nothing like one another.
            let mut word = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word ^= word >> 27;
            chunk.copy_from_slice(&word.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
