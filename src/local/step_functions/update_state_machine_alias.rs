//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::published::unqualified;
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::qualified::{self, DESCRIPTION};
use crate::local::step_functions::{check_state_machine_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let arn = members.required("stateMachineAliasArn", ARN);
    let description = members.optional("description", DESCRIPTION);
    let routes = qualified::routes(members);
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    if description.is_none() && routes.is_none() {
        return Err(ApiError::validation("Either the description or the RoutingConfiguration must be specified"));
    }
    let routes = routes.map(qualified::check_routes).transpose()?;
    if let Some(other) = routes.iter().flatten().find(|route| unqualified(&route.version_arn) != unqualified(&arn)) {
        let why = format!("{} is no version of the alias's state machine", other.version_arn);
        return Err(ApiError::validation(why));
    }
    let alias = call.served.engine.update_alias(&arn, description.map(Arc::from), routes).await?;
    Ok(json!({ "updateDate": time(alias.updated) }))
}
