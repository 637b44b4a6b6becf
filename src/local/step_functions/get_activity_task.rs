//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html>

use std::time::Duration;

use serde_json::{Value, json};

use crate::engine::ActivityTask;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, NAME};
use crate::local::served::Call;
use crate::local::server::leave;
use crate::local::step_functions::check_activity_arn;

/// So long the service holds the request.
const POLL: Duration = Duration::from_mins(1);

/// A caller that has closed its half of the connection may still read: it gets a task that is there at once.
const HALF_CLOSED: Duration = Duration::from_millis(250);

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("activityArn", ARN);
    let worker_name = call.members.optional("workerName", NAME);
    call.members.finish()?;
    check_activity_arn(&arn)?;
    let mut leaving = call.served.leaving.clone();
    let gone = async {
        tokio::time::sleep(HALF_CLOSED).await;
        call.hangup.happened().await;
    };
    // Whoever ends the wait drops the poll, and a task that it was about to get goes to the next worker.
    let task = tokio::select! {
        biased;
        task = call.served.engine.activity_task(&arn, worker_name) => task?,
        () = leave(&mut leaving) => None,
        () = gone => None,
        () = tokio::time::sleep(POLL) => None,
    };
    // "If no task is available within 60 seconds, the poll returns a taskToken with a null string."
    Ok(match task.and_then(ActivityTask::deliver) {
        Some((token, input)) => json!({ "taskToken": token.0, "input": input.text() }),
        None => json!({ "taskToken": null, "input": null }),
    })
}
