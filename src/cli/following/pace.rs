//! How often an execution that is followed is looked at. Pure: the time and the chance come in.
//!
//! On AWS calls are counted: the bucket of GetExecutionHistory fills with 20 a second for all callers of an account. So the
//! looks are close together while a short execution can end, and then come further and further apart: GetExecutionHistory
//! and DescribeExecution together are called at most 150 times in ten minutes. DescribeExecution would be no cheaper a
//! look: both cost one call and a small answer, and only the history says what happened on the way.

use std::time::Duration;

/// How long the looks are close together.
const CLOSE: Duration = Duration::from_millis(1_500);
/// Between two looks meanwhile.
const CLOSE_PAUSE: Duration = Duration::from_millis(100);
/// The longest time between two looks.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How much longer than the last one a pause is.
const GROWTH: f64 = 1.5;
/// How much longer a pause is by chance, so that many followers do not call at once.
const JITTER: f64 = 0.1;
/// A look that took several calls is paid for with as many pauses, so many at once.
const PAID_AT_ONCE_MAX: u32 = 3;
/// With several executions: the service's own rate.
const CALL_INTERVAL: Duration = Duration::from_millis(50);
/// A service that throttles is called at most so often.
const THROTTLED_PAUSE: Duration = Duration::from_secs(10);

/// How long DescribeExecution may lag behind a history that has the end.
pub(crate) const LAG_MAX: Duration = Duration::from_secs(10);

/// On loopback: a local execution is often done by then.
const LOCAL_PAUSE_MIN: Duration = Duration::from_millis(2);
/// On loopback: the longest pause.
const LOCAL_PAUSE_MAX: Duration = Duration::from_millis(100);

/// The rhythm of one command's looks.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    is_local: bool,
    /// The pause before the next look.
    pause: Duration,
    /// Calls that were made beyond one for each execution and look, and not paid for yet.
    owed: u32,
    is_throttled: bool,
}

/// What a round of looks came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// From the first round's beginning to this one's.
    pub since_begin: Duration,
    /// How many executions were looked at.
    pub executions: u32,
    /// How many calls that took.
    pub calls: u32,
    /// Whether something was new.
    pub is_news: bool,
    /// From 0 to 1.
    pub chance: f64,
}

impl Pace {
    /// That of a server on loopback, which costs nothing, or that of AWS.
    pub(crate) fn new(is_local: bool) -> Self {
        let pause = if is_local { LOCAL_PAUSE_MIN } else { CLOSE_PAUSE };
        Self { is_local, pause, owed: 0, is_throttled: false }
    }

    /// The time from this round's beginning to the next one's.
    pub(crate) fn after(&mut self, round: Round) -> Duration {
        if self.is_local {
            self.pause = if round.is_news { LOCAL_PAUSE_MIN } else { (self.pause * 2).min(LOCAL_PAUSE_MAX) };
            return self.pause;
        }
        if round.since_begin >= CLOSE {
            self.pause = self.pause.mul_f64(GROWTH).min(PAUSE_MAX);
        }
        self.owed = self.owed.saturating_add(round.calls.saturating_sub(round.executions));
        let paid = self.owed.min(PAID_AT_ONCE_MAX - 1);
        self.owed -= paid;
        let mut pause = self.pause.mul_f64(JITTER.mul_add(round.chance, 1.0)) * (1 + paid);
        if self.is_throttled {
            pause = pause.max(THROTTLED_PAUSE);
        }
        // One execution's looks are never so close; those of a hundred are.
        pause.max(CALL_INTERVAL * round.calls)
    }

    /// The time from a start to the first look. Half a pause: at once nothing has happened yet, and what takes whole seconds
    /// is then seen half a pause after its end, not a whole one for having been looked at just before.
    pub(crate) fn first(&self) -> Duration {
        if self.is_local { Duration::ZERO } else { CLOSE_PAUSE / 2 }
    }

    /// The time until DescribeExecution is asked once more whether it knows of an end that the history has, after so many
    /// times. It doubles: an answer that lags is mostly there the next moment.
    pub(crate) fn confirming(&self, asked: u32) -> Duration {
        let first = if self.is_local { LOCAL_PAUSE_MIN } else { CLOSE_PAUSE };
        first.saturating_mul(2_u32.saturating_pow(asked.saturating_sub(1)))
    }

    /// Whether the service asked for fewer calls.
    pub(crate) fn is_throttled(&self) -> bool {
        self.is_throttled
    }

    /// The service asked for fewer calls; from now on it gets them.
    pub(crate) fn slow_down(&mut self) {
        self.is_throttled = !self.is_local;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_MINUTES: Duration = Duration::from_mins(10);

    /// Calls of a follower until `end` whose looks take `calls(look)` calls and no time: the worst case.
    fn calls_until(end: Duration, chance: f64, calls: impl Fn(u32) -> u32) -> u32 {
        let (mut pace, mut now, mut looks, mut made) = (Pace::new(false), Duration::ZERO, 0, 0);
        while now < end {
            let round = Round { since_begin: now, executions: 1, calls: calls(looks), is_news: true, chance };
            made += round.calls;
            looks += 1;
            now += pace.after(round);
        }
        made
    }

    #[test]
    fn ten_minutes_take_at_most_150_calls() {
        for chance in [0.0, 0.5, 1.0] {
            let quiet = calls_until(TEN_MINUTES, chance, |_| 1);
            assert!((120..=143).contains(&quiet), "{chance}: {quiet}");
        }
        let long_at_first = calls_until(TEN_MINUTES, 0.0, |look| if look == 0 { 26 } else { 1 });
        assert!(long_at_first <= 150, "a history of 25,000 events: {long_at_first}");
        let busy = calls_until(TEN_MINUTES, 0.0, |look| 1 + look % 3);
        assert!(busy <= 150, "news of more than a page, again and again: {busy}");
    }

    #[test]
    fn also_the_calls_of_the_end_are_among_the_150() {
        for end in (0..=600).map(Duration::from_secs) {
            let (pace, mut described, mut waited) = (Pace::new(false), 1, Duration::ZERO);
            // DescribeExecution lags as long as it is waited for, and the history is looked at once more.
            while waited < LAG_MAX && end + waited < TEN_MINUTES {
                waited += pace.confirming(described);
                described += 1;
            }
            let calls = calls_until(end, 0.0, |_| 1) + described + 1;
            assert!(calls <= 150, "{end:?}: {calls}");
        }
    }

    #[test]
    fn a_short_execution_is_looked_at_ten_times_a_second() {
        let (mut pace, mut now, mut looks) = (Pace::new(false), Duration::ZERO, Vec::new());
        while now < Duration::from_secs(20) {
            looks.push(u64::try_from(now.as_millis()).unwrap());
            now += pace.after(Round { since_begin: now, executions: 1, calls: 1, is_news: false, chance: 0.0 });
        }
        assert_eq!(Pace::new(false).first(), Duration::from_millis(50));
        assert_eq!(looks[..4], [0, 100, 200, 300]);
        assert_eq!(looks[14..18], [1_400, 1_500, 1_650, 1_875]);
        assert_eq!(looks[looks.len() - 1] - looks[looks.len() - 2], 5_000);
    }

    #[test]
    fn a_throttled_follower_slows_down_and_many_executions_share_the_rate() {
        let mut pace = Pace::new(false);
        let round = Round { since_begin: Duration::ZERO, executions: 20, calls: 20, is_news: false, chance: 0.0 };
        assert_eq!(pace.after(round), Duration::from_secs(1), "20 calls a second");
        pace.slow_down();
        assert_eq!(pace.after(Round { calls: 1, executions: 1, ..round }), THROTTLED_PAUSE);
    }

    #[test]
    fn a_local_server_is_asked_at_once() {
        let mut pace = Pace::new(true);
        assert_eq!(pace.first(), Duration::ZERO);
        let round = Round { since_begin: TEN_MINUTES, executions: 1, calls: 1, is_news: false, chance: 1.0 };
        let milliseconds: Vec<u128> = (0..7).map(|_| pace.after(round).as_millis()).collect();
        assert_eq!(milliseconds, [4, 8, 16, 32, 64, 100, 100]);
        assert_eq!(pace.after(Round { is_news: true, ..round }), LOCAL_PAUSE_MIN);
    }
}
