//! What a hostile or tired person does, and what each is told: never a panic, never a hang, never a loss.
//!
//! The read-only folder is a path below a file, which no user may write, root neither; where the user is not root the same
//! is shown by permissions too. The full disk is a bound of the size of files (`ulimit -f`), which no privilege is needed for:
//! SQLite's write fails as it does when no block is left.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use expect_test::expect;

use crate::harness::{Iw102, Ran, eventually};

const HELLO: &str = r#"{"StartAt":"Hello","States":{"Hello":{"Type":"Pass","End":true}}}"#;

const CALL: &str = r#"{"StartAt":"F","States":{"F":{"Type":"Task","End":true,
    "Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"}}}"#;

/// Turns for ever, as far as a look at it can tell.
const LOOP: &str = r#"{"StartAt":"A","States":{
    "A":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"End"}],"Default":"A"},
    "End":{"Type":"Succeed"}}}"#;

/// A function with a second's timeout.
const HASTY: &str = r#"
service: hasty
provider: { name: aws, runtime: provided.al2023 }
functions: { f: { handler: f, timeout: 1 } }
custom: { iw102: { functions: { f: { command: 'COMMAND' } } } }
stepFunctions:
  stateMachines:
    hasty:
      definition:
        StartAt: F
        States: { F: { Type: Task, Resource: { Fn::GetAtt: [FLambdaFunction, Arn] }, End: true } }
"#;

fn with(name: &str, definition: &str) -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write(name, definition);
    iw102
}

fn hello() -> Iw102 {
    with("hello.asl.json", HELLO)
}

/// Invokes the machine of `hello.asl.json`.
fn invoke(iw102: &Iw102, words: &[&str]) -> Ran {
    iw102.run([&["invoke", "--local", "-c", "hello.asl.json"], words].concat())
}

/// Invokes a function that is this command, with a timeout of one second.
fn invoke_function(command: &str) -> Ran {
    let iw102 = with("serverless.yml", &HASTY.replace("COMMAND", command));
    iw102.run(["invoke", "--local", "--name", "one"])
}

/// The folder of the only store.
fn store(iw102: &Iw102) -> PathBuf {
    stores(iw102).pop().unwrap()
}

fn stores(iw102: &Iw102) -> Vec<PathBuf> {
    let stores = fs::read_dir(iw102.work().join("../home/iw102/local"));
    stores.into_iter().flatten().map(|store| store.unwrap().path()).collect()
}

#[test]
fn words_that_are_not_json() {
    invoke(&hello(), &["-d", "hello there"]).check(expect![[r#"
        --- stderr
        error: --data is not JSON: expected value at line 1 column 1
            hello there
            ^
        hint:  a shell eats double quotes: write --data '{"key": "value"}', or key=value
        --- exit 2
    "#]]);
}

#[test]
fn an_input_of_300_kib() {
    let iw102 = hello();
    iw102.write("big.json", &format!("\"{}\"", "x".repeat(300 << 10)));
    invoke(&iw102, &["-d", "@big.json"]).check(expect![[r#"
        --- stderr
        error: big.json has 307202 bytes; an input has at most 262144
        hint:  put the data where the functions can read it, and send its address
        --- exit 2
    "#]]);
}

#[test]
fn an_input_without_end() {
    invoke(&hello(), &["-d", "@/dev/zero"]).check(expect![[r#"
        --- stderr
        error: /dev/zero has more than 262144 bytes; an input has at most 262144
        hint:  put the data where the functions can read it, and send its address
        --- exit 2
    "#]]);
}

#[test]
fn an_input_600_deep() {
    let iw102 = hello();
    iw102.write("deep.json", &("[".repeat(600) + &"]".repeat(600)));
    invoke(&iw102, &["-d", "@deep.json"]).check(expect![[r#"
        --- stderr
        error: deep.json is refused: more than 512 levels stand in each other
        hint:  send what is deep as text: States.StringToJson reads it
        --- exit 2
    "#]]);
}

#[test]
fn a_machine_with_a_slip() {
    hello().run(["invoke", "helo", "--local", "-c", "hello.asl.json"]).check(expect![[r#"
        --- stderr
        error: no state machine is called helo (region us-east-1, account 000000000000)
        hint:  did you mean hello?
        --- exit 10
    "#]]);
}

#[test]
fn a_function_whose_program_is_missing() {
    let ran = invoke_function("no-such-program");
    // The words are the shell's own.
    assert!(ran.stderr.contains("exit status 127") && ran.stderr.contains("no-such-program"), "{}", ran.snapshot());
    assert_eq!(ran.code, Some(3));
}

#[test]
fn the_advice_for_a_missing_program_works_as_it_stands() {
    let service = |custom: &str| {
        format!(
            "service: t\nprovider: {{ name: aws, runtime: provided.al2023 }}\n\
             functions: {{ gone: {{ handler: bin/gone }} }}\n{custom}\
             stepFunctions: {{ stateMachines: {{ m: {{ definition: {{ StartAt: A, States: {{ A: {{ Type: Task, \
             Resource: {{ 'Fn::GetAtt': [GoneLambdaFunction, Arn] }}, End: true }} }} }} }} }} }}\n"
        )
    };
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", &service(""));
    let words = ["invoke", "--local", "--memory"];
    let ran = iw102.run(words);
    for advice in ["bin/gone", "custom.iw102.functions.gone.command in serverless.yml", "--function gone=CMD"] {
        assert!(ran.stderr.contains(advice), "{advice}: {}", ran.snapshot());
    }
    iw102.write("serverless.yml", &service("custom: { iw102: { functions: { gone: { command: cat } } } }\n"));
    assert_eq!(iw102.run(words).stdout, "{}\n");
}

#[test]
fn a_function_that_is_not_there() {
    let iw102 = with("call.asl.json", CALL);
    iw102.run(["invoke", "--local", "--name", "one", "-c", "call.asl.json"]).check(expect![[r#"
        --- stderr
        FAILED  [TOOK]  final state F
          error  Lambda.ResourceNotFoundException
          cause  Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [UUID]; Proxy: null)
        hint:  iw102 history one --local --file call.asl.json
        hint:  give it: --function f=CMD, where CMD reads the event and prints the result; or set AWS_ENDPOINT_URL_LAMBDA to where it is
        --- exit 3
    "#]]);
}

#[test]
fn a_function_that_prints_a_result_without_end() {
    invoke_function("yes").check(expect![[r#"
        --- stderr
        FAILED  [TOOK]  final state F
          error  Function.ResponseSizeTooLarge
          cause  Response payload size exceeded maximum allowed payload size (6291556 bytes).
        hint:  iw102 history one --local
        hint:  iw102 logs f --local
        --- exit 3
    "#]]);
}

#[test]
fn a_function_that_logs_without_end() {
    invoke_function("yes >&2").check(expect![[r#"
        --- stderr
        FAILED  [TOOK]  final state F
          error  Sandbox.Timedout
          cause  RequestId: [UUID] Error: Task timed out after 1.00 seconds
        hint:  iw102 history one --local
        hint:  iw102 logs f --local
        --- exit 3
    "#]]);
}

#[test]
fn a_function_that_closes_its_stdout_and_sleeps() {
    invoke_function("exec >&-; sleep 100").check(expect![[r#"
        --- stderr
        FAILED  [TOOK]  final state F
          error  Sandbox.Timedout
          cause  RequestId: [UUID] Error: Task timed out after 1.00 seconds
        hint:  iw102 history one --local
        hint:  iw102 logs f --local
        --- exit 3
    "#]]);
}

#[test]
fn a_function_that_leaves_a_child_behind() {
    let begun = Instant::now();
    // The child holds stdout: who waited for its end would wait for 100 seconds.
    invoke_function("sleep 100 & echo 1").check(expect![[r#"
        1
        --- stderr
        ✓ F  [TOOK]
        SUCCEEDED  [TOOK]  final state F
        --- exit 0
    "#]]);
    assert!(begun.elapsed() < Duration::from_secs(50));
}

#[test]
fn a_definition_that_turns_for_ever() {
    let iw102 = with("loop.asl.json", LOOP);
    iw102.run(["invoke", "--local", "--name", "one", "-c", "loop.asl.json", "--no-progress"]).check(expect![[r#"
        --- stderr
        FAILED  [TOOK]  final state A
          error  States.Runtime
          cause  The execution reached the maximum number of history events (25000).
        hint:  iw102 history one --local --file loop.asl.json
        --- exit 3
    "#]]);
}

#[test]
fn a_definition_that_is_an_array_of_a_mebibyte() {
    let iw102 = with("array.asl.json", &format!("[{}1]", "1,".repeat(1 << 19)));
    let ran = iw102.run(["check", "array.asl.json"]);
    assert!(ran.stderr.len() < 2_000, "{} bytes", ran.stderr.len());
    ran.check(expect![[r#"
        --- stderr
        error[SCHEMA_VALIDATION_FAILED]: the definition must be an object, not an array
         --> array.asl.json:1:1
          |
        1 | [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,...1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: at /

        array.asl.json: 1 error
        --- exit 2
    "#]]);
}

#[test]
fn yaml_that_grows_when_it_is_read() {
    let ten = |before: char| vec![format!("*{before}"); 10].join(",");
    let pairs = "abcdefgh".chars().zip("bcdefghi".chars());
    let lines = pairs.map(|(before, name)| format!("{name}: &{name} [{}]\n", ten(before)));
    let text: String = std::iter::once("a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()).chain(lines).collect();
    with("bomb.yml", &text).run(["check", "bomb.yml"]).check(expect![[r#"
        --- stderr
        error[YAML_ALIAS]: aliases expand to more than 100000 values or 256 levels
         --> bomb.yml:5:29
          |
        5 | e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
          |                             ^^
          |
          = help: write the values out

        bomb.yml: 1 error
        --- exit 2
    "#]]);
}

#[test]
fn a_folder_that_cannot_be_written() {
    let iw102 = hello().with("IW102_HOME", "/dev/null/x");
    let ran = invoke(&iw102, &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.snapshot());
    for part in ["error: cannot write the store's folder /dev/null/x/", "hint:  IW102_HOME names"] {
        assert!(ran.stderr.contains(part), "{}", ran.snapshot());
    }
}

#[test]
fn a_folder_that_may_not_be_written() {
    let iw102 = hello();
    let home = iw102.work().join("../home");
    fs::set_permissions(&home, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(home.join("probe"), "").is_ok() {
        // Root may write everywhere; the test above is for root too.
        return;
    }
    let ran = invoke(&iw102, &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.snapshot());
    assert!(ran.stderr.contains("Permission denied"), "{}", ran.snapshot());
}

/// Runs `invoke` where no file may have more than so many blocks of 512 bytes.
fn invoke_bounded(iw102: &Iw102, blocks: u32, name: &str) -> Ran {
    let script = format!("ulimit -f {blocks}; exec \"$@\"");
    let words = ["invoke", "--local", "-c", "hello.asl.json", "--name", name];
    iw102.finish(iw102.command_in(&script, words).spawn().unwrap())
}

#[test]
fn a_disk_that_gets_full() {
    let iw102 = hello();
    assert_eq!(invoke(&iw102, &["--name", "before"]).code, Some(0));
    let full = invoke_bounded(&iw102, 8, "during");
    full.check(expect![[r#"
        --- stderr
        error: store: disk I/O error; is its disk full? Make room and run it again: what was acknowledged is kept
        hint:  the store is [TMP]/home/iw102/local/hello-dev-[HASH]
        --- exit 1
    "#]]);
    // Every bound up to one that is enough: whatever write fails, what was said is so.
    for blocks in (16..=256).step_by(16) {
        let name = format!("n{blocks}");
        let ran = invoke_bounded(&iw102, blocks, &name);
        let status = invoke_status(&iw102, &name);
        match ran.code {
            Some(0) => assert_eq!(status, "SUCCEEDED", "{}", ran.snapshot()),
            Some(1) => assert!(ran.stderr.contains("Make room and run it again"), "{}", ran.snapshot()),
            _ => panic!("{}", ran.snapshot()),
        }
    }
    assert_eq!(invoke_status(&iw102, "before"), "SUCCEEDED");
    assert_eq!(invoke(&iw102, &["--name", "after"]).code, Some(0));
}

fn invoke_status(iw102: &Iw102, name: &str) -> String {
    let ran = iw102.run(["status", name, "--local", "-c", "hello.asl.json", "-q", "status"]);
    ran.stdout.trim_end().to_owned()
}

#[test]
fn two_at_once() {
    let iw102 = hello();
    let words = |name| ["invoke", "--local", "-c", "hello.asl.json", "--no-progress", "--name", name];
    let both = ["one", "two"].map(|name| iw102.command(words(name)).spawn().unwrap());
    let expected = expect![[r#"
        {}
        --- stderr
        SUCCEEDED  [TOOK]  final state Hello
        --- exit 0
    "#]];
    for child in both {
        expected.assert_eq(&iw102.finish(child).snapshot());
    }
    let names = iw102.run(["list", "--local", "-c", "hello.asl.json", "-o", "name"]).stdout;
    assert_eq!(names.lines().count(), 2, "{names}");
}

#[test]
fn a_damaged_store() {
    let iw102 = hello();
    assert_eq!(invoke(&iw102, &[]).code, Some(0));
    fs::write(store(&iw102).join("store.sqlite3"), "no database at all, but more than nothing").unwrap();
    let ran = invoke(&iw102, &[]);
    ran.check(expect![[r#"
        --- stderr
        error: [TMP]/home/iw102/local/hello-dev-[HASH]/store.sqlite3 cannot be read as a store: file is not a database
        hint:  move it away; its executions are lost: mv [TMP]/home/iw102/local/hello-dev-[HASH] [TMP]/home/iw102/local/hello-dev-[HASH].broken
        --- exit 1
    "#]]);
}

#[test]
fn a_store_of_a_newer_version() {
    let iw102 = hello();
    assert_eq!(invoke(&iw102, &[]).code, Some(0));
    let file = store(&iw102).join("store.sqlite3");
    let mut bytes = fs::read(&file).unwrap();
    // SQLite's `user_version` stands at byte 60, big-endian.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&file, bytes).unwrap();
    invoke(&iw102, &[]).check(expect![[r#"
        --- stderr
        error: store: [TMP]/home/iw102/local/hello-dev-[HASH]/store.sqlite3 is of version 99, this iw102 reads up to 6: use the iw102 that made it, or a newer one
        hint:  the store is [TMP]/home/iw102/local/hello-dev-[HASH]
        --- exit 1
    "#]]);
}

#[test]
fn a_log_that_is_followed_by_the_owner_of_others() {
    let iw102 = with("serverless.yml", &HASTY.replace("COMMAND", "echo 1"));
    let mut follower = iw102.command(["logs", "f", "--local", "--follow"]).spawn().unwrap();
    eventually("the follower serves", || stores(&iw102).pop().filter(|store| store.join("owner.json").exists()));
    let ran = iw102.run(["invoke", "--local", "--no-progress"]);
    follower.kill().unwrap();
    follower.wait().unwrap();
    ran.check(expect![[r#"
        1
        --- stderr
        SUCCEEDED  [TOOK]  final state F
        --- exit 0
    "#]]);
}

#[test]
fn an_owner_file_that_says_nothing() {
    let iw102 = hello();
    assert_eq!(invoke(&iw102, &["--name", "one"]).code, Some(0));
    for text in ["garbage", "{}", r#"{"endpoint":"no url","secret":"a\nb","pid":1,"version":"0.1.0"}"#] {
        fs::write(store(&iw102).join("owner.json"), text).unwrap();
        assert_eq!(invoke_status(&iw102, "one"), "SUCCEEDED", "{text}");
    }
}

#[test]
fn an_interrupt_while_stdin_is_open() {
    let iw102 = hello();
    for _ in 0..4 {
        let mut command = iw102.command(["invoke", "--local", "-c", "hello.asl.json", "-d", "-"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // It reads when a pipe that holds 64 KiB has taken more than that.
        stdin.write_all(" ".repeat(100 << 10).as_bytes()).unwrap();
        let kill = std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let status = eventually("the command ends", || child.try_wait().unwrap());
        assert!(!status.success(), "{status}");
        drop(stdin);
    }
}
