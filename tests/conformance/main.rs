//! Every case that AWS recorded, replayed through the HTTP API of `iw102 dev`, and how many give what AWS gave.
//!
//! `IW102_CONFORMANCE_DIR` names the folder of the cases, `index.json` in it; without it the test says that it was left out.
//! `IW102_CONFORMANCE_ONLY=part of an id` runs some and asks for no number. boto3 sends the calls (`replay.py`), LocalStack is
//! all other services, moto is DynamoDB (LocalStack would have to fetch it), `lambdas.py` is Lambda, `apis.py` calls it as API
//! Gateway does; `compare.py` says when two answers agree. Cases that fail are printed with the first difference, then all of
//! them by what differed.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends the test")]
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use serde_json::Value;

/// How many cases of each kind pass at least, and how many with nothing left out; more is better, and is written here.
const FLOOR: [(&str, usize, usize); 3] = [("PURE", 249, 228), ("LAMBDA", 45, 42), ("SERVICES", 60, 44)];
/// So much is shown of a value that differs, in characters.
const SHOWN_MAX: usize = 160;

/// Something that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Python with nothing of this environment but what it needs to be found, and a home that is thrown away.
fn python(interpreter: &str, script: &str, folder: &Path) -> Command {
    let mut command = Command::new(interpreter);
    command.arg(tests().join(script)).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("HOME", folder).env("TMPDIR", folder);
    command
}

/// Starts somebody else's AWS; it ends with our end of its stdin as well.
fn emulator(name: &str, interpreter: &str, folder: &Path) -> (Running, String) {
    let mut command = python(interpreter, "interop/emulator.py", folder);
    command.arg(name).env("MOTO_ACCOUNT_ID", "000000000000");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().next();
    (Running(child), said.expect("an emulator says where it serves").unwrap())
}

/// What `replay.py` says of each case.
fn replayed(interpreter: &str, localstack: &str, cases: &str, only: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let (_localstack, elsewhere) = emulator("localstack", localstack, folder.path());
    let (_moto, endpoint) = emulator("moto", interpreter, folder.path());
    let mut command = python(interpreter, "conformance/replay.py", folder.path());
    command.args([env!("CARGO_BIN_EXE_iw102"), &endpoint, &elsewhere]);
    command.env("IW102_CONFORMANCE_DIR", cases).env("IW102_CONFORMANCE_ONLY", only);
    let mut child = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let told = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert!(child.0.wait().unwrap().success(), "the replay failed");
    told
}

fn short(value: &Value) -> String {
    value.as_str().unwrap_or("nothing").chars().take(SHOWN_MAX).collect()
}

/// What differed, without what is another in each case: the reason to group by.
fn reason(case: &Value) -> String {
    if let Some(refused) = case["refused"].as_str() {
        return refused.chars().take(SHOWN_MAX).collect();
    }
    let path = case["difference"][0].as_str().unwrap_or("no such answer");
    let member = path.split('/').filter(|part| part.parse::<u32>().is_err()).collect::<Vec<_>>().join("/");
    format!("{member}: {}", case["difference"][1].as_str().unwrap_or_default().chars().take(80).collect::<String>())
}

fn print_failures(told: &[Value]) {
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for case in told.iter().filter(|case| case["passed"] != true) {
        let difference = &case["difference"];
        println!("{} {}", short(&case["kind"]), short(&case["id"]));
        println!("  {} {}", short(&case["key"]), short(&difference[0]));
        if !case["refused"].is_null() {
            println!("  refused: {}", short(&case["refused"]));
        }
        println!("  ours: {}\n  AWS:  {}", short(&difference[1]), short(&difference[2]));
        reasons.entry(reason(case)).or_default().push(case["id"].as_str().unwrap_or_default());
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    for (reason, ids) in reasons {
        println!("{:>4}  {reason}", ids.len());
        for id in ids {
            println!("        {}", id.rsplit("::").next().unwrap_or_default());
        }
    }
}

/// Prints the figures; whether one fell below its floor.
fn print_figures(told: &[Value]) -> bool {
    let mut fell = false;
    for (kind, floor, floor_of_whole) in FLOOR {
        let of_kind = || told.iter().filter(|case| case["kind"] == kind);
        let passed = of_kind().filter(|case| case["passed"] == true).count();
        let whole = of_kind().filter(|case| case["whole"] == true).count();
        println!(
            "conformance {kind}: {passed}/{} ({whole} with nothing left out), floor {floor} ({floor_of_whole})",
            of_kind().count()
        );
        fell |= passed < floor || whole < floor_of_whole;
    }
    fell
}

/// Prints the cases whose definition AWS took and we did not; whether there is one.
fn print_refused(told: &[Value]) -> bool {
    let of_definition =
        |case: &&Value| case["refused"].as_str().is_some_and(|why| why.starts_with("CreateStateMachine:"));
    let refused: Vec<&Value> = told.iter().filter(|case| case["passed"] != true).filter(of_definition).collect();
    for case in &refused {
        println!("the definition of {} is refused", short(&case["id"]));
    }
    !refused.is_empty()
}

fn main() -> ExitCode {
    let Ok(cases) = std::env::var("IW102_CONFORMANCE_DIR") else {
        println!("LEFT OUT: IW102_CONFORMANCE_DIR names no folder of recorded cases");
        return ExitCode::SUCCESS;
    };
    let interpreter = std::env::var("IW102_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let localstack = std::env::var("IW102_LOCALSTACK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let needed = [(&interpreter, "boto3, moto.server"), (&localstack, "localstack.runtime.main")];
    for (interpreter, modules) in needed {
        let probe = Command::new(interpreter).args(["-c", &format!("import {modules}")]).stderr(Stdio::null()).status();
        if !probe.is_ok_and(|status| status.success()) {
            println!("LEFT OUT: `{interpreter}` cannot import {modules}");
            return if std::env::var_os("IW102_REQUIRE_ALL").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    }
    let only = std::env::var("IW102_CONFORMANCE_ONLY").unwrap_or_default();
    let told = replayed(&interpreter, &localstack, &cases, &only);
    print_failures(&told);
    let fell = print_figures(&told) | print_refused(&told);
    ExitCode::from(u8::from(fell && only.is_empty()))
}
