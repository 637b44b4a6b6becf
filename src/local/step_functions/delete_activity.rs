//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::{Call, empty};
use crate::local::step_functions::check_activity_arn;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("activityArn", ARN);
    call.members.finish()?;
    check_activity_arn(&arn)?;
    call.served.engine.delete_activity(&arn).await?;
    Ok(empty())
}
