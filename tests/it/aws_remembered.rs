//! What is remembered of AWS between commands: whose it is, how long it is believed, and what is done where it is wrong.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Iw102, Ran};
use crate::player::{Answer, Player, Request};

const ACCOUNT: &str = "arn:aws:states:eu-west-1:123456789012";

/// An account with one machine, which can be removed and made again.
struct Account {
    aws: Player,
    machine: Arc<Mutex<String>>,
}

impl Account {
    fn new(machine: &str) -> Self {
        let aws = Player::http();
        let machine = Arc::new(Mutex::new(machine.to_owned()));
        let (listed, described, started, executed) =
            (Arc::clone(&machine), Arc::clone(&machine), Arc::clone(&machine), Arc::clone(&machine));
        aws.compute("ListStateMachines", move |_| {
            let name = listed.lock().unwrap().clone();
            Answer::json(&json!({ "stateMachines": [{ "stateMachineArn": format!("{ACCOUNT}:stateMachine:{name}"),
                "name": name, "type": "STANDARD", "creationDate": 1.5e9 }] }))
        });
        aws.compute("DescribeStateMachine", move |request| {
            if let Some(gone) = gone(&described.lock().unwrap(), request) {
                return gone;
            }
            Answer::json(
                &json!({ "stateMachineArn": request.json()["stateMachineArn"], "name": "m", "status": "ACTIVE",
                "type": "STANDARD", "roleArn": "arn:aws:iam::123456789012:role/r", "creationDate": 1.5e9,
                "definition": "{\"StartAt\":\"Done\",\"States\":{\"Done\":{\"Type\":\"Succeed\"}}}" }),
            )
        });
        aws.compute("StartExecution", move |request| {
            let machine = started.lock().unwrap().clone();
            let arn = format!("{ACCOUNT}:execution:{machine}:{}", request.json()["name"].as_str().unwrap());
            gone(&machine, request).unwrap_or_else(|| {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
                Answer::json(&json!({ "executionArn": arn, "startDate": now }))
            })
        });
        aws.compute("ListExecutions", move |request| {
            let machine = executed.lock().unwrap().clone();
            gone(&machine, request).unwrap_or_else(|| {
                Answer::json(&json!({ "executions": [{ "executionArn": format!("{ACCOUNT}:execution:{machine}:e1"),
                    "stateMachineArn": format!("{ACCOUNT}:stateMachine:{machine}"), "name": "e1", "status": "SUCCEEDED",
                    "startDate": 1.6e9, "stopDate": 1.6e9 }] }))
            })
        });
        let there = Arc::clone(&machine);
        aws.compute("DescribeExecution", move |request| {
            let arn = request.json()["executionArn"].as_str().unwrap().to_owned();
            if arn.split(':').nth(6) == Some(there.lock().unwrap().as_str()) { described_as(&arn) } else { unknown() }
        });
        aws.play("GetExecutionHistory", [history()]);
        aws.play("GetCallerIdentity", [Answer::aws_error(403, "AccessDenied", "")]);
        Self { aws, machine }
    }

    fn set(&self, machine: &str) {
        machine.clone_into(&mut self.machine.lock().unwrap());
    }

    fn calls(&self, operation: &str) -> usize {
        self.aws.asked(operation).len()
    }
}

/// The refusal of a call about another machine than the one that is there.
fn gone(machine: &str, request: &Request) -> Option<Answer> {
    let arn = request.json()["stateMachineArn"].as_str().unwrap().to_owned();
    let is_there = arn == format!("{ACCOUNT}:stateMachine:{machine}");
    (!is_there).then(|| Answer::aws_error(400, "StateMachineDoesNotExist", "State Machine Does Not Exist"))
}

fn unknown() -> Answer {
    Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist")
}

fn described_as(arn: &str) -> Answer {
    let parts: Vec<&str> = arn.split(':').collect();
    Answer::json(&json!({ "executionArn": arn, "stateMachineArn": format!("{ACCOUNT}:stateMachine:{}", parts[6]),
        "name": parts[7], "status": "SUCCEEDED", "startDate": 1.6e9, "stopDate": 1.6e9, "output": "{}" }))
}

fn history() -> Answer {
    Answer::json(&json!({ "events": [
        { "id": 2, "previousEventId": 1, "type": "ExecutionSucceeded", "timestamp": 1.6e9,
          "executionSucceededEventDetails": { "output": "{}" } },
        { "id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": 1.6e9,
          "executionStartedEventDetails": { "input": "{}" } },
    ] }))
}

/// Runs a command with more in its environment.
fn run_with(iw102: &Iw102, words: &[&str], variables: &[(&str, &str)]) -> Ran {
    iw102.finish(iw102.command(words).envs(variables.iter().copied()).spawn().unwrap())
}

#[test]
fn last_outlives_temporary_keys_and_is_not_another_ones() {
    let account = Account::new("m");
    let iw102 = Iw102::new().on_aws(&account.aws);
    let key = |id: &'static str| ("AWS_ACCESS_KEY_ID", id);
    let started = run_with(&iw102, &["start", "m", "--name", "mine"], &[key("ASIAONE")]);
    assert_eq!(started.code, Some(0), "{}", started.snapshot());
    let last = |variables: &[(&str, &str)]| {
        let ran = run_with(&iw102, &["status", "last", "-o", "name"], variables);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        ran.stdout.trim().to_owned()
    };
    let before = account.calls("ListStateMachines");
    assert_eq!(last(&[key("ASIATWO")]), "mine");
    assert_eq!(account.calls("ListStateMachines"), before);
    let (config, other) = (iw102.write("config", ""), [key("ASIATWO"), key("AKIAOTHER")]);
    let config = config.to_str().unwrap();
    assert_eq!(last(&other[1..]), "e1", "a key that lasts is somebody");
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        assert_eq!(last(&[other[0], (name, config)]), "e1", "{name}");
    }
    assert_eq!(last(&[other[0], ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")]), "e1");
}

#[test]
fn machines_that_another_temporary_key_saw_are_not_believed() {
    let account = Account::new("m");
    let iw102 = Iw102::new().on_aws(&account.aws);
    for (key, lists) in [("ASIAONE", 1), ("ASIAONE", 1), ("ASIATWO", 2)] {
        assert_eq!(run_with(&iw102, &["start", "m"], &[("AWS_ACCESS_KEY_ID", key)]).code, Some(0));
        assert_eq!(account.calls("ListStateMachines"), lists, "{key}");
    }
}

#[test]
fn nothing_is_changed_that_was_not_started_from_here() {
    let account = Account::new("m");
    let iw102 = Iw102::new().on_aws(&account.aws);
    for command in ["stop", "redrive"] {
        for word in ["last", "m:last"] {
            let ran = iw102.run([command, word]);
            assert_eq!((ran.code, account.calls("ListExecutions")), (Some(10), 0), "{}", ran.snapshot());
        }
    }
    for words in [&["succeed", "last", "a=1"][..], &["fail", "m:last"], &["heartbeat", "last/Ask"]] {
        let ran = iw102.run(words);
        assert_eq!((ran.code, account.calls("ListExecutions")), (Some(10), 0), "{}", ran.snapshot());
        assert!(ran.stderr.contains("hint:  the newest one on AWS can be somebody else's"), "{}", ran.snapshot());
    }
    iw102.run(["stop", "last", "--region", "eu-west-1"]).check(expect![[r#"
        --- stderr
        error: no execution was started from here that last could be
        hint:  the newest one on AWS can be somebody else's: name it (its name or its ARN): iw102 list --region eu-west-1
        --- exit 10
    "#]]);
    // Who only looks gets the newest.
    for command in ["status", "history"] {
        let ran = iw102.run([command, "last", "-o", "name"]);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        let note = "note: no execution was started from here yet; looking for the newest one on AWS\n";
        assert_eq!(ran.stderr, note);
    }
}

#[test]
fn a_remembered_machine_that_is_gone_is_looked_for_again() {
    let names = ["AStepFunctionsStateMachine-old", "AStepFunctionsStateMachine-new"];
    for (words, expected) in [
        (&["start", "a", "-q", "executionArn"][..], ":execution:AStepFunctionsStateMachine-new:"),
        (&["invoke", "a", "-o", "json", "-q", "executionArn"], ":execution:AStepFunctionsStateMachine-new:"),
        (&["list", "a", "-q", "executions[0].executionArn"], ":execution:AStepFunctionsStateMachine-new:e1"),
        (&["status", "a:last", "-q", "executionArn"], ":execution:AStepFunctionsStateMachine-new:e1"),
        (&["status", "a:e7", "-q", "executionArn"], ":execution:AStepFunctionsStateMachine-new:e7"),
    ] {
        let account = Account::new(names[0]);
        let iw102 = Iw102::new().on_aws(&account.aws);
        assert_eq!(iw102.run(["list", "a"]).code, Some(0));
        account.set(names[1]);
        let ran = iw102.run(words);
        assert_eq!((ran.code, account.calls("ListStateMachines")), (Some(0), 2), "{words:?}: {}", ran.snapshot());
        assert!(ran.stdout.contains(expected), "{words:?}: {}", ran.stdout);
        // And is known from then on.
        assert_eq!(iw102.run(["list", "a"]).code, Some(0));
        assert_eq!(account.calls("ListStateMachines"), 2, "{words:?}");
    }
    // Where it is the same one, the first refusal is the answer.
    let account = Account::new("m");
    let iw102 = Iw102::new().on_aws(&account.aws);
    assert_eq!(iw102.run(["list", "m"]).code, Some(0));
    account
        .aws
        .play("ListExecutions", [Answer::aws_error(400, "StateMachineDoesNotExist", "State Machine Does Not Exist")]);
    let ran = iw102.run(["list", "m"]);
    assert_eq!((ran.code, account.calls("ListExecutions")), (Some(10), 2), "{}", ran.snapshot());
}

#[test]
fn what_was_just_started_may_be_unknown_for_a_while_and_nothing_else_may() {
    let account = Account::new("m");
    let iw102 = Iw102::new().on_aws(&account.aws);
    assert_eq!(iw102.run(["start", "m", "--name", "mine"]).code, Some(0));
    let mine = format!("{ACCOUNT}:execution:m:mine");
    let before = account.calls("DescribeExecution");
    account.aws.play("DescribeExecution", [unknown(), unknown(), described_as(&mine)]);
    let ran = iw102.run(["status"]);
    assert_eq!((ran.code, account.calls("DescribeExecution") - before), (Some(0), 3), "{}", ran.snapshot());
    let before = account.calls("DescribeExecution");
    account.aws.play("DescribeExecution", [unknown()]);
    let ran = iw102.run(["status", &format!("{ACCOUNT}:execution:m:mistyped")]);
    assert_eq!((ran.code, account.calls("DescribeExecution") - before), (Some(10), 1), "{}", ran.snapshot());
}

#[test]
fn a_home_that_cannot_be_written_is_told_by_who_would_be_missed() {
    let account = Account::new("m");
    let iw102 = Iw102::new().on_aws(&account.aws);
    let file = iw102.write("file", "");
    let home = [("IW102_HOME", file.to_str().unwrap())];
    run_with(&iw102, &["start", "m", "-o", "name"], &home).check(expect![[r#"
        [UUID]
        --- stderr
        warning: `last` will not be this execution: cannot write below [TMP]/work/file (IW102_HOME): Not a directory (os error 20)
        created
        --- exit 0
    "#]]);
    let ran = run_with(&iw102, &["list", "m"], &home);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.snapshot());
}

#[test]
fn who_asks_for_json_is_told_errors_and_warnings_alone() {
    let account = Account::new("Machine");
    account.aws.play("StopExecution", [Answer::json(&json!({ "stopDate": 1.6e9 }))]);
    account.aws.play("RedriveExecution", [Answer::json(&json!({ "redriveDate": 1.6e9 }))]);
    let iw102 = Iw102::new().on_aws(&account.aws);
    for words in [
        // A beginning that is no name, the newest of all.
        &["start", "mach"][..],
        &["stop", "last"],
        &["redrive", "last"],
    ] {
        let ran = iw102.run([words, &["-o", "json"]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{words:?}: {}", ran.snapshot());
        assert!(serde_json::from_str::<Value>(&ran.stdout).is_ok_and(|told| told.is_object()), "{}", ran.stdout);
        assert_ne!(iw102.run(words).stderr, "", "{words:?}");
    }
    let ran = Iw102::new().on_aws(&account.aws).run(["status", "last", "-o", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.snapshot());
}

#[test]
fn who_changes_something_does_not_choose_from_a_list_that_is_old() {
    let machine = |name: &str| {
        json!({ "stateMachineArn": format!("{ACCOUNT}:stateMachine:{name}"), "name": name, "type": "STANDARD",
            "creationDate": 1.5e9 })
    };
    let [old, new] = ["PayStepFunctionsStateMachine-BBBB", "PayStepFunctionsStateMachine-CCCC"];
    for (words, later, code) in [
        (&["start", "Pay"][..], new, 2),
        (&["start"], new, 2),
        (&["invoke", "pay"], new, 2),
        (&["stop", "Pay:last"], new, 2),
        (&["redrive", "Pay:last"], new, 2),
        // Its whole name, now.
        (&["stop", "pay:last"], "pay", 10),
    ] {
        let account = Account::new(old);
        let iw102 = Iw102::new().on_aws(&account.aws);
        assert_eq!(iw102.run(["start", "Pay"]).code, Some(0));
        account
            .aws
            .play("ListStateMachines", [Answer::json(&json!({ "stateMachines": [machine(old), machine(later)] }))]);
        let started = account.calls("StartExecution");
        // Who looks may be an hour late.
        assert_eq!(iw102.run(["list", "Pay"]).code, Some(0));
        assert_eq!(account.calls("ListStateMachines"), 1);
        let ran = iw102.run(words);
        assert_eq!((ran.code, account.calls("StartExecution")), (Some(code), started), "{words:?}: {}", ran.snapshot());
        assert_eq!((account.calls("StopExecution"), account.calls("RedriveExecution")), (0, 0));
        // What is certain needs no list.
        let lists = account.calls("ListStateMachines");
        assert_eq!(iw102.run(["start", old]).code, Some(0));
        assert_eq!(account.calls("ListStateMachines"), lists);
    }
}
