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
use crate::local::step_functions::redrive::add_redrives;
use crate::local::step_functions::{
    add_qualified, check_map_run_arn, check_state_machine_arn, time, type_not_supported,
};

/// In the order in which AWS's message names them.
const STATUSES: [&str; 6] = ["SUCCEEDED", "TIMED_OUT", PENDING_REDRIVE, "ABORTED", "FAILED", "RUNNING"];

/// A map run's child that ended badly and is going to be redriven.
const PENDING_REDRIVE: &str = "PENDING_REDRIVE";

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let arn = members.optional("stateMachineArn", ARN);
    let map_run = members.optional("mapRunArn", ARN);
    let status = members.one_of("statusFilter", &STATUSES);
    let redrive = members.one_of("redriveFilter", &["REDRIVEN", "NOT_REDRIVEN"]);
    let max = members.integer("maxResults", 0, 1_000);
    let token = members.optional("nextToken", TextRule::filled(3_096));
    call.members.finish()?;

    // As AWS has it: both are of a map run's children.
    let refused = |what: &str| {
        let message = format!("{what} cannot be applied to ListExecutions call with StateMachine ARN");
        Err(ApiError::validation(message))
    };
    if arn.is_some() && redrive.is_some() {
        return refused("RedriveFilter");
    }
    if arn.is_some() && status == Some(PENDING_REDRIVE) {
        return refused("StatusFilter PENDING_REDRIVE");
    }
    let engine = &call.served.engine;
    let (arn, filter) = match (arn, map_run) {
        (Some(arn), None) => {
            let filter = executions_of_machine(engine, &arn).await?;
            (arn, filter)
        }
        (None, Some(arn)) => {
            check_map_run_arn(&arn)?;
            let run = engine.describe_map_run(&arn).await?;
            (arn, ExecutionFilter { map_run_arn: Some(run.arn), ..ExecutionFilter::default() })
        }
        _ => return Err(ApiError::validation("Must provide a State Machine ARN or Map Run ARN")),
    };
    let (status, redrive) = (status.unwrap_or_default(), redrive.unwrap_or_default());
    let question = format!("ListExecutions|{arn}|{status}|{redrive}");
    let position = token.map(|token| call.served.page_key.open(&question, &token)).transpose()?;
    let before = position.and_then(|position| position.parse().ok());
    let redriven = (!redrive.is_empty()).then_some(redrive == "REDRIVEN");
    let (status, pending) = (ExecutionStatus::parse(status), status == PENDING_REDRIVE);
    let filter = ExecutionFilter { status, pending, redriven, before, ..filter };
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

async fn executions_of_machine(engine: &Engine, arn: &str) -> Result<ExecutionFilter, ApiError> {
    check_state_machine_arn(arn)?;
    let machine = engine.describe_state_machine(unqualified(arn)).await;
    let machine = machine.map_err(|error| does_not_exist(error, arn))?;
    if machine.spec.machine_type == StateMachineType::Express {
        return Err(type_not_supported());
    }
    executions_of(engine, arn).await
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

fn item(execution: &ExecutionSummary) -> Value {
    let mut item = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.judged().shown_status(),
        "startDate": time(execution.started),
    });
    if let Some(stopped) = execution.stopped {
        item["stopDate"] = time(stopped);
    }
    add_qualified(&mut item, &execution.qualified);
    if let Some(child_of) = &execution.child_of {
        item["mapRunArn"] = json!(child_of.map_run_arn);
        item["itemCount"] = json!(child_of.items);
    }
    add_redrives(&mut item, execution.redriven);
    item
}
