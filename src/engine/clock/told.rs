//! Time that passes only when a test says so: the same run has the same instants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Clock, ClockMode, Timestamp};

/// Instants of a test; clones are the same time.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    beginning: Instant,
    /// In microseconds.
    passed: Arc<AtomicU64>,
    /// How many microseconds a look takes.
    look: Arc<AtomicU64>,
}

impl Told {
    pub(crate) fn new() -> Self {
        Self { beginning: Instant::now(), passed: Arc::default(), look: Arc::default() }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.passed.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// From now on so many microseconds pass with each look: what an engine does takes its time.
    pub(crate) fn slow(&self, microseconds: u64) {
        self.look.store(microseconds, Ordering::Relaxed);
    }

    pub(super) fn look(&self) -> Instant {
        let look = self.look.load(Ordering::Relaxed);
        self.beginning + Duration::from_micros(self.passed.fetch_add(look, Ordering::Relaxed))
    }
}

impl Clock {
    /// A clock that shows `wall` now, and from then on what passes as told.
    pub(crate) fn told(wall: Timestamp, told: Told) -> Self {
        let clock = Self::new(ClockMode::Scaled(1.0), wall, told.look());
        Self { told: Some(told), ..clock }
    }
}
