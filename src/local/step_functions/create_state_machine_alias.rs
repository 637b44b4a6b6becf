//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::published::unqualified;
use crate::local::api_error::ApiError;
use crate::local::served::Call;
use crate::local::step_functions::qualified::{self, DESCRIPTION};
use crate::local::step_functions::time;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let name = qualified::alias_name(members);
    let description = members.optional("description", DESCRIPTION);
    let routes = qualified::required_routes(members);
    call.members.finish()?;
    let routes = qualified::check_routes(routes)?;
    let machine = routes.first().map_or("", |route| unqualified(&route.version_arn));
    let arn = format!("{machine}:{name}");
    let alias = call.served.engine.create_alias(&arn, description.map(Arc::from), routes).await?;
    Ok(json!({ "stateMachineAliasArn": alias.arn, "creationDate": time(alias.created) }))
}
