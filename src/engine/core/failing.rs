//! What becomes of an error: Retry, then Catch, then the scope around, up to the execution's end.

use super::Execution;
use super::failure::Failure;
use super::journal::Record;
use super::thread::{Phase, ThreadId};
use crate::asl::Evaluation;
use crate::asl::flow;
use crate::asl::flow::recovery::delay_milliseconds;
use crate::asl::flow::steps::{Basis, Shape};
use crate::asl::program::{Catcher, Retrier, StateKind};
use crate::engine::clock::Timestamp;

impl Execution {
    /// A thread's state failed.
    pub(super) fn fail(&mut self, mut id: ThreadId, mut failure: Failure, now: Timestamp) {
        while self.ended.is_none() {
            let evaluation = failure.evaluation.take();
            if let Some(Evaluation { location }) = &evaluation {
                let (failure, location) = (failure.clone(), location.clone());
                self.emit(Record::EvaluationFailed { thread: id, failure, location }, now);
            }
            match self.recover(id, &failure, evaluation.is_some(), now) {
                Ok(true) => return,
                Ok(false) => {}
                // The catcher itself could not be followed: that is the error now, and nobody catches it here.
                Err(of_catcher) => failure = of_catcher,
            }
            let Some((parent, _)) = self.thread(id).parent else {
                return self.emit(Record::ExecutionFailed { failure }, now);
            };
            self.fail_scope(id, parent, &failure, now);
            id = parent;
        }
    }

    /// Retries or catches, whichever the state's definition says first; whether it did.
    fn recover(&mut self, id: ThreadId, failure: &Failure, evaluation: bool, now: Timestamp) -> Result<bool, Failure> {
        let program = self.program.clone();
        let state = program.state(self.thread(id).state);
        let retrier = state.retry.iter().position(|retrier| failure.matches(&retrier.error_equals));
        if let Some(index) = retrier {
            let used = self.thread(id).retries.get(index).copied().unwrap_or(0);
            if u64::from(used) < state.retry[index].max_attempts {
                self.pause(id, index, &state.retry[index], used, now);
                return Ok(true);
            }
        }
        // A Parallel or Map that is retried is not recorded as failed; one that is caught is.
        // So is one whose fields could not be evaluated, as recorded.
        let forked = matches!(self.thread(id).phase, Phase::Forked(_) | Phase::MapRun(_));
        match state.kind {
            StateKind::Map(_) if forked || evaluation => self.emit(Record::MapFailed { thread: id }, now),
            StateKind::Parallel(_) if forked || evaluation => self.emit(Record::ParallelFailed { thread: id }, now),
            _ => {}
        }
        let Some(catcher) = state.catch.iter().find(|catcher| failure.matches(&catcher.error_equals)) else {
            return Ok(false);
        };
        self.catch(id, catcher, failure, now)?;
        Ok(true)
    }

    fn pause(&mut self, id: ThreadId, index: usize, retrier: &Retrier, used: u32, now: Timestamp) {
        let draw = retrier.full_jitter.then(|| self.draw(id, u64::from(used)));
        let until = Timestamp(now.max(self.last_at).0.saturating_add(delay_milliseconds(retrier, used, draw)));
        let retrier = u32::try_from(index).expect("a definition of at most 1 MiB has fewer than 2^32 retriers");
        self.emit(Record::RetryScheduled { thread: id, retrier, until }, now);
    }

    fn catch(&mut self, id: ThreadId, catcher: &Catcher, failure: &Failure, now: Timestamp) -> Result<(), Failure> {
        let error = failure.to_payload();
        let output = flow::merge(&catcher.result_path, self.thread(id).input.payload(), error.clone());
        let output = self.blame(id, output)?;
        let shape = Shape { assign: catcher.assign.as_ref(), output: catcher.output.as_ref() };
        self.exit_as(id, &output, Basis::Error(&error), shape, now, Some(catcher.next))
    }

    /// A branch or an iteration failed, and with it what is around it: its siblings are aborted.
    fn fail_scope(&mut self, id: ThreadId, parent: ThreadId, failure: &Failure, now: Timestamp) {
        let is_map = matches!(self.state_of(parent).kind, StateKind::Map(_));
        if is_map {
            self.emit(Record::IterationFailed { thread: id, failure: failure.clone() }, now);
        } else {
            self.emit(Record::BranchFailed { thread: id, failure: failure.clone() }, now);
        }
        self.abort_children(parent, now);
    }

    /// Ends whatever runs below a thread.
    pub(super) fn abort_children(&mut self, id: ThreadId, now: Timestamp) {
        for child in self.children(id) {
            self.abort(child, now);
        }
    }

    /// Ends a thread that was in the middle of something, innermost first.
    fn abort(&mut self, id: ThreadId, now: Timestamp) {
        self.abort_children(id, now);
        if self.ended.is_some() {
            return;
        }
        if !matches!(self.thread(id).phase, Phase::Ready | Phase::Finished | Phase::Failed(_)) {
            self.emit(Record::StateAborted { thread: id }, now);
        }
        let in_map =
            self.thread(id).parent.is_some_and(|(parent, _)| matches!(self.state_of(parent).kind, StateKind::Map(_)));
        let end = if in_map { Record::IterationAborted { thread: id } } else { Record::BranchAborted { thread: id } };
        self.emit(end, now);
    }

    /// A number of 64 bits that is the same whenever this execution is replayed.
    pub(super) fn draw(&self, id: ThreadId, round: u64) -> u64 {
        let redrives = u64::from(self.redrives.count).rotate_left(48);
        mixed(self.seed ^ self.thread(id).entered_event.rotate_left(32) ^ round ^ redrives)
    }
}

/// SplitMix64's finaliser: every bit of the seed moves every bit of the number.
pub(super) fn mixed(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
