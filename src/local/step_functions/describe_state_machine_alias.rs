//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::{check_state_machine_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineAliasArn", ARN);
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    let alias = call.served.engine.describe_alias(&arn).await?;
    let routes =
        alias.routes.iter().map(|route| json!({ "stateMachineVersionArn": route.version_arn, "weight": route.weight }));
    let mut answer = json!({
        "stateMachineAliasArn": alias.arn,
        "name": alias.name,
        "routingConfiguration": routes.collect::<Vec<_>>(),
        "creationDate": time(alias.created),
        "updateDate": time(alias.updated),
    });
    if let Some(description) = &alias.description {
        answer["description"] = json!(description);
    }
    Ok(answer)
}
