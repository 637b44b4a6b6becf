//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::NewActivity;
use crate::local::api_error::ApiError;
use crate::local::members::NAME;
use crate::local::served::Call;
use crate::local::step_functions::{check_name, tags, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let name = call.members.required("name", NAME);
    let tags = call.members.list("tags");
    let encryption = call.members.structure("encryptionConfiguration");
    call.members.finish()?;
    check_name(&name)?;
    let activity = NewActivity {
        arn: Arc::from(format!("arn:aws:states:{}:{}:activity:{name}", call.identity.region, call.identity.account)),
        encryption: encryption.map_or_else(owned_key, Value::Object),
        tags: tags::read(&tags.unwrap_or_default())?,
    };
    let made = call.served.engine.create_activity(activity).await?;
    Ok(json!({ "activityArn": made.spec.arn, "creationDate": time(made.created) }))
}

/// What AWS sets where nothing is said.
pub(in crate::local) fn owned_key() -> Value {
    json!({ "type": "AWS_OWNED_KEY" })
}
