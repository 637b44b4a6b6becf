//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html>

use serde_json::{Value, json};

use crate::engine::EngineError;
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::{check_taggable_arn, resource_type};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("resourceArn", ARN);
    call.members.finish()?;
    check_taggable_arn(&arn)?;
    let engine = &call.served.engine;
    let tags = if resource_type(&arn) == Some("activity") {
        engine.describe_activity(&arn).await.map(|activity| activity.spec.tags)
    } else {
        engine.describe_state_machine(&arn).await.map(|machine| machine.spec.tags.clone())
    };
    let tags = tags.map_err(|error| match error {
        EngineError::ActivityDoesNotExist(arn) | EngineError::StateMachineDoesNotExist(arn) => {
            EngineError::ResourceNotFound(arn)
        }
        other => other,
    })?;
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    Ok(json!({ "tags": tags }))
}
