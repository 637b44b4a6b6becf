//! The random numbers of one state, all of them functions of one seed.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// A sequence of random bits that is the same for the same seed and field, so that a replay draws what the run drew.
#[derive(Debug, Clone)]
pub(in crate::asl) struct Draws {
    entropy: u128,
    /// Keeps the sequences of a state's `Parameters` and `ResultSelector` apart.
    field: Cow<'static, str>,
    drawn: u64,
}

impl Draws {
    pub(in crate::asl) fn new(entropy: u128, field: impl Into<Cow<'static, str>>) -> Self {
        Self { entropy, field: field.into(), drawn: 0 }
    }

    /// The next 128 bits.
    pub(super) fn next(&mut self) -> u128 {
        let hash = Sha256::new()
            .chain_update(self.entropy.to_be_bytes())
            .chain_update(self.drawn.to_be_bytes())
            .chain_update(self.field.as_bytes())
            .finalize();
        self.drawn += 1;
        first_half(&hash)
    }

    /// A random (version 4) UUID.
    pub(in crate::asl) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.next().to_be_bytes()).into_uuid().to_string()
    }

    /// From 0 (included) to 1 (excluded).
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(in crate::asl) fn fraction(&mut self) -> f64 {
        (self.next() >> (128 - 53)) as f64 / (1_u64 << 53) as f64
    }
}

/// 128 bits that depend on a seed of the definition's author only.
pub(super) fn seeded(seed: i64) -> u128 {
    first_half(&Sha256::digest(seed.to_be_bytes()))
}

fn first_half(hash: &[u8]) -> u128 {
    hash.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}
