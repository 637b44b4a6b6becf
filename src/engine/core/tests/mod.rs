//! Transition tests: a definition, what happens outside, and the history that comes of it; the laws of the core are
//! checked after every single input.

mod branches;
mod distributed;
mod errors;
mod flow;
mod laws;
mod redrive;
mod tasks;
mod variables;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{ChildRequest, Effect, Ended, Execution, Input, Rest, Subject, TokenKey, history, payloads};
use crate::asl::syntax::{Sources, json};
use crate::asl::{Fault, Payload, Program, compile};
use crate::engine::api::{ExecutionStatus, StateMachineType};
use crate::engine::clock::Timestamp;
use crate::engine::history::HistoryEvent;
use crate::engine::published::Qualified;
use crate::engine::task::{TaskReport, TaskRequest};

/// The details that a line of a history shows.
const DETAILS: [&str; 10] =
    ["name", "index", "length", "resource", "workerName", "input", "parameters", "output", "error", "cause"];

/// 2026-01-01T00:00:00Z
const BEGINNING: Timestamp = Timestamp(1_767_225_600_000);

fn program(definition: &Value) -> Arc<Program> {
    let mut sources = Sources::default();
    let id = sources.add("definition", definition.to_string());
    let (node, diagnostics) = json::parse(&sources, id);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let (program, diagnostics) = compile(&node.unwrap());
    Arc::new(program.unwrap_or_else(|| panic!("{diagnostics:#?}")))
}

fn subject() -> Arc<Subject> {
    Arc::new(Subject {
        key: 7,
        arn: "arn:aws:states:us-east-1:000000000000:execution:M:e".into(),
        name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:M".into(),
        state_machine_name: "M".into(),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        qualified: Qualified::default(),
        region: "us-east-1".into(),
        state_machine_type: StateMachineType::Standard,
        child_of: None,
        token_key: TokenKey::new([7; 32]),
    })
}

/// An execution whose outside is the test.
struct Run {
    program: Arc<Program>,
    execution: Execution,
    journal: Vec<u8>,
    now: Timestamp,
    /// Tasks that were asked for and neither answered nor cancelled.
    tasks: Vec<TaskRequest>,
    /// Children that were asked for and have neither ended nor been stopped.
    children: Vec<ChildRequest>,
    /// The ARNs of children that wait for their redrive.
    pending: BTreeSet<Arc<str>>,
    ended: u32,
}

impl Run {
    fn start(definition: &Value, input: &str) -> Self {
        let mut run = Self::begin(definition, input);
        run.handle(Input::Resume);
        run
    }

    /// Runs to its end what needs nothing outside, without checking the law of folding on the way: for large inputs.
    fn start_without_folding(definition: &Value, input: &str) -> Self {
        let mut run = Self::begin(definition, input);
        while run.execution.ended().is_none() {
            run.execution.handle(Input::Resume, run.now);
            run.journal.extend(run.execution.take_journal());
        }
        run.folds_to_the_same();
        run
    }

    fn begin(definition: &Value, input: &str) -> Self {
        let program = program(definition);
        let input = Payload::parse(input).unwrap();
        let mut execution = Execution::start(subject(), program.clone(), input, 42, BEGINNING);
        execution.tell_activities(&Arc::new(BTreeSet::from([ACTIVITY.into()])));
        Self {
            program,
            execution,
            journal: Vec::new(),
            now: BEGINNING,
            tasks: Vec::new(),
            children: Vec::new(),
            pending: BTreeSet::new(),
            ended: 0,
        }
    }

    fn handle(&mut self, input: Input) {
        let mut effects = self.execution.handle(input, self.now);
        loop {
            self.journal.extend(self.execution.take_journal());
            self.folds_to_the_same();
            let more = effects.iter().any(|effect| matches!(effect, Effect::More));
            self.perform(effects);
            if !more {
                return;
            }
            effects = self.execution.handle(Input::Resume, self.now);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::StartTask(request) => self.tasks.push(*request),
                Effect::CancelTask(id) => self.tasks.retain(|task| task.id != id),
                Effect::StartChild(child) => self.children.push(*child),
                Effect::StopChild(arn) => self.children.retain(|child| child.arn != arn),
                Effect::RedriveChild(child) => {
                    assert!(self.pending.remove(&child.arn), "only what waits is redriven");
                    self.children.push(*child);
                }
                Effect::MarkChild { arn, pending: true } => drop(self.pending.insert(arn)),
                Effect::MarkChild { arn, pending: false } => drop(self.pending.remove(&arn)),
                Effect::More => {}
                Effect::Ended => self.ended += 1,
            }
        }
    }

    /// The law that recovery stands on.
    fn folds_to_the_same(&self) {
        let folded = Execution::fold(subject(), self.program.clone(), &self.journal).unwrap();
        folded.must_be_as(&self.execution);
        let payloads = payloads(&self.journal).unwrap();
        assert_eq!((&payloads.input, &payloads.ended), (self.execution.input.payload(), &self.execution.ended));
        self.rests_the_same(folded);
    }

    /// The law that stands behind letting an execution go from memory: what rests is begun again by nobody here.
    fn rests_the_same(&self, mut folded: Execution) {
        let rest = self.execution.rest();
        assert_eq!(folded.rest(), rest);
        let Some(rest) = rest else { return };
        assert_eq!(Rest::from_bytes(&rest.to_bytes()), Some(rest.clone()));
        let offered: Vec<u64> =
            rest.tasks.iter().filter(|task| task.activity.is_some()).map(|task| task.event).collect();
        let begun: Vec<u64> = folded
            .restart()
            .iter()
            .map(|effect| match effect {
                Effect::StartTask(request) => request.id.event,
                other => panic!("what rests does nothing: {other:?}"),
            })
            .collect();
        assert_eq!(begun, offered);
    }

    /// Drops what is in memory, as a crash does, and goes on with what the journal has.
    fn crash(&mut self) {
        self.execution = Execution::fold(subject(), self.program.clone(), &self.journal).unwrap();
        self.execution.tell_activities(&Arc::new(BTreeSet::from([ACTIVITY.into()])));
        self.tasks.clear();
        self.children.clear();
        let effects = self.execution.restart();
        self.perform(effects);
        self.handle(Input::Resume);
    }

    /// RedriveExecution, without a token.
    fn redrive(&mut self) {
        self.handle(Input::Redrive { token: None });
    }

    /// The oldest open task, by its function's name or its action.
    fn task(&self, name: &str) -> &TaskRequest {
        let named = |task: &&TaskRequest| format!("{:?}", task.resource).contains(name) || &*task.state_name == name;
        self.tasks.iter().find(named).unwrap_or_else(|| panic!("{name} is not asked for: {:?}", self.tasks))
    }

    fn report(&mut self, name: &str, report: TaskReport) {
        let id = self.task(name).id;
        if !matches!(report, TaskReport::Submitted(_)) {
            self.tasks.retain(|task| task.id != id);
        }
        self.handle(Input::Report { event: id.event, report });
    }

    fn succeed(&mut self, name: &str, output: &str) {
        self.report(name, TaskReport::Succeeded(Payload::parse(output).unwrap()));
    }

    fn fail(&mut self, name: &str, error: &'static str, cause: &str) {
        self.report(name, TaskReport::Failed(Fault::new(error, cause)));
    }

    /// The oldest child that goes on ends.
    fn end_child(&mut self, status: ExecutionStatus) {
        if self.children.is_empty() {
            return;
        }
        let child = self.children.remove(0);
        let (event, index) = (child.child_of.event, child.child_of.index);
        let output = (status == ExecutionStatus::Succeeded).then(|| child.input.clone());
        let error = output.is_none().then(|| "E".into());
        let ended = Ended { status, at: self.now, output, error, cause: None };
        self.handle(Input::ChildEnded { event, index, ended });
    }

    /// Lets time pass, deadline by deadline.
    fn pass(&mut self, seconds: u64) {
        let end = self.now.plus_seconds(seconds);
        while let Some(deadline) = self.execution.next_deadline().filter(|deadline| *deadline <= end) {
            self.now = self.now.max(deadline);
            self.handle(Input::Tick);
        }
        self.now = end;
    }

    fn events(&self) -> Vec<HistoryEvent> {
        history(&subject(), &self.program, &self.journal).unwrap()
    }

    /// One line an event: seconds since the start, id, previous id, type, and the details that tell something.
    fn history(&self) -> String {
        let mut text = String::new();
        for event in self.events() {
            let milliseconds = event.timestamp.0 - BEGINNING.0;
            let at = if milliseconds % 1000 == 0 {
                format!("{}s", milliseconds / 1000)
            } else {
                format!("{milliseconds}ms")
            };
            write!(text, "{at} {} <- {} {}", event.id, event.previous_event_id, event.event_type).unwrap();
            for name in DETAILS {
                match event.detail(name) {
                    Some(Value::String(detail)) => write!(text, " {name}={detail}").unwrap(),
                    Some(detail) => write!(text, " {name}={detail}").unwrap(),
                    None => {}
                }
            }
            text.push('\n');
        }
        text
    }

    fn output(&self) -> &str {
        self.execution.ended().and_then(|ended| ended.output.as_ref()).map_or("", Payload::text)
    }

    fn error(&self) -> &str {
        self.execution.ended().and_then(|ended| ended.error.as_deref()).unwrap_or("")
    }
}

impl Execution {
    /// That a journal's fold is what is in memory.
    pub(crate) fn must_be_as(&self, live: &Self) {
        assert_eq!(self.threads, live.threads);
        assert_eq!(self.deadlines, live.deadlines);
        assert_eq!(self.next_event, live.next_event);
        assert_eq!(self.ended, live.ended);
        assert_eq!(self.redrives, live.redrives);
        assert_eq!(self.tasks, live.tasks);
        assert_eq!((self.started_at, self.last_at, self.seed), (live.started_at, live.last_at, live.seed));
    }
}

/// Runs a definition whose tasks, if any, are never answered.
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written where it is used")]
fn check(definition: &Value, input: &str, expected: expect_test::Expect) {
    expected.assert_eq(&Run::start(definition, input).history());
}

/// The one activity that exists.
const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:a";

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

/// A machine of one function's state, with more fields.
fn task(fields: Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": FUNCTION, "End": true });
    if let (Value::Object(state), Value::Object(fields)) = (&mut state, fields) {
        state.extend(fields);
    }
    json!({ "StartAt": "T", "States": { "T": state } })
}
