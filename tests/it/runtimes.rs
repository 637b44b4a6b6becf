//! Functions in the languages that people write them in, behind the real Runtime API.
//!
//! A language that is not on this machine is left out, and said so; with `IW102_REQUIRE_ALL=1` that fails. AWS's own client
//! for Python is tried with the interpreter of `IW102_PYTHON`.

#![expect(clippy::unwrap_used, reason = "tests fail by panics, and say what they leave out")]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iw102::asl::{Fault, Payload};
use iw102::tasks::{FunctionSpec, InvokeRequest, Program, Tasks, TasksConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{is_there, left_out, python_with};

const PATIENCE: Duration = Duration::from_mins(1);
/// Set in the process that [`functions_end_with_a_host_that_is_killed`] kills: where it works.
const DOOMED: &str = "IW102_TEST_DOOMED_FOLDER";

struct House {
    tasks: Arc<Tasks>,
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tasks = tasks(folder.path());
        Self { tasks, folder }
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn add(&self, name: &str, program: Program, timeout_seconds: u64) {
        let folder = self.folder.path().to_owned();
        let environment = [].into();
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

    /// Registers a handler under its own function's name.
    fn handler(&self, handler: &str, runtime: &str) {
        let name = handler.rsplit(['.', '/']).next().unwrap();
        self.add(name, FunctionSpec::discover(name, self.folder.path(), handler, runtime), 30);
    }

    async fn invoke(&self, name: &str, event: Value) -> Result<Value, Fault> {
        tokio::time::timeout(PATIENCE, self.tasks.invoke(name, &event)).await.expect("an answer in time")
    }

    async fn result(&self, name: &str, event: Value) -> Value {
        self.invoke(name, event)
            .await
            .unwrap_or_else(|fault| panic!("{name}: {fault:?}\n{}", self.log(name).join("\n")))
    }

    /// The error and its cause, which is JSON.
    async fn fault(&self, name: &str, event: Value) -> (String, Value) {
        let fault = self.invoke(name, event).await.unwrap_err();
        (fault.error.to_string(), serde_json::from_str(&fault.cause).unwrap_or(Value::String(fault.cause)))
    }

    fn log(&self, name: &str) -> Vec<String> {
        let page = self.tasks.logs().events(name, None, None, None, 10_000).unwrap();
        page.events.into_iter().map(|event| event.text).collect()
    }

    /// The processes that have run `naps`.
    fn naps(&self) -> Vec<i64> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let pid = |name: &str| name.strip_prefix("nap-")?.parse().ok();
        files.filter_map(|file| pid(file.unwrap().file_name().to_str()?)).collect()
    }

    async fn logged(&self, name: &str, text: &str) {
        until(&format!("{text:?} in the log of {name}"), || {
            self.log(name).iter().any(|line| line.contains(text)).then_some(())
        })
        .await;
    }
}

fn tasks(folder: &Path) -> Arc<Tasks> {
    let logs = folder.join("logs");
    Tasks::new(TasksConfig {
        logs,
        processes_max: 4,
        region: "eu-west-1".into(),
        account: "000000000000".into(),
        environment: env::vars().collect(),
    })
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const PYTHON: &str = r#"
import logging, os, sys, threading, time

class CustomException(Exception):
    pass

def about(event, context):
    print("words of the handler")
    logging.getLogger().error("words of the logger")
    return {
        "event": event,
        "pid": os.getpid(),
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "left": context.get_remaining_time_in_millis(),
        "env": os.environ["AWS_EXECUTION_ENV"],
    }

def raises(event, context):
    raise Exception("Some exception was raised.")

def custom(event, context):
    raise CustomException()

def text(event, context):
    return b'"HelloWorld!"'

def odd(event, context):
    return object()

def leaves(event, context):
    os._exit(3)

def sleeps(event, context):
    time.sleep(600)

def naps(event, context):
    open(f"nap-{os.getpid()}", "w").close()
    while not os.path.exists("gate"):
        time.sleep(0.01)
    return os.getpid()

def dies_later(event, context):
    def die():
        while not os.path.exists("die"):
            time.sleep(0.01)
        os._exit(1)
    threading.Thread(target=die, daemon=True).start()
    return os.getpid()
"#;

fn python() -> Option<House> {
    is_there("python3", &["-c", "import http.client"]).then(|| {
        let house = House::new();
        house.write("app.py", PYTHON);
        house
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn python_answers_and_stays_warm() {
    let Some(house) = python() else { return };
    house.handler("app.about", "python3.12");
    let first = house.result("about", json!({"a": [1.5, "ä"]})).await;
    assert_eq!(first["event"], json!({"a": [1.5, "ä"]}));
    assert_eq!(first["arn"], json!("arn:aws:lambda:eu-west-1:000000000000:function:about"));
    assert_eq!((&first["name"], &first["env"]), (&json!("about"), &json!("AWS_Lambda_python3.12")));
    let left = first["left"].as_i64().unwrap();
    assert!((20_000..=30_000).contains(&left), "{left}");
    let second = house.result("about", json!(2)).await;
    assert_eq!(first["pid"], second["pid"], "the process was not reused");
    assert_ne!(first["request"], second["request"]);
    house.logged("about", "words of the handler").await;
    house.logged("about", &format!("{}\twords of the logger", second["request"].as_str().unwrap())).await;
    let log = house.log("about");
    let place = |text: &str| log.iter().position(|line| line.contains(text)).unwrap();
    assert!(place("START ") < place("words of the handler"), "{log:?}");
    assert!(place("words of the logger") < place("END "), "{log:?}");
    assert_eq!(log.iter().filter(|line| line.starts_with("START ")).count(), 2, "{log:?}");
    assert_eq!(log.iter().filter(|line| line.contains("\tInit Duration: ")).count(), 1, "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn python_is_started_anew_when_its_file_changes() {
    let Some(house) = python() else { return };
    house.handler("app.about", "python3.12");
    house.result("about", json!(1)).await;
    let soon = std::time::SystemTime::now() + Duration::from_secs(5);
    house.write("app.py", "def about(event, context):\n    return 'changed'\n");
    fs::File::options().write(true).open(house.folder.path().join("app.py")).unwrap().set_modified(soon).unwrap();
    assert_eq!(house.result("about", json!(1)).await, json!("changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn python_errors_are_those_of_lambda() {
    let Some(house) = python() else { return };
    for name in ["raises", "custom", "text", "odd", "none"] {
        house.handler(&format!("app.{name}"), "python3.12");
    }
    let (error, cause) = house.fault("raises", json!({})).await;
    assert_eq!((error.as_str(), &cause["errorMessage"]), ("Exception", &json!("Some exception was raised.")));
    let keys: Vec<&String> = cause.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["errorMessage", "errorType", "requestId", "stackTrace"]);
    let trace = cause["stackTrace"].as_array().unwrap();
    assert_eq!(trace.len(), 1, "{trace:?}");
    let frame = trace[0].as_str().unwrap();
    assert!(frame.contains("/app.py\", line ") && frame.contains("in raises\n    raise Exception("), "{frame}");
    let (error, cause) = house.fault("custom", json!({})).await;
    assert_eq!((error.as_str(), &cause["errorMessage"]), ("CustomException", &json!("")));
    assert_eq!(house.result("text", json!({})).await, json!("HelloWorld!"));
    let (error, cause) = house.fault("odd", json!({})).await;
    assert_eq!(error, "Runtime.MarshalError");
    assert!(cause["errorMessage"].as_str().unwrap().contains("not JSON serializable"), "{cause}");
    let (error, cause) = house.fault("none", json!({})).await;
    assert_eq!(error, "Runtime.HandlerNotFound", "{cause}");
}

#[tokio::test(flavor = "multi_thread")]
async fn python_modules_that_do_not_load_are_told() {
    let Some(house) = python() else { return };
    house.write("missing.py", "import no_such_module_at_all\ndef one(event, context): pass\n");
    house.write("broken.py", "def two(:\n");
    house.write("folder/inner.py", "def three(event, context):\n    return 3\n");
    for handler in ["missing.one", "broken.two", "folder/inner.three"] {
        house.handler(handler, "python3.12");
    }
    let (error, cause) = house.fault("one", json!({})).await;
    assert_eq!(error, "Runtime.ImportModuleError");
    assert!(cause["errorMessage"].as_str().unwrap().contains("no_such_module_at_all"), "{cause}");
    assert_eq!(house.fault("two", json!({})).await.0, "Runtime.UserCodeSyntaxError");
    assert_eq!(house.result("three", json!({})).await, json!(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn python_that_ends_or_hangs_is_replaced() {
    let Some(house) = python() else { return };
    house.handler("app.leaves", "python3.12");
    for _ in 0..2 {
        let (error, cause) = house.fault("leaves", json!({})).await;
        assert_eq!(error, "Runtime.ExitError");
        assert!(cause["errorMessage"].as_str().unwrap().ends_with("exited with error: exit status 3"), "{cause}");
    }
    house.add("sleeps", FunctionSpec::discover("sleeps", house.folder.path(), "app.sleeps", ""), 1);
    let (error, cause) = house.fault("sleeps", json!({})).await;
    assert_eq!(error, "Sandbox.Timedout");
    assert!(cause["errorMessage"].as_str().unwrap().ends_with("Task timed out after 1.00 seconds"), "{cause}");
    house.handler("app.dies_later", "python3.12");
    let first = house.result("dies_later", json!({})).await;
    let pid = first.as_i64().unwrap();
    house.write("die", "");
    until("it is dead", || (!lives(pid)).then_some(())).await;
    fs::remove_file(house.folder.path().join("die")).unwrap();
    assert_ne!(house.result("dies_later", json!({})).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn python_runs_side_by_side() {
    let Some(house) = python() else { return };
    house.handler("app.naps", "python3.12");
    let naps = |_| {
        let tasks = Arc::clone(&house.tasks);
        tokio::spawn(async move { tasks.invoke("naps", &json!({})).await })
    };
    let running: Vec<_> = (0..3).map(naps).collect();
    until("three processes run", || (house.naps().len() == 3).then_some(())).await;
    house.write("gate", "");
    let mut pids = BTreeSet::new();
    for one in running {
        pids.insert(one.await.unwrap().unwrap().as_i64().unwrap());
    }
    assert_eq!(pids.len(), 3);
    house.tasks.shutdown().await;
    until("all are dead", || (!pids.iter().any(|pid| lives(*pid))).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_a_function_ends_its_idle_processes() {
    let Some(house) = python() else { return };
    house.handler("app.about", "python3.12");
    let first = house.result("about", json!({})).await;
    house.handler("app.about", "python3.12");
    assert_eq!(house.result("about", json!({})).await["pid"], first["pid"], "an equal function was replaced");
    house.handler("app.about", "python3.13");
    let pid = first["pid"].as_i64().unwrap();
    until("the old process is dead", || (!lives(pid)).then_some(())).await;
    assert_eq!(house.result("about", json!({})).await["env"], json!("AWS_Lambda_python3.13"));
    house.handler("app.naps", "python3.12");
    let tasks = Arc::clone(&house.tasks);
    let busy = tokio::spawn(async move { tasks.invoke("naps", &json!({})).await });
    until("it is busy", || house.naps().first().copied()).await;
    house.handler("app.naps", "python3.13");
    house.write("gate", "");
    let pid = busy.await.unwrap().unwrap().as_i64().unwrap();
    until("the old process is dead", || (!lives(pid)).then_some(())).await;
}

/// Runs only in the process that the next test kills.
#[tokio::test(flavor = "multi_thread")]
async fn the_host_that_will_be_killed() {
    let Some(folder) = env::var_os(DOOMED).map(PathBuf::from) else { return };
    let tasks = tasks(&folder);
    let program = FunctionSpec::discover("naps", &folder, "app.naps", "python3.12");
    let environment = [].into();
    let spec = FunctionSpec {
        name: "naps".into(),
        logical_id: None,
        folder,
        program,
        timeout_seconds: 600,
        memory_mb: 128,
        environment,
    };
    tasks.register(vec![spec]);
    let _ = tasks.invoke("naps", &json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_end_with_a_host_that_is_killed() {
    let Some(house) = python() else { return };
    let mut host = Command::new(env::current_exe().unwrap())
        .args(["--exact", "runtimes::the_host_that_will_be_killed"])
        .env(DOOMED, house.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = until("the function runs", || house.naps().first().copied()).await;
    assert!(lives(pid));
    host.kill().unwrap();
    host.wait().unwrap();
    until("the function has ended", || (!lives(pid)).then_some(())).await;
}

const NODE: &str = r"
exports.awaits = async (event, context) => {
  console.log('words of the handler');
  return { event, pid: process.pid, request: context.awsRequestId, left: context.getRemainingTimeInMillis() };
};
exports.calls = (event, context, callback) => setTimeout(() => callback(null, { event }), 5);
exports.succeeds = (event, context) => { context.succeed('done'); };
exports.nothing = (event) => {};
exports.undefinedResult = async () => undefined;
exports.throws = async () => { throw new TypeError('no'); };
exports.throwsAtOnce = (event, context, callback) => { throw new RangeError('no'); };
exports.fails = (event, context, callback) => callback(new Error('no'));
exports.text = async () => { throw 'just text'; };
exports.rejects = async () => { Promise.reject(new Error('nobody waits')); await new Promise((r) => setTimeout(r, 60000)); };
exports.nested = { deep: async () => 'deep' };
exports.leaves = async () => process.exit(4);
exports.sleeps = async () => new Promise((r) => setTimeout(r, 600000));
";

fn node() -> Option<House> {
    is_there("node", &["--version"]).then(|| {
        let house = House::new();
        house.write("app.js", NODE);
        house
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn node_answers_in_every_style() {
    let Some(house) = node() else { return };
    house.handler("app.awaits", "nodejs20.x");
    let first = house.result("awaits", json!({"a": "ä"})).await;
    assert_eq!(first["event"], json!({"a": "ä"}));
    assert!((20_000..=30_000).contains(&first["left"].as_i64().unwrap()), "{first}");
    assert_eq!(house.result("awaits", json!(2)).await["pid"], first["pid"], "the process was not reused");
    house.logged("awaits", "words of the handler").await;
    for (handler, expected) in [
        ("app.calls", json!({"event": 1})),
        ("app.succeeds", json!("done")),
        ("app.nothing", Value::Null),
        ("app.undefinedResult", Value::Null),
        ("app.nested.deep", json!("deep")),
    ] {
        house.handler(handler, "nodejs20.x");
        let name = handler.rsplit('.').next().unwrap();
        assert_eq!(house.result(name, json!(1)).await, expected, "{handler}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_runs_es_modules() {
    let Some(house) = node() else { return };
    house.write(
        "src/one.mjs",
        "import fs from 'node:fs';\nexport const first = async (event) => ({ event, is: typeof fs });\n",
    );
    house.write("package.json", r#"{"type": "module"}"#);
    house.write("two.js", "export const second = async () => 2;\n");
    house.write("three.cjs", "exports.third = async () => 3;\n");
    for (handler, expected) in
        [("src/one.first", json!({"event": 1, "is": "object"})), ("two.second", json!(2)), ("three.third", json!(3))]
    {
        house.handler(handler, "");
        assert_eq!(house.result(handler.rsplit('.').next().unwrap(), json!(1)).await, expected, "{handler}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_errors_are_those_of_lambda() {
    let Some(house) = node() else { return };
    for (name, error_type, message) in [
        ("throws", "TypeError", "no"),
        ("throwsAtOnce", "RangeError", "no"),
        ("fails", "Error", "no"),
        ("text", "string", "just text"),
        ("rejects", "Runtime.UnhandledPromiseRejection", "nobody waits"),
        ("none", "Runtime.HandlerNotFound", "app.none is undefined or not exported"),
    ] {
        house.handler(&format!("app.{name}"), "nodejs20.x");
        let (error, cause) = house.fault(name, json!({})).await;
        assert_eq!((error.as_str(), &cause["errorMessage"]), (error_type, &json!(message)), "{name}: {cause}");
        assert!(cause["trace"].is_array(), "{name}: {cause}");
    }
    house.write("broken.js", "exports.one = (;\n");
    house.handler("broken.one", "nodejs20.x");
    assert_eq!(house.fault("one", json!({})).await.0, "Runtime.UserCodeSyntaxError");
    house.handler("app.leaves", "nodejs20.x");
    let (error, cause) = house.fault("leaves", json!({})).await;
    assert_eq!(error, "Runtime.ExitError");
    assert!(cause["errorMessage"].as_str().unwrap().contains("exit status 4"), "{cause}");
    house.add("sleeps", FunctionSpec::discover("sleeps", house.folder.path(), "app.sleeps", "nodejs20.x"), 1);
    assert_eq!(house.fault("sleeps", json!({})).await.0, "Sandbox.Timedout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rust_function_runs_unchanged() {
    let tests = env::current_exe().unwrap();
    let example = tests.parent().and_then(Path::parent).unwrap().join("examples/rust-function");
    if !example.is_file() {
        left_out("cargo build --example rust-function");
        return;
    }
    let house = House::new();
    house.add("rust", Program::Bootstrap(vec![example]), 30);
    let first = house.result("rust", json!({"a": 1})).await;
    assert_eq!(first["event"], json!({"a": 1}));
    assert_eq!(house.result("rust", json!(2)).await["processId"], first["processId"], "the process was not reused");
    let (error, cause) = house.fault("rust", json!({"fail": "no"})).await;
    assert!(!error.starts_with("Lambda."), "{error}");
    assert_eq!(cause["errorMessage"], json!("no"));
    let (_, cause) = house.fault("rust", json!({"panic": "at once"})).await;
    assert!(cause["errorMessage"].as_str().unwrap().contains("at once"), "{cause}");
    assert_eq!(house.result("rust", json!(3)).await["event"], json!(3));
    let answer = house.tasks.answer(InvokeRequest::new("rust", Payload::from(json!(4)))).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_of_aws_runs_unchanged() {
    use std::os::unix::fs::PermissionsExt;
    let Some(interpreter) = python_with("awslambdaric") else { return };
    let house = House::new();
    house.write("app.py", &PYTHON.replace("AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME"));
    for name in ["about", "raises", "text", "leaves"] {
        let bootstrap = format!("{name}/bootstrap");
        house.write(&bootstrap, &format!("#!/bin/sh\nexec {interpreter} -m awslambdaric app.{name}\n"));
        let file = house.folder.path().join(&bootstrap);
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        house.add(name, Program::Bootstrap(vec![bootstrap.into()]), 30);
    }
    let first = house.result("about", json!({"a": 1})).await;
    assert_eq!(first["event"], json!({"a": 1}));
    assert_eq!(house.result("about", json!(2)).await["pid"], first["pid"], "the process was not reused");
    let (error, cause) = house.fault("raises", json!({})).await;
    assert_eq!((error.as_str(), &cause["errorMessage"]), ("Exception", &json!("Some exception was raised.")));
    assert_eq!(house.result("text", json!({})).await, json!("HelloWorld!"));
    assert_eq!(house.fault("leaves", json!({})).await.0, "Runtime.ExitError");
}

/// Whether a process runs; one that is dead and not buried does not.
fn lives(pid: i64) -> bool {
    let stat = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let stat = String::from_utf8_lossy(&stat.stdout).trim().to_owned();
    !stat.is_empty() && !stat.starts_with('Z')
}
