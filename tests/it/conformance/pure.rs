//! Executions that need nothing outside: the core runs them in no time at all.

use std::sync::Arc;

use iw102::asl::syntax::{Sources, json};
use iw102::asl::{Payload, Program, compile};
use iw102::engine::core::{Effect, Execution, Input, Subject, TokenKey, history};
use iw102::engine::history::HistoryEvent;
use iw102::engine::{Qualified, StateMachineType, Timestamp};
use serde_json::{Value, json};

use super::cases::{Case, Run, cases};
use super::compare::Comparison;

/// An execution that does not end within so many turns waits for something that it never gets.
const TURNS_MAX: usize = 10_000;

fn program(definition: &str) -> Result<Program, String> {
    let mut sources = Sources::default();
    let id = sources.add("definition", definition);
    let (node, diagnostics) = json::parse(&sources, id);
    let node = node.ok_or_else(|| format!("{diagnostics:?}"))?;
    let (program, diagnostics) = compile(&node);
    program.ok_or_else(|| format!("{diagnostics:?}"))
}

fn subject(run: &Run<'_>) -> Arc<Subject> {
    Arc::new(Subject {
        key: 1,
        arn: run.execution_arn().into(),
        name: run.name.into(),
        state_machine_arn: run.state_machine_arn().into(),
        state_machine_name: run.machine.into(),
        role_arn: run.role_arn.into(),
        region: "us-east-1".into(),
        state_machine_type: StateMachineType::Standard,
        qualified: Qualified::default(),
        token_key: TokenKey::new([0; 32]),
    })
}

/// Runs an execution to its end.
fn history_of(run: &Run<'_>) -> Result<Vec<HistoryEvent>, String> {
    let (subject, program) = (subject(run), Arc::new(program(run.definition)?));
    let mut now = Timestamp(1_767_225_600_000);
    let input = Payload::parse(run.input).map_err(|error| error.to_string())?;
    let mut execution = Execution::start(subject.clone(), program.clone(), input, 1, now);
    let mut effects = execution.handle(Input::Resume, now);
    for _ in 0..TURNS_MAX {
        if execution.ended().is_some() {
            return history(&subject, &program, &execution.take_journal()).map_err(|error| error.to_string());
        }
        let next =
            if effects.iter().any(|effect| matches!(effect, Effect::More)) { Input::Resume } else { Input::Tick };
        if let Some(deadline) = execution.next_deadline() {
            now = now.max(deadline);
        }
        effects = execution.handle(next, now);
    }
    Err("it does not end".to_owned())
}

fn compare_histories(case: &Case) -> Result<(), String> {
    let comparison = Comparison::of(case, &[]);
    for (run, recorded) in case.runs().iter().zip(case.histories()) {
        if let Some(difference) = comparison.of_histories(&history_of(run)?, recorded) {
            return Err(difference);
        }
    }
    Ok(())
}

/// The output of each execution, where that is all that was recorded of it.
fn compare_outputs(case: &Case, recorded: &[Value]) -> Result<(), String> {
    let comparison = Comparison::of(case, &[]);
    for (run, recorded) in case.runs().iter().zip(recorded) {
        let events = history_of(run)?;
        let output = events.last().and_then(|event| event.text("output")).unwrap_or_default();
        let ours = json!({ "input": run.input, "output": output });
        if let Some(difference) = comparison.of_answers(ours, recorded) {
            return Err(difference);
        }
    }
    Ok(())
}

/// How an execution ended, as DescribeExecution and StartSyncExecution tell it.
fn compare_end(case: &Case, run: &Run<'_>, recorded: &Value) -> Result<(), String> {
    let events = history_of(run)?;
    let last = events.last().ok_or("it has no history")?;
    let status = if last.event_type == "ExecutionSucceeded" { "SUCCEEDED" } else { "FAILED" };
    let mut ours = json!({ "status": status, "input": run.input });
    let mut expected = json!({ "status": recorded["status"], "input": recorded["input"] });
    for field in ["output", "error", "cause"] {
        ours[field] = last.detail(field).cloned().unwrap_or_default();
        expected[field] = recorded.get(field).cloned().unwrap_or_default();
    }
    Comparison::of(case, &[]).of_answers(ours, &expected).map_or(Ok(()), Err)
}

/// Compares what `pick` finds in the cases; complains of all that differs.
fn check<T>(least: usize, pick: impl Fn(&Case) -> Option<T>, compare: impl Fn(&Case, T) -> Result<(), String>) {
    let Some(cases) = cases("PURE") else { return };
    let cases = cases.iter().filter(|case| case.is_understood());
    let picked: Vec<_> = cases.filter_map(|case| Some((case, pick(case)?))).collect();
    let count = picked.len();
    assert!(count >= least, "only {count} cases were understood");
    let wrong: Vec<String> = picked
        .into_iter()
        .filter_map(|(case, picked)| compare(case, picked).err().map(|wrong| format!("{}: {wrong}", case.id())))
        .collect();
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn histories_are_as_recorded() {
    let pick = |case: &Case| {
        let runs = case.runs().len();
        (runs > 0 && runs == case.histories().len()).then_some(())
    };
    check(50, pick, |case, ()| compare_histories(case));
}

#[test]
fn outputs_are_as_recorded() {
    let pick = |case: &Case| {
        let recorded = case.json["recorded"]["cases"].as_array()?.clone();
        (recorded.len() == case.runs().len()).then_some(recorded)
    };
    check(10, pick, |case, recorded| compare_outputs(case, &recorded));
}

#[test]
fn ends_are_as_recorded() {
    let pick = |case: &Case| {
        let mut answers = case.recorded().map(|(_, answer)| answer);
        let ended = answers.find(|answer| answer["stopDate"].is_string() && answer["startDate"].is_string())?;
        (case.runs().len() == 1).then(|| ended.clone())
    };
    check(2, pick, |case, recorded| compare_end(case, &case.runs()[0], &recorded));
}
