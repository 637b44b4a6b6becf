//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::{ARN, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::{check_execution_arn, time};

const CLIENT_TOKEN: TextRule = TextRule::filled(64);
const CLIENT_TOKEN_PATTERN: &str = "[!-~]+";

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("executionArn", ARN);
    let visible = |token: &str| token.chars().all(|letter| letter.is_ascii_graphic());
    let token = call.members.optional_patterned("clientToken", CLIENT_TOKEN, CLIENT_TOKEN_PATTERN, visible);
    call.members.finish()?;
    check_execution_arn(&arn)?;
    let redriven = call.served.engine.redrive_execution(&arn, token).await?;
    Ok(json!({ "redriveDate": time(redriven) }))
}
