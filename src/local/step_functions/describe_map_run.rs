//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>

use serde_json::{Value, json};

use crate::engine::{Counts, Redriven};
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
        "itemCounts": counts(&run.items, run.redrives),
        "executionCounts": counts(&run.executions, run.redrives),
    });
    // As recorded: a run that was never redriven says nothing of redrives.
    if run.redrives > 0 {
        add_redrives(&mut answer, Redriven { count: run.redrives, at: run.redriven, ..Redriven::default() });
    }
    if let Some(stopped) = run.stopped {
        answer["stopDate"] = time(stopped);
    }
    Ok(answer)
}

fn counts(counts: &Counts, redrives: u32) -> Value {
    let mut counts = counts.to_json();
    if let Some(members) = counts.as_object_mut().filter(|_| redrives == 0) {
        members.retain(|name, _| !matches!(name.as_str(), "failuresNotRedrivable" | "pendingRedrive"));
    }
    counts
}
