//! The binary in a world of its own: a home that is thrown away, no environment but `PATH`, bounded waits.
//!
//! ```text
//! let iw102 = Iw102::new();
//! iw102.write("hello.asl.json", DEFINITION);
//! iw102.run(["invoke", "--local"]).check(expect![[…]]);
//! ```

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use expect_test::Expect;
use regex_lite::Regex;
use serde_json::Value;

use crate::player::Player;
use crate::secrets::{self, Secrets};

/// How long a command may take before it is killed and the test fails.
const RUN_MAX: Duration = Duration::from_secs(30);
/// How often a running command is looked at.
const POLL: Duration = Duration::from_millis(5);

/// `iw102 dev` at free ports; the file follows.
const DEV: [&str; 6] = ["dev", "--port", "0", "--api-port", "0", "--ready-file"];

/// Who signs on AWS; it may be seen.
pub(crate) const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// What is signed with, and must not be seen anywhere.
pub(crate) const SECRET_ACCESS_KEY: &str = "never/shown/SECRET/ACCESS/KEY/of/the/tests";
/// What goes with it, and must not be seen either.
pub(crate) const SESSION_TOKEN: &str = "never-shown-SESSION-TOKEN-of-the-tests";
/// The region of commands on AWS.
pub(crate) const REGION: &str = "eu-west-1";

/// A home, a folder, an environment.
pub(crate) struct Iw102 {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    /// What no stream and no file of its commands may hold.
    secrets: RefCell<Secrets>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Its exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to stdout.
    pub(crate) stdout: String,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
    folder: PathBuf,
}

impl Iw102 {
    /// An empty folder and an empty home.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let (variables, secrets) = secrets::planted();
        Self { folder, variables, secrets: RefCell::new(secrets) }
    }

    /// With a variable in the environment of its commands.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a variable that it had.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self
    }

    /// With a variable whose value is a secret: the test fails if a command shows it, or leaves it in its home.
    pub(crate) fn with_secret(self, name: &str, value: &str) -> Self {
        self.hiding(value).with(name, value)
    }

    /// With a secret that comes from elsewhere than a variable.
    pub(crate) fn hiding(self, secret: &str) -> Self {
        self.secrets.borrow_mut().hide(secret);
        self
    }

    /// On AWS at this endpoint, with credentials in the environment and nothing of this machine's own configuration.
    pub(crate) fn on_aws_at(self, endpoint: &str) -> Self {
        self.with("AWS_ENDPOINT_URL", endpoint)
            .with("AWS_REGION", REGION)
            .with("AWS_EC2_METADATA_DISABLED", "true")
            .with("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .with_secret("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .with_secret("AWS_SESSION_TOKEN", SESSION_TOKEN)
    }

    /// On AWS as a player plays it, whose certificate is believed.
    pub(crate) fn on_aws(self, player: &Player) -> Self {
        let iw102 = self.on_aws_at(&player.url);
        match player.ca_file() {
            Some(file) => iw102.with("AWS_CA_BUNDLE", file.to_str().unwrap()),
            None => iw102,
        }
    }

    /// The folder in which its commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The home of its commands.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file into that folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.work().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes a file into its home, below folders that are made.
    pub(crate) fn write_home(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join("home").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A command, ready to be run.
    pub(crate) fn command(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iw102"));
        command.args(words);
        self.prepared(command)
    }

    /// A command within a shell's script, whose `"$@"` it is.
    pub(crate) fn command_in(&self, script: &str, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_iw102")]).args(words);
        self.prepared(command)
    }

    fn prepared(&self, mut command: Command) -> Command {
        command.current_dir(self.work()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path().join("home"));
        command.env("IW102_HOME", self.folder.path().join("home/iw102"));
        command.env("TMPDIR", self.folder.path().join("tmp"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        let mut command = self.command(words);
        self.finish_as(&command_words(&command), command.spawn().unwrap())
    }

    /// Runs a command that reads `text` from stdin.
    pub(crate) fn run_with_stdin(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>, text: &str) -> Ran {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // A command that does not read its stdin has closed it; that is what the test is about then.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        self.finish_as(&command_words(&command), child)
    }

    /// Waits, within bounds, for the end of a command, which is not one that shows a secret.
    pub(crate) fn finish(&self, child: Child) -> Ran {
        self.finish_as(&[], child)
    }

    /// As [`Iw102::finish`]; its words say which secrets it was asked to show.
    pub(crate) fn finish_as(&self, words: &[String], child: Child) -> Ran {
        let output = bounded(child);
        let ran = Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            folder: self.folder.path().to_owned(),
        };
        let mut secrets = self.secrets.borrow_mut();
        secrets.learn_keys(&self.folder.path().join("home/iw102"));
        secrets.watch(words, &ran.stdout, &ran.stderr);
        drop(secrets);
        ran
    }
}

impl Drop for Iw102 {
    fn drop(&mut self) {
        // A test that has failed says why itself.
        if !thread::panicking() {
            let leaks =
                ["home/iw102", "tmp"].map(|name| self.secrets.borrow().leaks(&self.folder.path().join(name))).concat();
            assert!(leaks.is_empty(), "a command left a secret in {leaks:?}");
        }
    }
}

/// The words behind the program's name.
fn command_words(command: &Command) -> Vec<String> {
    command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// `iw102 dev` at work. Dropped, it is killed.
pub(crate) struct Dev<'a> {
    iw102: &'a Iw102,
    child: Option<Child>,
    /// `http://127.0.0.1:PORT`, where AWS's APIs are.
    pub(crate) endpoint: String,
    /// `https://127.0.0.1:PORT/STAGE`, where the project's API is; empty where there is none.
    pub(crate) api: String,
    /// The certificate that its clients trust; empty where there is none.
    pub(crate) ca_file: PathBuf,
}

impl Iw102 {
    /// Starts `iw102 dev` at free ports and waits until it serves.
    pub(crate) fn dev(&self, words: &[&str]) -> Dev<'_> {
        self.serving(self.command(DEV), words)
    }

    /// The same within a shell's script, whose `"$@"` it is.
    pub(crate) fn dev_in(&self, script: &str, words: &[&str]) -> Dev<'_> {
        self.serving(self.command_in(script, DEV), words)
    }

    fn serving(&self, mut command: Command, words: &[&str]) -> Dev<'_> {
        let ready = self.folder.path().join("tmp/ready.json");
        let _ = fs::remove_file(&ready);
        command.arg(&ready).args(words).stderr(fs::File::create(self.dev_stderr()).unwrap());
        let mut child = command.spawn().unwrap();
        let text = eventually("dev serves", || {
            assert!(child.try_wait().unwrap().is_none(), "{}", fs::read_to_string(self.dev_stderr()).unwrap());
            fs::read_to_string(&ready).ok()
        });
        let ready: Value = serde_json::from_str(&text).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let (endpoint, api, ca_file) = (text("endpoint"), text("api"), text("caFile").into());
        Dev { iw102: self, child: Some(child), endpoint, api, ca_file }
    }

    fn dev_stderr(&self) -> PathBuf {
        self.folder.path().join("tmp/dev.stderr")
    }
}

impl Dev<'_> {
    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// What it wrote to stderr so far.
    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(self.iw102.dev_stderr()).unwrap()
    }

    /// Calls an operation of Step Functions.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> Value {
        let address = self.endpoint.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let body = input.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: AWSStepFunctions.{operation}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// Ends it as Ctrl-C does.
    pub(crate) fn interrupt(mut self) -> Ran {
        let child = self.child.take().unwrap();
        signal(&child, rustix::process::Signal::INT);
        self.finish(child)
    }

    /// Ends it without a word of warning.
    pub(crate) fn kill(mut self) -> Ran {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        self.finish(child)
    }

    fn finish(&self, child: Child) -> Ran {
        Ran { stderr: self.stderr(), ..self.iw102.finish(child) }
    }
}

impl Drop for Dev<'_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal to a process of ours.
pub(crate) fn signal(child: &Child, signal: rustix::process::Signal) {
    let id = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}

/// Collects both streams at once, and kills what takes too long.
fn bounded(mut child: Child) -> Output {
    let collect = |stream: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.map(|mut stream| stream.read_to_end(&mut bytes));
            bytes
        })
    };
    let stdout = collect(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = collect(child.stderr.take().map(|stream| Box::new(stream) as _));
    let deadline = Instant::now() + RUN_MAX;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            let _ = child.wait();
            panic!("a command ran longer than {RUN_MAX:?}: {}", String::from_utf8_lossy(&stderr.join().unwrap()));
        }
        thread::sleep(POLL);
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Whether a program works here. What is missing is left out of the tests and said so; with `IW102_REQUIRE_ALL=1` that fails.
pub(crate) fn is_there(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if status.is_ok_and(|status| status.success()) {
        return true;
    }
    left_out(&format!("{program} {}", arguments.join(" ")));
    false
}

/// Says what does not work here.
pub(crate) fn left_out(what: &str) {
    assert!(std::env::var("IW102_REQUIRE_ALL").is_err(), "`{what}` does not work here, and IW102_REQUIRE_ALL is set");
    // Written past the test's captured output: what was left out must be seen in a run that passes.
    let _ = writeln!(std::io::stderr(), "LEFT OUT: `{what}` does not work here");
}

/// The interpreter of `IW102_PYTHON`, else `python3`, if it has these modules.
pub(crate) fn python_with(modules: &str) -> Option<String> {
    let python = std::env::var("IW102_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    is_there(&python, &["-c", &format!("import {modules}")]).then_some(python)
}

/// Calls `look` until it gives something, within bounds.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + RUN_MAX;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(POLL);
    }
}

impl Ran {
    /// Compares stdout, stderr and the exit code, in one text, with what changes from run to run replaced.
    #[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written where it is used")]
    pub(crate) fn check(&self, expected: Expect) {
        expected.assert_eq(&self.snapshot());
    }

    /// The text that [`Ran::check`] compares.
    pub(crate) fn snapshot(&self) -> String {
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        filtered(&format!("{}--- stderr\n{}--- exit {code}\n", self.stdout, self.stderr), &self.folder)
    }
}

/// Times, ids, ports and paths by their names.
fn filtered(text: &str, folder: &Path) -> String {
    let mut text = text.replace(folder.to_str().unwrap(), "[TMP]");
    for (pattern, name) in [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[TIME]"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[UUID]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"\b\d+ ms\b|\b\d+\.\d s\b", "[TOOK]"),
        (r#""durationSeconds": [0-9.]+"#, r#""durationSeconds": [TOOK]"#),
        (r"\+\d+\.\d{3}\b", "+[TOOK]"),
        // A store is named after the folder of its project.
        (r"-[0-9a-f]{8}\b", "-[HASH]"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
    }
    // Help is padded to the terminal's width at some line ends.
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
