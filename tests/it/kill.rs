//! A process that is killed loses nothing that it has said, and its executions end as they would have.
//!
//! `IW102_KILLS=200 cargo test --locked --test it kill` kills at two hundred random moments.

use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use crate::harness::{Iw102, eventually};

/// Three functions that stop at a gate until it is opened, around a Wait and within a Parallel. They survive their owner, but
/// not the test's folder.
const GATED: &str = r#"
service: gated
provider: { name: aws, runtime: provided.al2023 }
functions:
  a: { handler: a, timeout: 300 }
  b: { handler: b, timeout: 300 }
  c: { handler: c, timeout: 300 }
custom:
  iw102:
    functions:
      a: { command: 'touch at-a; until test -e go-a; do test -e at-a || exit; sleep 0.01; done; cat' }
      b: { command: 'touch at-b; until test -e go-b; do test -e at-b || exit; sleep 0.01; done; cat' }
      c: { command: 'touch at-c; until test -e go-c; do test -e at-c || exit; sleep 0.01; done; echo "{\"c\":1}"' }
stepFunctions:
  stateMachines:
    gated:
      definition:
        StartAt: A
        States:
          A: { Type: Task, Resource: { Fn::GetAtt: [ALambdaFunction, Arn] }, Next: W }
          W: { Type: Wait, Seconds: 1, Next: P }
          P:
            Type: Parallel
            Next: End
            Branches:
              - { StartAt: B, States: { B: { Type: Task, Resource: { Fn::GetAtt: [BLambdaFunction, Arn] }, End: true } } }
              - { StartAt: C, States: { C: { Type: Task, Resource: { Fn::GetAtt: [CLambdaFunction, Arn] }, End: true } } }
          End: { Type: Succeed }
"#;

const OUTPUT: &str = "[{\"k\":\"v\"},{\"c\":1}]\n";

/// Runs `words` until all of `files` exist in the folder, then kills it.
fn kill_when(iw102: &Iw102, words: &[&str], files: &[&str]) {
    let mut child = iw102.command(words).spawn().unwrap();
    for file in files {
        let path = iw102.work().join(file);
        eventually(file, || path.exists().then_some(()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn open(folder: &Path, gate: &str) {
    fs::write(folder.join(gate), "").unwrap();
}

#[test]
fn killed_at_every_outside_step_it_ends_as_it_would_have() {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", GATED);
    let folder = iw102.work();
    kill_when(&iw102, &["invoke", "k=v", "--local", "--name", "one"], &["at-a"]);
    let status = iw102.run(["status", "last", "--local"]);
    assert!(status.stdout.contains("RUNNING") && status.stdout.contains("State      A"), "{}", status.snapshot());

    // The next owner asks for A again, and is killed while B and C run.
    open(&folder, "go-a");
    kill_when(&iw102, &["wait", "last", "--local"], &["at-b", "at-c"]);

    // One branch is done when the third one is killed.
    open(&folder, "go-c");
    let mut child = iw102.command(["wait", "last", "--local"]).spawn().unwrap();
    let ended = || iw102.run(["history", "last", "--local"]).stdout;
    eventually("the end of C", || {
        ended().lines().any(|line| line.contains("TaskStateExited") && line.contains(" C ")).then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();

    open(&folder, "go-b");
    let wait = iw102.run(["wait", "last", "--local"]);
    assert_eq!(wait.code, Some(0), "{}", wait.snapshot());
    let status = iw102.run(["status", "last", "--local", "-q", "output", "-o", "json"]);
    let output: serde_json::Value =
        serde_json::from_str(&status.stdout).unwrap_or_else(|_| panic!("{}", status.snapshot()));
    assert_eq!(output, serde_json::from_str::<serde_json::Value>(OUTPUT).unwrap());
    let history = iw102.run(["history", "last", "--local"]).stdout;
    for (event, times) in [("LambdaFunctionScheduled", 3), ("LambdaFunctionSucceeded", 3), ("ExecutionSucceeded", 1)] {
        assert_eq!(history.matches(event).count(), times, "{history}");
    }
}

/// Many short steps, so that a random moment hits any of them.
const BUSY: &str = r#"
service: busy
provider: { name: aws, runtime: provided.al2023 }
functions: { f: { handler: f, timeout: 300 } }
custom: { iw102: { functions: { f: { command: 'cat' } } } }
stepFunctions:
  stateMachines:
    busy:
      definition:
        StartAt: M
        States:
          M:
            Type: Map
            MaxConcurrency: 3
            Next: End
            ItemProcessor:
              StartAt: F
              States:
                F: { Type: Task, Resource: { Fn::GetAtt: [FLambdaFunction, Arn] }, Next: P }
                P: { Type: Pass, End: true }
          End: { Type: Succeed }
"#;

#[test]
fn killed_at_any_moment_nothing_that_was_acknowledged_is_lost() {
    let kills: u64 = std::env::var("IW102_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", BUSY);
    let input = "[1,2,3,4,5,6,7,8,9,10,11,12]";
    for kill in 0..kills {
        let name = format!("n{kill}");
        let mut child =
            iw102.command(["invoke", "--local", "--name", &name, "-d", input, "--no-progress"]).spawn().unwrap();
        // Spread over the life of a run, from the opening of the store to the end; a moment, not a wait for anything.
        thread::sleep(Duration::from_millis(20 + kill * 37 % 400));
        let _ = child.kill();
        child.wait().unwrap();
        let list = iw102.run(["list", "--local", "-o", "name"]).stdout;
        if !list.lines().any(|line| line == name) {
            continue;
        }
        let wait = iw102.run(["wait", &name, "--local"]);
        assert_eq!(wait.code, Some(0), "kill {kill}: {}", wait.snapshot());
        let output = iw102.run(["status", &name, "--local", "-o", "json", "-q", "output"]).stdout;
        let output: serde_json::Value = serde_json::from_str(&output).unwrap();
        assert_eq!(output.to_string(), input, "kill {kill}");
    }
}
