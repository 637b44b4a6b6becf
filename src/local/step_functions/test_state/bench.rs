//! Runs one state, and says what became of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::asl::flow;
use crate::asl::flow::Data;
use crate::asl::flow::recovery::{delay_milliseconds, is_meant};
use crate::asl::flow::steps::{self, Basis, Shape};
use crate::asl::program::{Next, Parallel, QueryLanguage, ResultPath, State, StateId, StateKind, Task, WaitFor};
use crate::asl::{Fault, Filling, Payload, Program, Variables};
use crate::engine::{TaskId, TaskReport, TaskRequest, Timestamp};
use crate::local::api_error::ApiError;
use crate::local::hangup::Hangup;
use crate::local::served::Served;
use crate::local::server::leave;
use crate::local::step_functions::PAYLOAD_BYTES_MAX;
use crate::local::step_functions::test_state::Configuration;
use crate::local::step_functions::test_state::definition::{Found, STATE_NAME};
use crate::local::step_functions::test_state::inspection::{Inspection, as_written};
use crate::local::step_functions::test_state::mock::{Gives, Mock};
use crate::tasks::Trace;

/// "The TestState API can run for up to five minutes."
const TEST_SECONDS_MAX: u64 = 300;

/// `inspectionLevel`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Debug,
    /// As `DEBUG`, with the request of an HTTP task and its answer; with its connection's secrets, or without.
    Trace {
        reveals_secrets: bool,
    },
}

/// A state, and all that it sees.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    pub(super) state: &'a State,
    program: &'a Program,
    pub(super) configuration: &'a Configuration,
    pub(super) input: Payload,
    pub(super) context: Value,
    variables: Variables,
    entropy: u128,
    now: Timestamp,
    level: Level,
    pub(super) inspection: Inspection,
}

/// Who does a task, and who waits for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) served: &'a Served,
    pub(super) hangup: &'a Hangup,
}

/// What became of a state.
#[derive(Debug)]
pub(super) struct Tested {
    status: &'static str,
    output: Option<Payload>,
    thrown: Thrown,
    next: Option<Arc<str>>,
    inspection: Inspection,
}

/// A state that succeeded, or whose error was caught.
#[derive(Debug)]
pub(super) struct Succeeded {
    output: Payload,
    next: Option<StateId>,
}

/// An error, as Retry and Catch see it.
#[derive(Debug, Default)]
pub(super) struct Thrown {
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
}

impl From<Fault> for Thrown {
    fn from(fault: Fault) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Self { error: given(fault.error.into_owned()), cause: given(fault.cause) }
    }
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        found: &'a Found,
        configuration: &'a Configuration,
        (input, context, variables): (Payload, Value, Variables),
        (now, level): (Timestamp, Level),
    ) -> Self {
        let entropy = Uuid::new_v4().as_u128();
        let (state, program, inspection) = (found.state(), &found.program, Inspection::default());
        Self { state, program, configuration, input, context, variables, entropy, now, level, inspection }
    }

    /// Runs the state; the mock stands for its work.
    ///
    /// # Errors
    /// When the server leaves, or the caller goes, before the state ends.
    pub(super) async fn run(mut self, mock: Option<Mock>, around: Around<'_>) -> Result<Tested, ApiError> {
        let input = self.input.clone();
        self.inspection.document("input", &input);
        let gives = mock.map(|mock| mock.gives);
        let ended = match (&self.state.kind, gives) {
            (StateKind::Task(task), gives) => self.task(task, gives, around).await?,
            (StateKind::Wait(wait), _) => self.wait(wait, around).await?,
            (StateKind::Parallel(parallel), Some(gives)) => self.parallel(parallel, gives),
            (StateKind::Map(map), Some(gives)) => self.map(map, gives),
            _ => self.pure(),
        };
        self.inspection.variables(&self.variables);
        Ok(match ended {
            Ok(Succeeded { output, next }) => Tested {
                status: "SUCCEEDED",
                output: Some(output),
                thrown: Thrown::default(),
                next: next.map(|next| self.program.state(next).name.clone()),
                inspection: self.inspection,
            },
            Err(thrown) => self.recover(thrown),
        })
    }

    /// The states that neither wait nor work.
    fn pure(&mut self) -> Result<Succeeded, Thrown> {
        let state = self.state;
        match &state.kind {
            StateKind::Pass { result, parameters, result_path } => {
                let input = self.effective_input(true)?;
                let data = self.data(&input);
                let passed = steps::pass(result.as_ref(), parameters.as_ref(), result_path, &self.input, data);
                let passed = passed.map_err(blame)?;
                self.show("afterParameters", &passed.parameters);
                self.show("afterResultSelector", &passed.result);
                self.show("afterResultPath", &passed.output);
                self.leave(Basis::Input(&passed.result), &passed.output, Shape::of(state), next_of(state))
            }
            StateKind::Choice { rules } => {
                let input = self.effective_input(true)?;
                let (shape, next) = steps::way(state, rules, self.data(&input)).map_err(blame)?;
                self.leave(Basis::Input(&input), &input, shape, Some(next))
            }
            StateKind::Fail { error, cause } => {
                let failure = steps::failure(error.as_ref(), cause.as_ref(), self.data(&self.input));
                let (error, cause) = failure.map_err(blame)?;
                Err(Thrown { error, cause })
            }
            _ => {
                let input = self.effective_input(true)?;
                self.leave(Basis::Input(&input), &input, Shape::of(state), next_of(state))
            }
        }
    }

    async fn wait(&mut self, wait: &WaitFor, around: Around<'_>) -> Result<Result<Succeeded, Thrown>, ApiError> {
        let until = self
            .effective_input(true)
            .and_then(|input| flow::wait_until(wait, self.data(&input), self.now.0).map_err(blame));
        let until = match until {
            Ok(until) => until,
            Err(thrown) => return Ok(Err(thrown)),
        };
        let milliseconds = u64::try_from(until.saturating_sub(self.now.0)).unwrap_or_default();
        let pause = tokio::time::sleep(Duration::from_millis(milliseconds));
        Ok(within(around, TEST_SECONDS_MAX, pause).await?.and_then(|()| self.pure()))
    }

    async fn task(
        &mut self,
        task: &Task,
        gives: Option<Gives>,
        around: Around<'_>,
    ) -> Result<Result<Succeeded, Thrown>, ApiError> {
        let asked = self.effective_input(true).and_then(|input| steps::ask(task, self.data(&input)).map_err(blame));
        let asked = match asked {
            Ok(asked) => asked,
            Err(thrown) => return Ok(Err(thrown)),
        };
        match self.state.query_language {
            QueryLanguage::JsonPath => self.inspection.document("afterParameters", &asked.input),
            QueryLanguage::Jsonata => self.inspection.document("afterArguments", &asked.input),
        }
        let result = match gives {
            Some(gives) => gives.into_result(),
            None => self.work(task, asked, around).await?,
        };
        Ok(result.and_then(|result| {
            if result.text().len() > PAYLOAD_BYTES_MAX {
                return Err(Fault::too_large(task.resource.service()).into());
            }
            self.inspection.document("result", &result);
            self.finish(&result, task.result_selector.as_ref(), &task.result_path)
        }))
    }

    /// Calls what the task calls.
    async fn work(
        &mut self,
        task: &Task,
        asked: steps::Asked,
        around: Around<'_>,
    ) -> Result<Result<Payload, Thrown>, ApiError> {
        let request = TaskRequest {
            id: TaskId { execution: 0, event: 0 },
            execution_arn: self.context["Execution"]["Id"].as_str().unwrap_or_default().into(),
            state_name: self.state.name.clone(),
            resource: task.resource.clone(),
            input: asked.input,
            token: None,
            credentials: asked.role_arn,
        };
        let limit = asked.timeout_seconds.unwrap_or(TEST_SECONDS_MAX).min(TEST_SECONDS_MAX);
        let trace = match self.level {
            Level::Trace { reveals_secrets } => Some(Trace::new(reveals_secrets)),
            Level::Info | Level::Debug => None,
        };
        let work = around.served.tasks.perform_traced(&request, trace.as_ref(), |_| {});
        let report = within(around, limit, work).await?;
        let (sent, answered) = trace.map(Trace::into_parts).unwrap_or_default();
        for (name, told) in [("request", sent), ("response", answered)] {
            if let Some(told) = told {
                self.inspection.value(name, told);
            }
        }
        Ok(report.and_then(|report| match report {
            Some(TaskReport::Succeeded(result) | TaskReport::Submitted(result)) => Ok(result),
            Some(TaskReport::Failed(fault) | TaskReport::NotStarted(fault)) => Err(fault.into()),
            // An activity, which is not tested without a mock.
            None => Err(timed_out()),
        }))
    }

    fn parallel(&mut self, parallel: &Parallel, gives: Gives) -> Result<Succeeded, Thrown> {
        let input = self.effective_input(false)?;
        steps::shape_input(parallel.parameters.as_ref(), self.data(&input)).map_err(blame)?;
        let result = gives.into_result()?;
        self.finish(&result, parallel.result_selector.as_ref(), &parallel.result_path)
    }

    /// What a Task, a Parallel or a Map makes of its result.
    pub(super) fn finish(
        &mut self,
        result: &Payload,
        selector: Option<&Filling>,
        path: &ResultPath,
    ) -> Result<Succeeded, Thrown> {
        let finished = steps::finish(selector, path, &self.input, self.data(result)).map_err(blame)?;
        self.show("afterResultSelector", &finished.selected);
        self.show("afterResultPath", &finished.output);
        self.leave(Basis::Result(result), &finished.output, Shape::of(self.state), next_of(self.state))
    }

    /// What `InputPath` selects; `shown` where AWS shows it.
    pub(super) fn effective_input(&mut self, shown: bool) -> Result<Payload, Thrown> {
        let selected = flow::select(&self.state.input_path, self.data(&self.input), "InputPath").map_err(blame)?;
        let selected = if selected.is(&self.input) { selected } else { as_written(&self.input, selected) };
        if shown {
            self.show("afterInputPath", &selected);
        }
        Ok(selected)
    }

    fn leave(
        &mut self,
        basis: Basis<'_>,
        output: &Payload,
        shape: Shape<'_>,
        next: Option<StateId>,
    ) -> Result<Succeeded, Thrown> {
        let left = steps::leave(self.state, shape, basis, output, self.data(&self.input)).map_err(blame)?;
        if left.output.text().len() > PAYLOAD_BYTES_MAX {
            return Err(Fault::too_large(STATE_NAME).into());
        }
        let assigned = left.assigned.as_ref().and_then(|assigned| assigned.value().as_object());
        for (name, value) in assigned.into_iter().flatten() {
            self.variables.insert(name.as_str(), Payload::from(value.clone()));
        }
        Ok(Succeeded { output: left.output, next })
    }

    /// Retry, then Catch, then failure.
    fn recover(mut self, thrown: Thrown) -> Tested {
        let error = thrown.error.as_deref().unwrap_or_default();
        let ends = |status, thrown, inspection| Tested { status, output: None, thrown, next: None, inspection };
        let retrier = self.state.retry.iter().position(|retrier| is_meant(&retrier.error_equals, error, false));
        if let Some(index) = retrier {
            self.inspection.error_detail("retryIndex", index);
            let (retrier, used) = (&self.state.retry[index], self.configuration.retrier_retry_count);
            if u64::from(used) < retrier.max_attempts {
                let seconds = delay_milliseconds(retrier, used, None) / 1000;
                self.inspection.error_detail("retryBackoffIntervalSeconds", seconds);
                return ends("RETRIABLE", thrown, self.inspection);
            }
        }
        let catcher = self.state.catch.iter().position(|catcher| is_meant(&catcher.error_equals, error, false));
        let Some(index) = catcher else { return ends("FAILED", thrown, self.inspection) };
        self.inspection.error_detail("catchIndex", index);
        match self.catch(index, &thrown) {
            Ok(Succeeded { output, next }) => {
                self.inspection.variables(&self.variables);
                let next = next.map(|next| self.program.state(next).name.clone());
                Tested { status: "CAUGHT_ERROR", output: Some(output), thrown, next, inspection: self.inspection }
            }
            // The catcher itself could not be followed.
            Err(of_catcher) => ends("FAILED", of_catcher, self.inspection),
        }
    }

    fn catch(&mut self, index: usize, thrown: &Thrown) -> Result<Succeeded, Thrown> {
        let catcher = &self.state.catch[index];
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let error = Payload::from(json!({ "Error": text(&thrown.error), "Cause": text(&thrown.cause) }));
        let output = flow::merge(&catcher.result_path, &self.input, error.clone()).map_err(blame)?;
        let shape = Shape { assign: catcher.assign.as_ref(), output: catcher.output.as_ref() };
        self.leave(Basis::Error(&error), &output, shape, Some(catcher.next))
    }

    /// What expressions see, with `input` as their document.
    pub(super) fn data<'d>(&'d self, input: &'d Payload) -> Data<'d> {
        let (variables, now) = (&self.variables, self.now.0);
        Data { variables, entropy: self.entropy, now, ..Data::new(input, &self.context) }
    }

    /// Shows what only JSONPath has.
    pub(super) fn show(&mut self, name: &str, payload: &Payload) {
        if self.state.query_language == QueryLanguage::JsonPath {
            self.inspection.document(name, payload);
        }
    }
}

impl Gives {
    pub(super) fn into_result(self) -> Result<Payload, Thrown> {
        match self {
            Self::Result(result) => Ok(result),
            Self::Error { error, cause } => Err(Thrown { error: Some(error), cause }),
        }
    }
}

impl Tested {
    pub(super) fn encode(self, level: Level) -> Value {
        let mut answer = json!({ "status": self.status });
        let output = self.output.map(|output| output.text().to_owned());
        let next = self.next.map(|next| next.to_string());
        let texts =
            [("output", output), ("error", self.thrown.error), ("cause", self.thrown.cause), ("nextState", next)];
        for (name, text) in texts {
            if let Some(text) = text {
                answer[name] = text.into();
            }
        }
        if level != Level::Info {
            answer["inspectionData"] = self.inspection.into_value();
        }
        answer
    }
}

fn next_of(state: &State) -> Option<StateId> {
    match state.next {
        Next::State(next) => Some(next),
        Next::End | Next::NoChoiceMatched => None,
    }
}

/// A fault of an expression, in the words in which AWS records it. The state is the first that is entered.
pub(super) fn blame(fault: Fault) -> Thrown {
    let cause = format!(
        "An error occurred while executing the state '{STATE_NAME}' (entered at the event id #2). {}",
        fault.cause
    );
    Thrown { error: Some(fault.error.into_owned()), cause: Some(cause) }
}

fn timed_out() -> Thrown {
    Thrown { error: Some("States.Timeout".to_owned()), cause: None }
}

/// Waits for work, at most so many seconds.
///
/// # Errors
/// When the server leaves or the caller goes.
async fn within<T>(
    around: Around<'_>,
    seconds: u64,
    work: impl Future<Output = T>,
) -> Result<Result<T, Thrown>, ApiError> {
    let mut leaving = around.served.leaving.clone();
    let gone = |why: &str| Err(ApiError::new("ServiceUnavailable", why).with_status(503));
    tokio::select! {
        biased;
        done = tokio::time::timeout(Duration::from_secs(seconds), work) => Ok(done.map_err(|_| timed_out())),
        () = leave(&mut leaving) => gone("the server leaves; test the state again"),
        () = around.hangup.happened() => gone("the caller went"),
    }
}
