//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::members::TASK_TOKEN;
use crate::local::served::{Call, empty};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let token = call.members.required("taskToken", TASK_TOKEN);
    call.members.finish()?;
    call.served.engine.send_task_heartbeat(&token).await?;
    Ok(empty())
}
