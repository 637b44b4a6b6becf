//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::served::Call;
use crate::local::step_functions::paging::PageByName;
use crate::local::step_functions::{name_of, time};

pub(super) async fn answer(call: Call<'_>) -> Result<Value, ApiError> {
    let engine = &call.served.engine;
    let page = PageByName::asked("ListActivities", call)?;
    let activities = engine.list_activities().await?;
    let (activities, next) = page.of(activities, |activity| &activity.spec.arn);
    let items = activities.iter().map(|activity| {
        let arn = &activity.spec.arn;
        json!({ "activityArn": arn, "name": name_of(arn), "creationDate": time(activity.created) })
    });
    let mut answer = json!({ "activities": items.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}
