//! The compiled machine: states by index, paths and templates parsed once, choice rules as trees.
//!
//! A [`Program`] is only ever made by [`compile`](crate::asl::compile()) from a definition without errors, so every
//! [`StateId`] and [`ScopeId`] in it points at something.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::asl::choice::Rule;
use crate::asl::distributed::{Distributed, Percentage};
use crate::asl::jsonata;
use crate::asl::path::{Path, ReferencePath};
use crate::asl::template::Template;
use crate::asl::{Filling, Payload};

/// A state machine that can run.
#[derive(Debug)]
pub struct Program {
    /// Every state of every scope; a [`StateId`] is an index here.
    pub states: Vec<State>,
    /// Every scope; [`ScopeId::MACHINE`] first.
    pub scopes: Vec<Scope>,
    /// The machine's own `TimeoutSeconds`.
    pub timeout_seconds: Option<u64>,
}

/// The place of a [`State`] in its [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateId(pub u32);

/// The place of a [`Scope`] in its [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The machine itself.
    pub const MACHINE: Self = Self(0);
}

/// A `States` object: the machine's, a Parallel branch's or a Map processor's.
#[derive(Debug)]
pub struct Scope {
    /// The state that runs first.
    pub start_at: StateId,
    /// The Parallel or Map state that it belongs to; `None` for the machine.
    pub owner: Option<StateId>,
}

/// One state, whatever its type.
#[derive(Debug)]
pub struct State {
    /// Its name, unique in the machine.
    pub name: Arc<str>,
    /// The scope in which it stands.
    pub scope: ScopeId,
    /// What it does.
    pub kind: StateKind,
    /// In which language its expressions are written.
    pub query_language: QueryLanguage,
    /// `InputPath`.
    pub input_path: Selector,
    /// `OutputPath`.
    pub output_path: Selector,
    /// `Output` (JSONata).
    pub output: Option<Filling>,
    /// `Assign`. For a Choice: where no rule matches.
    pub assign: Option<Filling>,
    /// Where to go afterwards. `End` for Succeed and Fail; for a Choice, where no rule matches it is its `Default`.
    pub next: Next,
    /// `Retry`, in order. Empty where the type has none.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order. Empty where the type has none.
    pub catch: Vec<Catcher>,
    /// Whether any expression of this state reads the context object (`$$`), so that it must be built.
    pub uses_context: bool,
    /// The variables that its expressions read, by name.
    pub variable_references: BTreeSet<Box<str>>,
}

/// `QueryLanguage`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryLanguage {
    /// Paths, payload templates, intrinsic functions.
    #[default]
    JsonPath,
    /// `{% … %}`
    Jsonata,
}

/// Where a state leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// `Next`
    State(StateId),
    /// `End: true`
    End,
    /// A Choice without `Default`: where no rule matches, the execution fails.
    NoChoiceMatched,
}

/// What a state does.
#[derive(Debug)]
pub enum StateKind {
    /// `Pass`
    Pass {
        /// `Result`
        result: Option<Payload>,
        /// `Parameters`
        parameters: Option<Filling>,
        /// `ResultPath`
        result_path: ResultPath,
    },
    /// `Task`
    Task(Box<Task>),
    /// `Choice`
    Choice {
        /// `Choices`, in order.
        rules: Vec<Rule>,
    },
    /// `Wait`
    Wait(WaitFor),
    /// `Succeed`
    Succeed,
    /// `Fail`
    Fail {
        /// `Error` or `ErrorPath`
        error: Option<Text>,
        /// `Cause` or `CausePath`
        cause: Option<Text>,
    },
    /// `Parallel`
    Parallel(Box<Parallel>),
    /// `Map`
    Map(Box<Map>),
}

/// A `Task` state.
#[derive(Debug)]
pub struct Task {
    /// `Resource`
    pub resource: Resource,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Filling>,
    /// `Credentials`
    pub credentials: Option<Filling>,
    /// `ResultSelector`
    pub result_selector: Option<Filling>,
    /// `ResultPath`
    pub result_path: ResultPath,
    /// `TimeoutSeconds` or `TimeoutSecondsPath`
    pub timeout: Option<Seconds>,
    /// `HeartbeatSeconds` or `HeartbeatSecondsPath`
    pub heartbeat: Option<Seconds>,
}

/// A `Parallel` state.
#[derive(Debug)]
pub struct Parallel {
    /// `Branches`, in order.
    pub branches: Vec<ScopeId>,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Filling>,
    /// `ResultSelector`
    pub result_selector: Option<Filling>,
    /// `ResultPath`
    pub result_path: ResultPath,
}

/// A `Map` state, that runs inside its execution (`INLINE`) or as executions of its own (`DISTRIBUTED`).
#[derive(Debug)]
pub struct Map {
    /// `ItemProcessor`, or `Iterator` as it was called.
    pub processor: ScopeId,
    /// What is iterated over.
    pub items: Items,
    /// `ItemSelector`, or `Parameters` as it was called.
    pub item_selector: Option<Filling>,
    /// `MaxConcurrency` or `MaxConcurrencyPath`; 0 is no bound of the user's.
    pub max_concurrency: Count,
    /// `ToleratedFailureCount` or `ToleratedFailureCountPath`
    pub tolerated_count: Option<Count>,
    /// `ToleratedFailurePercentage` or `ToleratedFailurePercentagePath`
    pub tolerated_percentage: Option<Percentage>,
    /// What it has beyond that when it is distributed.
    pub distributed: Option<Box<Distributed>>,
    /// `ResultSelector`
    pub result_selector: Option<Filling>,
    /// `ResultPath`
    pub result_path: ResultPath,
}

/// What a `Map` iterates over.
#[derive(Debug)]
pub enum Items {
    /// `ItemsPath`
    Path(Selector),
    /// `Items` (JSONata); absent, the state's input.
    Jsonata(Option<jsonata::Template>),
}

/// What a Task's `Resource` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A function's own ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
    Lambda {
        /// The ARN as written.
        arn: Arc<str>,
    },
    /// An activity: `arn:aws:states:REGION:ACCOUNT:activity:NAME`.
    Activity {
        /// The ARN as written.
        arn: Arc<str>,
    },
    /// A service integration: `arn:aws:states:::lambda:invoke.waitForTaskToken`.
    Integration {
        /// `lambda`, `sqs`, `aws-sdk:s3`: the history's `resourceType`.
        service: Arc<str>,
        /// `invoke.waitForTaskToken`: the history's `resource`, pattern included.
        action: Arc<str>,
        /// What the state waits for.
        pattern: Pattern,
    },
}

impl Resource {
    /// Whose it is: `lambda`, `activity`, or the integration's service.
    #[must_use]
    pub fn service(&self) -> &str {
        match self {
            Self::Lambda { .. } => "lambda",
            Self::Activity { .. } => "activity",
            Self::Integration { service, .. } => service,
        }
    }
}

/// What a service integration waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// The service's answer.
    RequestResponse,
    /// `.sync`: the job's end, its output as the service words it.
    Sync,
    /// `.sync:2`: the job's end, its output as JSON.
    Sync2,
    /// `.waitForTaskToken`: SendTaskSuccess or SendTaskFailure with the token that was handed out.
    WaitForTaskToken,
}

/// `InputPath`, `OutputPath`, `ItemsPath`.
#[derive(Debug)]
pub enum Selector {
    /// Absent, or `"$"`.
    Whole,
    /// `null`: an empty object.
    Empty,
    /// Any other path.
    Path(Path),
}

/// `ResultPath`.
#[derive(Debug)]
pub enum ResultPath {
    /// Absent, or `"$"`: the result is the output.
    Whole,
    /// `null`: the input is the output.
    Discard,
    /// The result goes into the input, there.
    At(ReferencePath),
}

/// A number of seconds, given or read when the state is entered.
#[derive(Debug)]
pub enum Seconds {
    /// As written.
    Fixed(u64),
    /// `…Path`
    Path(Path),
    /// `{% … %}`
    Jsonata(jsonata::Template),
}

/// A count, given or read when the state is entered.
#[derive(Debug)]
pub enum Count {
    /// As written.
    Fixed(u64),
    /// `…Path`
    Path(Path),
    /// `{% … %}`
    Jsonata(jsonata::Template),
}

/// How long a `Wait` waits.
#[derive(Debug)]
pub enum WaitFor {
    /// `Seconds` or `SecondsPath`
    Seconds(Seconds),
    /// `Timestamp`: milliseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// `TimestampPath`
    TimestampPath(Path),
    /// `Timestamp` in JSONata.
    TimestampJsonata(jsonata::Template),
}

/// `Error` and `Cause` of a `Fail`.
#[derive(Debug)]
pub enum Text {
    /// As written.
    Literal(String),
    /// `ErrorPath`, `CausePath`: a path or an intrinsic function that gives a string.
    Computed(Template),
    /// `Error`, `Cause` in JSONata.
    Jsonata(jsonata::Template),
}

/// One entry of `Retry`.
#[derive(Debug)]
pub struct Retrier {
    /// `ErrorEquals`
    pub error_equals: Vec<Box<str>>,
    /// `IntervalSeconds`; 1 where absent.
    pub interval_seconds: u64,
    /// `MaxAttempts`; 3 where absent; 0 never retries.
    pub max_attempts: u64,
    /// `BackoffRate`; 2.0 where absent.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy: FULL`
    pub full_jitter: bool,
}

/// One entry of `Catch`.
#[derive(Debug)]
pub struct Catcher {
    /// `ErrorEquals`
    pub error_equals: Vec<Box<str>>,
    /// `Next`
    pub next: StateId,
    /// `ResultPath`
    pub result_path: ResultPath,
    /// `Output` (JSONata).
    pub output: Option<Filling>,
    /// `Assign`
    pub assign: Option<Filling>,
}

impl Program {
    /// The state of an id of this program.
    #[must_use]
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.0 as usize]
    }

    /// The scope of an id of this program.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }
}

impl State {
    /// The type, as a definition writes it: `Pass`, `Task`, …
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            StateKind::Pass { .. } => "Pass",
            StateKind::Task(_) => "Task",
            StateKind::Choice { .. } => "Choice",
            StateKind::Wait(_) => "Wait",
            StateKind::Succeed => "Succeed",
            StateKind::Fail { .. } => "Fail",
            StateKind::Parallel(_) => "Parallel",
            StateKind::Map(_) => "Map",
        }
    }
}
