//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html>

use serde_json::{Value, json};

use crate::engine::driver::MapRunChange;
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::check_map_run_arn;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let arn = members.required("mapRunArn", ARN);
    let max_concurrency = members.integer("maxConcurrency", 0, i64::from(u32::MAX));
    let failures = members.integer("toleratedFailureCount", 0, i64::MAX);
    let percentage = members.number("toleratedFailurePercentage", 0.0, 100.0);
    call.members.finish()?;
    check_map_run_arn(&arn)?;
    let change = MapRunChange {
        max_concurrency: max_concurrency.and_then(|most| u32::try_from(most).ok()),
        failures: failures.and_then(|most| u64::try_from(most).ok()),
        percentage,
    };
    call.served.engine.update_map_run(&arn, change).await?;
    Ok(json!({}))
}
