//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::{ARN, CAUSE, ERROR};
use crate::local::served::Call;
use crate::local::step_functions::{check_execution_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("executionArn", ARN);
    let error = call.members.optional("error", ERROR);
    let cause = call.members.optional("cause", CAUSE);
    call.members.finish()?;
    check_execution_arn(&arn)?;
    let stopped = call.served.engine.stop_execution(&arn, error, cause).await?;
    Ok(json!({ "stopDate": time(stopped) }))
}
