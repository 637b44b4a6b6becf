//! Whether an execution can be redriven, and what became of it by redrives.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use crate::engine::api::{ExecutionStatus, StateMachineType};
use crate::engine::clock::Timestamp;
use crate::engine::core::{HISTORY_EVENTS_MAX, REDRIVES_MAX};

/// How long after its end an execution can be redriven: 14 days.
const PERIOD_SECONDS: u64 = 14 * 24 * 60 * 60;

/// A history with so many events has no room for `ExecutionRedriven` and what would follow it.
const EVENTS_FULL: u64 = HISTORY_EVENTS_MAX - 1;

/// What is known of an execution's redrives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redriven {
    /// How often it was.
    pub count: u32,
    /// When it last was; `None`, too, for a map run's child of Express, which is begun anew.
    pub at: Option<Timestamp>,
    /// Whether it waits for its redrive: a map run's child, `PENDING_REDRIVE`.
    pub pending: bool,
    /// How many events its history had when it last ended; 0 when that is not known.
    pub events: u64,
}

/// Whether an execution can be redriven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedriveStatus {
    /// By its ARN.
    Redrivable,
    /// With its map run only.
    RedrivableByMapRun,
    /// It cannot, for this reason, in AWS's words.
    NotRedrivable(String),
}

impl RedriveStatus {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Redrivable => "REDRIVABLE",
            Self::RedrivableByMapRun => "REDRIVABLE_BY_MAP_RUN",
            Self::NotRedrivable(_) => "NOT_REDRIVABLE",
        }
    }
}

/// What an execution is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// Where it stands.
    pub status: ExecutionStatus,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended, if it did.
    pub stopped: Option<Timestamp>,
    /// What is known of its redrives.
    pub redriven: Redriven,
    /// Whether it is a map run's child.
    pub is_child: bool,
    /// Whether it is of Express by itself.
    pub is_express: bool,
}

/// Whether an ARN is that of an execution of Express that no map run began.
pub(super) fn is_express(arn: &str) -> bool {
    arn.split(':').nth(5) == Some("express")
}

impl Judged {
    /// The status that the API shows.
    #[must_use]
    pub fn shown_status(&self) -> &'static str {
        if self.redriven.pending { "PENDING_REDRIVE" } else { self.status.as_str() }
    }

    /// Whether it can be redriven at `now`.
    #[must_use]
    pub fn redrive_status(&self, now: Timestamp) -> RedriveStatus {
        match self.obstacle(now) {
            Some(reason) => RedriveStatus::NotRedrivable(reason),
            None if self.is_child => RedriveStatus::RedrivableByMapRun,
            None => RedriveStatus::Redrivable,
        }
    }

    /// Why its map run cannot redrive it, though it waits for that.
    #[must_use]
    pub fn obstacle_of_child(&self, now: Timestamp) -> Option<String> {
        let redriven = Redriven { pending: false, ..self.redriven };
        Self { redriven, ..*self }.obstacle(now)
    }

    /// Why it cannot be redriven at `now`, by whomever, in AWS's words.
    #[must_use]
    pub fn obstacle(&self, now: Timestamp) -> Option<String> {
        let longest = StateMachineType::Standard.execution_seconds_max();
        let reason = match self.status {
            ExecutionStatus::Running | ExecutionStatus::Succeeded => {
                return Some(format!("Execution is {} and cannot be redriven", self.status.as_str()));
            }
            _ if self.is_express => "Execution is of an EXPRESS state machine and cannot be redriven",
            _ if self.redriven.pending => "Execution is PENDING_REDRIVE and cannot be redriven",
            _ if self.redriven.events >= EVENTS_FULL => "Execution history event limit exceeded",
            _ if now >= self.started.plus_seconds(longest) => "Execution has exceeded the max execution time",
            _ if self.stopped.is_some_and(|at| now >= at.plus_seconds(PERIOD_SECONDS)) => {
                "Execution redrivable period exceeded"
            }
            _ if self.redriven.count >= REDRIVES_MAX => "Execution has exceeded the max number of redrives",
            _ => return None,
        };
        Some(reason.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn judged(status: ExecutionStatus) -> Judged {
        let started = Timestamp(0);
        Judged {
            status,
            started,
            stopped: Some(started),
            redriven: Redriven::default(),
            is_child: false,
            is_express: false,
        }
    }

    #[test]
    fn what_ended_badly_can_be_redriven_within_its_bounds() {
        let at = |judged: Judged, seconds: u64| judged.redrive_status(Timestamp(0).plus_seconds(seconds));
        let refused = |reason: &str| RedriveStatus::NotRedrivable(reason.to_owned());
        let failed = judged(ExecutionStatus::Failed);
        for status in [ExecutionStatus::Failed, ExecutionStatus::TimedOut, ExecutionStatus::Aborted] {
            assert_eq!(at(judged(status), 14 * DAY - 1), RedriveStatus::Redrivable);
        }
        assert_eq!(at(failed, 14 * DAY), refused("Execution redrivable period exceeded"));
        let late = Judged { stopped: Some(Timestamp(0).plus_seconds(364 * DAY)), ..failed };
        assert_eq!(at(late, 365 * DAY - 1), RedriveStatus::Redrivable);
        assert_eq!(at(late, 365 * DAY), refused("Execution has exceeded the max execution time"));
        let with = |redriven: Redriven| Judged { redriven, ..failed };
        let long = |events| with(Redriven { events, ..Redriven::default() });
        assert_eq!(at(long(24_998), 0), RedriveStatus::Redrivable);
        assert_eq!(at(long(24_999), 0), refused("Execution history event limit exceeded"));
        let often = |count| with(Redriven { count, ..Redriven::default() });
        assert_eq!(at(often(999), 0), RedriveStatus::Redrivable);
        assert_eq!(at(often(1_000), 0), refused("Execution has exceeded the max number of redrives"));
        assert_eq!(at(Judged { is_child: true, ..failed }, 0), RedriveStatus::RedrivableByMapRun);
        for (status, name) in [(ExecutionStatus::Running, "RUNNING"), (ExecutionStatus::Succeeded, "SUCCEEDED")] {
            assert_eq!(at(judged(status), 0), refused(&format!("Execution is {name} and cannot be redriven")));
        }
        assert_ne!(at(Judged { is_express: true, ..failed }, 0), RedriveStatus::Redrivable);
        assert!(is_express("arn:aws:states:us-east-1:000000000000:express:M:e:1"));
        assert!(!is_express("arn:aws:states:us-east-1:000000000000:execution:express:e"));
        let pending = with(Redriven { pending: true, ..Redriven::default() });
        assert_eq!(pending.shown_status(), "PENDING_REDRIVE");
        assert_eq!(at(pending, 0), refused("Execution is PENDING_REDRIVE and cannot be redriven"));
    }
}
