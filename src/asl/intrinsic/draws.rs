//! The random numbers of one state, all of them functions of one seed.

use sha2::{Digest, Sha256};

/// A sequence of random bits that is the same for the same seed and field, so that a replay draws what the run drew.
#[derive(Debug)]
pub(in crate::asl) struct Draws {
    entropy: u128,
    /// Keeps the sequences of a state's `Parameters` and `ResultSelector` apart.
    field: &'static str,
    drawn: u64,
}

impl Draws {
    pub(in crate::asl) fn new(entropy: u128, field: &'static str) -> Self {
        Self { entropy, field, drawn: 0 }
    }

    /// The next 128 bits.
    pub(super) fn next(&mut self) -> u128 {
        let hash = Sha256::new()
            .chain_update(self.entropy.to_be_bytes())
            .chain_update(self.drawn.to_be_bytes())
            .chain_update(self.field)
            .finalize();
        self.drawn += 1;
        first_half(&hash)
    }
}

/// 128 bits that depend on a seed of the definition's author only.
pub(super) fn seeded(seed: i64) -> u128 {
    first_half(&Sha256::digest(seed.to_be_bytes()))
}

fn first_half(hash: &[u8]) -> u128 {
    hash.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}
