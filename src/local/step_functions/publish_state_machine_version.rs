//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::Publish;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::qualified::{DESCRIPTION, check_unqualified};
use crate::local::step_functions::{check_state_machine_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    let revision = call.members.optional("revisionId", TextRule::filled(usize::MAX));
    let description = call.members.optional("description", DESCRIPTION);
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    check_unqualified(&arn)?;
    let publish = Publish { description: description.map(Arc::from) };
    let version = call.served.engine.publish_version(&arn, revision, publish).await?;
    Ok(json!({ "stateMachineVersionArn": version.arn, "creationDate": time(version.created) }))
}
