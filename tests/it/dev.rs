//! `iw102 dev`: the long-lived owner of a store.

use std::path::Path;
use std::{fs, net};

use expect_test::expect;
use rustix::process::{Pid, Signal, test_kill_process};
use serde_json::{Value, json};

use crate::harness::{Iw102, eventually, signal};

/// One machine that waits for a minute.
const PROJECT: &str = r#"
service: waits
provider: { name: aws, runtime: provided.al2023 }
stepFunctions:
  stateMachines:
    waiter:
      name: waiter
      definition:
        StartAt: Pause
        States:
          Pause: { Type: Wait, Seconds: 60, Next: Done }
          Done: { Type: Pass, Result: { version: 1 }, End: true }
"#;

fn project() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", PROJECT);
    iw102
}

fn status(iw102: &Iw102, word: &str) -> Value {
    let ran = iw102.run(["status", word, "--local", "-o", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn it_says_where_it_is_and_ends_cleanly() {
    let iw102 = project();
    let dev = iw102.dev(&[]);
    dev.interrupt().check(expect![[r#"
        iw102 dev 0.1.0
        Step Functions  http://127.0.0.1:[PORT]       (aws --endpoint-url works)
        API             https://127.0.0.1:[PORT]/dev  no http events
                        curl --cacert [TMP]/home/iw102/ca/ca.pem
        Store           ~/iw102/local/waits-dev-[HASH]  Time: real
        --- stderr
        --- exit 130
    "#]]);
}

#[test]
fn every_local_command_is_its_client_and_nothing_is_lost_when_it_ends() {
    let iw102 = project();
    let dev = iw102.dev(&[]);
    let started = iw102.run(["start", "--local", "--name", "one", "-v"]);
    assert!(started.stderr.contains(&dev.endpoint), "{}", started.stderr);
    assert_eq!(dev.interrupt().code, Some(130));
    assert_eq!(status(&iw102, "one")["status"], "RUNNING");
    let dev = iw102.dev(&[]);
    assert_eq!(dev.kill().code, None);
    assert_eq!(status(&iw102, "one")["status"], "RUNNING");
}

#[test]
fn a_second_one_is_told_who_was_first() {
    let iw102 = project();
    let _dev = iw102.dev(&[]);
    let second = iw102.run(["dev"]);
    assert_eq!(second.code, Some(16));
    assert!(second.stderr.contains("serves the store already, at http://127.0.0.1:"), "{}", second.stderr);
}

#[test]
fn what_keeps_nothing_serves_beside_another() {
    let iw102 = project();
    let first = iw102.dev(&[]);
    let script = "echo store: $AWS_ENDPOINT_URL_SFN; \"$0\" list --local -v 2>&1";
    let program = env!("CARGO_BIN_EXE_iw102");
    let ran = iw102.run(["dev", "--memory", "--port", "0", "--api-port", "off", "--", "sh", "-c", script, program]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("--local commands find this server with IW102_HOME="), "{}", ran.stderr);
    let stores: Vec<&str> = ran.stdout.lines().filter_map(|line| line.strip_prefix("store: ")).collect();
    let [own, found] = stores.as_slice() else { panic!("{}", ran.stdout) };
    assert!(*own != first.endpoint, "{own}");
    assert_eq!(*found, format!("{own} (another process serves it)"), "the command's own iw102 is its client");
}

#[test]
fn it_tells_of_the_requests_that_it_answers_where_it_is_asked_to() {
    let iw102 = project();
    let dev = iw102.dev(&["-v"]);
    dev.call("ListStateMachines", &json!({}));
    let told = eventually("the request is told", || {
        let text = dev.stderr();
        text.lines().find(|line| line.starts_with("ListStateMachines ")).map(ToOwned::to_owned)
    });
    assert!(told.starts_with("ListStateMachines 200 ") && told.contains(" ms, request "), "{told}");
    assert!(status_line(&dev.stderr(), "/_iw102/").is_none(), "{}", dev.stderr());
    let quiet = project();
    let dev = quiet.dev(&[]);
    dev.call("ListStateMachines", &json!({}));
    assert!(status_line(&dev.interrupt().stderr, "ListStateMachines").is_none());
}

fn status_line<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    text.lines().find(|line| line.starts_with(beginning))
}

#[test]
fn a_query_and_a_name_are_of_its_addresses() {
    let iw102 = project();
    for flags in [&["-o", "name"][..], &["-q", "endpoint"]] {
        let ran = iw102
            .run(["dev", "--memory", "--port", "0", "--api-port", "off"].iter().chain(flags).chain(&["--", "true"]));
        let address = ran.stderr.strip_prefix("http://127.0.0.1:").map(str::trim);
        assert!(address.is_some_and(|port| port.parse::<u16>().is_ok()), "{}", ran.stderr);
    }
}

#[test]
fn a_service_with_another_name_is_looked_for_elsewhere() {
    let iw102 = project();
    let dev = iw102.dev(&["--memory"]);
    iw102.write("serverless.yml", &PROJECT.replace("service: waits", "service: other"));
    eventually("the new name is told", || dev.stderr().contains("start iw102 dev again").then_some(()));
}

#[test]
fn a_command_keeps_what_it_says_of_host_prefixes_itself() {
    let words = ["dev", "--memory", "--port", "0", "--", "sh", "-c", "echo $AWS_DISABLE_HOST_PREFIX_INJECTION"];
    assert_eq!(project().run(words).stdout, "true\n");
    assert_eq!(project().with("AWS_DISABLE_HOST_PREFIX_INJECTION", "false").run(words).stdout, "false\n");
}

#[test]
fn a_command_has_all_that_awss_own_tools_need() {
    let names = "$AWS_ENDPOINT_URL_LAMBDA $AWS_ENDPOINT_URL_CLOUDWATCH_LOGS $AWS_ENDPOINT_URL_API_GATEWAY \
                 ${AWS_ENDPOINT_URL_STS-none} $AWS_REGION $AWS_DEFAULT_REGION $AWS_ACCESS_KEY_ID ${AWS_SECRET_ACCESS_KEY-none}";
    let script = format!("echo $AWS_ENDPOINT_URL_SFN {names}");
    let words = ["dev", "--memory", "--port", "0", "--api-port", "off", "--", "sh", "-c", &script];
    let told = |iw102: Iw102| {
        let ran = iw102.run(words);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        let (server, rest) = ran.stdout.trim_end().split_once(' ').unwrap();
        rest.replace(server, "[URL]")
    };
    let bare = || project().without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY").without("AWS_SESSION_TOKEN");
    assert_eq!(told(bare()), "[URL] [URL] [URL] [URL] us-east-1 us-east-1 000000000000 local");
    let own =
        bare().with("AWS_REGION", "eu-west-1").with("AWS_PROFILE", "p").with("AWS_ENDPOINT_URL_LAMBDA", "http://h");
    assert_eq!(told(own), "http://h [URL] [URL] none eu-west-1 eu-west-1 none");
    // An iw102 that knows nothing of `--local` finds the server, and whose it is.
    let script = "\"$0\" list && \"$0\" whoami -o name";
    let words = ["dev", "--memory", "--port", "0", "--api-port", "off", "--", "sh", "-c", script];
    let ran = bare().run([&words[..], &[env!("CARGO_BIN_EXE_iw102")]].concat());
    assert_eq!((ran.code, ran.stdout.contains("000000000000")), (Some(0), true), "{}", ran.snapshot());
}

#[test]
fn a_port_that_is_taken_is_a_conflict() {
    let taken = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = project().run(["dev", "--port", &port]);
    assert_eq!(refused.code, Some(16));
    assert!(refused.stderr.contains("Address already in use"), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("lsof -i :{port}")), "{}", refused.stderr);
}

#[test]
fn virtual_time_is_moved_by_hand() {
    let iw102 = project();
    let dev = iw102.dev(&[]);
    let refused = iw102.run(["clock", "advance", "61s", "--local"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("iw102 dev --time virtual"), "{}", refused.stderr);
    dev.interrupt();
    let _dev = iw102.dev(&["--memory", "--time", "virtual"]);
    let view = iw102.run(["clock", "--local", "-o", "json"]);
    let view: Value = serde_json::from_str(&view.stdout).unwrap();
    assert_eq!(view["mode"], "virtual");
    assert_eq!(iw102.run(["invoke", "--local"]).stdout, "{\"version\":1}\n");
    assert_eq!(iw102.run(["clock", "advance", "61s", "--local"]).code, Some(0));
}

#[test]
fn a_changed_file_is_loaded_and_a_broken_one_is_not() {
    let iw102 = project();
    let dev = iw102.dev(&["--memory"]);
    let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:waiter";
    let definition = || dev.call("DescribeStateMachine", &json!({ "stateMachineArn": arn }))["definition"].clone();
    let holds = |version: &str| definition().as_str().unwrap().contains(version).then_some(());
    assert!(holds(r#"{"version":1}"#).is_some());
    iw102.write("serverless.yml", &PROJECT.replace("version: 1", "version: 2"));
    eventually("the change is loaded", || holds(r#"{"version":2}"#));
    iw102.write("serverless.yml", &PROJECT.replace("Next: Done", "Next: Nowhere"));
    eventually("the mistake is told", || dev.stderr().contains("what was loaded before stays").then_some(()));
    assert!(holds(r#"{"version":2}"#).is_some());
    iw102.write("serverless.yml", &PROJECT.replace("version: 1", "version: 33"));
    eventually("the mended file is loaded", || holds(r#"{"version":33}"#));
    eventually("it is told", || (dev.stderr().matches("reloaded").count() == 2).then_some(()));
    dev.interrupt().check(expect![[r#"
        iw102 dev 0.1.0
        Step Functions  http://127.0.0.1:[PORT]       (aws --endpoint-url works)
        API             https://127.0.0.1:[PORT]/dev  no http events
                        curl --cacert [TMP]/home/iw102/ca/ca.pem
        Store           in memory                    Time: real
        --- stderr
        reloaded serverless.yml: 1 state machine, no http events
        error[MISSING_TRANSITION_TARGET]: Missing 'Next' target: Nowhere
          --> serverless.yml:11:51
           |
        11 |           Pause: { Type: Wait, Seconds: 60, Next: Nowhere }
           |                                                   ^^^^^^^
           |
           = note: at /States/Pause/Next
           = help: the states here are "Pause", "Done"

        error[MISSING_TRANSITION_TARGET]: State "Done" is not reachable.
          --> serverless.yml:12:11
           |
        12 |           Done: { Type: Pass, Result: { version: 1 }, End: true }
           |           ^^^^
           |
           = note: at /States/Done
           = help: no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state

        warning: serverless.yml has 2 errors; what was loaded before stays
        reloaded serverless.yml: 1 state machine, no http events
        --- exit 130
    "#]]);
}

#[test]
fn a_command_runs_against_it_and_its_exit_code_is_the_exit_code() {
    let iw102 = project();
    let ran = iw102.run(["dev", "--memory", "--port", "0", "--", "sh", "-c", "echo $AWS_ENDPOINT_URL_SFN; exit 7"]);
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("http://127.0.0.1:"), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 1);
    let mut command = iw102.command(["dev", "--memory", "--port", "0", "--api-port", "off", "--stage", "qa", "--"]);
    command.args(["sh", "-c", "echo ${IW102_API-none} ${IW102_API_KEY-none} $IW102_STAGE"]);
    let output =
        command.env("IW102_API", "https://example.com/dev").env("IW102_API_KEY", "of-the-shell").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "none none qa\n", "what leads elsewhere is not handed on");
    let missing = iw102.run(["dev", "--memory", "--port", "0", "--", "no-such-program"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("cannot run no-such-program"), "{}", missing.stderr);
    let killed = iw102.run(["dev", "--memory", "--port", "0", "--", "sh", "-c", "kill -TERM $$"]);
    assert_eq!(killed.code, Some(143));
}

#[test]
fn it_takes_room_for_its_connections() {
    let iw102 = project();
    // A limit that a process sets for itself is its children's too.
    let words = ["dev", "--memory", "--port", "0", "--api-port", "off", "--", "sh", "-c", "ulimit -Sn"];
    let ran = iw102.finish(iw102.command_in("ulimit -Sn 256; ulimit -Hn 2048; exec \"$@\"", words).spawn().unwrap());
    assert_eq!(ran.stdout, "2048\n", "{}", ran.snapshot());
}

#[test]
fn an_address_that_no_certificate_is_for_is_told() {
    let iw102 = project();
    let run =
        |host: &str| iw102.run(["dev", "--memory", "--host", host, "--port", "0", "--api-port", "0", "--", "true"]);
    let ran = run("0.0.0.0");
    assert!(ran.stderr.contains("lets every machine that reaches this one"), "{}", ran.snapshot());
    assert!(ran.stderr.contains("whoever reaches it as another name cannot check it"), "{}", ran.snapshot());
    assert!(!run("127.0.0.1").stderr.contains("warning: the certificate"));
}

#[test]
fn a_timeout_ends_it_and_its_command() {
    let iw102 = project();
    let flags = ["dev", "--memory", "--port", "0", "--api-port", "off", "--timeout", "300ms"];
    for command in [&[][..], &["--", "sleep", "600"]] {
        let ran = iw102.run(flags.iter().chain(command));
        assert_eq!(ran.code, Some(124), "{}", ran.stderr);
        assert!(ran.stderr.ends_with("error: --timeout is over\n"), "{}", ran.stderr);
    }
}

#[test]
fn a_signal_reaches_its_command_and_what_that_began() {
    let iw102 = project();
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let _ = fs::remove_file(iw102.work().join("pid"));
        let words = ["dev", "--memory", "--port", "0", "--api-port", "off", "--", "sh", "-c"];
        let inner = r#"sh -c 'echo $$ > pid.new; mv pid.new pid; exec sleep 600'; true"#;
        let mut dev = iw102.command(words).arg(inner).spawn().unwrap();
        let text = eventually("the command began", || fs::read_to_string(iw102.work().join("pid")).ok());
        signal(&dev, sent);
        assert_eq!(dev.wait().unwrap().code(), Some(code), "{sent:?}");
        let sleep = Pid::from_raw(text.trim().parse().unwrap()).unwrap();
        eventually("what the command began has ended", || test_kill_process(sleep).is_err().then_some(()));
    }
}

#[test]
fn the_ready_file_goes_with_it() {
    let iw102 = project();
    let ready = iw102.work().join("ready.json");
    let mut child = iw102
        .command(["dev", "--memory", "--port", "0", "--api-port", "off", "--ready-file", "ready.json"])
        .spawn()
        .unwrap();
    let text = eventually("ready", || fs::read_to_string(&ready).ok());
    let content: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(content["pid"], child.id());
    signal(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!Path::new(&ready).exists());
}

#[test]
fn a_shell_that_allows_few_files_keeps_no_client_out() {
    let iw102 = project();
    let dev = iw102.dev_in(r#"ulimit -S -n 200; exec "$@""#, &["--memory"]);
    let address = dev.endpoint.strip_prefix("http://").unwrap();
    let clients: Vec<_> = (0..400).map(|_| net::TcpStream::connect(address).unwrap()).collect();
    let list = iw102.run(["list", "--local"]);
    assert_eq!(list.code, Some(0), "{}", list.snapshot());
    drop(clients);
}
