//! What MACHINE and EXEC mean on AWS: never a guess between two, and with few calls.

use std::sync::{Arc, Mutex};

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::Iw102;
use crate::player::{Answer, Player, Request};

const ACCOUNT: &str = "arn:aws:states:eu-west-1:123456789012";
const SLS: &str = "StepFunctionsStateMachine";
/// So many machines are in a page.
const PAGE: usize = 100;

/// An account whose machines can be changed.
struct Account {
    aws: Player,
    machines: Arc<Mutex<Vec<String>>>,
}

impl Account {
    fn new(machines: &[&str]) -> Self {
        let aws = Player::http();
        let machines = Arc::new(Mutex::new(machines.iter().map(ToString::to_string).collect::<Vec<_>>()));
        let (listed, started) = (Arc::clone(&machines), Arc::clone(&machines));
        aws.compute("ListStateMachines", move |request| page(&listed.lock().unwrap(), request));
        aws.compute("StartExecution", move |request| {
            let arn = request.json()["stateMachineArn"].as_str().unwrap().to_owned();
            let name = arn.split(':').nth(6).unwrap().to_owned();
            if !started.lock().unwrap().contains(&name) {
                return Answer::aws_error(
                    400,
                    "StateMachineDoesNotExist",
                    &format!("State Machine Does Not Exist: '{arn}'"),
                );
            }
            let name = format!("{ACCOUNT}:execution:{name}:{}", request.json()["name"].as_str().unwrap());
            Answer::json(&json!({ "executionArn": name, "startDate": 1.6e9 }))
        });
        aws.compute("DescribeExecution", described);
        aws.play("StopExecution", [Answer::json(&json!({ "stopDate": 1.6e9 }))]);
        aws.play("GetCallerIdentity", [Answer::xml(200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")]);
        Self { aws, machines }
    }

    fn set(&self, machines: &[&str]) {
        *self.machines.lock().unwrap() = machines.iter().map(ToString::to_string).collect();
    }

    fn calls(&self, operation: &str) -> usize {
        self.aws.asked(operation).len()
    }

    /// Which machine was started last.
    fn started(&self) -> String {
        let arn = self.aws.asked("StartExecution").last().unwrap().json()["stateMachineArn"].take();
        arn.as_str().unwrap().strip_prefix(&format!("{ACCOUNT}:stateMachine:")).unwrap().to_owned()
    }
}

fn page(machines: &[String], request: &Request) -> Answer {
    let begin: usize = request.json()["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let end = machines.len().min(begin + PAGE);
    let machine = |name: &String| {
        json!({ "stateMachineArn": format!("{ACCOUNT}:stateMachine:{name}"), "name": name,
        "type": "STANDARD", "creationDate": 1.5e9 })
    };
    let mut answer = json!({ "stateMachines": machines[begin..end].iter().map(machine).collect::<Vec<Value>>() });
    if end < machines.len() {
        answer["nextToken"] = json!(end.to_string());
    }
    Answer::json(&answer)
}

/// Executions whose name begins with `e` are there.
fn described(request: &Request) -> Answer {
    let arn = request.json()["executionArn"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = arn.split(':').collect();
    if !parts[7].starts_with('e') {
        return Answer::aws_error(400, "ExecutionDoesNotExist", &format!("Execution Does Not Exist: '{arn}'"));
    }
    Answer::json(&json!({ "executionArn": arn, "stateMachineArn": format!("{ACCOUNT}:stateMachine:{}", parts[6]),
        "name": parts[7], "status": "SUCCEEDED", "startDate": 1.6e9, "stopDate": 1.6e9, "output": "{}" }))
}

#[test]
fn a_name_is_one_machine_or_all_that_it_could_be() {
    let (a, b) = (format!("Iw102Starter{SLS}-aB3dE5"), format!("Iw102Caller{SLS}-xY7"));
    let account = Account::new(&[&a, &b, "orders", "orders-dev", "Orders"]);
    let iw102 = Iw102::new().on_aws(&account.aws);
    let starts = |word: &str| {
        let ran = iw102.run(["start", word]);
        assert_eq!(ran.code, Some(0), "{word}: {}", ran.snapshot());
        (account.started(), ran.stderr.replace("created\n", ""))
    };
    let quiet = String::new;
    assert_eq!(starts("orders"), ("orders".to_owned(), quiet()));
    assert_eq!(starts("iw102Starter"), (a.clone(), quiet()));
    assert_eq!(starts(&format!("{ACCOUNT}:stateMachine:orders-dev")), ("orders-dev".to_owned(), quiet()));
    assert_eq!(starts("IW102C"), (b.clone(), format!("note: IW102C stands for {b}\n")));
    for (word, expected) in [("orders@LIVE", "orders:LIVE"), ("iw102Caller@3", &format!("{b}:3"))] {
        assert_eq!(starts(word).0, expected);
    }
    let by_arn = format!("{ACCOUNT}:stateMachine:orders:LIVE");
    assert_eq!(starts(&by_arn).0, "orders:LIVE");

    iw102.run(["start", "ORDERS"]).check(expect![[r#"
        --- stderr
        error: ORDERS names more than one state machine: orders, orders-dev, Orders
        hint:  write the whole name, or the ARN
        --- exit 2
    "#]]);
    iw102.run(["start", "iw102Startr"]).check(expect![[r#"
        --- stderr
        error: no state machine is called iw102Startr (region eu-west-1, account 123456789012)
        hint:  did you mean Iw102Starter?
        --- exit 10
    "#]]);
    iw102.run(["start", "unlike"]).check(expect![[r#"
        --- stderr
        error: no state machine is called unlike (region eu-west-1, account 123456789012)
        hint:  there are: Iw102Starter, Iw102Caller, orders, orders-dev, Orders
        --- exit 10
    "#]]);
    iw102.run(["start", "arn:aws:states:us-east-1:123456789012:stateMachine:orders"]).check(expect![[r#"
        --- stderr
        error: arn:aws:states:us-east-1:123456789012:stateMachine:orders is in us-east-1, but the region is eu-west-1 (AWS_REGION)
        hint:  add --region us-east-1
        --- exit 2
    "#]]);
}

#[test]
fn hundreds_of_machines_are_all_seen_and_not_all_told() {
    let names: Vec<String> = (0..350).map(|index| format!("machine-{index:03}")).collect();
    let account = Account::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let iw102 = Iw102::new().on_aws(&account.aws);
    assert_eq!(iw102.run(["start", "machine-349"]).code, Some(0));
    assert_eq!((account.started().as_str(), account.calls("ListStateMachines")), ("machine-349", 4));
    let ran = iw102.run(["start", "zzz"]);
    ran.check(expect![[r#"
        --- stderr
        error: no state machine is called zzz (region eu-west-1, account 123456789012)
        hint:  there are: machine-000, machine-001, machine-002, machine-003, machine-004, machine-005, machine-006, machine-007, machine-008, machine-009 and 340 more: iw102 list
        --- exit 10
    "#]]);
    // Of a hundred nothing is proven about the others.
    let other = Iw102::new().on_aws(&account.aws);
    for word in ["last", "e1"] {
        let ran = other.run(["status", word]);
        let refused = "there are more than 100 state machines; name the one: MACHINE:NAME";
        assert!(ran.code == Some(2) && ran.stderr.contains(refused), "{word}: {}", ran.snapshot());
    }
}

#[test]
fn a_name_that_is_known_needs_no_list_and_an_old_one_is_asked_for_again() {
    let (old, new) = (format!("A{SLS}-old"), format!("A{SLS}-new"));
    let account = Account::new(&[&old, "b"]);
    let iw102 = Iw102::new().on_aws(&account.aws);
    for _ in 0..3 {
        assert_eq!(iw102.run(["start", &old]).code, Some(0));
    }
    assert_eq!((account.calls("ListStateMachines"), account.calls("StartExecution")), (1, 3));
    // Made anew: a part of a name is looked for among those that are there now.
    account.set(&[&new, "b"]);
    let ran = iw102.run(["start", "a", "--name", "e-anew"]);
    assert_eq!(
        (ran.code, account.started(), account.calls("ListStateMachines")),
        (Some(0), new.clone(), 2),
        "{}",
        ran.snapshot()
    );
    assert!(ran.stdout.contains(&new), "{}", ran.stdout);
    let last = iw102.run(["stop", "a:last", "-q", "executions[0].executionArn"]);
    assert!(last.stdout.contains(&format!(":execution:{new}:e-anew")), "{}", last.snapshot());
    // A name that was not there is asked for at once.
    account.set(&[&new, "b", "c"]);
    assert_eq!(iw102.run(["start", "c"]).code, Some(0));
    assert_eq!(account.started(), "c");
    // Somebody else's credentials, another region or endpoint: another list.
    let other = Iw102::new().on_aws(&account.aws);
    let before = account.calls("ListStateMachines");
    for profile in ["AKIAONE", "AKIATWO"] {
        let ran = other.finish(other.command(["start", "c"]).env("AWS_ACCESS_KEY_ID", profile).spawn().unwrap());
        assert_eq!(ran.code, Some(0));
    }
    assert_eq!(account.calls("ListStateMachines"), before + 2);
}

#[test]
fn an_execution_is_found_by_its_arn_its_name_and_its_machine() {
    let account = Account::new(&["m", "n"]);
    let iw102 = Iw102::new().on_aws(&account.aws);
    let found = |word: &str| {
        let ran = iw102.run(["stop", word, "-q", "executions[0].executionArn"]);
        assert_eq!(ran.code, Some(0), "{word}: {}", ran.snapshot());
        ran.stdout.trim().trim_matches('"').rsplit_once(":execution:").unwrap().1.to_owned()
    };
    assert_eq!(found(&format!("{ACCOUNT}:execution:m:e1")), "m:e1");
    assert_eq!(account.calls("ListStateMachines"), 0);
    assert_eq!(found("n:e2"), "n:e2");
    assert_eq!(iw102.run(["start", "m@LIVE", "--name", "e3"]).code, Some(0));
    let lists = account.calls("ListStateMachines");
    for word in ["last", "m:last", "m@LIVE:last", "m:e3", "e3"] {
        assert_eq!(found(word), "m:e3", "{word}");
    }
    assert_eq!(account.calls("ListStateMachines"), lists);
    // Two that were started from here are two as well.
    assert_eq!(iw102.run(["start", "n", "--name", "e3"]).code, Some(0));
    assert_eq!((found("m:e3"), found("n:e3")), ("m:e3".to_owned(), "n:e3".to_owned()));
    iw102.run(["stop", "e3"]).check(expect![[r#"
        --- stderr
        error: e3 names more than one execution: arn:aws:states:eu-west-1:123456789012:execution:n:e3, arn:aws:states:eu-west-1:123456789012:execution:m:e3
        hint:  write the whole name, or the ARN
        --- exit 2
    "#]]);
    iw102.run(["stop", "e9"]).check(expect![[r#"
        --- stderr
        error: e9 names more than one execution: arn:aws:states:eu-west-1:123456789012:execution:m:e9, arn:aws:states:eu-west-1:123456789012:execution:n:e9
        hint:  write the whole name, or the ARN
        --- exit 2
    "#]]);
    iw102.run(["stop", "m:none"]).check(expect![[r#"
        --- stderr
        error: no execution is called m:none (region eu-west-1, account 123456789012)
        hint:  to see what there is: iw102 list
        --- exit 10
    "#]]);
}

#[test]
fn each_status_that_aws_knows_can_be_asked_for() {
    let account = Account::new(&["m"]);
    account.aws.play("ListExecutions", [Answer::json(&json!({ "executions": [] }))]);
    let iw102 = Iw102::new().on_aws(&account.aws);
    for status in ["PENDING_REDRIVE", "TIMED_OUT", "running"] {
        let ran = iw102.run(["list", "m", "--status", status]);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        assert_eq!(account.aws.asked("ListExecutions").last().unwrap().json()["statusFilter"], status.to_uppercase());
    }
}
