//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>

use serde_json::{Value, json};

use crate::engine::{Execution, ExecutionStatus};
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::{add_qualified, check_execution_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("executionArn", ARN);
    let included = call.members.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"]);
    call.members.finish()?;
    check_execution_arn(&arn)?;
    let execution = call.served.engine.describe_execution(&arn).await?;
    Ok(encode(&execution, included != Some("METADATA_ONLY")))
}

fn encode(execution: &Execution, with_data: bool) -> Value {
    let mut answer = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status.as_str(),
        "startDate": time(execution.started),
    });
    if let Some(stopped) = execution.stopped {
        answer["stopDate"] = time(stopped);
    }
    add_qualified(&mut answer, &execution.qualified);
    add_data(&mut answer, execution, with_data);
    add_failure(&mut answer, execution);
    answer["redriveCount"] = json!(0);
    answer["redriveStatus"] = json!("NOT_REDRIVABLE");
    answer["redriveStatusReason"] = json!(why_not_redrivable(execution.status));
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

/// AWS would redrive an execution that failed; nothing here does, and a status that says otherwise would mislead.
pub(in crate::local) fn why_not_redrivable(status: ExecutionStatus) -> String {
    match status {
        ExecutionStatus::Running | ExecutionStatus::Succeeded => {
            format!("Execution is {} and cannot be redriven", status.as_str())
        }
        _ => format!("Execution is {} and executions are not redriven here", status.as_str()),
    }
}
