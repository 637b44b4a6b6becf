//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::engine::StartExecution;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, DATA, NAME, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::{check_name, check_state_machine_arn, payload, time};
use crate::tasks::Tasks;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    let name = call.members.optional("name", NAME);
    let input = call.members.optional("input", DATA);
    // Nothing is traced here; a header that is too long is refused all the same.
    call.members.optional("traceHeader", TextRule::sensitive(256));
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    let execution = call.served.engine.start_execution(start(&call.served.tasks, arn, name, input)?).await?;
    Ok(json!({ "executionArn": execution.arn, "startDate": time(execution.started) }))
}

/// What StartExecution and StartSyncExecution ask for, once it is checked.
/// `STATE_MACHINE_ARN#TEST_CASE` starts a test case of the file of mocked responses, as it does in Step Functions Local.
pub(super) fn start(
    tasks: &Tasks,
    arn: String,
    name: Option<String>,
    input: Option<String>,
) -> Result<StartExecution, ApiError> {
    // Names that ascend with time stand beside each other in the store's index.
    let name = name.unwrap_or_else(|| Uuid::now_v7().to_string());
    check_name(&name)?;
    let refuse =
        |why: &str| ApiError::new("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{why}'"));
    let input = payload(input.unwrap_or_else(|| "{}".to_owned()), refuse)?;
    let arn = match arn.split_once('#') {
        None => arn,
        Some((arn, test_case)) => {
            let machine = arn.rsplit(':').next().unwrap_or_default();
            let refuse = |why| {
                let what = format!("Invalid mock test case name '{test_case}' for state machine '{machine}'");
                ApiError::new("InvalidName", format!("{what}: {why}"))
            };
            // Before the start: the first task may begin before the start is answered.
            tasks.mock(machine, &name, test_case).map_err(refuse)?;
            arn.to_owned()
        }
    };
    Ok(StartExecution { state_machine_arn: Arc::from(arn), name: Arc::from(name), input })
}
