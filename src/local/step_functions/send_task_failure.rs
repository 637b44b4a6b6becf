//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::members::{CAUSE, ERROR, TASK_TOKEN};
use crate::local::served::{Call, empty};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let token = call.members.required("taskToken", TASK_TOKEN);
    let error = call.members.optional("error", ERROR);
    let cause = call.members.optional("cause", CAUSE);
    call.members.finish()?;
    call.served.engine.send_task_failure(&token, error, cause).await?;
    Ok(empty())
}
