//! Tests of the engine as servers see it, with a task runner that is the test.

mod activities;
mod faults;
mod following;
mod machines;
mod map_runs;
mod model;
mod published;
mod recovery;
mod redrive;
mod resting;
mod running;
mod simulation;
mod statuses;
mod time;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::asl::Payload;
use crate::engine::api::{Execution, ExecutionStatus, NewStateMachine, StartExecution, StateMachineType};
use crate::engine::clock::{ClockMode, Timestamp};
use crate::engine::driver::{Engine, EngineConfig, PageLimit};
use crate::engine::task::{Reporter, TaskId, TaskReport, TaskRequest, TaskRunner};

const MACHINE: &str = "arn:aws:states:eu-west-1:000000000000:stateMachine:M";
const REAL: ClockMode = ClockMode::Real;
const VIRTUAL: ClockMode = ClockMode::Virtual { expire: false };

/// The whole history on one page.
const ALL: PageLimit = PageLimit { events: usize::MAX, bytes: usize::MAX };

/// How long a test waits for what should come at once. A busy disk has been seen to keep an `fsync` for 20 seconds.
const PATIENCE: Duration = Duration::from_mins(2);

/// Hands the tasks that it is asked for to the test.
struct Runner {
    started: Mutex<Sender<(TaskRequest, Reporter)>>,
    cancelled: Mutex<Vec<TaskId>>,
}

impl TaskRunner for Runner {
    fn start(&self, request: TaskRequest, reporter: Reporter) {
        // A test that has seen enough drops its end.
        drop(self.started.lock().unwrap().send((request, reporter)));
    }

    fn cancel(&self, id: TaskId) {
        self.cancelled.lock().unwrap().push(id);
    }
}

/// An engine, and the tasks that it asked for.
struct Bench {
    engine: Engine,
    tasks: Receiver<(TaskRequest, Reporter)>,
    runner: Arc<Runner>,
}

impl Bench {
    fn config(
        clock: ClockMode,
        folder: Option<&Path>,
    ) -> (EngineConfig, Arc<Runner>, Receiver<(TaskRequest, Reporter)>) {
        let (sender, tasks) = channel();
        let runner = Arc::new(Runner { started: Mutex::new(sender), cancelled: Mutex::default() });
        let folder = folder.map(Path::to_owned);
        let config =
            EngineConfig { clock, tasks: Some(Arc::clone(&runner) as _), listener: None, histories: None, folder };
        (config, runner, tasks)
    }

    fn open(clock: ClockMode, folder: Option<&Path>) -> Self {
        let (config, runner, tasks) = Self::config(clock, folder);
        Self { engine: Engine::open(config).unwrap(), tasks, runner }
    }

    /// With the one machine that most tests need.
    async fn with(clock: ClockMode, folder: Option<&Path>, definition: &Value) -> Self {
        let bench = Self::open(clock, folder);
        bench.engine.create_state_machine(machine(definition)).await.unwrap();
        bench
    }

    async fn start(&self, name: &str, input: &str) -> Execution {
        self.engine.start_execution(start(name, input)).await.unwrap()
    }

    async fn describe(&self, execution: &Execution) -> Execution {
        self.engine.describe_execution(&execution.arn).await.unwrap()
    }

    /// The next task that the engine asks for.
    fn task(&self) -> (TaskRequest, Reporter) {
        self.tasks.recv_timeout(PATIENCE).expect("the engine asks for a task")
    }

    /// The token of the next task, which is submitted.
    async fn token(&self) -> String {
        let (request, reporter) = self.task();
        reporter.report(TaskReport::Submitted(payload("{}")));
        self.engine.quiesce().await.unwrap();
        request.token.unwrap().0.to_string()
    }

    /// Types of an execution's events, `reverse` or not.
    async fn events(&self, execution: &Execution) -> Vec<String> {
        let events = self.engine.execution_history(&execution.arn, None, false, ALL).await.unwrap().events;
        events.into_iter().map(|event| event.event_type.into_owned()).collect()
    }
}

fn payload(text: &str) -> Payload {
    Payload::parse(text).unwrap()
}

fn start(name: &str, input: &str) -> StartExecution {
    StartExecution { state_machine_arn: Arc::from(MACHINE), name: Arc::from(name), input: payload(input) }
}

fn machine(definition: &Value) -> NewStateMachine {
    NewStateMachine {
        arn: Arc::from(MACHINE),
        definition: Arc::from(definition.to_string()),
        role_arn: Arc::from("arn:aws:iam::000000000000:role/r"),
        machine_type: StateMachineType::Standard,
        settings: json!({}),
        tags: BTreeMap::new(),
    }
}

fn of(state: &Value) -> Value {
    json!({ "StartAt": "S", "States": { "S": state } })
}

fn pass() -> Value {
    of(&json!({ "Type": "Pass", "End": true }))
}

fn wait(seconds: u64) -> Value {
    of(&json!({ "Type": "Wait", "Seconds": seconds, "End": true }))
}

fn lambda() -> Value {
    let arn = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    of(&json!({ "Type": "Task", "Resource": arn, "End": true }))
}

fn callback(heartbeat: u64) -> Value {
    of(&json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "f", "Payload": { "token.$": "$$.Task.Token" } },
        "HeartbeatSeconds": heartbeat,
        "End": true
    }))
}

fn seconds_between(from: Timestamp, to: Option<Timestamp>) -> i64 {
    (to.expect("it ended").0 - from.0) / 1000
}
