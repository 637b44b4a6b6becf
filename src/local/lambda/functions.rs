//! Which functions there are. Their environments are not told: they may hold secrets.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::local::lambda::error::LambdaError;
use crate::local::lambda::{self, Query};
use crate::local::served::Served;
use crate::project::Identity;
use crate::tasks::{FunctionSpec, Program};

/// The most functions that Lambda gives in one page.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
const PAGE_MAX: usize = 50;

/// `ListFunctions`, by name.
pub(super) fn list(query: &Query, served: &Served) -> Result<Response<Full<Bytes>>, LambdaError> {
    let wanted = query.get("MaxItems").map_or(Ok(PAGE_MAX), |text| {
        let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
        number.ok_or_else(|| LambdaError::invalid_parameter("MaxItems must be a number from 1 to 10000"))
    })?;
    let question = "ListFunctions";
    let after = query.get("Marker").filter(|marker| !marker.is_empty()).map(|marker| {
        let opened = served.page_key.open(question, marker);
        opened.map_err(|_| LambdaError::invalid_parameter("the Marker is not one of this list"))
    });
    let after = after.transpose()?;
    let functions = served.tasks.functions();
    let rest = functions.iter().filter(|spec| after.as_deref().is_none_or(|after| &*spec.name > after));
    let rest: Vec<&Arc<FunctionSpec>> = rest.collect();
    let page = &rest[..rest.len().min(wanted).min(PAGE_MAX)];
    let shown: Vec<Value> = page.iter().map(|spec| described(spec, &served.identity)).collect();
    let mut answer = json!({ "Functions": shown });
    if let Some(last) = page.last().filter(|_| page.len() < rest.len()) {
        answer["NextMarker"] = json!(served.page_key.seal(question, &last.name));
    }
    Ok(lambda::json(StatusCode::OK, &answer))
}

/// `GetFunction`. There is no package to fetch, so `Code` is empty.
pub(super) fn get(name: &str, served: &Served) -> Result<Response<Full<Bytes>>, LambdaError> {
    let spec = served.tasks.function(name)?;
    let answer = json!({ "Configuration": described(&spec, &served.identity), "Code": {}, "Tags": {} });
    Ok(lambda::json(StatusCode::OK, &answer))
}

/// `GetFunctionConfiguration`
pub(super) fn configuration(name: &str, served: &Served) -> Result<Response<Full<Bytes>>, LambdaError> {
    let spec = served.tasks.function(name)?;
    Ok(lambda::json(StatusCode::OK, &described(&spec, &served.identity)))
}

/// A `FunctionConfiguration`, with the members that a function has here.
fn described(spec: &FunctionSpec, identity: &Identity) -> Value {
    let Identity { region, account } = identity;
    let mut shown = json!({
        "FunctionName": &*spec.name,
        "FunctionArn": format!("arn:aws:lambda:{region}:{account}:function:{}", spec.name),
        "Timeout": spec.timeout_seconds,
        "MemorySize": spec.memory_mb,
        "Version": "$LATEST",
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    });
    if let Program::Handler { handler, runtime } = &spec.program {
        shown["Handler"] = json!(handler);
        shown["Runtime"] = json!(runtime);
    }
    shown
}
