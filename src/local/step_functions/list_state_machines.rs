//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::TextRule;
use crate::local::served::Call;
use crate::local::step_functions::{name_of, time};

const QUESTION: &str = "ListStateMachines";

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let max = call.members.integer("maxResults", 0, 1_000);
    let token = call.members.optional("nextToken", TextRule::filled(1_024));
    call.members.finish()?;
    let limit = page_size(max);
    let after = token.map(|token| call.served.page_key.open(QUESTION, &token)).transpose()?;

    let mut machines = call.served.engine.list_state_machines().await?;
    let place =
        |arn: &str| arn.starts_with(&format!("arn:aws:states:{}:{}:", call.identity.region, call.identity.account));
    machines.retain(|machine| place(&machine.spec.arn));
    machines.sort_by(|left, right| name_of(&left.spec.arn).cmp(name_of(&right.spec.arn)));
    let rest =
        machines.iter().filter(|machine| after.as_deref().is_none_or(|after| name_of(&machine.spec.arn) > after));
    let page: Vec<_> = rest.clone().take(limit).collect();
    let items: Vec<Value> = page
        .iter()
        .map(|machine| {
            json!({
                "stateMachineArn": machine.spec.arn,
                "name": name_of(&machine.spec.arn),
                "type": machine.spec.machine_type.as_str(),
                "creationDate": time(machine.created),
            })
        })
        .collect();
    let mut answer = json!({ "stateMachines": items });
    if let Some(last) = page.last().filter(|_| rest.count() > limit) {
        answer["nextToken"] = json!(call.served.page_key.seal(QUESTION, name_of(&last.spec.arn)));
    }
    Ok(answer)
}

/// The size of a page; 0 is AWS's way to say its default, 100.
pub(super) fn page_size(max_results: Option<i64>) -> usize {
    match max_results.and_then(|max| usize::try_from(max).ok()) {
        None | Some(0) => 100,
        Some(max) => max,
    }
}
