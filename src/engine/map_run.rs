//! Map runs: what a distributed Map state starts, and the executions that are its children.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::clock::Timestamp;

/// Which child of which map run an execution is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildOf {
    /// `arn:aws:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:ID`
    pub map_run_arn: Arc<str>,
    /// The store's key of the execution that the map run is a part of.
    pub parent: i64,
    /// The id of its event `MapRunStarted`.
    pub event: u64,
    /// Its place among the children, from 0.
    pub index: u32,
    /// The scope of the program that it runs.
    pub scope: u32,
    /// How many items it was given.
    pub items: u32,
    /// Whether it goes on as Express executions do.
    pub express: bool,
}

/// Where a map run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapRunStatus {
    /// It goes on.
    Running,
    /// Every item was worked on, and not too many of them failed.
    Succeeded,
    /// Too many items failed, or they could not be read, or the results not be written.
    Failed,
    /// Its execution was stopped.
    Aborted,
}

impl MapRunStatus {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    /// The status of a text of [`MapRunStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Failed, Self::Aborted].into_iter().find(|known| known.as_str() == text)
    }
}

/// How many items or executions of a map run stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not begun.
    pub pending: u64,
    /// Going on.
    pub running: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Took too long.
    pub timed_out: u64,
    /// Were stopped.
    pub aborted: u64,
    /// How many have a result in the map run's output.
    pub results_written: u64,
    /// Of those that ended badly, how many can never be redriven.
    pub failures_not_redrivable: u64,
    /// Ended badly, and wait for their redrive.
    pub pending_redrive: u64,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        let ended = self.succeeded + self.failed + self.timed_out + self.aborted;
        self.pending + self.running + ended + self.pending_redrive
    }

    /// As the API writes them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "pending": self.pending, "running": self.running, "succeeded": self.succeeded, "failed": self.failed,
            "timedOut": self.timed_out, "aborted": self.aborted, "total": self.total(),
            "resultsWritten": self.results_written, "failuresNotRedrivable": self.failures_not_redrivable,
            "pendingRedrive": self.pending_redrive,
        })
    }

    /// The counts of [`Counts::to_json`]; 0 for what is missing.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        let count = |name: &str| value[name].as_u64().unwrap_or_default();
        Self {
            pending: count("pending"),
            running: count("running"),
            succeeded: count("succeeded"),
            failed: count("failed"),
            timed_out: count("timedOut"),
            aborted: count("aborted"),
            results_written: count("resultsWritten"),
            failures_not_redrivable: count("failuresNotRedrivable"),
            pending_redrive: count("pendingRedrive"),
        }
    }
}

/// How many executions a map run has at once, and how many may fail.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tolerance {
    /// `MaxConcurrency`; 0 is no bound of the user's.
    pub max_concurrency: u32,
    /// `ToleratedFailureCount`
    pub failures: Option<u64>,
    /// `ToleratedFailurePercentage`
    pub percentage: Option<f64>,
}

/// A map run, as DescribeMapRun shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct MapRun {
    /// `arn:aws:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:ID`
    pub arn: Arc<str>,
    /// The store's key of the execution that it is a part of.
    pub execution: i64,
    /// That execution's ARN.
    pub execution_arn: Arc<str>,
    /// `arn:aws:states:REGION:ACCOUNT:stateMachine:MACHINE/LABEL`
    pub state_machine_arn: Arc<str>,
    /// The id of its event `MapRunStarted`.
    pub event: u64,
    /// Where it stands.
    pub status: MapRunStatus,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
    /// How often it was redriven.
    pub redrives: u32,
    /// When it last was.
    pub redriven: Option<Timestamp>,
    /// Its bounds.
    pub tolerance: Tolerance,
    /// Its items.
    pub items: Counts,
    /// Its executions.
    pub executions: Counts,
}
