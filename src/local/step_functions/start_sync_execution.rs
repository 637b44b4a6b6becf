//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>

use serde_json::{Value, json};

use crate::engine::published::unqualified;
use crate::engine::{Execution, StateMachineType};
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, DATA, NAME, TextRule};
use crate::local::served::Call;
use crate::local::server::leave;
use crate::local::step_functions::describe_execution::{add_data, add_failure};
use crate::local::step_functions::qualified::does_not_exist;
use crate::local::step_functions::start_execution::start;
use crate::local::step_functions::{check_state_machine_arn, time, type_not_supported};

/// Durations are billed in steps of so much, and at least one.
const BILLED_MILLISECONDS: u64 = 100;
/// The least memory that is billed.
const BILLED_MB: u64 = 64;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    let name = call.members.optional("name", NAME);
    let input = call.members.optional("input", DATA);
    let trace_header = call.members.optional("traceHeader", TextRule::sensitive(256));
    let included = call.members.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"]);
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    let start = start(&call.served.tasks, arn, name, input)?;
    let engine = &call.served.engine;
    let machine = engine.describe_state_machine(unqualified(&start.state_machine_arn)).await;
    let machine = machine.map_err(|error| does_not_exist(error, &start.state_machine_arn))?;
    if machine.spec.machine_type != StateMachineType::Express {
        return Err(type_not_supported());
    }
    let mut leaving = call.served.leaving.clone();
    let execution = tokio::select! {
        biased;
        execution = engine.run_execution(start) => execution?,
        () = leave(&mut leaving) => {
            let message = "the server leaves; the execution goes on where its store is opened again";
            return Err(ApiError::new("ServiceUnavailable", message).with_status(503));
        }
    };
    let mut answer = encode(&execution, included != Some("METADATA_ONLY"));
    if let Some(trace_header) = trace_header {
        answer["traceHeader"] = json!(trace_header);
    }
    Ok(answer)
}

/// HTTP 200 for an execution that failed, too.
fn encode(execution: &Execution, with_data: bool) -> Value {
    let stopped = execution.stopped.unwrap_or(execution.started);
    let took = u64::try_from(stopped.0 - execution.started.0).unwrap_or_default();
    let billed = took.div_ceil(BILLED_MILLISECONDS).max(1) * BILLED_MILLISECONDS;
    let mut answer = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "startDate": time(execution.started),
        "stopDate": time(stopped),
        "status": execution.status.as_str(),
    });
    add_failure(&mut answer, execution);
    add_data(&mut answer, execution, with_data);
    answer["billingDetails"] = json!({
        "billedMemoryUsedInMB": BILLED_MB,
        "billedDurationInMilliseconds": billed,
    });
    answer
}
