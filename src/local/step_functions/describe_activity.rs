//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::{check_activity_arn, name_of, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("activityArn", ARN);
    call.members.finish()?;
    check_activity_arn(&arn)?;
    let activity = call.served.engine.describe_activity(&arn).await?;
    Ok(json!({
        "activityArn": activity.spec.arn,
        "name": name_of(&activity.spec.arn),
        "creationDate": time(activity.created),
        "encryptionConfiguration": activity.spec.encryption,
    }))
}
