//! Time as the engine sees it.

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Now, by the machine's clock.
    #[must_use]
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    /// The instant `seconds` later.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        let milliseconds = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        Self(self.0.saturating_add(milliseconds))
    }

    /// Seconds since 1970 with their fraction, as AWS's JSON protocol writes times.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ms is the year 287,396")]
    pub fn as_epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-22T21:00:00.000Z`, as the context object writes times.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(|_| self.0.to_string(), |at| format!("{at:.3}"))
    }
}

/// How an engine's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ClockMode {
    /// As everybody's.
    #[default]
    Real,
    /// It jumps to the next deadline whenever nothing can run and nothing outside is awaited.
    Virtual {
        /// Whether it also jumps to the deadlines of tokens and activities that nobody answered.
        expire: bool,
    },
    /// So many times faster than everybody's.
    Scaled(f64),
}
