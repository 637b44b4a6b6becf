//! How many requests a key has made, by day, and whether its quota is used up.
//!
//! The count is written ahead: what is in the store is a block higher than what was counted when it was written, and a
//! request is let through only when the store covers it. So an owner that is killed over-counts by at most a block, never
//! under-counts, and most requests write nothing. An owner that leaves in order writes what is true. A block is a hundredth
//! of the limit: a period costs about a hundred writes however large its limit is, and a limit below a hundred is exact.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::engine::Timestamp;
use crate::local::api_gateway::model::{Period, Quota};

/// So many days are kept: GetUsage is asked for a period at a time.
const DAYS_MAX: usize = 100;
/// A block is at most so large, and that large where there is no quota.
const BLOCK_MAX: u64 = 1_000;

/// What one key has used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Usage {
    days: BTreeMap<Date, u64>,
    /// What the store has.
    kept: BTreeMap<Date, u64>,
}

/// What became of a request that wanted to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// The quota is used up; it was not counted.
    Exceeded,
    /// It was, and the store covers it.
    Covered,
    /// It was, and the store must cover it before it goes on.
    Uncovered,
}

impl Usage {
    /// Counts a request on `today`. `first` is a day of the plan's first period.
    pub(super) fn count(&mut self, quota: Option<Quota>, first: Date, today: Date) -> Counted {
        if quota.is_some_and(|quota| remaining(quota, first, today, self.used(quota.period, today)) == 0) {
            return Counted::Exceeded;
        }
        let used = self.days.entry(today).or_default();
        *used += 1;
        if self.is_covered(today) { Counted::Covered } else { Counted::Uncovered }
    }

    /// Whether the store has at least what was counted on a day.
    pub(super) fn is_covered(&self, day: Date) -> bool {
        self.days.get(&day) <= self.kept.get(&day)
    }

    /// What to write, to cover a block more than was counted.
    pub(super) fn ahead(&self, quota: Option<Quota>, today: Date) -> BTreeMap<Date, u64> {
        let mut days = self.exact();
        *days.entry(today).or_default() += block(quota);
        days
    }

    /// What was counted, without the oldest days where there are too many.
    pub(super) fn exact(&self) -> BTreeMap<Date, u64> {
        self.days.iter().rev().take(DAYS_MAX).map(|(day, used)| (*day, *used)).collect()
    }

    /// Notes what was written.
    pub(super) fn keep(&mut self, kept: BTreeMap<Date, u64>) {
        self.kept = kept;
    }

    /// Whether the store has something else than what was counted.
    pub(super) fn is_ahead(&self) -> bool {
        self.kept != self.exact()
    }

    /// `[used, remaining]` of each day, in order, as GetUsage gives it.
    pub(super) fn by_day(&self, quota: Option<Quota>, first: Date, from: Date, to: Date) -> Vec<[u64; 2]> {
        let day = |day: Date| {
            let used = self.days.get(&day).copied().unwrap_or_default();
            // AWS does not say what remains where nothing bounds it; the largest number that its model has cannot mislead.
            let left = |quota: Quota| remaining(quota, first, day, self.used(quota.period, day));
            [used, quota.map_or(i64::MAX.unsigned_abs(), left)]
        };
        from.series(jiff::Span::new().days(1)).take_while(|at| *at <= to).map(day).collect()
    }

    /// What was used in the period of a day, up to that day.
    fn used(&self, period: Period, day: Date) -> u64 {
        self.days.range(first_day(period, day)..=day).map(|(_, used)| used).sum()
    }
}

/// What remains of a quota when `used` was used by `day` in its period.
fn remaining(quota: Quota, first: Date, day: Date, used: u64) -> u64 {
    let is_first = first_day(quota.period, first) == first_day(quota.period, day);
    let limit = if is_first { quota.limit.saturating_sub(quota.offset) } else { quota.limit };
    limit.saturating_sub(used)
}

fn block(quota: Option<Quota>) -> u64 {
    quota.map_or(BLOCK_MAX, |quota| (quota.limit / 100).min(BLOCK_MAX))
}

/// The first day of the period in which a day is. AWS does not say with which day its week begins; here it is Sunday.
fn first_day(period: Period, day: Date) -> Date {
    match period {
        Period::Day => day,
        Period::Week => {
            let since_sunday = i64::from(day.weekday().to_sunday_zero_offset());
            // Only in the first week of the year -9999 is there no Sunday before.
            day.checked_sub(jiff::Span::new().days(since_sunday)).unwrap_or(day)
        }
        Period::Month => day.first_of_month(),
    }
}

/// The day of an instant, in UTC.
pub(super) fn day(at: Timestamp) -> Date {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(TimeZone::UTC).date()
}

/// As the store keeps it: `{"version":1,"days":{"2026-11-23":7}}`.
pub(super) fn encode(days: &BTreeMap<Date, u64>) -> Value {
    let days: Map<String, Value> = days.iter().map(|(day, used)| (day.to_string(), json!(used))).collect();
    json!({ "version": 1, "days": days })
}

/// What [`encode`] wrote; `None` when it did not.
pub(super) fn decode(value: &Value) -> Option<Usage> {
    let days = value["days"].as_object().filter(|_| value["version"] == 1)?;
    let days: Option<BTreeMap<Date, u64>> =
        days.iter().map(|(day, used)| Some((day.parse().ok()?, used.as_u64()?))).collect();
    days.map(|days| Usage { kept: days.clone(), days })
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Counted, Period, Quota, Usage, day, decode, encode, first_day};
    use crate::engine::Timestamp;

    const TODAY: Date = date(2026, 11, 23);

    fn quota(limit: u64, offset: u64, period: Period) -> Quota {
        Quota { limit, offset, period }
    }

    /// Counts until the quota is used up, at most so often.
    fn fill(usage: &mut Usage, quota: Option<Quota>, first: Date, today: Date) -> u64 {
        (0..1_000).take_while(|_| usage.count(quota, first, today) != Counted::Exceeded).count() as u64
    }

    #[test]
    fn a_limit_holds_for_its_period_and_the_offset_for_the_first_one() {
        for (period, same, next) in [
            (Period::Day, TODAY, date(2026, 11, 24)),
            (Period::Week, date(2026, 11, 28), date(2026, 11, 29)),
            (Period::Month, date(2026, 11, 30), date(2026, 12, 1)),
        ] {
            let mut usage = Usage::default();
            let quota = Some(quota(5, 2, period));
            assert_eq!(fill(&mut usage, quota, TODAY, TODAY), 3, "{period:?}: the first period");
            assert_eq!(fill(&mut usage, quota, TODAY, same), 0, "{period:?}: its end");
            assert_eq!(fill(&mut usage, quota, TODAY, next), 5, "{period:?}: the next one");
        }
        assert_eq!(fill(&mut Usage::default(), None, TODAY, TODAY), 1_000);
        assert_eq!(
            fill(&mut Usage::default(), Some(quota(2, 5, Period::Day)), TODAY, TODAY),
            0,
            "more offset than limit"
        );
    }

    #[test]
    fn periods_are_of_the_calendar_in_utc() {
        assert_eq!(first_day(Period::Week, date(2026, 11, 22)), date(2026, 11, 22));
        assert_eq!(first_day(Period::Week, date(2026, 11, 28)), date(2026, 11, 22));
        assert_eq!(first_day(Period::Month, date(2024, 2, 29)), date(2024, 2, 1));
        assert_eq!(day(Timestamp(1_700_000_000_000)), date(2023, 11, 14));
        assert_eq!(day(Timestamp(1_700_006_399_999)), date(2023, 11, 14));
        assert_eq!(day(Timestamp(1_700_006_400_000)), date(2023, 11, 15));
    }

    #[test]
    fn the_store_is_a_block_ahead_and_never_behind() {
        let quota = Some(quota(399, 0, Period::Month));
        let mut usage = Usage::default();
        let mut writes = 0;
        for number in 1..=399_u64 {
            match usage.count(quota, TODAY, TODAY) {
                Counted::Exceeded => panic!("request {number}"),
                Counted::Covered => {}
                Counted::Uncovered => {
                    writes += 1;
                    let days = usage.ahead(quota, TODAY);
                    usage.keep(days);
                }
            }
            let after_a_kill = decode(&encode(&usage.kept)).unwrap().days[&TODAY];
            assert!((number..=number + 3).contains(&after_a_kill), "{after_a_kill} of {number}");
        }
        assert_eq!(writes, 100);
        assert_eq!(usage.count(quota, TODAY, TODAY), Counted::Exceeded);
        assert!(usage.is_ahead());
        usage.keep(usage.exact());
        assert!(!usage.is_ahead());
    }

    #[test]
    fn a_small_quota_is_exact_even_after_a_kill() {
        let quota = Some(quota(3, 0, Period::Day));
        let mut usage = Usage::default();
        for number in 1..=3 {
            assert_eq!(usage.count(quota, TODAY, TODAY), Counted::Uncovered);
            usage.keep(usage.ahead(quota, TODAY));
            assert_eq!(usage.kept[&TODAY], number);
        }
    }

    #[test]
    fn usage_is_told_by_day() {
        let mut usage = Usage::default();
        for (day, times) in [(date(2026, 10, 31), 1), (date(2026, 11, 1), 2), (date(2026, 11, 3), 4)] {
            (0..times).for_each(|_| assert_ne!(usage.count(None, day, day), Counted::Exceeded));
        }
        let month = Some(quota(10, 3, Period::Month));
        let told = |quota| usage.by_day(quota, date(2026, 10, 9), date(2026, 10, 31), date(2026, 11, 3));
        assert_eq!(told(month), [[1, 6], [2, 8], [0, 8], [4, 4]]);
        assert_eq!(told(None)[0], [1, i64::MAX.unsigned_abs()]);
        let back = usage.by_day(month, TODAY, date(2026, 11, 3), date(2026, 11, 1));
        assert!(back.is_empty());
    }

    #[test]
    fn only_so_many_days_are_kept_and_another_version_is_not_read() {
        let mut usage = Usage::default();
        let days: Vec<Date> = date(2026, 1, 1).series(jiff::Span::new().days(1)).take(150).collect();
        for day in &days {
            usage.count(None, *day, *day);
        }
        let kept = encode(&usage.exact());
        assert_eq!(decode(&kept).unwrap().days.keys().next(), Some(&days[50]));
        for other in [r#"{"version":2,"days":{}}"#, "null", r#"{"version":1,"days":{"x":1}}"#] {
            assert_eq!(decode(&serde_json::from_str(other).unwrap()), None, "{other}");
        }
    }
}
