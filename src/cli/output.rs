//! Objects → stdout, in the format that was asked for.

use serde_json::{Map, Value, json};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::Sources;
use crate::aws::{Execution, ExecutionSummary};
use crate::cli::failure::Failure;
use crate::cli::settings::{Format, Settings};
use crate::project::Service;
use crate::ui::summary::Summary;

/// What stdout gets: `text` and `name` as they are given, the document in any other format or under a query.
pub(crate) struct Output<'a> {
    /// The whole object.
    pub document: Value,
    /// The member of the document whose items are the lines of `jsonl`, where there is one.
    pub items: Option<&'a str>,
    /// The one thing that you would pipe, its line end included.
    pub text: String,
    /// Names, one a line.
    pub names: String,
}

impl Output<'_> {
    /// The bytes for stdout.
    pub(crate) fn render(self, settings: &Settings) -> Result<String, Failure> {
        if let Some(query) = &settings.query {
            return Ok(value(&query.search(&self.document)?, settings.format));
        }
        Ok(match settings.format {
            Format::Text => self.text,
            Format::Name => self.names,
            Format::Json => pretty(&self.document),
            Format::Jsonl => match self.items.and_then(|name| self.document.get(name)) {
                Some(items) => value(items, Format::Jsonl),
                None => value(&self.document, Format::Jsonl),
            },
        })
    }
}

/// What a query found: a text bare, as `-o text` is for shells; anything else is JSON.
pub(crate) fn value(value: &Value, format: Format) -> String {
    match (format, value) {
        (Format::Text | Format::Name, Value::String(text)) => format!("{text}\n"),
        (Format::Json, value) => pretty(value),
        (Format::Jsonl | Format::Name, Value::Array(items)) => items.iter().map(|item| line(item, format)).collect(),
        (_, value) => format!("{value}\n"),
    }
}

fn line(item: &Value, format: Format) -> String {
    match (format, item) {
        (Format::Name, Value::String(text)) => format!("{text}\n"),
        _ => format!("{item}\n"),
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Names, one a line.
pub(crate) fn lines<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().fold(String::new(), |text, name| text + name + "\n")
}

/// JSON text as a value; text that is none stays a text.
pub(crate) fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// DescribeExecution's answer with documents as values, and what the history adds.
pub(crate) fn execution(execution: &Execution, summary: &Summary) -> Value {
    let mut object = description(execution);
    if let Value::Object(more) = summary.to_json() {
        object.extend(more);
    }
    Value::Object(object)
}

/// DescribeExecution's answer with documents as values.
pub(crate) fn description(execution: &Execution) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("executionArn".into(), json!(execution.arn));
    object.insert("stateMachineArn".into(), json!(execution.state_machine_arn));
    object.insert("name".into(), json!(execution.name));
    object.insert("status".into(), json!(execution.status));
    object.insert("startDate".into(), json!(execution.started.to_rfc3339()));
    let mut insert = |name: &str, value: Option<Value>| value.map(|value| object.insert(name.into(), value));
    insert("stopDate", execution.stopped.map(|at| json!(at.to_rfc3339())));
    insert("input", execution.input.as_deref().map(document));
    insert("output", execution.output.as_deref().map(document));
    insert("error", execution.error.as_ref().map(|error| json!(error)));
    insert("cause", execution.cause.as_ref().map(|cause| json!(cause)));
    object
}

/// What people call a machine: its logical name where the project has it, else the name in its ARN.
pub(crate) fn machine_name(service: Option<&Service>, arn: &str) -> String {
    let name = arn.rsplit(':').next().unwrap_or_default();
    let mut machines = service.iter().flat_map(|service| &service.machines);
    machines.find(|machine| machine.name == name).map_or(name, |machine| &machine.logical_id).to_owned()
}

/// An item of ListExecutions.
pub(crate) fn execution_item(execution: &ExecutionSummary) -> Value {
    let mut item = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started.to_rfc3339(),
    });
    if let Some(stopped) = execution.stopped {
        item["stopDate"] = json!(stopped.to_rfc3339());
    }
    item
}

/// A diagnostic with its file, line and column.
pub(crate) fn diagnostic(sources: &Sources, diagnostic: &Diagnostic) -> Value {
    let source = sources.get(diagnostic.span.source);
    let (line, column) = place(&source.text, diagnostic.span.start as usize);
    json!({
        "severity": if diagnostic.severity == Severity::Error { "ERROR" } else { "WARNING" },
        "code": diagnostic.code,
        "message": diagnostic.message,
        "location": diagnostic.pointer,
        "file": source.name.as_ref(),
        "line": line,
        "column": column,
        "help": diagnostic.help,
    })
}

/// Line and column, from 1, of a byte of a text.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before: String = text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, letter)| letter).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_for_their_format() {
        for (found, format, expected) in [
            (json!("a"), Format::Text, "a\n"),
            (json!({"a": 1}), Format::Text, "{\"a\":1}\n"),
            (json!("a"), Format::Json, "\"a\"\n"),
            (json!({"a": 1}), Format::Json, "{\n  \"a\": 1\n}\n"),
            (json!([1, "a"]), Format::Jsonl, "1\n\"a\"\n"),
            (json!(["b", "a"]), Format::Name, "b\na\n"),
            (json!(null), Format::Text, "null\n"),
        ] {
            assert_eq!(value(&found, format), expected);
        }
    }

    #[test]
    fn places_count_from_one_in_characters() {
        let text = "ä: 1\nb: 2\n";
        for (byte, expected) in [(0, (1, 1)), (2, (1, 2)), (6, (2, 1)), (9, (2, 4)), (99, (3, 1))] {
            assert_eq!(place(text, byte), expected, "{byte}");
        }
    }
}
