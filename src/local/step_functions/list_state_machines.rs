//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::served::Call;
use crate::local::step_functions::paging::PageByName;
use crate::local::step_functions::{name_of, time};

pub(super) async fn answer(call: Call<'_>) -> Result<Value, ApiError> {
    let engine = &call.served.engine;
    let page = PageByName::asked("ListStateMachines", call)?;
    let machines = engine.list_state_machines().await?;
    let (machines, next) = page.of(machines, |machine| &machine.spec.arn);
    let items = machines.iter().map(|machine| {
        json!({
            "stateMachineArn": machine.spec.arn,
            "name": name_of(&machine.spec.arn),
            "type": machine.spec.machine_type.as_str(),
            "creationDate": time(machine.created),
        })
    });
    let mut answer = json!({ "stateMachines": items.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}
