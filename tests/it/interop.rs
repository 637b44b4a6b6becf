//! Stock clients against `iw102 dev`: boto3 and the AWS CLI, from the suite in `tests/interop`.
//!
//! They run with the interpreter of `IW102_PYTHON`, else `python3`, where it has them.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::harness::{Iw102, python_with};

/// How long the whole suite may take: the CLI takes a second to begin, many times.
const SUITE_MAX: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(20);

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// Runs one file of the suite as the command of a `dev` that serves the suite's project.
fn check(file: &str) {
    let Some(python) = python_with("awscli, boto3") else { return };
    let iw102 = Iw102::new().with("PYTHONDONTWRITEBYTECODE", "1").with("PYTHONPATH", suite().to_str().unwrap());
    iw102.write("serverless.yml", &fs::read_to_string(suite().join("serverless.yml")).unwrap());
    let output = iw102.work().join("output");
    let mut command = iw102.command(["dev", "--memory", "--port", "0", "--api-port", "off", "--"]);
    command.args([&python, "-m", "unittest", file]);
    let file = fs::File::create(&output).unwrap();
    command.stdout(file.try_clone().unwrap()).stderr(file);
    let code = ended(command.spawn().unwrap());
    let output = fs::read_to_string(output).unwrap();
    assert!(code == Some(0) && output.trim_end().ends_with("OK"), "{code:?}\n{output}");
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

#[test]
fn boto3_uses_step_functions() {
    check("test_step_functions");
}

#[test]
fn boto3_uses_activities_and_tags() {
    check("test_activities_and_tags");
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
fn the_aws_cli_runs_the_courses_lines() {
    check("test_aws_cli");
}
