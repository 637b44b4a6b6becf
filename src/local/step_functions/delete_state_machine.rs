//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::{Call, empty};
use crate::local::step_functions::check_state_machine_arn;
use crate::local::step_functions::qualified::check_unqualified;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    check_unqualified(&arn)?;
    let _changing = call.served.changing.lock().await;
    call.served.engine.delete_state_machine(&arn).await?;
    Ok(empty())
}
