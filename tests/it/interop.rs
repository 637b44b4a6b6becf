//! Stock clients against `iw102 dev`, and the real binary against somebody else's AWS; both from the suite in `tests/interop`.
//!
//! The clients are boto3 and the AWS CLI. The emulators are moto and LocalStack, which boto3 fills with what a deployment
//! leaves. boto3, the CLI and moto run with the interpreter of `IW102_PYTHON`, else `python3`, where it has them; LocalStack
//! with that of `IW102_LOCALSTACK_PYTHON`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::harness::{ACCESS_KEY_ID, Iw102, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN, is_there, left_out, python_with};

/// How long the whole suite may take: the CLI takes a second to begin, many times.
const SUITE_MAX: Duration = Duration::from_mins(5);
/// How long an emulator may take to serve; LocalStack loads hundreds of modules.
const SERVES_MAX: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// Runs one file of the suite as the command of a `dev` that serves the suite's project.
fn check(file: &str) {
    let Some(python) = python_with("awscli, boto3") else { return };
    let iw102 = Iw102::new().with("PYTHONDONTWRITEBYTECODE", "1").with("PYTHONPATH", suite().to_str().unwrap());
    iw102.write("serverless.yml", &fs::read_to_string(suite().join("serverless.yml")).unwrap());
    let mut command = iw102.command(["dev", "--memory", "--port", "0", "--api-port", "off", "--"]);
    command.args([&python, "-m", "unittest", file]);
    passes(command, &iw102.work().join("output"));
}

/// Waits until a suite has passed.
fn passes(mut command: Command, output: &Path) {
    let file = fs::File::create(output).unwrap();
    command.stdout(file.try_clone().unwrap()).stderr(file);
    let code = ended(command.spawn().unwrap());
    let output = fs::read_to_string(output).unwrap();
    let last = output.trim_end().lines().last().unwrap_or_default();
    assert!(code == Some(0) && last.starts_with("OK"), "{code:?}\n{output}");
}

/// The exit code, `None` for what was killed because it took too long.
fn ended(mut child: Child) -> Option<i32> {
    let deadline = Instant::now() + SUITE_MAX;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        thread::sleep(POLL);
    }
}

/// Somebody else's AWS, on loopback. Dropped, it is killed; it would end with our end of its stdin as well.
struct Emulator {
    child: Child,
    /// `http://127.0.0.1:PORT`
    endpoint: String,
}

impl Emulator {
    /// Starts one of those that `emulator.py` knows, in a folder of its own.
    fn start(python: &str, name: &str, folder: &Path) -> Self {
        let stderr = folder.join("stderr");
        let mut command = Command::new(python);
        command.arg(suite().join("emulator.py")).arg(name).current_dir(folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("HOME", folder).env("TMPDIR", folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(&stderr).unwrap());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut emulator = Self { child, endpoint: String::new() };
        let (said, hears) = mpsc::channel();
        thread::spawn(move || said.send(BufReader::new(stdout).lines().next()));
        match hears.recv_timeout(SERVES_MAX) {
            Ok(Some(Ok(endpoint))) => emulator.endpoint = endpoint,
            said => panic!("{name} does not serve: {said:?}\n{}", fs::read_to_string(stderr).unwrap()),
        }
        emulator
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the suite of all verbs against an emulator that this interpreter has.
fn check_verbs(emulator: &str, interpreter: &str) {
    let Some(python) = python_with("boto3") else { return };
    let folder = tempfile::tempdir().unwrap();
    let emulates = Emulator::start(interpreter, emulator, folder.path());
    let mut command = Command::new(python);
    command.args(["-m", "unittest", "test_verbs_run", "test_verbs_callbacks", "test_verbs_access"]).env_clear();
    command.current_dir(folder.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONPATH", suite());
    command.env("HOME", folder.path()).env("TMPDIR", folder.path());
    command.env("IW102_BIN", env!("CARGO_BIN_EXE_iw102")).env("IW102_EMULATOR", emulator);
    command.env("AWS_ENDPOINT_URL", &emulates.endpoint).env("AWS_ENDPOINT_URL_SFN", &emulates.endpoint);
    command.env("AWS_REGION", REGION).env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID);
    command.env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY).env("AWS_SESSION_TOKEN", SESSION_TOKEN);
    passes(command, &folder.path().join("output"));
}

#[test]
fn every_verb_works_on_moto() {
    let Some(python) = python_with("moto.server, antlr4, jsonpath_ng") else { return };
    check_verbs("moto", &python);
}

#[test]
fn every_verb_works_on_localstack() {
    let Ok(python) = std::env::var("IW102_LOCALSTACK_PYTHON") else {
        return left_out("LocalStack (IW102_LOCALSTACK_PYTHON names no interpreter)");
    };
    if is_there(&python, &["-c", "import localstack.runtime.main"]) {
        check_verbs("localstack", &python);
    }
}

#[test]
fn tasks_call_services() {
    let Some(python) = python_with("boto3, moto.server") else { return };
    let folder = tempfile::tempdir().unwrap();
    let moto = Emulator::start(&python, "moto", folder.path());
    let iw102 = Iw102::new().with("PYTHONDONTWRITEBYTECODE", "1").with("PYTHONPATH", suite().to_str().unwrap());
    let iw102 = iw102.with("AWS_ENDPOINT_URL", &moto.endpoint);
    iw102.write("serverless.yml", &fs::read_to_string(suite().join("serverless.yml")).unwrap());
    iw102.write("mocks.json", &fs::read_to_string(suite().join("mocks.json")).unwrap());
    let mocks = iw102.work().join("mocks.json");
    let iw102 = iw102.with("SFN_MOCK_CONFIG", mocks.to_str().unwrap());
    let mut command = iw102.command(["dev", "--memory", "--port", "0", "--api-port", "off", "--"]);
    command.args([&python, "-m", "unittest", "test_integrations"]);
    passes(command, &iw102.work().join("output"));
}

#[test]
fn boto3_uses_step_functions() {
    check("test_step_functions");
}

#[test]
fn boto3_uses_activities_and_tags() {
    check("test_activities_and_tags");
}

#[test]
fn boto3_redrives_executions() {
    check("test_redrive");
}

#[test]
fn boto3_uses_versions_and_aliases() {
    check("test_versions_and_aliases");
}

#[test]
fn boto3_invokes_functions() {
    check("test_lambda");
}

#[test]
fn boto3_reads_logs() {
    check("test_logs");
}

#[test]
fn boto3_hears_of_services_that_are_not_served() {
    check("test_other_services");
}

#[test]
fn executions_are_logged_to_moto_and_their_statuses_reach_its_bus() {
    let Some(python) = python_with("boto3, moto.server") else { return };
    let folder = tempfile::tempdir().unwrap();
    let emulates = Emulator::start(&python, "moto", folder.path());
    let iw102 = Iw102::new()
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("PYTHONPATH", suite().to_str().unwrap())
        .with("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &emulates.endpoint)
        .with("AWS_ENDPOINT_URL_EVENTBRIDGE", &emulates.endpoint);
    let mut command = iw102.command(["dev", "--memory", "--port", "0", "--api-port", "off", "--"]);
    command.args([&python, "-m", "unittest", "test_execution_logs"]);
    passes(command, &iw102.work().join("output"));
}

#[test]
fn the_aws_cli_runs_the_courses_lines() {
    check("test_aws_cli");
}
