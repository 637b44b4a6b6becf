//! The journal's AWS side: its events as GetExecutionHistory shows them.
//!
//! A pure projection. It folds the journal on the way, because an event's details name what the records before it set up:
//! the state that a thread is in, an iteration's index.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::journal::{Entries, Entry, JournalError, Record};
use super::map_run;
use super::thread::ThreadId;
use super::{Execution, Subject};
use crate::asl::program::{Resource, StateKind};
use crate::asl::{Payload, Program};
use crate::engine::history::HistoryEvent;

/// The history of a whole journal, AWS's events only.
///
/// # Errors
/// As [`Projector::read`].
pub fn history(
    subject: &Arc<Subject>,
    program: &Arc<Program>,
    bytes: &[u8],
) -> Result<Vec<HistoryEvent>, JournalError> {
    let (mut projector, mut events) = (Projector::new(subject.clone(), program.clone()), Vec::new());
    projector.read(bytes, &mut events)?;
    Ok(events.iter().map(Projected::event).collect())
}

/// Reads a journal as it grows: what was read once is not read again.
#[derive(Debug)]
pub struct Projector {
    execution: Execution,
    /// At their end; none before the first bytes.
    entries: Option<Entries<'static>>,
}

/// One of AWS's events. The document that it carries, if any, is shared with the events that carry it too: a history in
/// memory is as large as its journal, however often a document is passed on.
#[derive(Debug)]
pub struct Projected {
    /// Where the document's text stands, there is `null`.
    event: HistoryEvent,
    text: Option<(&'static str, Payload)>,
}

impl Projector {
    /// Begins at the begin of a journal.
    #[must_use]
    pub fn new(subject: Arc<Subject>, program: Arc<Program>) -> Self {
        Self { execution: Execution::blank(subject, program), entries: None }
    }

    /// Whether the execution has ended, as far as it was read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.execution.ended().is_some()
    }

    /// The id of the last event that was read; 0 before the first.
    #[must_use]
    pub fn last_event(&self) -> u64 {
        self.execution.last_event()
    }

    /// How often the execution was redriven, as far as it was read.
    #[must_use]
    pub fn redrive_count(&self) -> u32 {
        self.execution.redrive_count()
    }

    /// Adds the events of the next bytes of the journal: whole records, as they were appended. After an error it is of
    /// no use any more.
    ///
    /// # Errors
    /// When the journal is damaged or of a newer version.
    pub fn read(&mut self, bytes: &[u8], events: &mut Vec<Projected>) -> Result<(), JournalError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut entries = match self.entries.take() {
            None => Entries::new(bytes)?,
            Some(before) => before.continued(bytes),
        };
        for entry in entries.by_ref() {
            let entry = entry?;
            if !self.execution.fits(&entry.record) {
                return Err(JournalError::Damaged(bytes.len()));
            }
            if entry.record.is_event() {
                events.push(self.execution.project(&entry));
            }
            self.execution.next_event = entry.event_id + 1;
            self.execution.evolve(entry.record, entry.at, entry.event_id);
        }
        self.entries = Some(entries.continued(&[]));
        // What a running execution would do next; nothing is done here.
        self.execution.effects.clear();
        self.execution.map_runs.clear();
        self.execution.runnable.clear();
        Ok(())
    }
}

impl Projected {
    /// The event's id.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.event.id
    }

    /// Whether it is the execution's redrive.
    #[must_use]
    pub fn is_redrive(&self) -> bool {
        self.event.event_type == "ExecutionRedriven"
    }

    /// How many bytes of text its details have.
    #[must_use]
    pub fn data_bytes(&self) -> usize {
        let details = self.event.details.iter().flat_map(|(_, details)| details.values());
        let own: usize = details.filter_map(Value::as_str).map(str::len).sum();
        own + self.text.as_ref().map_or(0, |(_, payload)| payload.text().len())
    }

    /// The event, with a copy of its document.
    #[must_use]
    pub fn event(&self) -> HistoryEvent {
        let mut event = self.event.clone();
        if let (Some((_, details)), Some((name, payload))) = (&mut event.details, &self.text) {
            details[*name] = Value::from(payload.text());
        }
        event
    }
}

/// An event's type, and the member that holds its details with what is in it.
type Shown = (Cow<'static, str>, Option<(&'static str, Map<String, Value>)>);

impl Execution {
    fn project(&self, entry: &Entry) -> Projected {
        let (event_type, details) = match &entry.record {
            Record::ExecutionStarted { .. }
            | Record::ExecutionSucceeded { .. }
            | Record::ExecutionFailed { .. }
            | Record::ExecutionAborted { .. }
            | Record::ExecutionTimedOut { .. }
            | Record::ExecutionRedriven { .. } => self.show_execution(&entry.record),
            record => record.thread().map_or_else(|| ("".into(), None), |thread| self.show_thread(thread, record)),
        };
        let text = details.as_ref().and_then(|(_, details)| shared(&entry.record, details));
        let event = HistoryEvent {
            id: entry.event_id,
            previous_event_id: entry.previous_event_id,
            timestamp: entry.at,
            event_type,
            details: details.map(|(name, details)| (name.into(), details)),
        };
        Projected { event, text }
    }

    fn show_execution(&self, record: &Record) -> Shown {
        match record {
            Record::ExecutionStarted { .. } => {
                let mut details = with_input();
                details.insert("roleArn".to_owned(), Value::from(&*self.subject.role_arn));
                let qualified = &self.subject.qualified;
                for (name, arn) in
                    [("stateMachineAliasArn", &qualified.alias_arn), ("stateMachineVersionArn", &qualified.version_arn)]
                {
                    if let Some(arn) = arn {
                        details.insert(name.to_owned(), Value::from(&**arn));
                    }
                }
                ("ExecutionStarted".into(), Some(("executionStartedEventDetails", details)))
            }
            Record::ExecutionSucceeded { .. } => {
                ("ExecutionSucceeded".into(), Some(("executionSucceededEventDetails", with_output())))
            }
            Record::ExecutionAborted { failure } => {
                ("ExecutionAborted".into(), Some(("executionAbortedEventDetails", with_failure(failure))))
            }
            Record::ExecutionTimedOut { failure } => {
                ("ExecutionTimedOut".into(), Some(("executionTimedOutEventDetails", with_failure(failure))))
            }
            Record::ExecutionFailed { failure } => {
                ("ExecutionFailed".into(), Some(("executionFailedEventDetails", with_failure(failure))))
            }
            Record::ExecutionRedriven { .. } => {
                let details = object(json!({ "redriveCount": self.redrives.count + 1 }));
                ("ExecutionRedriven".into(), Some(("executionRedrivenEventDetails", details)))
            }
            _ => ("".into(), None),
        }
    }

    fn show_thread(&self, id: ThreadId, record: &Record) -> Shown {
        let state = self.state_of(id);
        match record {
            Record::StateEntered { state, .. } => {
                let state = self.program.state(*state);
                let mut details = with_input();
                details.insert("name".to_owned(), Value::from(&*state.name));
                (format!("{}StateEntered", state.type_name()).into(), Some(("stateEnteredEventDetails", details)))
            }
            Record::EvaluationFailed { failure, location, .. } => {
                let mut details = with_failure(failure);
                details.insert("state".to_owned(), Value::from(&*state.name));
                if let Some(location) = location {
                    details.insert("location".to_owned(), Value::from(&**location));
                }
                ("EvaluationFailed".into(), Some(("evaluationFailedEventDetails", details)))
            }
            Record::StateExited { assigned, .. } => {
                let mut details = with_output();
                if !assigned.is_empty() {
                    let texts = assigned.iter().map(|(name, value)| (name.to_string(), value.payload().text().into()));
                    details.insert("assignedVariables".to_owned(), Value::Object(texts.collect()));
                    details.insert("assignedVariablesDetails".to_owned(), json!({ "truncated": false }));
                }
                details.insert("name".to_owned(), Value::from(&*state.name));
                (format!("{}StateExited", state.type_name()).into(), Some(("stateExitedEventDetails", details)))
            }
            Record::StateAborted { .. } => (format!("{}StateAborted", state.type_name()).into(), None),
            Record::ParallelStarted { .. } => ("ParallelStateStarted".into(), None),
            Record::ParallelSucceeded { .. } => ("ParallelStateSucceeded".into(), None),
            Record::ParallelFailed { .. } => ("ParallelStateFailed".into(), None),
            Record::MapStarted { length, .. } | Record::DistributedMapStarted { length, .. } => {
                let details = object(json!({ "length": length }));
                ("MapStateStarted".into(), Some(("mapStateStartedEventDetails", details)))
            }
            Record::MapSucceeded { .. } => ("MapStateSucceeded".into(), None),
            Record::MapFailed { .. } => ("MapStateFailed".into(), None),
            Record::IterationStarted { index, .. } => {
                let details = object(json!({ "name": &*state.name, "index": index }));
                ("MapIterationStarted".into(), Some(("mapIterationStartedEventDetails", details)))
            }
            Record::IterationSucceeded { .. } => {
                ("MapIterationSucceeded".into(), Some(("mapIterationSucceededEventDetails", self.iteration_of(id))))
            }
            Record::IterationFailed { .. } => {
                ("MapIterationFailed".into(), Some(("mapIterationFailedEventDetails", self.iteration_of(id))))
            }
            Record::IterationAborted { .. } => {
                ("MapIterationAborted".into(), Some(("mapIterationAbortedEventDetails", self.iteration_of(id))))
            }
            Record::MapRunStarted { label, id, .. } => {
                let details = object(json!({ "mapRunArn": &*map_run::arn(&self.subject, label, id) }));
                ("MapRunStarted".into(), Some(("mapRunStartedEventDetails", details)))
            }
            Record::MapRunSucceeded { .. } => ("MapRunSucceeded".into(), None),
            Record::MapRunRedriven { .. } => {
                let run = self.map_run(id);
                let arn = run.map(|run| run.arn(&self.subject)).unwrap_or_default();
                let count = run.map_or(0, |run| run.redrives) + 1;
                let details = object(json!({ "mapRunArn": &*arn, "redriveCount": count }));
                ("MapRunRedriven".into(), Some(("mapRunRedrivenEventDetails", details)))
            }
            Record::MapRunFailed { failure, .. } => {
                ("MapRunFailed".into(), Some(("mapRunFailedEventDetails", with_failure(failure))))
            }
            _ => self.show_task(id, record),
        }
    }

    /// The name and index by which AWS speaks of the iteration that a thread runs.
    fn iteration_of(&self, id: ThreadId) -> Map<String, Value> {
        let Some((parent, index)) = self.thread(id).parent else { return Map::new() };
        object(json!({ "name": &*self.state_of(parent).name, "index": index }))
    }

    fn show_task(&self, id: ThreadId, record: &Record) -> Shown {
        let StateKind::Task(task) = &self.state_of(id).kind else { return ("".into(), None) };
        match &task.resource {
            Resource::Lambda { arn } => {
                let mut details = with_schedule(record, arn, false);
                if let Record::TaskScheduled { credentials, .. } = record {
                    with_credentials(&mut details, credentials.as_deref());
                }
                show_of_kind(&LAMBDA, record, details)
            }
            Resource::Activity { arn } => show_of_kind(&ACTIVITY, record, with_schedule(record, arn, true)),
            Resource::Integration { service, action, .. } => {
                let mut details = match record {
                    Record::TaskScheduled { timeout_seconds, heartbeat_seconds, credentials, .. } => {
                        let mut details = object(json!({ "region": &*self.subject.region }));
                        details.insert("parameters".to_owned(), Value::Null);
                        with_seconds(&mut details, *timeout_seconds, *heartbeat_seconds);
                        with_credentials(&mut details, credentials.as_deref());
                        details
                    }
                    _ => outcome(record),
                };
                details.insert("resource".to_owned(), Value::from(&**action));
                details.insert("resourceType".to_owned(), Value::from(&**service));
                show_of_kind(&TASK, record, details)
            }
        }
    }
}

/// The event types of one kind of task and the members of their details, by what happened.
struct Kind {
    scheduled: (&'static str, &'static str),
    not_started: (&'static str, &'static str),
    started: (&'static str, Option<&'static str>),
    submitted: (&'static str, &'static str),
    succeeded: (&'static str, &'static str),
    failed: (&'static str, &'static str),
    timed_out: (&'static str, &'static str),
}

const LAMBDA: Kind = Kind {
    scheduled: ("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails"),
    not_started: ("LambdaFunctionStartFailed", "lambdaFunctionStartFailedEventDetails"),
    started: ("LambdaFunctionStarted", None),
    // A function's own ARN is always waited for: nothing is submitted.
    submitted: ("LambdaFunctionStarted", "lambdaFunctionStartedEventDetails"),
    succeeded: ("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails"),
    failed: ("LambdaFunctionFailed", "lambdaFunctionFailedEventDetails"),
    timed_out: ("LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails"),
};

const ACTIVITY: Kind = Kind {
    scheduled: ("ActivityScheduled", "activityScheduledEventDetails"),
    not_started: ("ActivityScheduleFailed", "activityScheduleFailedEventDetails"),
    started: ("ActivityStarted", Some("activityStartedEventDetails")),
    submitted: ("ActivityStarted", "activityStartedEventDetails"),
    succeeded: ("ActivitySucceeded", "activitySucceededEventDetails"),
    failed: ("ActivityFailed", "activityFailedEventDetails"),
    timed_out: ("ActivityTimedOut", "activityTimedOutEventDetails"),
};

const TASK: Kind = Kind {
    scheduled: ("TaskScheduled", "taskScheduledEventDetails"),
    not_started: ("TaskSubmitFailed", "taskSubmitFailedEventDetails"),
    started: ("TaskStarted", Some("taskStartedEventDetails")),
    submitted: ("TaskSubmitted", "taskSubmittedEventDetails"),
    succeeded: ("TaskSucceeded", "taskSucceededEventDetails"),
    failed: ("TaskFailed", "taskFailedEventDetails"),
    timed_out: ("TaskTimedOut", "taskTimedOutEventDetails"),
};

fn show_of_kind(kind: &Kind, record: &Record, details: Map<String, Value>) -> Shown {
    let (name, member) = match record {
        Record::TaskScheduled { .. } => (kind.scheduled.0, Some(kind.scheduled.1)),
        Record::TaskNotStarted { .. } => (kind.not_started.0, Some(kind.not_started.1)),
        Record::TaskStarted { .. } => kind.started,
        Record::TaskSubmitted { .. } => (kind.submitted.0, Some(kind.submitted.1)),
        Record::TaskSucceeded { .. } => (kind.succeeded.0, Some(kind.succeeded.1)),
        Record::TaskFailed { .. } => (kind.failed.0, Some(kind.failed.1)),
        Record::TaskTimedOut { .. } => (kind.timed_out.0, Some(kind.timed_out.1)),
        _ => ("", None),
    };
    (name.into(), member.map(|member| (member, details)))
}

/// The details of a function's or an activity's task, which name the whole ARN when it is scheduled and never again.
fn with_schedule(record: &Record, arn: &str, heartbeat: bool) -> Map<String, Value> {
    let Record::TaskScheduled { timeout_seconds, heartbeat_seconds, .. } = record else {
        return outcome(record);
    };
    let mut details = with_input();
    details.insert("resource".to_owned(), Value::from(arn));
    with_seconds(&mut details, *timeout_seconds, heartbeat_seconds.filter(|_| heartbeat));
    details
}

fn outcome(record: &Record) -> Map<String, Value> {
    match record {
        Record::TaskSubmitted { .. } | Record::TaskSucceeded { .. } => with_output(),
        Record::TaskStarted { worker_name: Some(worker_name), .. } => object(json!({ "workerName": &**worker_name })),
        Record::TaskNotStarted { failure, .. }
        | Record::TaskFailed { failure, .. }
        | Record::TaskTimedOut { failure, .. } => with_failure(failure),
        _ => Map::new(),
    }
}

fn with_seconds(details: &mut Map<String, Value>, timeout: Option<u64>, heartbeat: Option<u64>) {
    let seconds = [("timeoutInSeconds", timeout), ("heartbeatInSeconds", heartbeat)];
    details.extend(seconds.into_iter().filter_map(|(name, seconds)| Some((name.to_owned(), Value::from(seconds?)))));
}

/// As whom the task is done, where its state says so.
fn with_credentials(details: &mut Map<String, Value>, role: Option<&str>) {
    if let Some(role) = role {
        details.insert("taskCredentials".to_owned(), json!({ "roleArn": role }));
    }
}

/// The text is added when the event is asked for, see [`shared`].
fn with_input() -> Map<String, Value> {
    object(json!({ "input": null, "inputDetails": { "truncated": false } }))
}

fn with_output() -> Map<String, Value> {
    object(json!({ "output": null, "outputDetails": { "truncated": false } }))
}

/// The document of a record whose event shows it, and the field for its text.
fn shared(record: &Record, details: &Map<String, Value>) -> Option<(&'static str, Payload)> {
    let document = match record {
        Record::ExecutionStarted { input, .. }
        | Record::StateEntered { input, .. }
        | Record::TaskScheduled { input, .. } => input,
        Record::ExecutionSucceeded { output }
        | Record::StateExited { output, .. }
        | Record::TaskSubmitted { output, .. }
        | Record::TaskSucceeded { output, .. } => output,
        _ => return None,
    };
    let field = ["input", "output", "parameters"].into_iter().find(|name| details.contains_key(*name))?;
    Some((field, document.payload().clone()))
}

fn with_failure(failure: &Failure) -> Map<String, Value> {
    let texts = [("error", &failure.error), ("cause", &failure.cause)];
    texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(&**text.as_ref()?)))).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
