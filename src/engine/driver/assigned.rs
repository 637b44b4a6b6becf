//! Which tasks were handed to the task runner and are not over.

use std::collections::BTreeMap;

use crate::asl::program::{Pattern, Resource};
use crate::engine::task::{TaskId, TaskReport, TaskRequest};

/// What a task that was handed out is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// The runner, until it reports the end.
    Runs,
    /// The runner, until it reports `Submitted`; then the holder of the token.
    RunsUntilSubmitted,
    /// Somebody outside: the holder of a token, an activity's worker.
    Outside,
}

/// The tasks that were handed out. They are the runner's memory: an execution that is read again from the store asks
/// for its tasks again, and those that are here are not begun twice.
#[derive(Debug, Default)]
pub(super) struct Assigned {
    tasks: BTreeMap<TaskId, Work>,
    at_work: usize,
}

impl Assigned {
    /// Notes a task that is about to be handed out; `false` when it already was.
    pub(super) fn insert(&mut self, request: &TaskRequest) -> bool {
        let work = match &request.resource {
            Resource::Activity { .. } => Work::Outside,
            Resource::Integration { pattern: Pattern::WaitForTaskToken, .. } => Work::RunsUntilSubmitted,
            Resource::Integration { .. } | Resource::Lambda { .. } => Work::Runs,
        };
        if self.tasks.contains_key(&request.id) {
            return false;
        }
        self.tasks.insert(request.id, work);
        self.at_work += usize::from(work != Work::Outside);
        true
    }

    /// Notes a task that somebody outside has or may take.
    pub(super) fn insert_outside(&mut self, id: TaskId) {
        self.tasks.entry(id).or_insert(Work::Outside);
    }

    /// Whether a report of this task is of any interest.
    pub(super) fn has(&self, id: TaskId) -> bool {
        self.tasks.contains_key(&id)
    }

    /// Notes a report that is durable.
    pub(super) fn reported(&mut self, id: TaskId, report: &TaskReport) {
        match (report, self.tasks.get(&id)) {
            (TaskReport::Submitted(_), Some(Work::RunsUntilSubmitted)) => {
                self.tasks.insert(id, Work::Outside);
                self.at_work -= 1;
            }
            (TaskReport::Submitted(_), _) => {}
            _ => self.remove(id),
        }
    }

    /// Forgets a task: cancelled, or answered by the holder of its token.
    pub(super) fn remove(&mut self, id: TaskId) {
        if self.tasks.remove(&id).is_some_and(|work| work != Work::Outside) {
            self.at_work -= 1;
        }
    }

    /// Forgets all tasks of an execution.
    pub(super) fn remove_execution(&mut self, key: i64) {
        let (first, last) = (TaskId { execution: key, event: 0 }, TaskId { execution: key, event: u64::MAX });
        let ids: Vec<TaskId> = self.tasks.range(first..=last).map(|(id, _)| *id).collect();
        for id in ids {
            self.remove(id);
        }
    }

    /// Whether the runner is at work on any task.
    pub(super) fn any_at_work(&self) -> bool {
        self.at_work > 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::asl::{Fault, Payload};

    fn request(event: u64, resource: Resource) -> TaskRequest {
        TaskRequest {
            id: TaskId { execution: 7, event },
            execution_arn: Arc::from("arn"),
            state_name: Arc::from("state"),
            resource,
            input: Payload::from(Value::Null),
            token: None,
            credentials: None,
        }
    }

    fn with_token() -> Resource {
        let (service, action) = (Arc::from("lambda"), Arc::from("invoke.waitForTaskToken"));
        Resource::Integration { service, action, pattern: Pattern::WaitForTaskToken }
    }

    #[test]
    fn a_token_task_is_at_work_until_it_is_submitted_and_known_until_it_is_answered() {
        let mut assigned = Assigned::default();
        let task = request(4, with_token());
        assert!(assigned.insert(&task));
        assert!(!assigned.insert(&task), "it is not handed out twice");
        assert!(assigned.any_at_work());
        assigned.reported(task.id, &TaskReport::Submitted(Payload::from(Value::Null)));
        assert!(!assigned.any_at_work());
        assert!(assigned.has(task.id));
        assigned.remove(task.id);
        assert!(!assigned.has(task.id));
    }

    #[test]
    fn an_activity_is_never_at_work_and_a_lambda_until_its_end() {
        let mut assigned = Assigned::default();
        assigned.insert(&request(4, Resource::Activity { arn: Arc::from("activity") }));
        assert!(!assigned.any_at_work());
        let lambda = request(5, Resource::Lambda { arn: Arc::from("lambda") });
        assigned.insert(&lambda);
        assigned.reported(lambda.id, &TaskReport::Submitted(Payload::from(Value::Null)));
        assert!(assigned.any_at_work());
        assigned.reported(lambda.id, &TaskReport::Failed(Fault::runtime("no")));
        assert!(!assigned.any_at_work());
        assigned.insert(&request(6, with_token()));
        assigned.remove_execution(7);
        assert!(!assigned.any_at_work());
        assert!(!assigned.has(TaskId { execution: 7, event: 4 }));
    }
}
