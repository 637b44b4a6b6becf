//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::members::{DATA, TASK_TOKEN};
use crate::local::served::{Call, empty};
use crate::local::step_functions::payload;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let token = call.members.required("taskToken", TASK_TOKEN);
    let output = call.members.required("output", DATA);
    call.members.finish()?;
    let output = match payload(output, |why| ApiError::new("InvalidOutput", format!("Invalid Output: '{why}'"))) {
        Ok(output) => output,
        // AWS looks at the token first.
        Err(refusal) => {
            call.served.engine.check_task_token(&token).await?;
            return Err(refusal);
        }
    };
    call.served.engine.send_task_success(&token, output).await?;
    Ok(empty())
}
