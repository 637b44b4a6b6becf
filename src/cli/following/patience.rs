//! What a command that follows an execution does when a call fails. It decides only: the time comes in.
//!
//! The execution goes on whatever happens here, so most troubles are waited out: a service that throttles, a network that is
//! away for a while, an execution that was just started and is not known everywhere, credentials that expired. A local
//! server is no trouble of this kind: whoever serves the store is found by [`Context::call`].

use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::remembered::Remembered;
use crate::engine::Timestamp;

/// How long a network may be away.
const AWAY_MAX: Duration = Duration::from_mins(1);
/// How long AWS may throttle every call: longer than any burst of an account lasts.
const THROTTLED_MAX: Duration = Duration::from_mins(5);
/// How long after a start an execution may be unknown: DescribeExecution and its like are eventually consistent.
const UNKNOWN_MAX: Duration = Duration::from_secs(10);
/// The first pause of a trouble; it doubles.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(250);
/// The longest pause of a trouble.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How AWS refuses credentials that were good before.
const EXPIRED: [&str; 4] =
    ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"];

/// What is done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The call is made again after this time.
    Again(Duration),
    /// The call is made again, and from now on there are fewer.
    Slower(Duration),
    /// The configuration is read again, then the call is made again.
    Reload,
    /// Nothing helps; the failure is told.
    End,
}

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Away,
    Throttled,
    Unknown,
    Expired,
}

/// What is known of executions before the first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// They were started by iw102, or found in a list: they exist.
    Exists,
    /// Somebody wrote an ARN.
    Named,
}

impl Known {
    /// Of an execution (its ARN) that a word means.
    pub(crate) fn of(context: &Context, word: &str, arn: &str) -> Self {
        let was_started_here = || {
            let executions = context.remembered().map(Remembered::executions).unwrap_or_default();
            executions.iter().any(|execution| execution.arn == arn)
        };
        // As in `iw102 wait "$(iw102 start)"`. Any other ARN can be mistyped.
        if !word.starts_with("arn:") || was_started_here() { Self::Exists } else { Self::Named }
    }
}

/// How long from now an execution (its ARN) may still be unknown to AWS, because it was started from here seconds ago.
/// Nothing of any other execution, nor of those of a store.
pub(crate) fn may_be_unknown_for(context: &Context, arn: &str, now: Timestamp) -> Duration {
    let executions = context.remembered().map(Remembered::executions).unwrap_or_default();
    let started = executions.into_iter().find(|execution| execution.arn == arn).map(|execution| execution.started);
    started.map_or(Duration::ZERO, |started| unknown_for(started, now))
}

/// What is left of [`UNKNOWN_MAX`]. A clock that is behind AWS's makes it no longer.
fn unknown_for(started: Timestamp, now: Timestamp) -> Duration {
    let age = u64::try_from(now.0.saturating_sub(started.0)).unwrap_or_default();
    UNKNOWN_MAX.saturating_sub(Duration::from_millis(age))
}

/// The troubles of one command so far.
#[derive(Debug)]
pub(crate) struct Patience {
    is_local: bool,
    known: Known,
    /// Something was answered: what stands in the way came later.
    has_reached: bool,
    /// The present trouble, since when, and how often it was met.
    trouble: Option<(Trouble, Duration, u32)>,
}

impl Patience {
    pub(crate) fn new(is_local: bool, known: Known) -> Self {
        Self { is_local, known, has_reached: known == Known::Exists, trouble: None }
    }

    /// Takes a failure at a time since the command began to follow.
    pub(crate) fn failed(&mut self, failure: &Failure, now: Duration) -> Next {
        let Some(trouble) = self.trouble_of(failure).filter(|_| !self.is_local) else { return Next::End };
        let (since, times) = match self.trouble {
            Some((before, since, times)) if before == trouble => (since, times + 1),
            _ => (now, 1),
        };
        self.trouble = Some((trouble, since, times));
        let pause = PAUSE_MIN.saturating_mul(2_u32.saturating_pow(times - 1)).min(PAUSE_MAX);
        let lasts = now.saturating_sub(since);
        match trouble {
            Trouble::Throttled if lasts < THROTTLED_MAX => Next::Slower(pause),
            Trouble::Away if lasts < AWAY_MAX => Next::Again(pause),
            Trouble::Unknown if now < UNKNOWN_MAX => Next::Again(pause),
            // What was read again and is refused again has expired where it comes from.
            Trouble::Expired if times == 1 => Next::Reload,
            Trouble::Away | Trouble::Throttled | Trouble::Unknown | Trouble::Expired => Next::End,
        }
    }

    /// Whether the present trouble was just met for the first time, and what is said of it then.
    pub(crate) fn news(&self, failure: &Failure) -> Option<String> {
        let (trouble, _, 1) = self.trouble? else { return None };
        match trouble {
            Trouble::Away => Some(format!("note: {}; trying again for a minute", failure.message())),
            Trouble::Throttled => Some("note: AWS throttles the calls; looking less often".to_owned()),
            Trouble::Expired => Some("note: the credentials have expired; reading them again".to_owned()),
            Trouble::Unknown => None,
        }
    }

    /// Takes an answer; gives what is said where a trouble is over.
    pub(crate) fn answered(&mut self) -> Option<&'static str> {
        self.has_reached = true;
        match self.trouble.take()?.0 {
            Trouble::Away => Some("note: reached again"),
            Trouble::Expired => Some("note: the new credentials are good"),
            Trouble::Throttled | Trouble::Unknown => None,
        }
    }

    fn trouble_of(&self, failure: &Failure) -> Option<Trouble> {
        match failure.kind {
            FailureKind::Throttled if !is_quota(failure) => Some(Trouble::Throttled),
            FailureKind::Network if self.has_reached => Some(Trouble::Away),
            FailureKind::Unexpected if self.has_reached && is_server_fault(failure) => Some(Trouble::Away),
            FailureKind::NotFound if self.known == Known::Exists => Some(Trouble::Unknown),
            FailureKind::Credentials if self.have_expired(failure) => Some(Trouble::Expired),
            _ => None,
        }
    }

    /// Temporary credentials at their end. Those that were taken back are unknown rather than expired; and what gave them
    /// can give none any more, as after a login's end: then nothing was sent, and there is no code.
    fn have_expired(&self, failure: &Failure) -> bool {
        match failure.code.as_deref() {
            Some(code) => EXPIRED.contains(&code),
            None => self.has_reached,
        }
    }
}

/// There is too much of something: `ExecutionLimitExceeded`, `ServiceQuotaExceededException`. Waiting makes it no less. What
/// is exceeded by the rate of calls is the other kind.
fn is_quota(failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    let of_rate = ["BandwidthLimitExceeded", "RequestLimitExceeded"];
    !of_rate.contains(&code)
        && ["LimitExceeded", "LimitExceededException", "ServiceQuotaExceededException"]
            .iter()
            .any(|end| code.ends_with(end))
}

/// The service failed, not the call.
fn is_server_fault(failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    code.starts_with("HTTP 5") || matches!(code, "InternalFailure" | "InternalServerError" | "ServiceUnavailable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind, code: &str) -> Failure {
        Failure::text(kind, "the message").code(code)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_network_that_was_there_may_be_away_for_a_minute() {
        let gone = failure(FailureKind::Network, "");
        let mut patience = Patience::new(false, Known::Exists);
        assert_eq!(patience.failed(&gone, seconds(100)), Next::Again(PAUSE_MIN));
        assert_eq!(patience.news(&gone).as_deref(), Some("note: the message; trying again for a minute"));
        assert_eq!(patience.failed(&gone, seconds(101)), Next::Again(PAUSE_MIN * 2));
        assert_eq!(patience.news(&gone), None, "said once");
        assert_eq!(patience.failed(&gone, seconds(159)), Next::Again(PAUSE_MIN * 4));
        assert_eq!(patience.failed(&gone, seconds(160)), Next::End);
        assert_eq!(patience.answered(), Some("note: reached again"));
        assert_eq!(patience.failed(&gone, seconds(400)), Next::Again(PAUSE_MIN), "another time is another minute");
    }

    #[test]
    fn a_network_that_was_never_there_is_a_mistake() {
        let gone = failure(FailureKind::Network, "");
        assert_eq!(Patience::new(false, Known::Named).failed(&gone, seconds(0)), Next::End);
        let broken = failure(FailureKind::Unexpected, "InternalServerError");
        assert_eq!(Patience::new(false, Known::Exists).failed(&broken, seconds(0)), Next::Again(PAUSE_MIN));
        assert_eq!(
            Patience::new(false, Known::Exists).failed(&failure(FailureKind::Unexpected, "Odd"), seconds(0)),
            Next::End
        );
    }

    #[test]
    fn throttling_is_waited_out_and_said_once() {
        let throttled = failure(FailureKind::Throttled, "ThrottlingException");
        let mut patience = Patience::new(false, Known::Named);
        assert_eq!(patience.failed(&throttled, seconds(1)), Next::Slower(PAUSE_MIN));
        assert!(patience.news(&throttled).is_some());
        for now in 2..10 {
            assert!(
                matches!(patience.failed(&throttled, seconds(now * 30)), Next::Slower(pause) if pause <= PAUSE_MAX)
            );
            assert!(patience.news(&throttled).is_none());
        }
        assert_eq!(patience.failed(&throttled, seconds(301)), Next::End, "five minutes are more than a burst");
        assert_eq!(patience.answered(), None);
        assert_eq!(patience.failed(&throttled, seconds(400)), Next::Slower(PAUSE_MIN));
    }

    #[test]
    fn what_there_is_too_much_of_is_not_waited_for() {
        for code in ["ExecutionLimitExceeded", "LimitExceededException", "ServiceQuotaExceededException"] {
            let quota = failure(FailureKind::Throttled, code);
            assert_eq!(Patience::new(false, Known::Exists).failed(&quota, seconds(0)), Next::End, "{code}");
        }
        let rate = failure(FailureKind::Throttled, "RequestLimitExceeded");
        assert_eq!(Patience::new(false, Known::Exists).failed(&rate, seconds(0)), Next::Slower(PAUSE_MIN));
    }

    #[test]
    fn an_execution_that_exists_may_be_unknown_for_ten_seconds() {
        let unknown = failure(FailureKind::NotFound, "ExecutionDoesNotExist");
        let mut patience = Patience::new(false, Known::Exists);
        assert_eq!(patience.failed(&unknown, seconds(0)), Next::Again(PAUSE_MIN));
        assert_eq!(patience.news(&unknown), None);
        assert_eq!(patience.failed(&unknown, seconds(10)), Next::End);
        assert_eq!(Patience::new(false, Known::Named).failed(&unknown, seconds(0)), Next::End, "a mistyped ARN");
    }

    #[test]
    fn what_was_just_started_may_be_unknown_for_ten_seconds_after_its_start() {
        for (age_ms, left_ms) in
            [(0, 10_000), (2_500, 7_500), (9_999, 1), (10_000, 0), (86_400_000, 0), (-5_000, 10_000)]
        {
            let left = unknown_for(Timestamp(1_000_000), Timestamp(1_000_000 + age_ms));
            assert_eq!(left, Duration::from_millis(left_ms), "{age_ms}");
        }
    }

    #[test]
    fn expired_credentials_are_read_again_once() {
        let expired = failure(FailureKind::Credentials, "ExpiredTokenException");
        let mut patience = Patience::new(false, Known::Exists);
        assert_eq!(patience.failed(&expired, seconds(1)), Next::Reload);
        assert_eq!(patience.failed(&expired, seconds(2)), Next::End);
        let mut patience = Patience::new(false, Known::Exists);
        assert_eq!(patience.failed(&expired, seconds(1)), Next::Reload);
        assert_eq!(patience.answered(), Some("note: the new credentials are good"));
        assert_eq!(patience.failed(&expired, seconds(3_600)), Next::Reload, "an hour later they end again");
        let none = Failure::text(FailureKind::Credentials, "the login is over");
        assert_eq!(Patience::new(false, Known::Exists).failed(&none, seconds(1)), Next::Reload);
        assert_eq!(Patience::new(false, Known::Named).failed(&none, seconds(1)), Next::End, "there never were any");
        let denied = failure(FailureKind::Credentials, "AccessDeniedException");
        assert_eq!(patience.failed(&denied, seconds(1)), Next::End);
    }

    #[test]
    fn a_local_server_is_no_network() {
        let gone = failure(FailureKind::Network, "");
        assert_eq!(Patience::new(true, Known::Exists).failed(&gone, seconds(0)), Next::End);
    }
}
