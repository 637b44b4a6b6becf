//! The tasks of a history that have tokens: which wait, and how the others ended. A fold without IO.

use std::collections::HashMap;

use serde_json::Value;

use crate::asl::task_token::{self, TokenError};
use crate::engine::Timestamp;
use crate::engine::history::HistoryEvent;
use crate::ui::trace::{Step, Trace};

/// A task that somebody outside answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenTask {
    /// The id of the event that scheduled it.
    pub event: u64,
    /// The name of its state.
    pub state: String,
    /// The state and those around it: see [`Trace::path`].
    pub path: Vec<(String, Option<u64>)>,
    /// When it was scheduled.
    pub scheduled: Timestamp,
    /// `HeartbeatSeconds`
    pub heartbeat_seconds: Option<u64>,
    /// `TimeoutSeconds`
    pub timeout_seconds: Option<u64>,
    /// An activity's token goes to its worker only; the history does not have it.
    pub is_activity: bool,
    /// What it was given, JSON text.
    parameters: String,
    visit: u64,
    /// Its integration has taken it over: from then on only an answer or a deadline ends it.
    submitted: bool,
    end: Option<End>,
}

/// How a task with a token ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub kind: EndKind,
    /// `None` where no event says when.
    pub at: Option<Timestamp>,
}

/// What ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EndKind {
    /// It was answered with success; the output, JSON text.
    Succeeded(String),
    /// It was answered with a failure: the error's name and the cause.
    Failed(String, String),
    /// It failed before it waited: the error's name.
    NotSubmitted(String),
    /// A heartbeat did not come, or the time was over.
    TimedOut,
    /// The execution ended: its status.
    Closed(&'static str),
    /// Another branch failed, or the state around it ended.
    CutOff,
}

/// The fold.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    trace: Trace,
    found: Vec<TokenTask>,
    /// Of each event of such a task, which one.
    by_event: HashMap<u64, usize>,
    /// The status of the execution, once it ended.
    status: Option<&'static str>,
}

impl Tasks {
    /// The fold of a whole history, or the next part of one.
    pub(crate) fn extend(&mut self, events: &[HistoryEvent]) {
        let known = self.last_id();
        for event in events.iter().filter(|event| event.id > known) {
            self.push(event);
        }
    }

    /// The id of the newest event.
    pub(crate) fn last_id(&self) -> u64 {
        self.trace.last_id()
    }

    /// The status with which the execution ended.
    pub(crate) fn status(&self) -> Option<&'static str> {
        self.status
    }

    /// The states that the execution is in.
    pub(crate) fn current_states(&self) -> Vec<String> {
        self.trace.current()
    }

    /// Those that wait, in the order of the history.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &TokenTask> {
        self.found.iter().filter(|task| self.end(task).is_none())
    }

    /// All of them, in the order of the history.
    pub(crate) fn all(&self) -> &[TokenTask] {
        &self.found
    }

    /// The task that an event scheduled.
    pub(crate) fn scheduled_by(&self, event: u64) -> Option<&TokenTask> {
        self.found.iter().find(|task| task.event == event)
    }

    /// The newest task that was given this token.
    pub(crate) fn given(&self, token: &str) -> Option<&TokenTask> {
        self.found.iter().rev().find(|task| task.was_given(token))
    }

    /// How a task ended; `None` while it waits.
    pub(crate) fn end(&self, task: &TokenTask) -> Option<End> {
        let cut_off = || (!self.trace.is_open(task.visit)).then_some(End { kind: EndKind::CutOff, at: None });
        task.end.clone().or_else(cut_off)
    }

    fn push(&mut self, event: &HistoryEvent) {
        let step = self.trace.push(event);
        let kind = event.event_type.as_ref();
        let waits = event.text("resource").is_some_and(|name| name.ends_with(".waitForTaskToken"));
        if kind == "ActivityScheduled" || (kind == "TaskScheduled" && waits) {
            self.schedule(event);
        } else if let Some(at) = self.by_event.get(&event.previous_event_id).copied() {
            self.follow(at, event);
        }
        match step {
            Some(Step::Ended { status, .. }) => self.close(status, event.timestamp),
            _ if kind == "ExecutionRedriven" => self.status = None,
            _ => {}
        }
    }

    fn schedule(&mut self, event: &HistoryEvent) {
        let Some(visit) = self.trace.visit_of(event.id) else { return };
        let path = self.trace.path(visit);
        let number = |name: &str| event.detail(name).and_then(Value::as_u64);
        self.by_event.insert(event.id, self.found.len());
        self.found.push(TokenTask {
            event: event.id,
            state: path.last().map(|(state, _)| state.clone()).unwrap_or_default(),
            path,
            scheduled: event.timestamp,
            heartbeat_seconds: number("heartbeatInSeconds"),
            timeout_seconds: number("timeoutInSeconds"),
            is_activity: event.event_type == "ActivityScheduled",
            parameters: event.text("parameters").unwrap_or_default().to_owned(),
            visit,
            submitted: event.event_type == "ActivityScheduled",
            end: None,
        });
    }

    /// The next event of a task.
    fn follow(&mut self, at: usize, event: &HistoryEvent) {
        let task = &mut self.found[at];
        let kind = event.event_type.as_ref();
        let text = |name: &str| event.text(name).unwrap_or_default().to_owned();
        let end = match kind {
            "TaskSucceeded" | "ActivitySucceeded" => EndKind::Succeeded(text("output")),
            "TaskTimedOut" | "ActivityTimedOut" => EndKind::TimedOut,
            "TaskFailed" | "ActivityFailed" if task.submitted => EndKind::Failed(text("error"), text("cause")),
            _ if kind.ends_with("Failed") => EndKind::NotSubmitted(text("error")),
            "TaskStarted" | "TaskSubmitted" | "ActivityStarted" => {
                task.submitted |= kind == "TaskSubmitted";
                self.by_event.insert(event.id, at);
                return;
            }
            _ => return,
        };
        task.end = Some(End { kind: end, at: Some(event.timestamp) });
    }

    fn close(&mut self, status: &'static str, at: Timestamp) {
        self.status = Some(status);
        for task in self.found.iter_mut().filter(|task| task.end.is_none() && self.trace.is_open(task.visit)) {
            task.end = Some(End { kind: EndKind::Closed(status), at: Some(at) });
        }
    }
}

impl TokenTask {
    /// Its token, by the definition that its execution runs.
    pub(crate) fn token(&self, definition: &str) -> Result<String, TokenError> {
        let parameters = serde_json::from_str(&self.parameters).unwrap_or_default();
        task_token::find(definition, &self.state, &parameters)
    }

    /// Whether a token is among what it was given.
    pub(crate) fn was_given(&self, token: &str) -> bool {
        self.parameters.contains(token) || self.parameters.replace("\\/", "/").contains(token)
    }

    /// The index of the innermost Map's iteration that it belongs to.
    pub(crate) fn iteration(&self) -> Option<u64> {
        self.path.iter().rev().find_map(|(_, iteration)| *iteration)
    }

    /// `SendWait`, `Both > SendWait`, `Orders[3] > Approve`
    pub(crate) fn place(&self) -> String {
        let part = |(state, iteration): &(String, Option<u64>)| match iteration {
            Some(index) => format!("{state}[{index}]"),
            None => state.clone(),
        };
        self.path.iter().map(part).collect::<Vec<_>>().join(" > ")
    }

    /// When it times out for want of a heartbeat, unless one was sent: heartbeats leave no event.
    pub(crate) fn heartbeat_deadline(&self) -> Option<Timestamp> {
        self.heartbeat_seconds.map(|seconds| self.scheduled.plus_seconds(seconds))
    }

    /// When it times out however many heartbeats are sent.
    pub(crate) fn timeout_deadline(&self) -> Option<Timestamp> {
        self.timeout_seconds.map(|seconds| self.scheduled.plus_seconds(seconds))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    /// Events from `(id, previous, type, details)`, a second apart.
    fn tasks(events: &[(u64, u64, &'static str, Value)]) -> Tasks {
        let event = |(id, previous, kind, details): &(u64, u64, &'static str, Value)| HistoryEvent {
            id: *id,
            previous_event_id: *previous,
            timestamp: Timestamp(i64::try_from(*id).unwrap() * 1_000),
            event_type: Cow::Borrowed(kind),
            details: details.as_object().map(|details| (Cow::Borrowed("details"), details.clone())),
        };
        let mut tasks = Tasks::default();
        tasks.extend(&events.iter().map(event).collect::<Vec<_>>());
        tasks
    }

    fn name(state: &str) -> Value {
        json!({ "name": state })
    }

    fn scheduled() -> Value {
        json!({
            "resource": "invoke.waitForTaskToken", "heartbeatInSeconds": 60, "timeoutInSeconds": 300,
            "parameters": "{\"Payload\":{\"token\":\"AAAA\\/BBB\"}}"
        })
    }

    fn waiting() -> Vec<(u64, u64, &'static str, Value)> {
        vec![
            (1, 0, "ExecutionStarted", Value::Null),
            (2, 0, "TaskStateEntered", name("SendWait")),
            (3, 2, "TaskScheduled", scheduled()),
            (4, 3, "TaskStarted", Value::Null),
            (5, 4, "TaskSubmitted", Value::Null),
        ]
    }

    fn ended(more: &[(u64, u64, &'static str, Value)]) -> Option<End> {
        let tasks = tasks(&[&waiting(), more].concat());
        assert_eq!(tasks.waiting().count(), 0);
        tasks.end(&tasks.all()[0])
    }

    #[test]
    fn a_task_waits_from_its_schedule_to_its_answer() {
        for length in [3, 4, 5] {
            assert_eq!(tasks(&waiting()[..length]).waiting().count(), 1, "{length} events");
        }
        let tasks = tasks(&waiting());
        let task = &tasks.all()[0];
        assert_eq!((task.place().as_str(), task.iteration(), task.event), ("SendWait", None, 3));
        assert_eq!(task.heartbeat_deadline(), Some(Timestamp(63_000)));
        assert_eq!(task.timeout_deadline(), Some(Timestamp(303_000)));
        assert!(task.was_given("AAAA/BBB") && !task.was_given("CCCC"));
    }

    #[test]
    fn every_end_is_told_apart() {
        let at = |kind| Some(End { kind, at: Some(Timestamp(6_000)) });
        let failed = json!({"error": "E", "cause": "c"});
        for (more, expected) in [
            ((6, 5, "TaskSucceeded", json!({"output": "1"})), at(EndKind::Succeeded("1".into()))),
            ((6, 5, "TaskFailed", failed.clone()), at(EndKind::Failed("E".into(), "c".into()))),
            ((6, 5, "TaskTimedOut", failed.clone()), at(EndKind::TimedOut)),
            ((6, 4, "TaskFailed", failed), at(EndKind::Failed("E".into(), "c".into()))),
            ((6, 0, "ExecutionAborted", Value::Null), at(EndKind::Closed("ABORTED"))),
            ((6, 5, "TaskStateExited", name("SendWait")), Some(End { kind: EndKind::CutOff, at: None })),
        ] {
            assert_eq!(ended(std::slice::from_ref(&more)), expected, "{}", more.2);
        }
        let early = tasks(&[&waiting()[..4], &[(5, 4, "TaskFailed", json!({"error": "E"}))]].concat());
        assert_eq!(early.end(&early.all()[0]).unwrap().kind, EndKind::NotSubmitted("E".into()));
    }

    #[test]
    fn a_retry_is_a_task_of_its_own() {
        let again = [
            (6, 5, "TaskTimedOut", json!({"error": "States.Timeout"})),
            (7, 6, "TaskScheduled", scheduled()),
            (8, 7, "TaskStarted", Value::Null),
        ];
        let tasks = tasks(&[&waiting(), &again[..]].concat());
        assert_eq!(tasks.waiting().map(|task| task.event).collect::<Vec<_>>(), [7]);
        assert_eq!(tasks.given("AAAA/BBB").unwrap().event, 7);
    }

    #[test]
    fn branches_and_iterations_are_named() {
        let tasks = tasks(&[
            (1, 0, "ExecutionStarted", Value::Null),
            (2, 0, "ParallelStateEntered", name("Both")),
            (3, 2, "ParallelStateStarted", Value::Null),
            (4, 3, "MapStateEntered", name("Orders")),
            (5, 4, "MapStateStarted", json!({"length": 2})),
            (6, 5, "MapIterationStarted", json!({"name": "Orders", "index": 0})),
            (7, 5, "MapIterationStarted", json!({"name": "Orders", "index": 1})),
            (8, 6, "PassStateEntered", name("Prepare")),
            (9, 8, "PassStateExited", name("Prepare")),
            (10, 9, "TaskStateEntered", name("Approve")),
            (11, 10, "TaskScheduled", scheduled()),
            (12, 7, "TaskStateEntered", name("Approve")),
            (13, 12, "TaskScheduled", scheduled()),
            (14, 3, "TaskStateEntered", name("Other")),
            (15, 14, "TaskScheduled", scheduled()),
        ]);
        let places: Vec<_> = tasks.waiting().map(|task| (task.place(), task.iteration())).collect();
        let place = |text: &str, iteration| (text.to_owned(), iteration);
        assert_eq!(
            places,
            [
                place("Both > Orders[0] > Approve", Some(0)),
                place("Both > Orders[1] > Approve", Some(1)),
                place("Both > Other", None),
            ]
        );
    }

    #[test]
    fn an_activity_has_no_token_here() {
        let tasks = tasks(&[
            (1, 0, "ExecutionStarted", Value::Null),
            (2, 0, "TaskStateEntered", name("Work")),
            (3, 2, "ActivityScheduled", json!({"resource": "arn:aws:states:eu-west-1:1:activity:a"})),
        ]);
        assert!(tasks.waiting().all(|task| task.is_activity));
        assert_eq!(tasks.current_states(), ["Work"]);
    }
}
