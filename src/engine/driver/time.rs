//! Deadlines, the virtual clock's jumps, and when nothing can go on.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::engine::api::EngineError;
use crate::engine::clock::{ClockMode, Timestamp};
use crate::engine::core::Input;
use crate::engine::driver::ClockView;
use crate::engine::driver::message::Answer;
use crate::engine::driver::thread::Driver;

/// A clock of the machine's may be set while we wait for it, so it is looked at this often.
const PATIENCE_MAX: Duration = Duration::from_mins(1);

/// Callers who wait for more than a commit.
#[derive(Default)]
pub(super) struct Waiting {
    /// Until nothing can go on.
    pub(super) quiesce: Vec<Answer<()>>,
    /// Until no status change is left to be told.
    pub(super) all_told: Vec<Answer<()>>,
    /// Until an execution has ended, by its key.
    ends: BTreeMap<i64, Vec<Answer<()>>>,
    /// Until the clock was moved so far.
    advances: VecDeque<(Timestamp, Answer<ClockView>)>,
}

impl Waiting {
    /// Tells those who wait for it that an execution has ended.
    pub(super) fn tell_end(&mut self, key: i64) {
        for answer in self.ends.remove(&key).into_iter().flatten() {
            drop(answer.send(Ok(())));
        }
    }

    /// Tells those who wait for an execution's end that it does not go on.
    pub(super) fn refuse_end(&mut self, key: i64, error: &EngineError) {
        for answer in self.ends.remove(&key).into_iter().flatten() {
            drop(answer.send(Err(error.clone())));
        }
    }

    /// Tells all who wait for what a failed commit spoiled. An end comes all the same, later.
    pub(super) fn refuse(&mut self, error: &EngineError) {
        for answer in self.quiesce.drain(..).chain(self.all_told.drain(..)) {
            drop(answer.send(Err(error.clone())));
        }
        for (_, answer) in self.advances.drain(..) {
            drop(answer.send(Err(error.clone())));
        }
    }
}

impl Driver {
    /// Fires what is due, in order.
    pub(super) fn fire_due(&mut self) {
        for key in self.executions.due(self.clock.now()) {
            if self.is_here(key) {
                self.feed(key, Input::Tick);
            }
        }
    }

    /// Answers when an execution has ended, and it is durable.
    pub(super) fn await_end(&mut self, key: i64, answer: Answer<()>) {
        if self.executions.is_live(key) || self.executions.is_lost(key) || self.executions.is_resting(key) {
            self.waiting.ends.entry(key).or_default().push(answer);
        } else {
            drop(answer.send(Ok(())));
        }
    }

    /// How long the loop may wait for a message; `None` for as long as it takes.
    pub(super) fn patience(&self) -> Option<Duration> {
        let at_once = self.executions.any_runnable() || !self.batch.is_empty() || !self.waiting.advances.is_empty();
        if at_once || self.can_jump() {
            return Some(Duration::ZERO);
        }
        let deadline =
            self.executions.next_deadline().filter(|deadline| self.time_flows() || *deadline <= self.clock.now());
        let deadline = deadline.map(|deadline| self.clock.until(deadline).min(PATIENCE_MAX));
        [deadline, self.recovery.patience(self.clock.instant())].into_iter().flatten().min()
    }

    /// After a turn: moves a virtual clock if it may move, and tells those who wait for silence.
    pub(super) fn settle(&mut self) {
        self.clock.flow(self.time_flows());
        if !self.is_telling() {
            for answer in self.waiting.all_told.drain(..) {
                drop(answer.send(Ok(())));
            }
        }
        if self.executions.any_runnable() || self.executions.any_due(self.clock.now()) {
            return;
        }
        if let Some((target, _)) = self.waiting.advances.front() {
            self.advance_towards(*target);
        } else if self.can_jump() {
            self.executions.next_deadline().inspect(|deadline| self.clock.jump(*deadline));
        } else if !self.goes_on() {
            for answer in self.waiting.quiesce.drain(..) {
                drop(answer.send(Ok(())));
            }
        }
    }

    /// Whether time passes by itself. A virtual clock runs at real pace while somebody is at work or awaited: their
    /// timeouts and heartbeats are theirs to keep.
    fn time_flows(&self) -> bool {
        match self.clock.mode() {
            ClockMode::Real | ClockMode::Scaled(_) => true,
            ClockMode::Virtual { expire } => {
                self.assigned.any_at_work() || self.is_telling() || (self.executions.any_outside() && !expire)
            }
        }
    }

    fn can_jump(&self) -> bool {
        !self.time_flows()
            && !self.executions.any_runnable()
            && !self.recovery.pending()
            && self.executions.next_deadline().is_some()
    }

    /// Whether something goes on without anybody's doing, now and not at a deadline.
    fn goes_on(&self) -> bool {
        self.assigned.any_at_work() || self.is_telling() || self.recovery.pending()
    }

    pub(super) fn clock_view(&self) -> ClockView {
        let next_deadline = self.executions.next_deadline();
        ClockView { mode: self.clock.mode(), now: self.clock.now(), next_deadline }
    }

    pub(super) fn begin_advance(&mut self, by: Option<Duration>, answer: Answer<ClockView>) {
        if !matches!(self.clock.mode(), ClockMode::Virtual { .. }) {
            drop(answer.send(Err(EngineError::ClockIsReal)));
            return;
        }
        let now = self.clock.now();
        let target = match by {
            Some(by) => Timestamp(now.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))),
            None => self.executions.next_deadline().unwrap_or(now),
        };
        self.waiting.advances.push_back((target, answer));
    }

    /// One step: to the next deadline, which fires in the next turn, or to the target when none is before it. Tasks are
    /// not waited for: one that hangs is what a timeout is tried out with.
    fn advance_towards(&mut self, target: Timestamp) {
        if let Some(deadline) = self.executions.next_deadline().filter(|deadline| *deadline <= target) {
            self.clock.jump(deadline);
            return;
        }
        self.clock.jump(target);
        if let Some((_, answer)) = self.waiting.advances.pop_front() {
            drop(answer.send(Ok(self.clock_view())));
        }
    }
}
