//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>

use serde_json::Value;

use crate::engine::TagChange;
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::{Call, empty};
use crate::local::step_functions::{check_taggable_arn, tags};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("resourceArn", ARN);
    let tags = call.members.required_list("tags");
    call.members.finish()?;
    check_taggable_arn(&arn)?;
    call.served.engine.change_tags(&arn, TagChange::Set(tags::read(&tags)?)).await?;
    Ok(empty())
}
