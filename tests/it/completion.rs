//! Completions in the real shells: a line is typed at a terminal, Tab is pressed, and what the shell then runs is looked at.
//!
//! In a session, `iw102` is a function that prints the words that it was given; the scripts ask the real one by `command`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use regex_lite::Regex;

use crate::harness::{Iw102, left_out};

const PROJECT: &str = "
service: shop
provider: {name: aws, stage: blue, region: eu-west-1, apiKeys: [blue-first]}
functions:
  greet: {handler: greet}
stepFunctions:
  stateMachines:
    orderMachine:
      events: [{http: {path: order, method: POST, private: true}}]
      definition:
        StartAt: Wait For It
        States:
          Wait For It: {Type: Wait, Seconds: 1, Next: Done}
          Done: {Type: Succeed}
";

/// How long a shell may take.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// How often its screen is looked at.
const POLL: Duration = Duration::from_millis(5);

/// What is typed, with Tab as `\t`, and the words that the shell then runs.
const LINES: [(&str, &[&str]); 17] = [
    ("stat\t", &["status"]),
    ("invoke or\t", &["invoke", "orderMachine"]),
    // A word that is done is followed by a space, one that goes on is not.
    ("status orderM\tx", &["status", "orderMachine:last", "x"]),
    ("status orderMachine:\t x", &["status", "orderMachine:last", "x"]),
    ("token last/Wa\t", &["token", "last/Wait For It"]),
    ("token orderMachine:last/D\t", &["token", "orderMachine:last/Done"]),
    ("wait last --for state=Do\t", &["wait", "last", "--for", "state=Done"]),
    ("invoke --expect-state Wa\t", &["invoke", "--expect-state", "Wait For It"]),
    ("invoke --expect-st\tDone", &["invoke", "--expect-state", "Done"]),
    ("start --api-key=name:\t", &["start", "--api-key=name:blue-first"]),
    ("start --api-key na\tbl\t", &["start", "--api-key", "name:blue-first"]),
    ("keys show bl\t", &["keys", "show", "blue-first"]),
    ("logs gr\t", &["logs", "greet"]),
    ("list --profile sid\t", &["list", "--profile", "side-account"]),
    ("list --stage bl\t --region=eu-n\t", &["list", "--stage", "blue", "--region=eu-north-1"]),
    ("check serv\t", &["check", "serverless.yml"]),
    ("help envi\t", &["help", "environment"]),
];

/// The same but for elvish, which quotes a word with `=` before it goes on, and completes no file behind one.
const NOT_IN_ELVISH: [(&str, &[&str]); 3] = [
    ("wait last --for sta\tDo\t", &["wait", "last", "--for", "state=Done"]),
    ("check --file=serv\t", &["check", "--file=serverless.yml"]),
    ("man --out=pag\tes", &["man", "--out=pages/es"]),
];

/// A shell at a terminal.
struct Session {
    child: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    /// What takes the candidate and runs the line.
    enter: &'static str,
}

impl Session {
    /// Starts a shell that says `READY` when it is.
    fn start(iw102: &Iw102, shell: &str, variables: &[(&str, String)]) -> Self {
        let mut command = iw102.command_in(r#"exec script --quiet --flush --command "$2" /dev/null"#, [shell]);
        command.env("TERM", "xterm").env("SHELL", "/bin/sh").envs(variables.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let (keyboard, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = screen.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        let session = Self { child, keyboard, screen, enter: "\r" };
        session.wait_for("READY");
        session
    }

    fn wait_for(&self, pattern: &str) -> String {
        let regex = Regex::new(pattern).unwrap();
        let deadline = Instant::now() + ANSWER_MAX;
        loop {
            let shown = self.shown();
            if let Some(found) = regex.find(&shown) {
                return found.as_str().to_owned();
            }
            assert!(Instant::now() < deadline, "never: {pattern} on this screen: {shown:?}");
            thread::sleep(POLL);
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Types a line behind `iw102 ` and gives the words that are run then.
    fn run(&mut self, line: &str) -> Vec<String> {
        self.screen.lock().unwrap().clear();
        self.keyboard.write_all(format!("iw102 {line}{}", self.enter).as_bytes()).unwrap();
        let got = self.wait_for(r"GOT(<[^<>]*>)*END");
        let words = got.trim_start_matches("GOT<").trim_end_matches(">END");
        let words = words.split("><").map(str::to_owned).collect();
        // The next line is typed at the next prompt.
        self.wait_for(r"END[\s\S]*READY");
        words
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a project, and AWS's files in the home.
fn project() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", PROJECT);
    fs::create_dir(iw102.work().join("pages")).unwrap();
    let aws = iw102.home().join(".aws");
    fs::create_dir(&aws).unwrap();
    fs::write(aws.join("config"), "[default]\nregion = eu-west-1\n[profile side-account]\nsso_session = corp\n")
        .unwrap();
    fs::write(aws.join("credentials"), "[signer]\naws_secret_access_key = wJalrXUtnFEMI\n").unwrap();
    iw102
}

fn check_lines(session: &mut Session, lines: &[(&str, &[&str])]) {
    for (line, words) in lines {
        assert_eq!(session.run(line), *words, "{line}");
    }
}

/// The folder of the binary, first on the shell's PATH.
fn folder_of_binary() -> String {
    Path::new(env!("CARGO_BIN_EXE_iw102")).parent().unwrap().display().to_string()
}

/// Where shells are that nobody installed: `IW102_SHELLS`, else where `.ci/run` unpacks them.
fn unpacked() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/interop/shells");
    env::var_os("IW102_SHELLS").map_or_else(usual, PathBuf::from)
}

/// The shell's program, and the libraries that it is to be started with.
fn shell(name: &str) -> Option<(PathBuf, String)> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join(name));
    let (root, kept) = (unpacked(), ["bin", "usr/bin"]);
    let below = kept.iter().map(|folder| root.join(folder).join(name));
    let found = on_path.chain(below).find(|program| program.is_file());
    if found.is_none() {
        left_out(&format!("completions in {name}"));
    }
    let folders = ["lib", "usr/lib"].iter().filter_map(|folder| fs::read_dir(root.join(folder)).ok()).flatten();
    let folders: Vec<String> = folders.map(|entry| entry.unwrap().path().display().to_string()).collect();
    Some((found?, folders.join(":")))
}

#[test]
fn bash_runs_the_words_that_were_meant() {
    let iw102 = project();
    let rc = format!(
        "PATH={}:$PATH\nPS1='READY '\nsource <(command iw102 completions bash)\n\
         iw102() {{ printf GOT; printf '<%s>' \"$@\"; echo END; }}\n",
        folder_of_binary()
    );
    iw102.write("bashrc", &rc);
    let mut session = Session::start(&iw102, "bash --rcfile bashrc --noprofile -i", &[]);
    check_lines(&mut session, &LINES);
    check_lines(&mut session, &NOT_IN_ELVISH);
}

#[test]
fn zsh_runs_the_words_that_were_meant() {
    let Some((program, libraries)) = shell("zsh") else { return };
    let iw102 = project();
    let root = unpacked().display().to_string();
    let rc = format!(
        "PATH={}:$PATH\nPS1='READY '\nroot='{root}'\n\
         [[ -d $root/usr/share/zsh ]] && module_path=($root/usr/lib/*/zsh/*(/)) && fpath=($root/usr/share/zsh/functions/**/*(/))\n\
         autoload -Uz compinit && compinit -D -u\nsource <(command iw102 completions zsh)\n\
         iw102() {{ printf GOT; printf '<%s>' \"$@\"; echo END; }}\n",
        folder_of_binary()
    );
    iw102.write(".zshrc", &rc);
    let variables = [("ZDOTDIR", iw102.work().display().to_string()), ("LD_LIBRARY_PATH", libraries)];
    let mut session = Session::start(&iw102, &format!("{} -d -i", program.display()), &variables);
    check_lines(&mut session, &LINES);
    check_lines(&mut session, &NOT_IN_ELVISH);
}

#[test]
fn fish_runs_the_words_that_were_meant() {
    let Some((program, libraries)) = shell("fish") else { return };
    let iw102 = project();
    let config = iw102.home().join(".config/fish");
    fs::create_dir_all(&config).unwrap();
    let rc = format!(
        "set -gx PATH {} $PATH\nfunction fish_prompt; printf 'READY '; end\nset -g fish_greeting\n\
         set -g fish_autosuggestion_enabled 0\ncommand iw102 completions fish | source\n\
         function iw102; printf GOT; printf '<%s>' $argv; echo END; end\n",
        folder_of_binary()
    );
    fs::write(config.join("config.fish"), rc).unwrap();
    let mut session = Session::start(&iw102, &format!("{} -i", program.display()), &[("LD_LIBRARY_PATH", libraries)]);
    check_lines(&mut session, &LINES);
    check_lines(&mut session, &NOT_IN_ELVISH);
}

#[test]
fn elvish_runs_the_words_that_were_meant() {
    let Some((program, libraries)) = shell("elvish") else { return };
    let iw102 = project();
    let rc = format!(
        "use str\nset paths = [{} $@paths]\neval (e:iw102 completions elvish --static | slurp)\n\
         eval (e:iw102 completions elvish | slurp)\nset edit:prompt = {{ put 'READY ' }}\nset edit:rprompt = {{ nop }}\n\
         fn iw102 {{|@words| echo GOT'<'(str:join '><' $words)'>'END }}\n",
        folder_of_binary()
    );
    iw102.write("rc.elv", &rc);
    let mut session =
        Session::start(&iw102, &format!("{} -rc rc.elv -db db", program.display()), &[("LD_LIBRARY_PATH", libraries)]);
    // Its menu opens for a single candidate too, where that must be quoted; the first Enter takes it.
    session.enter = "\r\r";
    check_lines(&mut session, &LINES);
}

#[test]
fn nothing_is_said_and_nothing_is_made() {
    let iw102 = project();
    for word in ["", "last/", "arn:", "orderMachine:"] {
        for flags in [
            &["status"][..],
            &["status", "--local"],
            &["token", "--file", "none.yml"],
            &["--stage"],
            &["start", "--api-key"],
        ] {
            let words = [&["complete", "fish", "--", "iw102"], flags, &[word]].concat();
            let ran = iw102.run(&words);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{words:?}");
        }
    }
    assert!(!iw102.home().join("iw102").exists(), "a completion made a folder");
    iw102.write("serverless.yml", "service: [");
    let ran = iw102.run(["complete", "fish", "--", "iw102", "invoke", ""]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
}

/// The words that fish would be offered.
fn complete(iw102: &Iw102, words: &[&str]) -> Vec<String> {
    let ran = iw102.run([&["complete", "fish", "--", "iw102"], words].concat());
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn what_was_seen_on_aws_is_remembered() {
    const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";
    let iw102 = project().with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").with("AWS_SECRET_ACCESS_KEY", SECRET);
    let dev = iw102.dev(&["--no-reload"]);
    // The commands know nothing of the store: to them the server is AWS.
    let aws = ["--endpoint-url", &dev.endpoint];
    let started = iw102.run([&["start", "orderMachine", "--name", "order-17"], &aws[..]].concat());
    assert_eq!(started.code, Some(0), "{}", started.stderr);
    assert_eq!(iw102.run([&["keys", "list"], &aws[..]].concat()).code, Some(0));
    let key = iw102.run(["keys", "show", "blue-first", "--reveal", "--local"]).stdout;
    let offered = |words: &[&str], word: &str| complete(&iw102, &[words, &aws, &[word]].concat());
    assert_eq!(offered(&["status"], ""), ["last", "order-17", "orderMachine:last"]);
    assert_eq!(offered(&["status"], "arn:"), [started.stdout.trim()]);
    // What the project does not say any more was seen.
    iw102.write("serverless.yml", "service: shop\nprovider: {name: aws, stage: blue, region: eu-west-1}\n");
    assert_eq!(offered(&["keys", "show"], ""), ["blue-first"]);
    let behind = [&aws[..], &["start", "--api-key", "name:"]].concat();
    assert_eq!(complete(&iw102, &behind), ["name:blue-first"]);
    let machines = offered(&["invoke"], "");
    assert!(machines.len() == 1 && machines[0].starts_with("OrderMachineStepFunctionsStateMachine-"), "{machines:?}");
    assert_eq!(
        complete(&iw102, &["keys", "show", "--region", "us-west-2", ""]),
        [""; 0],
        "another region, other names"
    );
    for folder in ["recent", "cache"] {
        for entry in fs::read_dir(iw102.home().join("iw102").join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(key.trim()) && !text.contains(SECRET) && !text.contains("AKIDEXAMPLE"), "{text}");
        }
    }
}

#[test]
fn a_local_server_that_runs_knows_its_executions() {
    let iw102 = project();
    let complete = |words: &[&str]| complete(&iw102, words);
    let dev = iw102.dev(&[]);
    let ran = iw102.run(["start", "orderMachine", "--name", "order-17", "--local"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(complete(&["status", "--local", ""]), ["last", "orderMachine:last", "order-17"]);
    assert_eq!(complete(&["status", "--local", "arn:"]), [ran.stdout.trim()]);
    assert_eq!(complete(&["status", "order-"]), [""; 0], "of AWS nothing is known");
    // One that was stopped does not answer; what is known without it is told.
    let process = rustix::process::Pid::from_raw(dev.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::STOP).unwrap();
    let begun = Instant::now();
    assert_eq!(complete(&["status", "--local", ""]), ["last", "orderMachine:last"]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    dev.kill();
    assert_eq!(complete(&["status", "--local", ""]), ["last", "orderMachine:last"]);
}
