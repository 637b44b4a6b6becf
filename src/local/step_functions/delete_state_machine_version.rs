//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::members::TextRule;
use crate::local::served::{Call, empty};
use crate::local::step_functions::check_state_machine_arn;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineVersionArn", TextRule::filled(2_000));
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    call.served.engine.delete_version(&arn).await?;
    Ok(empty())
}
