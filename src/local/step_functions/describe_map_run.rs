//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>

use serde_json::{Value, json};

use crate::engine::Redriven;
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::redrive::add_redrives;
use crate::local::step_functions::{check_map_run_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("mapRunArn", ARN);
    call.members.finish()?;
    check_map_run_arn(&arn)?;
    let run = call.served.engine.describe_map_run(&arn).await?;
    let mut answer = json!({
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status.as_str(),
        "startDate": time(run.started),
        "maxConcurrency": run.tolerance.max_concurrency,
        "toleratedFailureCount": run.tolerance.failures.unwrap_or_default(),
        "toleratedFailurePercentage": run.tolerance.percentage.unwrap_or_default(),
        "itemCounts": run.items.to_json(),
        "executionCounts": run.executions.to_json(),
    });
    add_redrives(&mut answer, Redriven { count: run.redrives, at: run.redriven, ..Redriven::default() });
    if let Some(stopped) = run.stopped {
        answer["stopDate"] = time(stopped);
    }
    Ok(answer)
}
