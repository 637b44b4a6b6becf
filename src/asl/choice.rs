//! Choice rules.

use crate::asl::program::StateId;

/// One entry of `Choices`.
#[derive(Debug)]
pub struct Rule {
    /// What must hold.
    pub condition: Condition,
    /// Where to go then.
    pub next: StateId,
}

/// A comparison, or `And`, `Or`, `Not` of such.
#[derive(Debug)]
pub struct Condition {}
