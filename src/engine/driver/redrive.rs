//! Redrives: an execution that has ended is read from the store and goes on.

use std::sync::Arc;

use crate::engine::api::{EngineError, ExecutionStatus};
use crate::engine::clock::Timestamp;
use crate::engine::core::{ChildRequest, Input};
use crate::engine::driver::map_runs::failed;
use crate::engine::driver::recovery::Read;
use crate::engine::driver::thread::Driver;
use crate::engine::redrive::{Judged, Redriven};
use crate::engine::store::{StoredExecution, Write};

impl Driver {
    /// RedriveExecution.
    pub(super) fn redrive(&mut self, arn: &str, token: Option<Arc<str>>) -> Result<Timestamp, EngineError> {
        // What ended in this turn is still here, and must be as the store will have it.
        self.flush();
        let stored = self.store.execution(arn)?;
        let stored = stored.ok_or_else(|| EngineError::ExecutionDoesNotExist(arn.to_owned()))?;
        let now = self.clock.now();
        let refused = |why: String| EngineError::ExecutionNotRedrivable(arn.to_owned(), why);
        if stored.summary.status == ExecutionStatus::Running {
            let key = stored.summary.key;
            self.ensure_live(key)?;
            let known = token.as_ref().and_then(|token| self.executions.redriven_with(key, token, now));
            return known.ok_or_else(|| refused(stored.summary.judged().obstacle(now).unwrap_or_default()));
        }
        let read = self.read(&stored)?;
        if let Some(at) = token.as_ref().and_then(|token| read.execution.redriven_with(token, now)) {
            return Ok(at);
        }
        let judged = judged(&stored, &read);
        if let Some(why) = judged.obstacle(now) {
            return Err(refused(why));
        }
        if judged.is_child {
            return Err(refused("Execution was started by a Map Run and can only be redriven by it".to_owned()));
        }
        self.check_room()?;
        let at = self.go_on(&stored, read, token);
        self.tell_relatives();
        Ok(at)
    }

    /// Lets an execution that has ended go on, in this turn's commit.
    fn go_on(&mut self, stored: &StoredExecution, read: Read, token: Option<Arc<str>>) -> Timestamp {
        let (key, now) = (stored.summary.key, self.clock.now());
        let Read { mut execution, followed } = read;
        self.batch.followed.extend(followed.map(|followed| (key, followed)));
        execution.tell_activities(self.executions.activities());
        let effects = execution.handle(Input::Redrive { token }, now);
        let at = execution.redriven_at().unwrap_or(now);
        let count = execution.redrive_count();
        self.batch.writes.push(Write::Redrive { execution: key, count, at });
        let machine = Arc::clone(&stored.summary.state_machine_arn);
        let change = self.status_change(key, &machine, ExecutionStatus::Running);
        self.batch.changes.extend(change);
        self.executions.insert_stored(key, execution);
        self.keep(key, effects);
        at
    }

    /// Redrives a map run's child; one that cannot be stays as it ended.
    pub(super) fn redrive_child(&mut self, request: ChildRequest) {
        let (parent, event, index) = (request.child_of.parent, request.child_of.event, request.child_of.index);
        match self.redriven_child(request) {
            Ok(true) => {}
            Ok(false) => self.hear(parent, Input::ChildKept { event, index }),
            // A store that cannot be read is told by the commit.
            Err(error) => {
                let ended = failed(&error, self.clock.now());
                self.hear(parent, Input::ChildEnded { event, index, ended });
            }
        }
    }

    /// Whether a child could be redriven. One of Express is begun anew, under its ARN.
    fn redriven_child(&mut self, request: ChildRequest) -> Result<bool, EngineError> {
        let Some(stored) = self.store.execution(&request.arn)? else {
            self.begin_child(request, 1)?;
            return Ok(true);
        };
        let key = stored.summary.key;
        if request.child_of.express {
            self.batch.writes.push(Write::Forget { execution: key });
            self.begin_child(request, stored.summary.redriven.count + 1)?;
            return Ok(true);
        }
        self.batch.writes.push(Write::MarkPending { execution: key, pending: false });
        let read = self.read(&stored)?;
        if judged(&stored, &read).obstacle_of_child(self.clock.now()).is_some() {
            return Ok(false);
        }
        self.go_on(&stored, read, None);
        Ok(true)
    }

    /// Notes that a map run's child waits for its redrive, or does not any longer.
    pub(super) fn mark_child(&mut self, arn: &str, pending: bool) {
        // One that cannot be read is shown as it ended.
        if let Ok(Some(stored)) = self.store.execution(arn) {
            self.batch.writes.push(Write::MarkPending { execution: stored.summary.key, pending });
        }
    }
}

/// What an execution that was read is judged by: an older program did not note how long its history is.
fn judged(stored: &StoredExecution, read: &Read) -> Judged {
    let judged = stored.summary.judged();
    let events = judged.redriven.events.max(read.execution.last_event());
    Judged { redriven: Redriven { events, ..judged.redriven }, ..judged }
}
