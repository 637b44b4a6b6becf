//! Time as the engine sees it.
//!
//! Owns: instants, and how they pass: really, scaled, or in jumps. Must not know: executions, deadlines. Start reading at
//! [`ClockMode`]; when a virtual clock may jump is for the driver to decide, which knows what is awaited.

use std::time::{Duration, Instant};

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

/// The time of one engine. The driver asks it, the core is told.
#[derive(Debug)]
pub(crate) struct Clock {
    mode: ClockMode,
    /// What it showed at `since`; meaningless for a real clock.
    base: Timestamp,
    /// From when real time is added to `base`; `None` while a virtual clock stands still.
    since: Option<Instant>,
    /// Who says what instant it is, where it is not the machine.
    #[cfg(test)]
    told: Option<told::Told>,
}

impl Clock {
    /// A clock that shows `wall` at `at`. A virtual one stands still until [`Clock::flow`].
    pub(crate) fn new(mode: ClockMode, wall: Timestamp, at: Instant) -> Self {
        let since = if matches!(mode, ClockMode::Virtual { .. }) { None } else { Some(at) };
        Self {
            mode,
            base: wall,
            since,
            #[cfg(test)]
            told: None,
        }
    }

    /// The instant by which this clock goes, and every pause beside it.
    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "in tests it may be told what instant it is"))]
    pub(crate) fn instant(&self) -> Instant {
        #[cfg(test)]
        if let Some(told) = &self.told {
            return told.look();
        }
        Instant::now()
    }

    pub(crate) fn mode(&self) -> ClockMode {
        self.mode
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Timestamp {
        match self.mode {
            ClockMode::Real => Timestamp::now(),
            ClockMode::Virtual { .. } | ClockMode::Scaled(_) => self.at(self.instant()),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a float too large becomes the last instant, as it should")]
    fn at(&self, instant: Instant) -> Timestamp {
        let elapsed = self.since.map_or(Duration::ZERO, |since| instant.saturating_duration_since(since));
        let elapsed = (elapsed.as_secs_f64() * 1000.0 * self.speed()) as i64;
        Timestamp(self.base.0.saturating_add(elapsed))
    }

    fn speed(&self) -> f64 {
        match self.mode {
            // A clock of no or negative speed would never fire anything; so slow a one is as good as still.
            ClockMode::Scaled(factor) if factor.is_finite() => factor.max(0.001),
            _ => 1.0,
        }
    }

    /// How long to wait, in real time, until it shows `deadline`; zero when it is due.
    #[expect(clippy::cast_precision_loss, reason = "waits are bounded, and looked at again")]
    pub(crate) fn until(&self, deadline: Timestamp) -> Duration {
        let milliseconds = deadline.0.saturating_sub(self.now().0).max(0);
        Duration::try_from_secs_f64(milliseconds as f64 / 1000.0 / self.speed()).unwrap_or(Duration::MAX)
    }

    /// Lets a virtual clock run at real pace, or stand still. Others run anyway.
    pub(crate) fn flow(&mut self, flowing: bool) {
        if matches!(self.mode, ClockMode::Virtual { .. }) && flowing != self.since.is_some() {
            let instant = self.instant();
            self.base = self.at(instant);
            self.since = flowing.then_some(instant);
        }
    }

    /// Sets a virtual clock forward to `target`; never back.
    pub(crate) fn jump(&mut self, target: Timestamp) {
        let instant = self.instant();
        self.base = self.at(instant).max(target);
        self.since = self.since.map(|_| instant);
    }
}

#[cfg(test)]
pub(crate) mod told;

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_virtual_clock_stands_until_it_is_moved_and_never_goes_back() {
        let mut clock = Clock::new(ClockMode::Virtual { expire: false }, START, Instant::now());
        assert_eq!(clock.at(Instant::now() + Duration::from_mins(1)), START);
        clock.jump(START.plus_seconds(60));
        assert_eq!(clock.now(), START.plus_seconds(60));
        clock.jump(START);
        assert_eq!(clock.now(), START.plus_seconds(60));
        assert_eq!(clock.until(START.plus_seconds(61)), Duration::from_secs(1));
    }

    #[test]
    fn a_virtual_clock_that_flows_keeps_what_passed() {
        let mut clock = Clock::new(ClockMode::Virtual { expire: false }, START, Instant::now());
        clock.flow(true);
        let since = clock.since.unwrap();
        assert_eq!(clock.at(since + Duration::from_secs(5)), Timestamp(clock.base.0 + 5_000));
        clock.flow(false);
        let stood = clock.now();
        assert!(stood >= START);
        assert_eq!(clock.at(Instant::now() + Duration::from_mins(1)), stood);
    }

    #[test]
    fn a_scaled_clock_runs_faster_and_waits_less() {
        let begun = Instant::now();
        let clock = Clock::new(ClockMode::Scaled(60.0), START, begun);
        assert_eq!(clock.at(begun + Duration::from_secs(2)), START.plus_seconds(120));
        assert!(clock.until(START.plus_seconds(600)) <= Duration::from_secs(10));
    }
}
