//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::NewActivity;
use crate::local::api_error::ApiError;
use crate::local::members::NAME;
use crate::local::served::Call;
use crate::local::step_functions::{check_name, encryption, tags, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let name = call.members.required("name", NAME);
    let tags = call.members.list("tags");
    let given = call.members.structure("encryptionConfiguration");
    call.members.finish()?;
    check_name(&name)?;
    let activity = NewActivity {
        arn: Arc::from(format!("arn:aws:states:{}:{}:activity:{name}", call.identity.region, call.identity.account)),
        encryption: given.map_or_else(|| Ok(encryption::owned_key()), encryption::read)?,
        tags: tags::read(&tags.unwrap_or_default())?,
    };
    let made = call.served.engine.create_activity(activity).await?;
    Ok(json!({ "activityArn": made.spec.arn, "creationDate": time(made.created) }))
}
