//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::driver::ExecutionFilter;
use crate::engine::published::unqualified;
use crate::engine::{Engine, ExecutionStatus, ExecutionSummary, StateMachineType};
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::paging::page_size;
use crate::local::step_functions::qualified::{does_not_exist, is_version};
use crate::local::step_functions::{add_qualified, check_state_machine_arn, time, type_not_supported};

/// In the order in which AWS's message names them.
const STATUSES: [&str; 6] = ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"];

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let arn = members.optional("stateMachineArn", ARN);
    let map_run = members.optional("mapRunArn", ARN);
    let status = members.one_of("statusFilter", &STATUSES);
    let redrive = members.one_of("redriveFilter", &["REDRIVEN", "NOT_REDRIVEN"]);
    let max = members.integer("maxResults", 0, 1_000);
    let token = members.optional("nextToken", TextRule::filled(3_096));
    call.members.finish()?;

    let Some(arn) = arn.filter(|_| map_run.is_none()) else { return Err(not_of_a_machine(map_run)) };
    check_state_machine_arn(&arn)?;
    let (engine, base) = (&call.served.engine, unqualified(&arn));
    let machine = engine.describe_state_machine(base).await.map_err(|error| does_not_exist(error, &arn))?;
    if machine.spec.machine_type == StateMachineType::Express {
        return Err(type_not_supported());
    }
    let filter = executions_of(engine, &arn).await?;
    let question = format!("ListExecutions|{arn}|{}", status.unwrap_or_default());
    let position = token.map(|token| call.served.page_key.open(&question, &token)).transpose()?;
    // Nothing here is ever redriven, nor waits for it.
    let status = match (status.map(status_of), redrive) {
        (_, Some("REDRIVEN")) | (Some(None), _) => return Ok(json!({ "executions": [] })),
        (status, _) => status.flatten(),
    };
    let before = position.and_then(|position| position.parse().ok());
    let filter = ExecutionFilter { status, before, ..filter };
    let limit = page_size(max);
    let mut found = engine.list_executions(filter, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let mut answer = json!({ "executions": found.iter().map(item).collect::<Vec<_>>() });
    if let Some(last) = found.last().filter(|_| more) {
        answer["nextToken"] = json!(call.served.page_key.seal(&question, &last.key.to_string()));
    }
    Ok(answer)
}

/// The executions of a machine, of a version, or of an alias.
async fn executions_of(engine: &Engine, arn: &str) -> Result<ExecutionFilter, ApiError> {
    let state_machine_arn = Some(Arc::from(unqualified(arn)));
    let filter = ExecutionFilter { state_machine_arn, ..ExecutionFilter::default() };
    if unqualified(arn) == arn {
        return Ok(filter);
    }
    if is_version(arn) {
        engine.describe_version(arn).await?;
        return Ok(ExecutionFilter { version_arn: Some(Arc::from(arn)), ..filter });
    }
    engine.describe_alias(arn).await?;
    Ok(ExecutionFilter { alias_arn: Some(Arc::from(arn)), ..filter })
}

fn not_of_a_machine(map_run: Option<String>) -> ApiError {
    match map_run {
        Some(arn) => ApiError::new("ResourceNotFound", format!("Resource not found: '{arn}'")),
        None => ApiError::validation("Must provide a State Machine ARN or Map Run ARN"),
    }
}

fn status_of(text: &str) -> Option<ExecutionStatus> {
    use ExecutionStatus::{Aborted, Failed, Running, Succeeded, TimedOut};
    [Running, Succeeded, Failed, TimedOut, Aborted].into_iter().find(|status| status.as_str() == text)
}

fn item(execution: &ExecutionSummary) -> Value {
    let mut item = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status.as_str(),
        "startDate": time(execution.started),
    });
    if let Some(stopped) = execution.stopped {
        item["stopDate"] = time(stopped);
    }
    add_qualified(&mut item, &execution.qualified);
    item["redriveCount"] = json!(0);
    item
}
