//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::paging::PageOfOne;
use crate::local::step_functions::{check_execution_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("executionArn", ARN);
    let page = PageOfOne::asked("ListMapRuns", &arn, call)?;
    check_execution_arn(&arn)?;
    let runs = page.served.engine.list_map_runs(&arn).await?;
    // Newest first.
    let (runs, next) = page.of(runs, |run| format!("{:020}", u64::MAX - run.event));
    let items = runs.iter().map(|run| {
        let mut item = json!({
            "executionArn": run.execution_arn,
            "mapRunArn": run.arn,
            "stateMachineArn": run.state_machine_arn,
            "startDate": time(run.started),
        });
        if let Some(stopped) = run.stopped {
            item["stopDate"] = time(stopped);
        }
        item
    });
    let mut answer = json!({ "mapRuns": items.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}
