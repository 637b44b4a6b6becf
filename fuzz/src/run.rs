//! An execution whose outside is a row of bytes, and the laws that must hold after each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use iw102::asl::{Fault, Payload, Program};
use iw102::engine::core::{ChildRequest, Effect, Ended, Execution, Input, Subject, TokenKey, history};
use iw102::engine::{ExecutionStatus, Qualified, StateMachineType, TaskReport, TaskRequest, Timestamp};
use serde_json::Value;

/// 2026-01-01T00:00:00Z
pub const BEGINNING: Timestamp = Timestamp(1_767_225_600_000);
/// The one activity that exists.
const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:a";
/// Bytes of a journal that are enough to have seen: each input folds all of it.
const JOURNAL_BYTES_MAX: usize = 100_000;
/// Turns in a row of an execution that only runs in circles.
const TURNS_MAX: u32 = 4;

/// What every execution is of.
#[must_use]
pub fn subject() -> Arc<Subject> {
    Arc::new(Subject {
        key: 7,
        arn: "arn:aws:states:us-east-1:000000000000:execution:M:e".into(),
        name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:M".into(),
        state_machine_name: "M".into(),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        region: "us-east-1".into(),
        state_machine_type: StateMachineType::Standard,
        qualified: Qualified::default(),
        child_of: None,
        token_key: TokenKey::new([7; 32]),
    })
}

/// An execution and what it asked the outside for.
pub struct Run {
    program: Arc<Program>,
    execution: Execution,
    /// Everything that it has recorded.
    pub journal: Vec<u8>,
    now: Timestamp,
    tasks: Vec<TaskRequest>,
    children: Vec<ChildRequest>,
    ends: u32,
}

impl Run {
    /// Begins an execution and lets it run as far as it can.
    #[must_use]
    pub fn start(program: Arc<Program>, input: Payload) -> Self {
        let execution = Execution::start(subject(), Arc::clone(&program), input, 42, BEGINNING);
        let mut run = Self::of(program, execution, Vec::new(), BEGINNING);
        run.handle(Input::Resume);
        run
    }

    /// Goes on from a journal.
    ///
    /// # Errors
    /// When the journal is refused.
    pub fn fold(program: Arc<Program>, journal: Vec<u8>) -> Option<Self> {
        let execution = Execution::fold(subject(), Arc::clone(&program), &journal).ok()?;
        let mut run = Self::of(program, execution, journal, BEGINNING.plus_seconds(1_000));
        run.restart();
        Some(run)
    }

    fn of(program: Arc<Program>, mut execution: Execution, journal: Vec<u8>, now: Timestamp) -> Self {
        execution.tell_activities(&Arc::new(BTreeSet::from([ACTIVITY.into()])));
        let ends = u32::from(execution.ended().is_some());
        Self { program, execution, journal, now, tasks: Vec::new(), children: Vec::new(), ends }
    }

    /// One step for each byte, and the laws after each.
    pub fn play(&mut self, schedule: &[u8]) {
        for step in schedule {
            if self.journal.len() > JOURNAL_BYTES_MAX {
                return;
            }
            self.step(*step);
        }
    }

    /// What happens next outside: the lower bits say what, the upper ones to whom.
    fn step(&mut self, step: u8) {
        let place = usize::from(step >> 4);
        let task = self.tasks.get(place % self.tasks.len().max(1)).cloned();
        match (step & 15, task) {
            (0..4, Some(task)) => {
                let output = [task.input.clone(), items(), error(), Payload::from(Value::from(42))]
                    [usize::from(step & 3)]
                .clone();
                self.report(&task, TaskReport::Succeeded(output));
            }
            (4, Some(task)) => self.report(&task, TaskReport::Failed(Fault::new("E", "because"))),
            (5, Some(task)) => {
                self.report(&task, TaskReport::NotStarted(Fault::new("Lambda.SdkClientException", "none")))
            }
            (6, Some(task)) => self.report(&task, TaskReport::Submitted(items())),
            (7, Some(task)) => {
                let event = task.id.event;
                self.handle(Input::Take { event, worker_name: (place % 2 == 0).then(|| "w".into()) });
                self.handle(Input::Delivered { event });
            }
            (8, Some(task)) => self.handle(Input::Heartbeat { event: task.id.event }),
            (9, _) => self.end_child(ExecutionStatus::Succeeded),
            (10, _) => self.end_child(ExecutionStatus::Failed),
            (11, _) => self.pass(1 << place),
            (12, _) => {
                self.now = self.now.plus_seconds(1 << place);
                self.handle(Input::Tick);
            }
            (13, _) => self.crash(),
            (14, _) => self.late(place as u64),
            (15, _) if place == 15 => self.handle(Input::Stop { error: Some("S".into()), cause: None }),
            _ => self.pass(1),
        }
    }

    fn report(&mut self, task: &TaskRequest, report: TaskReport) {
        if !matches!(report, TaskReport::Submitted(_)) {
            self.tasks.retain(|open| open.id != task.id);
        }
        self.handle(Input::Report { event: task.id.event, report });
    }

    /// An answer to what nobody asked, or no longer.
    fn late(&mut self, event: u64) {
        if !self.execution.awaits(event) {
            let events = self.execution.last_event();
            self.handle(Input::Report { event, report: TaskReport::Succeeded(items()) });
            assert!(self.execution.last_event() >= events);
        }
    }

    fn end_child(&mut self, status: ExecutionStatus) {
        if self.children.is_empty() {
            return;
        }
        let child = self.children.remove(0);
        let output = (status == ExecutionStatus::Succeeded).then(|| child.input.clone());
        let error = output.is_none().then(|| "E".into());
        let (event, index) = (child.child_of.event, child.child_of.index);
        self.handle(Input::ChildEnded {
            event,
            index,
            ended: Ended { status, at: self.now, output, error, cause: None },
        });
    }

    /// Lets time pass, deadline by deadline.
    fn pass(&mut self, seconds: u64) {
        let end = self.now.plus_seconds(seconds);
        // A machine may have a wait of a second in a circle.
        for _ in 0..32 {
            let Some(deadline) = self.execution.next_deadline().filter(|deadline| *deadline <= end) else { break };
            self.now = self.now.max(deadline);
            self.handle(Input::Tick);
        }
        self.now = end.max(self.now);
    }

    fn crash(&mut self) {
        let folded = Execution::fold(subject(), Arc::clone(&self.program), &self.journal);
        let mut execution = folded.expect("what was written is read");
        execution.tell_activities(&Arc::new(BTreeSet::from([ACTIVITY.into()])));
        self.execution = execution;
        self.tasks.clear();
        self.children.clear();
        self.restart();
    }

    fn restart(&mut self) {
        let effects = self.execution.restart();
        self.perform(effects);
        self.handle(Input::Resume);
    }

    fn handle(&mut self, input: Input) {
        let over = self.execution.ended().is_some();
        let mut effects = self.execution.handle(input, self.now);
        for _ in 0..TURNS_MAX {
            let written = self.execution.take_journal();
            assert!(!over || (written.is_empty() && effects.is_empty()), "the end swallows everything");
            self.journal.extend(written);
            let more = effects.iter().any(|effect| matches!(effect, Effect::More));
            self.perform(effects);
            if !more || self.journal.len() > JOURNAL_BYTES_MAX {
                break;
            }
            effects = self.execution.handle(Input::Resume, self.now);
        }
        self.journal.extend(self.execution.take_journal());
        self.check();
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::StartTask(request) => self.tasks.push(*request),
                Effect::CancelTask(id) => self.tasks.retain(|task| task.id != id),
                Effect::StartChild(child) | Effect::RedriveChild(child) => self.children.push(*child),
                Effect::StopChild(arn) => self.children.retain(|child| child.arn != arn),
                Effect::MarkChild { .. } | Effect::More => {}
                Effect::Ended => self.ends += 1,
            }
        }
    }

    /// Folding the journal gives the execution as it is; its history has no gaps, goes forward, and ends once.
    fn check(&self) {
        let folded =
            Execution::fold(subject(), Arc::clone(&self.program), &self.journal).expect("what was written is read");
        let live = &self.execution;
        assert_eq!(folded.ended(), live.ended());
        assert_eq!(folded.last_event(), live.last_event());
        assert_eq!(folded.next_deadline(), live.next_deadline());
        assert_eq!(folded.awaits_outside(), live.awaits_outside());
        for event in 0..=live.last_event() {
            assert_eq!(folded.awaits(event), live.awaits(event), "event {event}");
        }
        assert_eq!(self.ends, u32::from(live.ended().is_some()), "the end is told once");
        let events = history(&subject(), &self.program, &self.journal).expect("what folds has a history");
        assert_eq!(events.len() as u64, live.last_event());
        for (event, id) in events.iter().zip(1..) {
            assert_eq!(event.id, id);
            assert!(event.previous_event_id < id, "{event:?}");
        }
        assert!(events.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp), "time runs back");
    }
}

fn items() -> Payload {
    Payload::parse(r#"[1,2.5,"three",{"four":[null]}]"#).expect("JSON")
}

fn error() -> Payload {
    Payload::parse(r#"{"Error":"E","Cause":"because","a":{"b":[true]}}"#).expect("JSON")
}
