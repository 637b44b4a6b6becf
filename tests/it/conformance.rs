//! Histories that AWS recorded, against the ones that the engine gives.
//!
//! The cases are in the folder that `IW102_CONFORMANCE_DIR` names: one JSON file each, with the definition, the input and the
//! events that AWS returned, volatile values replaced. Without the folder the test says that it was left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use iw102::asl::syntax::{Sources, json};
use iw102::asl::{Payload, Program, compile};
use iw102::engine::Timestamp;
use iw102::engine::core::{Effect, Execution, Input, Subject, TokenKey, history};
use iw102::engine::history::HistoryEvent;
use regex_lite::Regex;
use serde_json::{Map, Value, json};

/// Words that say that a definition needs what this version tells its users that it lacks.
const NOT_YET: &[&str] = &[
    ":activity:",
    "states:::aws-sdk:",
    "JSONata",
    "{%",
    "\"Assign\"",
    "DISTRIBUTED",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "TestState",
    "\"Output\"",
];
/// A case whose execution does not end within so many turns waits for something that it never gets.
const TURNS_MAX: usize = 10_000;

fn cases(kind: &str) -> Option<Vec<(PathBuf, Value)>> {
    let Some(folder) = std::env::var_os("IW102_CONFORMANCE_DIR") else {
        #[expect(clippy::print_stderr, reason = "a test that does not run says so")]
        {
            eprintln!("left out: IW102_CONFORMANCE_DIR names no folder of recorded cases");
        }
        return None;
    };
    let mut paths: Vec<_> =
        fs::read_dir(Path::new(&folder).join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| (path.clone(), serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap());
    Some(paths.into_iter().map(read).collect())
}

/// The recorded histories of a case, in the order of its executions.
fn recorded_histories(case: &Value) -> Vec<&Vec<Value>> {
    let recorded = case["recorded"].as_object().unwrap().values();
    recorded.filter_map(|answer| answer.get("events").and_then(Value::as_array)).collect()
}

/// One definition, and a history for each execution of it.
fn is_simple(case: &Value) -> bool {
    let definitions = case["definitions"].as_array().unwrap();
    let executions = case["executions"].as_array().unwrap();
    let text = definitions.first().map(Value::to_string).unwrap_or_default();
    definitions.len() == 1
        && !executions.is_empty()
        && executions.iter().all(|execution| execution["operation"] == "StartExecution")
        && executions.len() == recorded_histories(case).len()
        && definitions[0]["definition"].is_object()
        && !recorded_histories(case).into_iter().any(|events| is_a_race(events))
        && !NOT_YET.iter().any(|word| text.contains(word))
}

/// Branches race on AWS: such a recording hides ids, and leaves events out.
fn is_a_race(events: &[Value]) -> bool {
    events.iter().any(|event| event["id"].is_array())
}

fn program(case: &Value) -> Result<Program, String> {
    let text = sent_definition(case).unwrap_or_else(|| case["definitions"][0]["definition"].to_string());
    let mut sources = Sources::default();
    let id = sources.add("definition", text);
    let (node, diagnostics) = json::parse(&sources, id);
    let node = node.ok_or_else(|| format!("{diagnostics:?}"))?;
    let (program, diagnostics) = compile(&node);
    program.ok_or_else(|| format!("{diagnostics:?}"))
}

/// The very text that was sent, where the case kept it.
fn sent_definition(case: &Value) -> Option<String> {
    let calls = case["calls"].as_array()?;
    let create = calls.iter().find(|call| call["operation"] == "CreateStateMachine")?;
    create["params"]["definition"].as_str().map(str::to_owned)
}

/// The value that a run had where the recording shows `placeholder`.
fn value_behind<'a>(case: &'a Value, placeholder: &str) -> Option<&'a str> {
    let regexes = case["regexes"].as_object()?;
    regexes.iter().find(|(_, shown)| shown.as_str() == Some(placeholder)).map(|(value, _)| value.as_str())
}

fn subject(case: &Value, index: usize) -> Arc<Subject> {
    let machine = case["definitions"][0]["name"].as_str().unwrap_or("machine");
    let execution = value_behind(case, &format!("<ExecArnPart_{index}idx>")).unwrap_or("execution");
    Arc::new(Subject {
        key: 1,
        arn: format!("arn:aws:states:us-east-1:000000000000:execution:{machine}:{execution}").into(),
        name: execution.into(),
        state_machine_arn: format!("arn:aws:states:us-east-1:000000000000:stateMachine:{machine}").into(),
        state_machine_name: machine.into(),
        role_arn: "snf_role_arn".into(),
        region: "us-east-1".into(),
        token_key: TokenKey::new([0; 32]),
    })
}

/// Runs an execution in no time at all.
fn run(subject: &Arc<Subject>, program: &Arc<Program>, input: &str) -> Result<Vec<HistoryEvent>, String> {
    let mut now = Timestamp(1_767_225_600_000);
    let input = Payload::parse(input).map_err(|error| error.to_string())?;
    let mut execution = Execution::start(subject.clone(), program.clone(), input, 1, now);
    let mut effects = execution.handle(Input::Resume, now);
    for _ in 0..TURNS_MAX {
        if execution.ended().is_some() {
            return history(subject, program, &execution.take_journal()).map_err(|error| error.to_string());
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

fn wire_event(event: &HistoryEvent) -> Value {
    let mut wire = json!({ "id": event.id, "previousEventId": event.previous_event_id, "type": event.event_type,
        "timestamp": "timestamp" });
    if let (Some((name, details)), Value::Object(wire)) = (&event.details, &mut wire) {
        wire.insert(name.clone().into_owned(), Value::Object(details.clone()));
    }
    wire
}

/// Replaces what is volatile, and shows JSON objects among the texts as the recordings do.
fn normal(value: &Value, regexes: &[(Regex, String)]) -> Value {
    match value {
        Value::String(text) => {
            if let Ok(parsed @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
                return normal(&parsed, regexes);
            }
            let replace = |text: String, (regex, shown): &(Regex, String)| {
                regex.replace_all(&text, regex_lite::NoExpand(shown)).into_owned()
            };
            Value::String(regexes.iter().fold(text.clone(), replace))
        }
        Value::Array(items) => items.iter().map(|item| normal(item, regexes)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), normal(value, regexes))).collect(),
        other => other.clone(),
    }
}

fn regexes(case: &Value) -> Vec<(Regex, String)> {
    let pairs = |field: &str| case[field].as_object().cloned().unwrap_or_default().into_iter();
    let values = pairs("placeholders").map(|(value, shown)| (regex_lite::escape(&value), shown));
    let pairs = values.chain(pairs("regexes"));
    pairs.filter_map(|(pattern, shown)| Some((Regex::new(&pattern).ok()?, shown.as_str()?.to_owned()))).collect()
}

/// Takes out what the case says that nobody compares: `$..a.b` is every `b` of an `a`.
fn without(value: &Value, left_out: &[Vec<String>], path: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, field) in fields {
                path.push(key.clone());
                if !left_out.iter().any(|suffix| path.ends_with(suffix)) {
                    kept.insert(key.clone(), without(field, left_out, path));
                }
                path.pop();
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let mut kept = Vec::new();
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                kept.push(without(item, left_out, path));
                path.pop();
            }
            Value::Array(kept)
        }
        other => other.clone(),
    }
}

fn left_out(case: &Value) -> Vec<Vec<String>> {
    let paths = case["not_compared"].as_array().cloned().unwrap_or_default();
    let suffix = |path: &Value| {
        let path = path.as_str()?.rsplit("..").next()?.replace('[', ".").replace(']', "");
        Some(path.split('.').filter(|part| !part.is_empty() && *part != "$").map(str::to_owned).collect::<Vec<_>>())
    };
    paths.iter().filter_map(suffix).collect()
}

/// What stands in a recording where each run has another value.
const ANY: &[&str] = &["RandomNumberGenerated", "generated-uuid", "timestamp"];

fn agrees(ours: &Value, recorded: &Value) -> bool {
    match (ours, recorded) {
        (_, Value::String(shown)) if ANY.contains(&shown.as_str()) => true,
        (Value::Object(ours), Value::Object(recorded)) => {
            ours.len() == recorded.len()
                && recorded.iter().all(|(key, value)| ours.get(key).is_some_and(|ours| agrees(ours, value)))
        }
        (Value::Array(ours), Value::Array(recorded)) => {
            ours.len() == recorded.len() && ours.iter().zip(recorded).all(|(ours, recorded)| agrees(ours, recorded))
        }
        _ => ours == recorded,
    }
}

/// The first event that differs, or nothing.
fn difference(case: &Value, ours: &[Value], recorded: &[Value]) -> Option<String> {
    let (regexes, left_out) = (regexes(case), left_out(case));
    let shown = |events: &[Value]| {
        let events: Vec<Value> = events.iter().map(|event| normal(event, &regexes)).collect();
        without(&json!({ "events": events }), &left_out, &mut Vec::new())
    };
    let (ours, recorded) = (shown(ours), shown(recorded));
    let (ours, recorded) = (ours["events"].as_array()?, recorded["events"].as_array()?);
    let length = ours.len().max(recorded.len());
    let same = |index: &usize| ours.get(*index).zip(recorded.get(*index)).is_some_and(|(ours, aws)| agrees(ours, aws));
    let differs = (0..length).find(|index| !same(index))?;
    let show = |events: &Vec<Value>| events.get(differs).map_or("nothing".to_owned(), Value::to_string);
    Some(format!("event {}\n  ours: {}\n  AWS:  {}", differs + 1, show(ours), show(recorded)))
}

fn compare(case: &Value) -> Result<(), String> {
    let program = Arc::new(program(case)?);
    for (index, (execution, recorded)) in
        case["executions"].as_array().unwrap().iter().zip(recorded_histories(case)).enumerate()
    {
        let events = run(&subject(case, index), &program, execution["input"].as_str().unwrap_or("{}"))?;
        let ours: Vec<Value> = events.iter().map(wire_event).collect();
        if let Some(difference) = difference(case, &ours, recorded) {
            return Err(difference);
        }
    }
    Ok(())
}

#[test]
fn states_that_need_nothing_outside_behave_as_recorded() {
    let Some(cases) = cases("PURE") else { return };
    let simple: Vec<_> = cases.iter().filter(|(_, case)| is_simple(case)).collect();
    assert!(simple.len() >= 50, "only {} cases were understood", simple.len());
    let mut wrong = Vec::new();
    for (_, case) in &simple {
        if let Err(difference) = compare(case) {
            wrong.push(format!("{}: {difference}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), simple.len(), wrong.join("\n\n"));
}
