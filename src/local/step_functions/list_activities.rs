//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::TextRule;
use crate::local::served::Call;
use crate::local::step_functions::list_state_machines::page_size;
use crate::local::step_functions::{name_of, time};

const QUESTION: &str = "ListActivities";

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let max = call.members.integer("maxResults", 0, 1_000);
    let token = call.members.optional("nextToken", TextRule::filled(1_024));
    call.members.finish()?;
    let limit = page_size(max);
    let after = token.map(|token| call.served.page_key.open(QUESTION, &token)).transpose()?;

    let place = format!("arn:aws:states:{}:{}:", call.identity.region, call.identity.account);
    let mut activities = call.served.engine.list_activities().await?;
    // They come by ARN, which in one place is by name.
    activities.retain(|activity| {
        let arn = &activity.spec.arn;
        arn.starts_with(&place) && after.as_deref().is_none_or(|after| name_of(arn) > after)
    });
    let more = activities.len() > limit;
    activities.truncate(limit);
    let items = activities.iter().map(|activity| {
        let arn = &activity.spec.arn;
        json!({ "activityArn": arn, "name": name_of(arn), "creationDate": time(activity.created) })
    });
    let mut answer = json!({ "activities": items.collect::<Vec<_>>() });
    if let Some(last) = activities.last().filter(|_| more) {
        answer["nextToken"] = json!(call.served.page_key.seal(QUESTION, name_of(&last.spec.arn)));
    }
    Ok(answer)
}
