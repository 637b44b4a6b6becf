//! The laws of the core, under random schedules: answers in any order, late ones, silence, heartbeats, stops, crashes.
//!
//! That folding the journal gives the state is checked by [`Run::handle`] after every input.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ACTIVITY, FUNCTION, Run, subject};
use crate::asl::{Fault, Payload};
use crate::engine::api::ExecutionStatus;
use crate::engine::core::journal::JournalError;
use crate::engine::core::{Execution, Input, history};
use crate::engine::task::TaskReport;

/// A machine that has everything: Map in Parallel, callbacks, an activity, Retry, Catch, waits, timeouts.
fn machine() -> Value {
    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 2, "MaxAttempts": 2, "JitterStrategy": "FULL" }]);
    let function = |next: Value| {
        let mut state = json!({ "Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 20, "Retry": retry });
        state.as_object_mut().unwrap().extend(next.as_object().unwrap().clone());
        state
    };
    json!({ "StartAt": "Both", "TimeoutSeconds": 300, "States": {
        "Both": { "Type": "Parallel", "Retry": [{ "ErrorEquals": ["F"], "MaxAttempts": 1 }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Last",
                "Assign": { "error.$": "$.Error" } }], "ResultPath": "$.r", "Assign": { "all.$": "$" },
            "Branches": [
                { "StartAt": "Each", "States": { "Each": { "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2,
                    "ItemProcessor": { "StartAt": "One", "States": {
                        "One": function(json!({ "Assign": { "one.$": "$" }, "Next": "Shown" })),
                        "Shown": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $one.gone ? 1 : $one %}",
                            "End": true } } },
                    "End": true } } },
                { "StartAt": "Spread", "States": { "Spread": { "Type": "Map", "MaxConcurrency": 2,
                    "ItemReader": { "Resource": "arn:aws:states:::s3:getObject", "Parameters": {} },
                    "ItemBatcher": { "MaxItemsPerBatch": 2 }, "ToleratedFailureCount": 1,
                    "ResultWriter": { "Resource": "arn:aws:states:::s3:putObject", "Parameters": {} },
                    "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED" }, "StartAt": "Each one",
                        "States": { "Each one": { "Type": "Pass", "End": true } } },
                    "Retry": [{ "ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "MaxAttempts": 1 }],
                    "End": true } } },
                { "StartAt": "Pause", "States": {
                    "Pause": { "Type": "Wait", "Seconds": 3, "Next": "Ask" },
                    "Ask": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                        "Parameters": { "FunctionName": "f", "Payload.$": "$$.Task.Token" },
                        "HeartbeatSeconds": 30, "End": true } } },
                { "StartAt": "Work", "States": {
                    "Work": { "Type": "Task", "Resource": ACTIVITY, "HeartbeatSeconds": 15, "TimeoutSeconds": 40,
                        "Retry": retry, "End": true } } },
            ], "Next": "Last" },
        "Last": function(json!({ "End": true })),
    } })
}

/// What happens next outside; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Succeed(usize),
    Fail(usize, bool),
    Submit(usize),
    Take(usize, bool),
    Deliver(usize),
    Late(u64),
    Heartbeat(u64),
    EndChild(bool),
    Pass(u64),
    /// Time passes while nobody looks: all that is due is due at once.
    Stall(u64),
    Crash,
    Stop,
    Redrive(Option<u8>),
    /// A child cannot be redriven.
    KeepChild,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..9_usize).prop_map(Step::Succeed),
        3 => (0..9_usize, any::<bool>()).prop_map(|(task, retried)| Step::Fail(task, retried)),
        2 => (0..9_usize).prop_map(Step::Submit),
        4 => (0..9_usize, any::<bool>()).prop_map(|(task, named)| Step::Take(task, named)),
        3 => (0..9_usize).prop_map(Step::Deliver),
        1 => (0..60_u64).prop_map(Step::Late),
        1 => (0..60_u64).prop_map(Step::Heartbeat),
        6 => any::<bool>().prop_map(Step::EndChild),
        4 => (0..25_u64).prop_map(Step::Pass),
        1 => (0..60_u64).prop_map(Step::Stall),
        1 => Just(Step::Crash),
        1 => Just(Step::Stop),
        3 => any::<Option<u8>>().prop_map(Step::Redrive),
        1 => Just(Step::KeepChild),
    ]
}

fn take(run: &mut Run, step: &Step, crashes: bool) {
    let chosen = |run: &Run, number: &usize| run.tasks.get(number % run.tasks.len().max(1)).map(|task| task.id.event);
    let answer = |run: &mut Run, event: Option<u64>, report: TaskReport| {
        if let Some(event) = event {
            if !matches!(report, TaskReport::Submitted(_)) {
                run.tasks.retain(|task| task.id.event != event);
            }
            run.handle(Input::Report { event, report });
        }
    };
    match step {
        Step::Succeed(task) => {
            let items = run.tasks.get(task % run.tasks.len().max(1)).is_some_and(|task| &*task.state_name == "Spread");
            let output = if items { json!([1, 2, 3, 4, 5]) } else { json!({ "ok": task }) };
            answer(run, chosen(run, task), TaskReport::Succeeded(Payload::from(output)));
        }
        Step::Fail(task, retried) => {
            let fault = Fault::new(if *retried { "E" } else { "F" }, "because");
            answer(run, chosen(run, task), TaskReport::Failed(fault));
        }
        Step::Submit(task) => answer(run, chosen(run, task), TaskReport::Submitted(Payload::from(json!({})))),
        Step::Take(task, named) => {
            if let Some(event) = chosen(run, task) {
                run.handle(Input::Take { event, worker_name: named.then(|| "w".into()) });
            }
        }
        Step::Deliver(task) => {
            if let Some(event) = chosen(run, task) {
                run.handle(Input::Delivered { event });
            }
        }
        Step::Late(event) => {
            // An open task's event would be an answer in time.
            if !run.execution.awaits(*event) {
                answer(run, Some(*event), TaskReport::Succeeded(Payload::from(json!("late"))));
            }
        }
        Step::Heartbeat(event) => run.handle(Input::Heartbeat { event: *event }),
        Step::EndChild(well) => {
            let status = if *well { ExecutionStatus::Succeeded } else { ExecutionStatus::Failed };
            run.end_child(status);
        }
        Step::Pass(seconds) => run.pass(*seconds),
        Step::Stall(seconds) => {
            run.now = run.now.plus_seconds(*seconds);
            run.handle(Input::Tick);
        }
        Step::Crash if crashes => run.crash(),
        Step::Crash => {}
        Step::Stop => run.handle(Input::Stop { error: None, cause: None }),
        Step::Redrive(token) => run.handle(Input::Redrive { token: token.map(|token| token.to_string().into()) }),
        Step::KeepChild => {
            if let Some(child) = (!run.children.is_empty()).then(|| run.children.remove(0)) {
                let (event, index) = (child.child_of.event, child.child_of.index);
                run.handle(Input::ChildKept { event, index });
            }
        }
    }
}

fn play(run: &mut Run, steps: &[Step], crashes: bool) {
    for step in steps {
        take(run, step, crashes);
    }
}

fn schedule() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 0..60)
}

const INPUT: &str = r#"{"items":[1,2,3]}"#;

proptest! {
    #[test]
    fn a_replay_does_the_same(steps in schedule()) {
        let (mut one, mut other) = (Run::start(&machine(), INPUT), Run::start(&machine(), INPUT));
        for step in &steps {
            take(&mut one, step, false);
            take(&mut other, step, false);
            prop_assert_eq!(&one.journal, &other.journal);
            prop_assert_eq!(format!("{:?}", one.tasks), format!("{:?}", other.tasks));
        }
    }

    #[test]
    fn a_crash_changes_nothing_that_is_recorded(steps in schedule()) {
        let (mut steady, mut crashing) = (Run::start(&machine(), INPUT), Run::start(&machine(), INPUT));
        for step in &steps {
            take(&mut steady, step, false);
            take(&mut crashing, step, true);
            prop_assert_eq!(steady.history(), crashing.history());
            // Neither a submitted callback nor an activity's task that was taken is asked for again, so the open tasks differ
            // by those alone; both are told alike.
            crashing.tasks = steady.tasks.clone();
            crashing.children = steady.children.clone();
            crashing.pending = steady.pending.clone();
        }
    }

    #[test]
    fn the_end_swallows_everything(steps in schedule(), later in schedule()) {
        let mut run = Run::start(&machine(), INPUT);
        play(&mut run, &steps, true);
        run.handle(Input::Stop { error: None, cause: None });
        let (history, ended) = (run.history(), run.ended);
        let later: Vec<Step> = later.into_iter().filter(|step| !matches!(step, Step::Redrive(_))).collect();
        play(&mut run, &later, true);
        prop_assert_eq!(run.history(), history);
        prop_assert!(run.tasks.is_empty() && run.execution.next_deadline().is_none());
        prop_assert!(ended <= run.execution.redrive_count() + 1 && run.ended == ended, "the end is told once");
    }

    #[test]
    fn events_are_numbered_without_gaps_and_follow_earlier_ones(steps in schedule()) {
        let mut run = Run::start(&machine(), INPUT);
        play(&mut run, &steps, true);
        let events = run.events();
        for (event, id) in events.iter().zip(1..) {
            prop_assert_eq!(event.id, id);
            prop_assert!(event.previous_event_id < id);
        }
        prop_assert!(events.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp));
        let of_execution = events.iter().filter(|event| event.event_type.starts_with("Execution") && event.id > 1);
        let (redrives, ends): (Vec<_>, Vec<_>) =
            of_execution.partition(|event| event.event_type == "ExecutionRedriven");
        prop_assert_eq!(redrives.len(), run.execution.redrive_count() as usize);
        prop_assert_eq!(ends.len(), redrives.len() + usize::from(run.execution.ended().is_some()));
        let open: BTreeSet<_> = run.tasks.iter().map(|task| task.id.event).collect();
        prop_assert!(open.iter().all(|event| run.execution.awaits(*event)), "every open task is awaited");
    }

    #[test]
    fn whatever_happens_it_ends(steps in schedule()) {
        let mut run = Run::start(&machine(), INPUT);
        play(&mut run, &steps, true);
        run.pass(300);
        prop_assert!(run.execution.ended().is_some(), "the machine's own timeout is the last word");
    }

    #[test]
    fn a_damaged_journal_is_refused_or_read_and_never_panics(
        steps in schedule(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut run = Run::start(&machine(), INPUT);
        play(&mut run, &steps, false);
        let mut journal = run.journal.clone();
        *place.get_mut(&mut journal) = byte;
        let folded = Execution::fold(subject(), run.program.clone(), &journal);
        let shown = history(&subject(), &run.program, &journal);
        prop_assert_eq!(folded.is_ok(), shown.is_ok());
        if let Ok(mut execution) = folded {
            execution.restart();
            execution.handle(Input::Redrive { token: None }, run.now);
            execution.handle(Input::Resume, run.now);
            execution.handle(Input::Tick, run.now.plus_seconds(1_000));
        }
    }
}

#[test]
fn a_journal_without_a_beginning_is_refused() {
    let run = Run::start(&machine(), INPUT);
    for bytes in [&[][..], &run.journal[..1]] {
        assert_eq!(
            Execution::fold(subject(), run.program.clone(), bytes).err(),
            Some(JournalError::Damaged(bytes.len()))
        );
    }
}
