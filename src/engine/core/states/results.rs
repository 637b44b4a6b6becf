//! What a map run leaves: the outputs of its children, or where they were written.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>

use serde_json::{Map as Object, Value, json};

use crate::asl::Payload;
use crate::asl::distributed::Distributed;
use crate::asl::program::StateKind;
use crate::engine::api::ExecutionStatus;
use crate::engine::core::Execution;
use crate::engine::core::document::Document;
use crate::engine::core::failure::Failure;
use crate::engine::core::limits::PAYLOAD_BYTES_MAX;
use crate::engine::core::map_run::{Child, MapRun};
use crate::engine::core::thread::ThreadId;

impl Execution {
    /// What the writer is asked: where to, and everything that it writes.
    pub(in crate::engine::core) fn results_to_write(&self, id: ThreadId, parameters: &Payload) -> Payload {
        let Some(run) = self.map_run(id) else { return Payload::from(Value::Null) };
        let config = self.writer_config(id);
        let of = |wanted: fn(ExecutionStatus) -> bool, transformation: &str| -> Vec<Value> {
            let children = (0..).zip(&run.children).filter(|(_, child)| wanted(child.status));
            let results = children.map(|(index, child)| self.result(run, index, child, transformation));
            if transformation == "FLATTEN" { results.flat_map(flattened).collect() } else { results.collect() }
        };
        let transformation = config["Transformation"].as_str().unwrap_or("NONE");
        Payload::from(json!({
            "Parameters": parameters.value(),
            "MapRunArn": &*run.arn(&self.subject),
            "Id": run.place_of_results(),
            "OutputType": config["OutputType"].as_str().unwrap_or("JSON"),
            "SUCCEEDED": of(|status| status == ExecutionStatus::Succeeded, transformation),
            "FAILED": of(|status| status != ExecutionStatus::Succeeded, "NONE"),
        }))
    }

    fn writer_config(&self, id: ThreadId) -> Value {
        let StateKind::Map(map) = &self.state_of(id).kind else { return Value::Null };
        let writer = map.distributed.as_ref().and_then(|distributed| distributed.writer.as_ref());
        writer.map_or(Value::Null, |writer| writer.config.value().clone())
    }

    /// The state's result.
    ///
    /// # Errors
    /// When the outputs are too large together.
    pub(in crate::engine::core) fn map_run_result(
        &self,
        id: ThreadId,
        distributed: &Distributed,
    ) -> Result<Payload, Failure> {
        let Some(run) = self.map_run(id) else { return Ok(Payload::from(Value::Null)) };
        if let Some(written) = &run.written {
            let details = written.payload().value();
            return Ok(Payload::from(json!({ "MapRunArn": &*run.arn(&self.subject), "ResultWriterDetails": details })));
        }
        let succeeded = || (0..).zip(&run.children).filter(|(_, child)| child.output.is_some());
        let sizes = succeeded().filter_map(|(_, child)| child.output.as_ref());
        if sizes.map(|output| output.payload().text().len() + 1).sum::<usize>() > PAYLOAD_BYTES_MAX {
            return Err(self.too_large(id));
        }
        let config = distributed.writer.as_ref().map(|writer| writer.config.value());
        let transformation = config.map_or("COMPACT", |config| config["Transformation"].as_str().unwrap_or("NONE"));
        if transformation == "COMPACT" {
            // Each as its own text.
            let texts = succeeded().filter_map(|(_, child)| child.output.as_ref());
            let texts: Vec<&str> = texts.map(|output| output.payload().text()).collect();
            return Ok(Payload::from_checked_text(format!("[{}]", texts.join(","))));
        }
        let results = succeeded().map(|(index, child)| self.result(run, index, child, transformation));
        let results: Vec<Value> =
            if transformation == "FLATTEN" { results.flat_map(flattened).collect() } else { results.collect() };
        Ok(Payload::from(Value::Array(results)))
    }

    /// What is told of a child: its output, or, untransformed, all that DescribeExecution says.
    fn result(&self, run: &MapRun, index: u32, child: &Child, transformation: &str) -> Value {
        let output = child.output.as_ref().map(Document::payload);
        if transformation != "NONE" {
            return output.map_or(Value::Null, |output| output.value().clone());
        }
        let status = child.status.as_str();
        let included = json!({ "Included": true });
        let mut result = Object::new();
        result.insert("ExecutionArn".to_owned(), Value::from(&*self.child_arn(run, index)));
        result.insert("Input".to_owned(), Value::from(child.input.payload().text()));
        result.insert("InputDetails".to_owned(), included.clone());
        result.insert("Name".to_owned(), Value::from(self.child_name(run, index)));
        match output {
            Some(output) => {
                result.insert("Output".to_owned(), Value::from(output.text()));
                result.insert("OutputDetails".to_owned(), included);
                let reason = format!("Execution is {status} and cannot be redriven");
                result.insert("RedriveStatusReason".to_owned(), Value::from(reason));
            }
            None => {
                for (name, text) in [("Cause", &child.failure.cause), ("Error", &child.failure.error)] {
                    if let Some(text) = text {
                        result.insert(name.to_owned(), Value::from(&**text));
                    }
                }
            }
        }
        let redrivable = if output.is_some() || child.is_final { "NOT_REDRIVABLE" } else { "REDRIVABLE_BY_MAP_RUN" };
        result.insert("RedriveCount".to_owned(), Value::from(child.redrives));
        result.insert("RedriveStatus".to_owned(), Value::from(redrivable));
        result.insert("StartDate".to_owned(), Value::from(child.started.to_rfc3339()));
        result.insert("StateMachineArn".to_owned(), Value::from(&*run.state_machine_arn(&self.subject)));
        result.insert("Status".to_owned(), Value::from(status));
        if let Some(stopped) = child.stopped {
            result.insert("StopDate".to_owned(), Value::from(stopped.to_rfc3339()));
        }
        Value::Object(result)
    }
}

/// The items of an array; anything else alone.
fn flattened(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => vec![other],
    }
}
