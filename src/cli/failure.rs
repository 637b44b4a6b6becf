//! Failures: what a person is told, which command helps, and the exit code.
//!
//! Owns: the exit codes and the one printer of errors. Must not know: any command. Start reading at [`Failure`].

use std::fmt::Write as _;
use std::io;

use serde_json::{Value, json};

use crate::ui::printer::{Paint, Printer};

/// What kind of failure it is; each kind has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing that was foreseen.
    Unexpected,
    /// The command line, the input or the project is wrong.
    Usage,
    /// The execution ended FAILED.
    ExecutionFailed,
    /// The execution ended TIMED_OUT.
    ExecutionTimedOut,
    /// The execution ended ABORTED.
    ExecutionAborted,
    /// The execution ended, but not in the state that `--expect-state` names, or before what `--for` names.
    OtherState,
    /// The execution is still running, and `--exit-status` asks.
    StillRunning,
    /// An execution, machine or function does not exist.
    NotFound,
    /// Credentials are missing, expired or not enough.
    Credentials,
    /// A gateway refused the API key, or the want of one.
    ApiKeyRefused,
    /// Throttled, or over a quota.
    Throttled,
    /// The token's task has ended: answered, timed out, or its execution is closed.
    TokenGone,
    /// The token was never given out, or is damaged.
    TokenInvalid,
    /// A name is in use.
    Conflict,
    /// The server cannot be reached.
    Network,
    /// Our own `--timeout` ran out.
    Timeout,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The command that ran against our servers ended with this exit code.
    Command(u8),
    /// Whoever read our output went away; nothing is said and nothing is wrong.
    ClosedPipe,
}

/// Exit codes and what they mean, in the order in which `iw102 help exit-codes` shows them.
pub(crate) const EXIT_CODES: [(u8, &str); 18] = [
    (0, "done, SUCCEEDED, sent"),
    (1, "unexpected error"),
    (2, "usage, bad JSON, too large, ambiguous"),
    (3, "execution FAILED"),
    (4, "execution TIMED_OUT"),
    (5, "execution ABORTED"),
    (6, "ended, but not as --expect-state or --for said"),
    (7, "still running (status --exit-status)"),
    (10, "not found"),
    (11, "AWS credentials missing, expired, denied"),
    (12, "API key refused"),
    (13, "throttled or over quota"),
    (14, "token gone: answered, timed out, closed"),
    (15, "token invalid"),
    (16, "conflict: name in use, not redrivable, port taken"),
    (20, "network, DNS, TLS"),
    (124, "our own --timeout"),
    (130, "interrupted (SIGINT); 143 when terminated (SIGTERM)"),
];

impl FailureKind {
    /// The exit code, as CLI.md's table has it.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Command(code) => code,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::ExecutionFailed => 3,
            Self::ExecutionTimedOut => 4,
            Self::ExecutionAborted => 5,
            Self::OtherState => 6,
            Self::StillRunning => 7,
            Self::NotFound => 10,
            Self::Credentials => 11,
            Self::ApiKeyRefused => 12,
            Self::Throttled => 13,
            Self::TokenGone => 14,
            Self::TokenInvalid => 15,
            Self::Conflict => 16,
            Self::Network => 20,
            Self::Timeout => 124,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The code of an error printed as JSON, where the server gave no name of its own.
    fn code(self) -> &'static str {
        match self {
            Self::Unexpected | Self::ClosedPipe => "Unexpected",
            Self::Usage => "Usage",
            Self::ExecutionFailed => "ExecutionFailed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::ExecutionAborted => "ExecutionAborted",
            Self::OtherState => "OtherState",
            Self::StillRunning => "StillRunning",
            Self::NotFound => "NotFound",
            Self::Credentials => "Credentials",
            Self::ApiKeyRefused => "ApiKeyRefused",
            Self::Throttled => "Throttled",
            Self::TokenGone => "TokenGone",
            Self::TokenInvalid => "TokenInvalid",
            Self::Conflict => "Conflict",
            Self::Network => "Network",
            Self::Timeout => "Timeout",
            Self::Interrupted => "Interrupted",
            Self::Terminated => "Terminated",
            Self::Command(_) => "CommandFailed",
        }
    }
}

/// Why a command ends with an exit code other than 0.
#[derive(Debug)]
pub struct Failure {
    /// Which exit code.
    pub kind: FailureKind,
    /// What happened; its chain of sources is printed too.
    pub error: anyhow::Error,
    /// What to do about it: the next command, where there is one.
    pub hints: Vec<String>,
    /// AWS's name of the error, `ExecutionDoesNotExist`.
    pub code: Option<String>,
    /// `x-amzn-RequestId`
    pub request_id: Option<String>,
    /// Lines that show where it is wrong, below the message; a program has the place in the message.
    pub(crate) excerpt: Box<str>,
    /// What is wrong with the project, one object each, for `-o json`; a person has read it already.
    pub(crate) diagnostics: Box<[Value]>,
    /// What was told on stderr already and is not to be said twice; `-o json` still gets its object.
    pub(crate) told: bool,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: FailureKind, error: impl Into<anyhow::Error>) -> Self {
        Self {
            kind,
            error: error.into(),
            hints: Vec::new(),
            code: None,
            request_id: None,
            excerpt: Box::default(),
            diagnostics: Box::default(),
            told: false,
        }
    }

    /// A failure of a kind, in words.
    pub fn text(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::new(kind, anyhow::Error::msg(message.into()))
    }

    /// Something wrong with what was typed.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::text(FailureKind::Usage, message)
    }

    /// With one more hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With AWS's own name of the error.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With lines that show the place.
    pub(crate) fn excerpt(mut self, excerpt: impl Into<Box<str>>) -> Self {
        self.excerpt = excerpt.into();
        self
    }

    /// With everything that is wrong with the project.
    pub(crate) fn diagnostics(mut self, diagnostics: Vec<Value>) -> Self {
        self.diagnostics = diagnostics.into();
        self
    }

    /// Its text is on stderr already.
    pub(crate) fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// The error and its sources in one line.
    pub(crate) fn message(&self) -> String {
        format!("{:#}", self.error)
    }

    /// The error as `-o json` shows it.
    fn to_json(&self) -> Value {
        let mut object = json!({"error": {
            "code": self.code.as_deref().unwrap_or(self.kind.code()),
            "message": self.message(),
            "hint": (!self.hints.is_empty()).then(|| self.hints.join("\n")),
            "exitCode": self.kind.exit_code(),
            "requestId": self.request_id,
        }});
        if !self.diagnostics.is_empty() {
            object["error"]["diagnostics"] = json!(self.diagnostics);
        }
        object
    }

    /// The error as a person reads it: what happened, why, the next command.
    fn to_text(&self, paint: Paint) -> String {
        let mut text = String::new();
        if !self.told {
            let message = self.message();
            let _ = writeln!(text, "{} {}", paint.red("error:"), message.trim_end());
            text.extend(self.excerpt.lines().flat_map(|line| [line, "\n"]));
        }
        for hint in &self.hints {
            let _ = writeln!(text, "{}  {hint}", paint.cyan("hint:"));
        }
        text
    }

    /// Prints it to stderr and gives its exit code.
    pub(crate) fn print(&self, printer: Printer, as_json: bool) -> u8 {
        // How a server ends is an exit code and no error, for a program neither.
        let is_an_end = self.told && matches!(self.kind, FailureKind::Interrupted | FailureKind::Terminated);
        if self.kind != FailureKind::ClosedPipe && !is_an_end {
            let text = if as_json { format!("{}\n", self.to_json()) } else { self.to_text(printer.paint_err()) };
            printer.err(&text);
        }
        self.kind.exit_code()
    }
}

impl From<io::Error> for Failure {
    /// Of writing our own output; reading has failures of its own.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(FailureKind::ClosedPipe, error),
            _ => Self::new(FailureKind::Unexpected, anyhow::Error::new(error).context("cannot write the output")),
        }
    }
}

/// The table of `iw102 help exit-codes`.
pub(crate) fn exit_codes_text() -> String {
    let mut text = String::from("Exit codes\n\n");
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(text, "  {code:>3}  {meaning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_stands_in_the_table() {
        use FailureKind as Kind;
        for kind in [
            Kind::Unexpected,
            Kind::Usage,
            Kind::ExecutionFailed,
            Kind::ExecutionTimedOut,
            Kind::ExecutionAborted,
            Kind::OtherState,
            Kind::StillRunning,
            Kind::NotFound,
            Kind::Credentials,
            Kind::ApiKeyRefused,
            Kind::Throttled,
            Kind::TokenGone,
            Kind::TokenInvalid,
            Kind::Conflict,
            Kind::Network,
            Kind::Timeout,
            Kind::Interrupted,
        ] {
            assert!(EXIT_CODES.iter().any(|(code, _)| *code == kind.exit_code()), "{kind:?}");
        }
        assert_eq!(Kind::Terminated.exit_code(), 143);
        assert_eq!(Kind::ClosedPipe.exit_code(), 0);
    }

    #[test]
    fn json_has_all_keys() {
        let failure = Failure::usage("no such thing").hint("try this").code("Oops");
        let expected = json!({"error": {
            "code": "Oops", "message": "no such thing", "hint": "try this", "exitCode": 2, "requestId": null
        }});
        assert_eq!(failure.to_json(), expected);
    }

    #[test]
    fn text_has_the_chain_and_the_hint() {
        let source = anyhow::Error::msg("disk full").context("cannot write");
        let failure = Failure::new(FailureKind::Unexpected, source).hint("make room");
        assert_eq!(failure.to_text(Paint::plain()), "error: cannot write: disk full\nhint:  make room\n");
    }

    #[test]
    fn a_closed_pipe_is_quiet() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.kind, FailureKind::ClosedPipe);
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.kind, FailureKind::Unexpected);
    }
}
