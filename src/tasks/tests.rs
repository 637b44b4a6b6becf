//! Real processes behind the whole room. Only `sh` is needed; other languages are in `tests/it/runtimes.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::asl::program::{Pattern, Resource};
use crate::asl::{Fault, Payload};
use crate::engine::api::{Execution, ExecutionStatus, NewStateMachine, StartExecution, StateMachineType};
use crate::engine::clock::ClockMode;
use crate::engine::driver::{Engine, EngineConfig};
use crate::engine::task::{TaskId, TaskReport, TaskRequest};
use crate::tasks::pool::Bounds;
use crate::tasks::{FunctionSpec, Program, Tasks, TasksConfig};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

struct House {
    tasks: Arc<Tasks>,
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        Self::with(4, 100)
    }

    fn with(processes_max: usize, queue_max: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = TasksConfig {
            environment: std::env::vars().collect(),
            logs: folder.path().join("logs"),
            processes_max,
            region: "eu-west-1".into(),
            account: "000000000000".into(),
        };
        let (init, idle) = (Duration::from_millis(100), Duration::from_mins(1));
        Self { tasks: Tasks::with_bounds(config, Bounds { processes_max, queue_max, init, idle }), folder }
    }

    fn add(&self, name: &str, program: Program, timeout_seconds: u64) {
        let folder = self.folder.path().to_owned();
        let environment = [("COLOUR".to_owned(), "red".to_owned())].into();
        let spec = FunctionSpec {
            name: name.into(),
            logical_id: None,
            folder,
            program,
            timeout_seconds,
            memory_mb: 128,
            environment,
        };
        self.tasks.register(vec![spec]);
    }

    async fn perform(&self, request: &TaskRequest) -> Option<TaskReport> {
        self.tasks.perform(request, |_| {}).await
    }

    fn command(&self, name: &str, command: &str) {
        self.add(name, Program::Command(command.into()), 20);
    }

    /// A program that should speak the Runtime API.
    fn bootstrap(&self, name: &str, script: &str) {
        let file = self.write(&format!("{name}.sh"), &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        self.add(name, Program::Bootstrap(vec![format!("{name}.sh").into()]), 20);
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn invoke(&self, name: &str, event: Value) -> Result<Value, Fault> {
        tokio::time::timeout(PATIENCE, self.tasks.invoke(name, &event)).await.expect("an answer in time")
    }

    async fn fault(&self, name: &str, event: Value) -> (String, String) {
        let fault = self.invoke(name, event).await.unwrap_err();
        (fault.error.into_owned(), fault.cause)
    }

    fn log(&self, name: &str) -> Vec<String> {
        let page = self.tasks.logs().events(name, None, None, None, 10_000).unwrap();
        page.events.into_iter().map(|event| event.text).collect()
    }
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn pid_in(file: &Path) -> Option<Pid> {
    fs::read_to_string(file).ok()?.strip_suffix('\n')?.parse().ok().and_then(Pid::from_raw)
}

fn lives(pid: Pid) -> bool {
    // A zombie that its new parent has not buried yet is dead.
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(pid).is_ok() && !stat.contains(") Z ")
}

fn request(resource: Resource, input: Value) -> TaskRequest {
    TaskRequest {
        id: TaskId { execution: 1, event: 2 },
        execution_arn: "arn:aws:states:eu-west-1:000000000000:execution:m:e".into(),
        state_name: "S".into(),
        resource,
        input: Payload::from(input),
        token: None,
        credentials: None,
    }
}

fn integration(service: &str, action: &str, pattern: Pattern) -> Resource {
    Resource::Integration { service: service.into(), action: action.into(), pattern }
}

#[tokio::test]
async fn a_command_reads_its_event_and_prints_its_result() {
    let house = House::new();
    house.command("echo", "cat; echo from the log >&2");
    assert_eq!(house.invoke("echo", json!({"a": [1.0, null]})).await.unwrap(), json!({"a": [1.0, null]}));
    house.command("silent", "true");
    assert_eq!(house.invoke("silent", json!({})).await.unwrap(), Value::Null);
    house.command("deaf", "exec 0<&-; echo '\"done\"'");
    assert_eq!(house.invoke("deaf", json!("a".repeat(1_000_000))).await.unwrap(), json!("done"));
    let log = house.log("echo");
    assert!(log[0].starts_with("START RequestId: ") && log[0].ends_with(" Version: $LATEST"), "{log:?}");
    assert_eq!(log[1], "from the log");
    assert!(log[2].starts_with("END RequestId: "), "{log:?}");
    assert!(log[3].contains("\tBilled Duration: ") && log[3].ends_with("Memory Size: 128 MB"), "{log:?}");
}

#[tokio::test]
async fn a_big_event_comes_back_whole() {
    let house = House::new();
    house.command("echo", "cat");
    let event = json!("a".repeat(3_000_000));
    assert_eq!(house.invoke("echo", event.clone()).await.unwrap(), event);
}

#[tokio::test]
async fn a_command_fails_by_its_status() {
    let house = House::new();
    house.command("named", r#"echo '{"errorType": "Flaky", "errorMessage": "no"}'; exit 3"#);
    let expected = ("Flaky".to_owned(), r#"{"errorType": "Flaky", "errorMessage": "no"}"#.to_owned());
    assert_eq!(house.fault("named", json!({})).await, expected);
    house.command("plain", "echo first >&2; echo the last line >&2; exit 3");
    let (error, cause) = house.fault("plain", json!({})).await;
    assert_eq!(error, "Runtime.ExitError");
    assert!(cause.contains("exit status 3: the last line"), "{cause}");
    house.command("killed", "kill -9 $$");
    let (error, cause) = house.fault("killed", json!({})).await;
    assert_eq!(error, "Runtime.ExitError");
    assert!(cause.contains("signal: killed"), "{cause}");
    house.command("untyped", r#"echo '{"errorMessage": "no"}'; exit 1"#);
    let (error, cause) = house.fault("untyped", json!({})).await;
    assert_eq!(error, "Lambda.Unknown");
    assert!(cause.contains(r#"Returned payload: {"errorMessage": "no"}"#), "{cause}");
    house.command("words", "echo hello");
    assert_eq!(house.fault("words", json!({})).await.0, "Runtime.MarshalError");
}

#[tokio::test]
async fn a_timeout_ends_the_whole_group() {
    let house = House::new();
    let file = house.file("pid");
    house.add("slow", Program::Command(format!("sleep 600 & echo $! > {}; wait", file.display())), 1);
    let (error, cause) = house.fault("slow", json!({})).await;
    assert_eq!(error, "Sandbox.Timedout");
    assert!(cause.contains("Task timed out after 1.00 seconds"), "{cause}");
    let pid = pid_in(&file).unwrap();
    until("the child of the command is dead", || (!lives(pid)).then_some(())).await;
    assert!(house.log("slow").iter().any(|line| line.ends_with("Task timed out after 1.00 seconds")));
}

#[tokio::test]
async fn dropping_an_invocation_ends_the_whole_group() {
    let house = House::new();
    let file = house.file("pid");
    house.command("slow", &format!("sleep 600 & echo $! > {}; wait", file.display()));
    let tasks = Arc::clone(&house.tasks);
    let task = tokio::spawn(async move { tasks.invoke("slow", &json!({})).await });
    let pid = until("the command runs", || pid_in(&file)).await;
    assert!(lives(pid));
    task.abort();
    until("the child of the command is dead", || (!lives(pid)).then_some(())).await;
}

#[tokio::test]
async fn shutdown_ends_what_runs_and_starts_nothing_more() {
    let house = House::new();
    let file = house.file("pid");
    house.command("slow", &format!("sleep 600 & echo $! > {}; wait", file.display()));
    let tasks = Arc::clone(&house.tasks);
    let task = tokio::spawn(async move { tasks.invoke("slow", &json!({})).await });
    let pid = until("the command runs", || pid_in(&file)).await;
    house.tasks.shutdown().await;
    assert_eq!(task.await.unwrap().unwrap_err().error, "Lambda.AWSLambdaException");
    until("the child of the command is dead", || (!lives(pid)).then_some(())).await;
    assert_eq!(house.fault("slow", json!({})).await.0, "Lambda.AWSLambdaException");
}

#[tokio::test]
async fn what_a_command_leaves_behind_does_not_hold_it() {
    let house = House::new();
    let file = house.file("pid");
    house.command("leaves", &format!("sleep 600 >&2 & echo $! > {}; echo 1", file.display()));
    assert_eq!(house.invoke("leaves", json!({})).await.unwrap(), json!(1));
    let pid = pid_in(&file).unwrap();
    until("what was left behind is dead", || (!lives(pid)).then_some(())).await;
}

#[tokio::test]
async fn output_without_end_is_bounded() {
    let house = House::new();
    house.command("result", "yes");
    assert_eq!(house.fault("result", json!({})).await.0, "Function.ResponseSizeTooLarge");
    house.add("log", Program::Command("yes a line of the log that goes on for ever >&2".into()), 1);
    assert_eq!(house.fault("log", json!({})).await.0, "Sandbox.Timedout");
    let bytes: u64 = ["log.log", "log.log.1"].iter().map(|name| house.size(name)).sum();
    assert!((1_000_000..=9_000_000).contains(&bytes), "{bytes}");
}

impl House {
    fn size(&self, log: &str) -> u64 {
        fs::metadata(self.folder.path().join("logs").join(log)).map_or(0, |metadata| metadata.len())
    }
}

#[tokio::test]
async fn processes_and_the_queue_are_bounded() {
    let house = House::with(2, 3);
    let (gate, began) = (house.file("gate"), house.file("began"));
    house.command(
        "wait",
        &format!("echo x >> {}; until [ -e {} ]; do sleep 0.01; done; echo 1", began.display(), gate.display()),
    );
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let tasks = Arc::clone(&house.tasks);
            tokio::spawn(async move { tasks.invoke("wait", &json!({})).await })
        })
        .collect();
    let pool = house.tasks.pool();
    until("three wait", || (pool.waiting() == 3).then_some(())).await;
    until("two run", || fs::read_to_string(&began).ok().filter(|text| text.len() == 4)).await;
    let (error, cause) = house.fault("wait", json!({})).await;
    assert_eq!(error, "Lambda.TooManyRequestsException");
    assert!(cause.contains("Rate Exceeded. (Service: AWSLambda; Status Code: 429;"), "{cause}");
    assert_eq!(fs::read_to_string(&began).unwrap().len(), 4, "more than two processes ran");
    fs::write(&gate, "").unwrap();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), json!(1));
    }
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn a_program_that_dies_at_once_is_an_exit_error() {
    let house = House::new();
    house.bootstrap("dies", "echo I cannot >&2; exit 7");
    let (error, cause) = house.fault("dies", json!({})).await;
    assert_eq!(error, "Runtime.ExitError");
    assert!(cause.contains("Error: Runtime exited with error: exit status 7"), "{cause}");
    until("its words are logged", || house.log("dies").contains(&"I cannot".to_owned()).then_some(())).await;
    house.bootstrap("leaves", "exit 0");
    let (_, cause) = house.fault("leaves", json!({})).await;
    assert!(cause.contains("Runtime exited without providing a reason"), "{cause}");
}

#[tokio::test]
async fn a_program_that_never_asks_for_work_is_ended() {
    let house = House::new();
    let file = house.write("idles", &format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", house.file("pid").display()));
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    house.add("idles", Program::Bootstrap(vec!["idles".into()]), 1);
    assert_eq!(house.fault("idles", json!({})).await.0, "Sandbox.Timedout");
    let pid = pid_in(&house.file("pid")).unwrap();
    until("it is dead", || (!lives(pid)).then_some(())).await;
}

#[tokio::test]
async fn what_cannot_be_run_says_where_it_was_looked_for() {
    let house = House::new();
    house.add("hello", Program::Bootstrap(vec!["bin/hello".into(), "bootstrap".into()]), 3);
    let (error, cause) = house.fault("hello", json!({})).await;
    assert_eq!(error, "Runtime.InvalidEntrypoint");
    for said in ["/bin/hello, ", "/bootstrap. ", "custom.iw102.functions.hello.command", "--function hello=CMD"] {
        assert!(cause.contains(said), "{cause}");
    }
    house.write("data", "not a program");
    house.add("data", Program::Bootstrap(vec!["data".into()]), 3);
    assert!(house.fault("data", json!({})).await.1.contains("chmod +x"));
    let handler = |handler: &str, runtime: &str| Program::Handler { handler: handler.into(), runtime: runtime.into() };
    house.add("python", handler("app.handler", "python3.12"), 3);
    assert!(house.fault("python", json!({})).await.1.contains("/app.py"));
    house.add("java", handler("a.B", "java21"), 3);
    assert!(house.fault("java", json!({})).await.1.contains("Runtime java21 of function java cannot be run"));
    house.add("gone", Program::Missing("nothing was found".into()), 3);
    assert!(house.fault("gone", json!({})).await.1.contains("nothing was found"));
    let spec = FunctionSpec {
        name: "nowhere".into(),
        logical_id: None,
        folder: house.file("nowhere"),
        program: Program::Command("true".into()),
        timeout_seconds: 3,
        memory_mb: 128,
        environment: [].into(),
    };
    house.tasks.register(vec![spec]);
    assert!(house.fault("nowhere", json!({})).await.1.contains("The folder of function nowhere is not there"));
}

#[tokio::test]
async fn functions_are_found_in_every_form_or_refused_as_on_aws() {
    let house = House::new();
    house.command("s-dev-hello", "cat");
    for name in [
        "s-dev-hello",
        "s-dev-hello:PROD",
        "arn:aws:lambda:eu-west-1:000000000000:function:s-dev-hello",
        "arn:aws:lambda:eu-west-1:000000000000:function:s-dev-hello:$LATEST",
        "000000000000:function:s-dev-hello",
    ] {
        assert_eq!(house.invoke(name, json!(1)).await.unwrap(), json!(1), "{name}");
    }
    let (error, cause) = house.fault("s-dev-other", json!(1)).await;
    assert_eq!(error, "Lambda.ResourceNotFoundException");
    let aws = "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:s-dev-other:$LATEST (Service: AWSLambda; \
               Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ";
    assert!(cause.starts_with(aws) && cause.ends_with("; Proxy: null)"), "{cause}");
    for slip in ["s-dev-helo", "hello"] {
        assert!(house.fault(slip, json!(1)).await.1.ends_with("Did you mean s-dev-hello?"), "{slip}");
    }
    assert!(house.tasks.advice("other").contains("Registered are s-dev-hello. Build it"));
    assert_eq!(house.fault("not a name", json!(1)).await.0, "Lambda.InvalidParameterValueException");
}

#[tokio::test]
async fn resources_become_reports() {
    let house = House::new();
    house.command("hello", "cat");
    house.command("fails", r#"echo '{"errorType": "E"}'; exit 1"#);
    let arn: Arc<str> = "arn:aws:lambda:eu-west-1:000000000000:function:hello".into();
    let report = house.perform(&request(Resource::Lambda { arn }, json!({"a": 1}))).await;
    assert!(matches!(report, Some(TaskReport::Succeeded(payload)) if *payload.value() == json!({"a": 1})));

    let invoke = || integration("lambda", "invoke", Pattern::RequestResponse);
    let parameters = json!({"FunctionName": "hello", "Payload": {"a": 1}});
    let report = house.perform(&request(invoke(), parameters.clone())).await;
    assert!(matches!(report, Some(TaskReport::Succeeded(payload)) if payload.value()["Payload"] == json!({"a": 1})));
    let report = house.perform(&request(invoke(), json!({"FunctionName": "fails"}))).await;
    assert!(matches!(report, Some(TaskReport::Failed(fault)) if fault.error == "E"));

    let token = integration("lambda", "invoke.waitForTaskToken", Pattern::WaitForTaskToken);
    let report = house.perform(&request(token, parameters)).await;
    assert!(matches!(report, Some(TaskReport::Submitted(payload)) if payload.value()["StatusCode"] == json!(200)));

    let arn = "arn:aws:states:eu-west-1:000000000000:activity:a".into();
    assert!(house.perform(&request(Resource::Activity { arn }, json!({}))).await.is_none());
    let report = house.perform(&request(integration("sqs", "sendMessage", Pattern::RequestResponse), json!({}))).await;
    assert!(matches!(report, Some(TaskReport::Failed(fault)) if fault.cause.contains("set AWS_ENDPOINT_URL_SQS or")));
    let sync = integration("states", "startExecution.sync:2", Pattern::Sync2);
    let report = house.perform(&request(sync, json!({}))).await;
    assert!(matches!(report, Some(TaskReport::Failed(fault)) if fault.cause.contains("AWS_ENDPOINT_URL_SFN")));
}

#[tokio::test]
async fn mocked_states_need_nobody_to_answer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mocks.json");
    let mocks = json!({
        "StateMachines": {"m": {"TestCases": {"Case": {"S": "s"}}}},
        "MockedResponses": {"s": {"0": {"Return": 1}, "1": {"Throw": {"Error": "E", "Cause": "c"}}}},
    });
    fs::write(&file, mocks.to_string()).unwrap();
    let tasks = Tasks::new(TasksConfig {
        environment: [("SFN_MOCK_CONFIG".to_owned(), file.to_str().unwrap().to_owned())].into(),
        logs: folder.path().join("logs"),
        processes_max: 1,
        region: "eu-west-1".into(),
        account: "000000000000".into(),
    });
    let sync = integration("ecs", "runTask.sync", Pattern::Sync);
    let mut request = request(sync, json!({}));
    request.execution_arn = "arn:aws:states:eu-west-1:000000000000:execution:m:e".into();
    request.state_name = "S".into();
    tasks.mock("m", "e", "Case").unwrap();
    let submitted = std::sync::Mutex::new(Vec::new());
    let first = tasks.perform(&request, |report| submitted.lock().unwrap().push(report)).await;
    assert!(matches!(first, Some(TaskReport::Succeeded(payload)) if *payload.value() == json!(1)));
    assert!(matches!(&submitted.lock().unwrap()[..], [TaskReport::Submitted(payload)] if *payload.value() == json!(1)));
    let second = tasks.perform(&request, |_| {}).await;
    assert!(matches!(second, Some(TaskReport::Failed(fault)) if fault == Fault::new("E", "c")));
    assert!(tasks.mock("m", "e", "None").is_err());
}

#[tokio::test]
async fn the_projects_own_functions_answer_the_sdk_too() {
    let house = House::new();
    house.command("hello", "cat");
    let invoke = integration("aws-sdk:lambda", "invoke", Pattern::RequestResponse);
    let report = house.perform(&request(invoke, json!({"FunctionName": "hello", "Payload": {"a": 1}}))).await;
    assert!(
        matches!(report, Some(TaskReport::Succeeded(payload)) if payload.value()["Payload"] == json!(r#"{"a":1}"#))
    );
}

#[tokio::test]
async fn an_event_runs_without_being_waited_for() {
    let house = House::new();
    let file = house.file("ran");
    house.command("later", &format!("cat > {}", file.display()));
    let invoke = integration("lambda", "invoke", Pattern::RequestResponse);
    let parameters = json!({"FunctionName": "later", "Payload": 7, "InvocationType": "Event"});
    let report = house.perform(&request(invoke, parameters)).await;
    assert!(matches!(report, Some(TaskReport::Succeeded(payload)) if payload.value()["StatusCode"] == json!(202)));
    until("it ran", || fs::read_to_string(&file).ok().filter(|text| text == "7")).await;
}

#[tokio::test]
async fn a_function_sees_what_lambda_gives_and_nothing_of_the_caller() {
    let house = House::new();
    house.tasks.tell([("AWS_ENDPOINT_URL_SFN".to_owned(), "http://127.0.0.1:9".to_owned())].into());
    house.command(
        "env",
        "printf '[\"%s\",\"%s\",\"%s\",\"%s\",\"%s\",\"%s\"]' \"$AWS_LAMBDA_FUNCTION_NAME\" \"$AWS_REGION\" \
                          \"$COLOUR\" \"$AWS_ENDPOINT_URL_SFN\" \"$PWD\" \"$CARGO_MANIFEST_DIR\"",
    );
    let folder = house.folder.path().canonicalize().unwrap();
    let expected = json!(["env", "eu-west-1", "red", "http://127.0.0.1:9", folder, ""]);
    assert_eq!(house.invoke("env", json!({})).await.unwrap(), expected);
}

#[tokio::test]
async fn the_tail_of_the_log_comes_back_when_asked_for() {
    let house = House::new();
    house.command("hello", "echo words >&2; echo 1");
    let invoke = integration("lambda", "invoke", Pattern::RequestResponse);
    let parameters = json!({"FunctionName": "hello", "LogType": "Tail"});
    let Some(TaskReport::Succeeded(payload)) = house.perform(&request(invoke, parameters)).await else {
        panic!("it fails");
    };
    let log = payload.value()["LogResult"].as_str().unwrap();
    let log = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(log).unwrap()).unwrap();
    assert!(log.starts_with("START RequestId") && log.contains("\nwords\n") && log.contains("\nREPORT "), "{log}");
}

const MACHINE: &str = "arn:aws:states:eu-west-1:000000000000:stateMachine:m";

impl House {
    /// An engine whose only machine invokes a function.
    async fn engine(&self, function: &str) -> Engine {
        let tasks = Arc::clone(&self.tasks);
        let config =
            EngineConfig { clock: ClockMode::Real, tasks: Some(tasks), listener: None, histories: None, folder: None };
        let engine = Engine::open(config).unwrap();
        let resource = format!("arn:aws:lambda:eu-west-1:000000000000:function:{function}");
        let definition = json!({"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": resource, "End": true}}});
        let machine = NewStateMachine {
            arn: MACHINE.into(),
            definition: definition.to_string().into(),
            role_arn: "arn:aws:iam::000000000000:role/r".into(),
            machine_type: StateMachineType::Standard,
            settings: json!({}),
            tags: [].into(),
        };
        engine.create_state_machine(machine).await.unwrap();
        engine
    }
}

async fn start(engine: &Engine, input: Value) -> Arc<str> {
    let start = StartExecution { state_machine_arn: MACHINE.into(), name: "e".into(), input: Payload::from(input) };
    engine.start_execution(start).await.unwrap().arn
}

async fn ended(engine: &Engine, arn: &str) -> Execution {
    let began = Instant::now();
    loop {
        let execution = engine.describe_execution(arn).await.unwrap();
        if execution.status != ExecutionStatus::Running {
            return execution;
        }
        assert!(began.elapsed() < PATIENCE, "{execution:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_execution_gets_what_its_function_answers() {
    let house = House::new();
    house.command("hello", "cat");
    let engine = house.engine("hello").await;
    let execution = ended(&engine, &start(&engine, json!({"a": 1})).await).await;
    assert_eq!(execution.status, ExecutionStatus::Succeeded);
    assert_eq!(execution.output.unwrap().value(), &json!({"a": 1}));
    engine.shutdown().await;
}

#[tokio::test]
async fn stopping_an_execution_ends_its_function() {
    let house = House::new();
    let file = house.file("pid");
    house.command("slow", &format!("sleep 600 & echo $! > {}; wait", file.display()));
    let engine = house.engine("slow").await;
    let arn = start(&engine, json!({})).await;
    let pid = until("the function runs", || pid_in(&file)).await;
    engine.stop_execution(&arn, None, None).await.unwrap();
    until("the function is dead", || (!lives(pid)).then_some(())).await;
    assert_eq!(ended(&engine, &arn).await.status, ExecutionStatus::Aborted);
    engine.shutdown().await;
}
