//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>

use serde_json::{Value, json};

use crate::engine::{Execution, Timestamp};
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::redrive::add_redrives;
use crate::local::step_functions::{add_qualified, add_redrive_status, check_execution_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("executionArn", ARN);
    let included = call.members.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"]);
    call.members.finish()?;
    check_execution_arn(&arn)?;
    let execution = call.served.engine.describe_execution(&arn).await?;
    // What goes on is not judged by the time.
    let now = match execution.stopped {
        Some(_) => call.served.engine.clock().await?.now,
        None => execution.started,
    };
    Ok(encode(&execution, included != Some("METADATA_ONLY"), now))
}

fn encode(execution: &Execution, with_data: bool, now: Timestamp) -> Value {
    let judged = execution.judged();
    let mut answer = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": judged.shown_status(),
        "startDate": time(execution.started),
    });
    if let Some(stopped) = execution.stopped {
        answer["stopDate"] = time(stopped);
    }
    add_qualified(&mut answer, &execution.qualified);
    if let Some(map_run) = &execution.map_run_arn {
        answer["mapRunArn"] = json!(map_run);
    }
    add_data(&mut answer, execution, with_data);
    add_failure(&mut answer, execution);
    add_redrives(&mut answer, execution.redriven);
    add_redrive_status(&mut answer, &judged, now);
    answer
}

/// Input and output, or that they are left out.
pub(super) fn add_data(answer: &mut Value, execution: &Execution, with_data: bool) {
    for (name, data) in [("input", Some(&execution.input)), ("output", execution.output.as_ref())] {
        let Some(data) = data else { continue };
        if with_data {
            answer[name] = json!(data.text());
        }
        answer[format!("{name}Details")] = json!({ "included": with_data });
    }
}

/// Error and cause, where there are any.
pub(super) fn add_failure(answer: &mut Value, execution: &Execution) {
    for (name, text) in [("error", &execution.error), ("cause", &execution.cause)] {
        if let Some(text) = text {
            answer[name] = json!(text);
        }
    }
}
