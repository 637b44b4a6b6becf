//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html>

use serde_json::{Value, json};

use crate::engine::published::unqualified;
use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::paging::PageOfOne;
use crate::local::step_functions::qualified::does_not_exist;
use crate::local::step_functions::{check_state_machine_arn, time};

/// Of a machine, or of those that route to a version whose ARN is given.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    let page = PageOfOne::asked("ListStateMachineAliases", &arn, call)?;
    check_state_machine_arn(&arn)?;
    let (machine, engine) = (unqualified(&arn), &page.served.engine);
    engine.describe_state_machine(machine).await.map_err(|error| does_not_exist(error, &arn))?;
    let mut aliases = engine.list_aliases(machine).await?;
    if machine != arn {
        engine.describe_version(&arn).await?;
        aliases.retain(|alias| alias.routes.iter().any(|route| *route.version_arn == *arn));
    }
    let (aliases, next) = page.of(aliases, |alias| format!("{:020} {}", alias.created.0, alias.name));
    let items =
        aliases.iter().map(|alias| json!({ "stateMachineAliasArn": alias.arn, "creationDate": time(alias.created) }));
    let mut answer = json!({ "stateMachineAliases": items.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}
