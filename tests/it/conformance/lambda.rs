//! Executions that call functions: the real engine in memory, with real processes behind the Runtime API.
//!
//! The recordings name the program of each function; what those programs do is written here once more.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use iw102::asl::Payload;
use iw102::engine::history::HistoryEvent;
use iw102::engine::{
    ClockMode, Engine, EngineConfig, Execution, ExecutionStatus, NewStateMachine, PageLimit, StartExecution,
    StateMachineType,
};
use iw102::tasks::{FunctionSpec, Program, Tasks, TasksConfig};
use serde_json::{Value, json};

use super::cases::{Case, Run, cases};
use super::compare::Comparison;
use crate::harness::is_there;

/// An execution that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a running execution is looked at.
const POLL: Duration = Duration::from_millis(5);
/// The longest history that is read.
const WHOLE: PageLimit = PageLimit { events: 25_000, bytes: usize::MAX };
/// A program that sleeps for long.
const SLEEPER: &str = "wait_60_seconds.py";
/// Its timeout passes so many times faster than a clock shows, since a virtual clock waits for a task that runs.
const SLEEPER_SPEED: f64 = 20.0;

/// Name and text, each with the line of what it raises where the recorded traces have it.
const PROGRAMS: &[(&str, &str)] = &[
    ("id_function.py", "def handler(event, context):\n    return event\n"),
    ("return_bytes_str.py", "def handler(event, context):\n    return '\"HelloWorld!\"'.encode()\n"),
    ("raise_exception.py", "def handler(event, context):\n    raise Exception(\"Some exception was raised.\")\n"),
    (
        "raise_custom_exception.py",
        "class CustomException(Exception):\n    def __init__(self):\n        super().__init__()\n\n\n\
         # No arguments: its message is empty.\n\ndef handler(event, context):\n    raise CustomException()\n",
    ),
    ("large_output_string.py", "def handler(event, context):\n    return ('\"' + 'a' * 257 * 1024 + '\"').encode()\n"),
    (SLEEPER, "import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n    return event\n"),
];

/// The programs in a folder, one below it for each.
fn write_programs(folder: &Path) {
    for (name, text) in PROGRAMS {
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("handler.py"), text).unwrap();
    }
}

fn function(create: &Value, programs: &Path) -> FunctionSpec {
    FunctionSpec {
        name: create["FunctionName"].as_str().unwrap().into(),
        logical_id: None,
        folder: programs.join(program_of(create)),
        program: Program::Handler {
            handler: create["Handler"].as_str().unwrap().to_owned(),
            runtime: create["Runtime"].as_str().unwrap().to_owned(),
        },
        timeout_seconds: create["Timeout"].as_u64().unwrap(),
        memory_mb: 128,
        environment: [].into(),
    }
}

fn program_of(create: &Value) -> &str {
    create["__handler_source__"].as_str().unwrap()
}

/// An engine with the functions of a case.
struct World {
    engine: Engine,
    tasks: Arc<Tasks>,
    _logs: tempfile::TempDir,
}

impl World {
    fn of(case: &Case, programs: &Path) -> Self {
        let logs = tempfile::tempdir().unwrap();
        let tasks = Tasks::new(TasksConfig {
            logs: logs.path().to_owned(),
            processes_max: 4,
            region: "us-east-1".into(),
            account: "000000000000".into(),
            environment: std::env::vars().collect(),
        });
        tasks.register(case.calls("CreateFunction").map(|create| function(create, programs)).collect());
        let sleeps = case.calls("CreateFunction").any(|create| program_of(create) == SLEEPER);
        let clock = if sleeps { ClockMode::Scaled(SLEEPER_SPEED) } else { ClockMode::Virtual { expire: false } };
        let config = EngineConfig { clock, tasks: Some(tasks.clone()), listener: None, histories: None, folder: None };
        let engine = Engine::open(config).unwrap();
        Self { engine, tasks, _logs: logs }
    }

    async fn run(&self, run: &Run<'_>) -> Result<(Execution, Vec<HistoryEvent>), String> {
        let state_machine_arn: Arc<str> = run.state_machine_arn().into();
        let machine = NewStateMachine {
            arn: state_machine_arn.clone(),
            definition: run.definition.into(),
            role_arn: run.role_arn.into(),
            machine_type: if run.is_express { StateMachineType::Express } else { StateMachineType::Standard },
            settings: json!({}),
            tags: [].into(),
        };
        self.engine.create_state_machine(machine).await.map_err(|error| format!("{error:?}"))?;
        let input = Payload::parse(run.input).map_err(|error| error.to_string())?;
        let start = StartExecution { state_machine_arn, name: run.name.into(), input };
        let started = self.engine.start_execution(start).await.map_err(|error| error.to_string())?;
        let ended = tokio::time::timeout(PATIENCE, self.ended(&started.arn)).await;
        let ended = ended.map_err(|_| "it does not end".to_owned())?;
        let events = self.engine.execution_history(&ended.arn, None, false, WHOLE).await;
        Ok((ended, events.map_err(|error| error.to_string())?.events))
    }

    async fn ended(&self, arn: &str) -> Execution {
        loop {
            let execution = self.engine.describe_execution(arn).await.unwrap();
            if execution.status != ExecutionStatus::Running {
                return execution;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn shutdown(self) {
        self.engine.shutdown().await;
        self.tasks.shutdown().await;
    }
}

/// What StartSyncExecution tells of an execution, as far as it does not depend on the moment.
fn compare_end(comparison: &Comparison, ended: &Execution, recorded: &Value) -> Option<String> {
    let output = ended.output.as_ref().map(|output| output.text().to_owned());
    let ours = json!({ "status": ended.status.as_str(), "output": output, "error": ended.error, "cause": ended.cause });
    let mut expected = json!({});
    for field in ["status", "output", "error", "cause"] {
        expected[field] = recorded.get(field).cloned().unwrap_or_default();
    }
    comparison.of_answers(ours, &expected)
}

async fn compare(case: &Case, programs: &Path) -> Result<(), String> {
    // A trace names the file that Lambda unpacked.
    let folders: Vec<PathBuf> = case.calls("CreateFunction").map(|create| programs.join(program_of(create))).collect();
    let folders: Vec<(&str, &str)> = folders.iter().map(|folder| (folder.to_str().unwrap(), "/var/task")).collect();
    let comparison = Comparison::of(case, &folders);
    let (runs, world) = (case.runs(), World::of(case, programs));
    let (ended, events) = world.run(&runs[0]).await?;
    world.shutdown().await;
    let recorded = &case.json["recorded"];
    let difference = match (case.histories().first(), recorded.get("start_execution_sync_response")) {
        (Some(history), _) => comparison.of_histories(&events, history),
        (None, Some(answer)) => compare_end(&comparison, &ended, answer),
        (None, None) => Some("nothing that could be compared was recorded".to_owned()),
    };
    difference.map_or(Ok(()), Err)
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_called_as_recorded() {
    let Some(cases) = cases("LAMBDA") else { return };
    if !is_there("python3", &["--version"]) {
        return;
    }
    let programs = tempfile::tempdir().unwrap();
    write_programs(programs.path());
    let cases: Vec<_> = cases.iter().filter(|case| case.is_understood() && case.runs().len() == 1).collect();
    assert!(cases.len() >= 20, "only {} cases were understood", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(difference) = compare(case, programs.path()).await {
            wrong.push(format!("{}: {difference}", case.id()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}
