//! `Retry` and `Catch`: which errors a state handles, and how.

use super::Compiler;
use super::fields::{Field, Fields};
use super::report::{SCHEMA, near};
use super::survey::opening;
use super::{PARTIAL, assign, state};
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Catcher, QueryLanguage, ResultPath, Retrier};
use crate::asl::syntax::{Node, NodeKind};

/// The longest `MaxDelaySeconds`: AWS takes less than 366 days.
const DELAY_MAX: u64 = 31_622_399;

const ALL: &str = "States.ALL";

/// The names that AWS gives to errors of its own.
const RESERVED: [&str; 17] = [
    ALL,
    "States.HeartbeatTimeout",
    "States.Timeout",
    "States.TaskFailed",
    "States.Permissions",
    "States.ResultPathMatchFailure",
    "States.ParameterPathFailure",
    "States.BranchFailed",
    "States.NoChoiceMatched",
    "States.IntrinsicFailure",
    "States.ExceedToleratedFailureThreshold",
    "States.ItemReaderFailed",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.DataLimitExceeded",
    "States.QueryEvaluationError",
    "States.Http.Socket",
];

const RETRIER: [&str; 7] =
    ["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"];
const CATCHER: [&str; 6] = ["ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"];

pub(super) fn retry_and_catch(fields: &Fields, c: &mut Compiler) -> (Vec<Retrier>, Vec<Catcher>) {
    (entries("Retry", fields, c, retrier), entries("Catch", fields, c, catcher))
}

/// The entries of `Retry` or `Catch`, each read by `read`.
fn entries<T>(name: &str, fields: &Fields, c: &mut Compiler, read: fn(&Fields, &mut Compiler) -> Option<T>) -> Vec<T> {
    let Some(field) = fields.get(name) else { return Vec::new() };
    let items = field.items(c).unwrap_or_default();
    let mut read_entries = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let pointer = format!("{}[{at}]", field.pointer);
        let Some(entry) = Fields::of(item, &pointer, opening(item), &format!("an entry of '{name}'"), c) else {
            continue;
        };
        all_is_last(&entry, at + 1 == items.len(), &field, c);
        read_entries.extend(read(&entry, c));
    }
    read_entries
}

fn all_is_last(entry: &Fields, last: bool, field: &Field, c: &mut Compiler) {
    let names = entry.get("ErrorEquals").and_then(|field| field.node.items()).unwrap_or_default();
    let Some(all) = names.iter().find(|name| name.as_str() == Some(ALL)) else { return };
    let pointer = format!("{}/ErrorEquals", entry.pointer);
    if names.len() > 1 {
        c.error(SCHEMA, all.span, &pointer, "'States.ALL' must be the only name of its 'ErrorEquals'")
            .help("it matches the others too: remove them, or give it an entry of its own at the end");
    }
    if !last {
        let message = format!("'States.ALL' must be in the last entry of '{}'", field.key.name);
        c.error(SCHEMA, all.span, &pointer, message).help("entries behind it are never used: move it to the end");
    }
}

fn retrier(fields: &Fields, c: &mut Compiler) -> Option<Retrier> {
    fields.only(&RETRIER, c);
    fields.string("Comment", c);
    let error_equals = error_equals(fields, c);
    let interval_seconds = fields.whole("IntervalSeconds", 1..=SECONDS_MAX, c).unwrap_or(1);
    let max_delay_seconds = fields.whole("MaxDelaySeconds", 1..=DELAY_MAX, c);
    Some(Retrier {
        interval_seconds,
        max_attempts: fields.whole("MaxAttempts", 0..=SECONDS_MAX, c).unwrap_or(3),
        backoff_rate: backoff_rate(fields, c).unwrap_or(2.0),
        max_delay_seconds,
        full_jitter: full_jitter(fields, c),
        error_equals: error_equals?,
    })
}

fn backoff_rate(fields: &Fields, c: &mut Compiler) -> Option<f64> {
    let field = fields.get("BackoffRate")?;
    let NodeKind::Number(number) = &field.node.kind else {
        field.must_be("a number", c);
        return None;
    };
    let rate = number.as_f64().filter(|rate| *rate >= 1.0);
    if rate.is_none() {
        field.wrong(format!("'BackoffRate' must be 1.0 or more, not {number}"), c);
    }
    rate
}

fn full_jitter(fields: &Fields, c: &mut Compiler) -> bool {
    let Some(field) = fields.get("JitterStrategy") else { return false };
    match field.string(c) {
        Some("FULL") => true,
        None | Some("NONE") => false,
        Some(other) => {
            let message = "The field 'JitterStrategy' should have one of these values: [FULL, NONE]";
            c.error(SCHEMA, field.node.span, &field.pointer, message).did_you_mean(other, ["FULL", "NONE"]);
            false
        }
    }
}

fn catcher(fields: &Fields, c: &mut Compiler) -> Option<Catcher> {
    for (key, _) in fields.entries {
        match key.name.as_str() {
            "Output" if c.language == QueryLanguage::JsonPath => state::foreign_field(fields, key, c),
            "ResultPath" if c.language == QueryLanguage::Jsonata => state::foreign_field(fields, key, c),
            name if CATCHER.contains(&name) => {}
            name => {
                fields.unknown(key, c).did_you_mean(name, CATCHER);
            }
        }
    }
    fields.require(&["Next"], c);
    fields.string("Comment", c);
    let error_equals = error_equals(fields, c);
    let next = fields.get("Next").and_then(|field| c.target(&field));
    c.absent = &["result"];
    let (result_path, output) = match c.language {
        QueryLanguage::JsonPath => (fields.result_path(c), None),
        QueryLanguage::Jsonata => (ResultPath::Whole, fields.filling("Output", c)),
    };
    let assign = assign::read(fields, c);
    c.absent = PARTIAL;
    let catcher = Catcher { error_equals: error_equals?, next: next?, result_path, output, assign };
    swallowed(&catcher, fields, c);
    Some(catcher)
}

/// Warns where nobody's answer would look like success.
fn swallowed(catcher: &Catcher, fields: &Fields, c: &mut Compiler) {
    let late = [ALL, "States.Timeout", "States.HeartbeatTimeout"];
    let caught = catcher.error_equals.iter().find(|name| late.contains(&&***name));
    let target = c.survey.state(catcher.next);
    if let Some(name) = caught
        && target.is("Succeed")
        && let Some(next) = fields.get("Next")
    {
        let message =
            format!("an execution that ends by {name} will be SUCCEEDED: \"{}\" is a Succeed state", target.key.name);
        c.warning("ERROR_ENDS_IN_SUCCESS", next.node.span, &next.pointer, message)
            .help("lead to a Fail state if callers should see the failure");
    }
}

fn error_equals(fields: &Fields, c: &mut Compiler) -> Option<Vec<Box<str>>> {
    fields.require(&["ErrorEquals"], c);
    let field = fields.get("ErrorEquals")?;
    let items = field.items(c)?;
    if items.is_empty() {
        field.wrong("'ErrorEquals' has no error name", c);
    }
    for item in items {
        error_name(item, &field, c);
    }
    items.iter().map(|item| item.as_str().map(Box::from)).collect()
}

fn error_name(item: &Node, field: &Field, c: &mut Compiler) {
    let Some(name) = item.as_str() else {
        let message = format!("an error name must be a string, not {}", item.kind_name());
        c.error(SCHEMA, item.span, &field.pointer, message);
        return;
    };
    // AWS takes such names; they match nothing that AWS itself raises.
    let known = RESERVED.contains(&name) || name.starts_with("States.Http.StatusCode.");
    let near = near(name, RESERVED);
    if !known && (name.starts_with("States.") || near.is_some()) {
        let warning =
            c.warning("UNKNOWN_ERROR_NAME", item.span, &field.pointer, format!("AWS has no error \"{name}\""));
        match near {
            Some(near) => warning.help(format!("did you mean \"{near}\"?")),
            None => warning.help("names that begin with States. are AWS's own"),
        }
    }
}
