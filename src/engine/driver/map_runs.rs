//! What executions say to each other: a map run to its children, and they to it. All of it is in one commit.

use std::sync::Arc;

use crate::engine::api::{EngineError, ExecutionStatus, ExecutionSummary};
use crate::engine::clock::Timestamp;
use crate::engine::core::{ChildRequest, Ended, Input};
use crate::engine::driver::thread::Driver;
use crate::engine::map_run::{MapRun, MapRunStatus, Tolerance};
use crate::engine::published::Qualified;
use crate::engine::redrive::Redriven;
use crate::engine::store::{StoreError, StoredMachine};

/// At most so many executions go on before map runs wait with their next children.
const CHILDREN_MAX: usize = 50_000;

/// What one execution has to say to another.
#[derive(Debug)]
pub(super) enum Relative {
    /// A child is to begin.
    Start(Box<ChildRequest>),
    /// A child is to be stopped.
    Stop(Arc<str>),
    /// A child is to be redriven.
    Redrive(Box<ChildRequest>),
    /// A child waits for its redrive, or does not any longer.
    Mark(Arc<str>, bool),
    /// An execution ended, perhaps a child.
    Ended(i64),
}

impl Driver {
    /// Says everything that executions have to say to their relatives, who may have something to say themselves.
    pub(super) fn tell_relatives(&mut self) {
        while let Some(relative) = self.batch.relatives.pop_front() {
            match relative {
                Relative::Start(request) => self.start_child(*request),
                Relative::Stop(arn) => self.stop_child(&arn),
                Relative::Ended(key) => self.tell_parent(key),
                Relative::Redrive(request) => self.redrive_child(*request),
                Relative::Mark(arn, pending) => self.mark_child(&arn, pending),
            }
        }
    }

    /// Begins a child. One that was begun before a crash goes on by itself; one that ended then is told again.
    fn start_child(&mut self, request: ChildRequest) {
        let (parent, event, index) = (request.child_of.parent, request.child_of.event, request.child_of.index);
        let ended = match self.child(request) {
            Ok(ended) => ended,
            // What cannot begin has failed; a store that cannot be read is told by the commit.
            Err(error) => Some(failed(&error, self.clock.now())),
        };
        if let Some(ended) = ended {
            self.hear(parent, Input::ChildEnded { event, index, ended });
        }
    }

    /// The end of a child, if it has ended.
    fn child(&mut self, request: ChildRequest) -> Result<Option<Ended>, EngineError> {
        if let Some(existing) = self.existing(&request.arn)? {
            if let Some(ended) = self.executions.ended(existing.key) {
                return Ok(Some(ended.clone()));
            }
            let Some(at) = existing.stopped else { return Ok(None) };
            let (status, output) = (existing.status, existing.output);
            return Ok(Some(Ended { status, at, output, error: existing.error, cause: existing.cause }));
        }
        self.begin_child(request, 0)?;
        Ok(None)
    }

    /// Begins a child that was redriven so often.
    pub(super) fn begin_child(&mut self, request: ChildRequest, redrives: u32) -> Result<(), EngineError> {
        if self.executions.count_live() >= CHILDREN_MAX {
            return Err(EngineError::LimitExceeded(format!("at most {CHILDREN_MAX} executions go on at once")));
        }
        let revision = self.revision_of(request.child_of.parent)?;
        let machine = self.store.revision(revision)?;
        let machine = machine.or_else(|| self.batch.machine_at(revision));
        let machine = machine.ok_or_else(|| StoreError::Damaged(format!("revision {revision} is missing")))?;
        let machine = StoredMachine { machine, revision };
        let program = self.programs.get(&machine)?;
        self.keys.execution += 1;
        let summary = ExecutionSummary {
            key: self.keys.execution,
            arn: request.arn,
            state_machine_arn: request.state_machine_arn,
            name: request.name,
            status: ExecutionStatus::Running,
            started: self.clock.now(),
            stopped: None,
            qualified: Qualified::default(),
            child_of: Some(request.child_of),
            redriven: Redriven { count: redrives, ..Redriven::default() },
        };
        self.enlist(summary, request.input, program, &machine);
        Ok(())
    }

    /// The revision that a running execution runs, which may not be in the store yet.
    fn revision_of(&self, key: i64) -> Result<i64, EngineError> {
        if let Some(revision) = self.batch.revision_of(key) {
            return Ok(revision);
        }
        let stored = self.store.execution_at(key)?;
        let stored = stored.ok_or_else(|| StoreError::Damaged(format!("execution {key} is missing")))?;
        Ok(stored.revision)
    }

    fn stop_child(&mut self, arn: &str) {
        // One that cannot be read is stopped by whoever can: its parent waits for it no longer.
        let Ok(Some(existing)) = self.existing(arn) else { return };
        if existing.stopped.is_none() && self.ensure_live(existing.key).is_ok() {
            // As recorded, also of a run that failed.
            let managed = |run: &Arc<str>| {
                format!("The map run execution [{run}] which was managing this resource was aborted").into()
            };
            let cause = existing.map_run_arn.as_ref().map(managed);
            self.hear(existing.key, Input::Stop { error: None, cause });
        }
    }

    /// Tells a map run that a child of it ended. One that is still to be read from the store asks when it is.
    fn tell_parent(&mut self, key: i64) {
        let (Some(child_of), Some(ended)) = (self.executions.child_of(key), self.executions.ended(key)) else { return };
        let (parent, event, index) = (child_of.parent, child_of.event, child_of.index);
        let input = Input::ChildEnded { event, index, ended: ended.clone() };
        self.hear(parent, input);
    }

    /// As [`Driver::feed`], but what comes of it for relatives is said by whoever is saying it.
    pub(super) fn hear(&mut self, key: i64, input: Input) {
        let effects = self.executions.handle(key, input, self.clock.now());
        self.keep(key, effects);
    }

    /// UpdateMapRun.
    pub(super) fn update_map_run(&mut self, arn: &str, change: &MapRunChange) -> Result<(), EngineError> {
        let run = self.store.map_run(arn)?.ok_or_else(|| EngineError::ResourceNotFound(arn.to_owned()))?;
        if run.status != MapRunStatus::Running {
            return Err(EngineError::MapRunOver(arn.to_owned()));
        }
        self.ensure_live(run.execution)?;
        self.feed(run.execution, Input::UpdateMapRun { event: run.event, tolerance: change.of(&run) });
        Ok(())
    }
}

/// The end of a child that could not even begin.
pub(super) fn failed(error: &EngineError, at: Timestamp) -> Ended {
    let (error, cause) = (Some(Arc::from("States.Runtime")), Some(Arc::from(error.to_string())));
    Ended { status: ExecutionStatus::Failed, at, output: None, error, cause }
}

/// What UpdateMapRun changes; what is absent stays.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MapRunChange {
    /// `maxConcurrency`
    pub max_concurrency: Option<u32>,
    /// `toleratedFailureCount`
    pub failures: Option<u64>,
    /// `toleratedFailurePercentage`
    pub percentage: Option<f64>,
}

impl MapRunChange {
    fn of(&self, run: &MapRun) -> Tolerance {
        Tolerance {
            max_concurrency: self.max_concurrency.unwrap_or(run.tolerance.max_concurrency),
            failures: self.failures.or(run.tolerance.failures),
            percentage: self.percentage.or(run.tolerance.percentage),
        }
    }
}
