//! `DescribeLogGroups`: one for each function, and those of machines, by name.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::cloudwatch_logs::group::{self, Group};
use crate::local::cloudwatch_logs::invalid;
use crate::local::members::{Members, TextRule};
use crate::local::served::Call;
use crate::project::Identity;

/// AWS's bound of one page of groups or streams.
const PAGE_MAX: i64 = 50;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let prefix = members.optional("logGroupNamePrefix", TextRule::filled(512));
    let part = members.optional("logGroupNamePattern", TextRule::filled(512));
    let (limit, token) = page(members);
    call.members.finish()?;
    if prefix.is_some() && part.is_some() {
        return Err(invalid("logGroupNamePrefix and logGroupNamePattern can not both be given"));
    }
    let question = json!(["DescribeLogGroups", prefix, part]).to_string();
    let key = &call.served.page_key;
    let after =
        token.map(|token| key.open(&question, &token).map_err(|_| invalid("The specified nextToken is invalid.")));
    let after = after.transpose()?;
    let (prefix, part) = (prefix.unwrap_or_default(), part.unwrap_or_default().to_lowercase());
    let mut groups = group::all(call.served).await?.into_values().filter(|group| {
        group.name.starts_with(&prefix)
            && group.name.to_lowercase().contains(&part)
            && after.as_ref().is_none_or(|after| group.name > *after)
    });
    let shown: Vec<Group> = groups.by_ref().take(limit).collect();
    let more = groups.next().is_some();
    let groups: Vec<Value> = shown.iter().map(|group| described(group, &call.identity)).collect();
    let mut answer = json!({ "logGroups": groups });
    if let Some(last) = shown.last().filter(|_| more) {
        answer["nextToken"] = json!(key.seal(&question, &last.name));
    }
    Ok(answer)
}

/// `limit` and `nextToken` of a list of groups or streams.
pub(super) fn page(members: &mut Members) -> (usize, Option<String>) {
    let limit = members.integer("limit", 1, PAGE_MAX).unwrap_or(PAGE_MAX);
    (usize::try_from(limit).unwrap_or_default(), members.optional("nextToken", TextRule::filled(2_048)))
}

/// A group in which nothing was logged yet has no time of its making.
fn described(group: &Group, identity: &Identity) -> Value {
    let arn = group::arn(&group.name, identity);
    let size = group.logs.size(&group.log);
    let mut shown = json!({
        "logGroupName": group.name,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "storedBytes": size.map_or(0, |size| size.bytes),
        "logGroupClass": "STANDARD",
    });
    if let Some(size) = size {
        shown["creationTime"] = json!(size.first_ms);
    }
    shown
}
