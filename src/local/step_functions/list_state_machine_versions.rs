//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::paging::PageOfOne;
use crate::local::step_functions::qualified::check_unqualified;
use crate::local::step_functions::{check_state_machine_arn, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    let page = PageOfOne::asked("ListStateMachineVersions", &arn, call)?;
    check_state_machine_arn(&arn)?;
    check_unqualified(&arn)?;
    let versions = page.served.engine.list_versions(&arn).await?;
    // The newest first: what follows has lower numbers.
    let (versions, next) = page.of(versions, |version| format!("{:020}", i64::MAX - version.number));
    let items = versions
        .iter()
        .map(|version| json!({ "stateMachineVersionArn": version.arn, "creationDate": time(version.created) }));
    let mut answer = json!({ "stateMachineVersions": items.collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}
