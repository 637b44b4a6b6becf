//! `aws-sdk:SERVICE:ACTION`: any action of the services in the table, and the calls behind the optimised integrations.
//!
//! Owns: one call of one service, from parameters to members. Must not know: which task asks, what it makes of the answer.
//! Start reading at [`Caller::call`]. From the outside in: `request` and `response` (HTTP) → `values`, `xml`, `time` (what is in
//! them) → `names`, `table` (what the models say).

mod conforms;
mod names;
mod request;
mod response;
mod table;
mod time;
mod values;
mod xml;

use std::time::Duration;

use hyper::header::HeaderMap;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::asl::Fault;
use crate::tasks::answer::{RESPONSE_BYTES_MAX, bounded_fault};
use crate::tasks::integration::mock;
use crate::tasks::integration::trace::Trace;
use crate::tasks::outside::{Ask, Outside, OutsideError};
pub(in crate::tasks) use conforms::conforms;
pub(in crate::tasks) use values::Naming;

/// How long a service may take; Lambda's functions run up to 15 minutes.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(16);

/// Who calls, and from where.
#[derive(Debug, Clone, Copy)]
pub(in crate::tasks) struct Caller<'a> {
    pub(in crate::tasks) outside: &'a Outside,
    pub(in crate::tasks) region: &'a str,
    pub(in crate::tasks) account: &'a str,
    /// Who wants to see what an HTTP task sends and is answered.
    pub(in crate::tasks) trace: Option<&'a Trace>,
}

/// What a service answered.
#[derive(Debug)]
pub(in crate::tasks) struct Answered {
    pub(in crate::tasks) members: Map<String, Value>,
    pub(in crate::tasks) status: u16,
    pub(in crate::tasks) headers: HeaderMap,
    pub(in crate::tasks) request_id: String,
}

/// What a service refused.
#[derive(Debug)]
pub(in crate::tasks) struct Refusal {
    /// As the service has it.
    pub(in crate::tasks) code: String,
    /// Java's name of it, where the service's model has the error.
    pub(in crate::tasks) exception: Option<String>,
    pub(in crate::tasks) message: String,
    pub(in crate::tasks) status: u16,
    pub(in crate::tasks) request_id: String,
    /// S3's.
    pub(in crate::tasks) extended_request_id: Option<String>,
}

/// Why a call gave no answer.
#[derive(Debug)]
pub(in crate::tasks) enum CallError {
    /// Nothing was asked: no such action, nobody to ask, parameters that cannot be sent.
    NotMade(Fault),
    /// Nobody answered.
    Unreachable(String),
    Refused(Refusal),
}

impl Caller<'_> {
    /// Calls an action of a service, both as resources name them.
    ///
    /// # Errors
    /// When it was not made, not answered or refused.
    pub(in crate::tasks) async fn call(
        &self,
        service_name: &str,
        action_name: &str,
        parameters: &Value,
        naming: Naming,
    ) -> Result<Answered, CallError> {
        let service = table::service(service_name).ok_or_else(|| CallError::NotMade(unknown_service(service_name)))?;
        let action = service.action(action_name);
        let action = action.ok_or_else(|| CallError::NotMade(unknown_action(service_name, action_name)))?;
        let made = request::request(service, action, parameters);
        let made = made.map_err(|why| CallError::NotMade(not_startable(parameters, &why)))?;
        let ask = Ask {
            service: service.place,
            region: self.region,
            account: self.account,
            method: action.method,
            path: &made.path,
            query: &made.query,
            headers: made.headers,
            body: made.body,
            timeout: ANSWER_TIMEOUT,
            answer_bytes_max: RESPONSE_BYTES_MAX,
        };
        let response = self.outside.ask(ask).await.map_err(|error| match error {
            OutsideError::Nowhere(variable) => {
                CallError::NotMade(nowhere(&format!("{service_name}:{action_name}"), variable))
            }
            OutsideError::Unusable(why) => CallError::NotMade(Fault::runtime(why)),
            OutsideError::Unreachable(why) => CallError::Unreachable(why),
        })?;
        let request_id = response::request_id(&response).unwrap_or_else(|| Uuid::new_v4().to_string());
        if !(200..300).contains(&response.status) {
            return Err(CallError::Refused(response::refusal(service, action, &response, &request_id)));
        }
        let mut members = response::members(service, action, &response, naming);
        if service_name == "dynamodb" && !asks_for_capacity(parameters) {
            // DynamoDB tells nobody who did not ask; some emulators tell everybody.
            members.shift_remove("ConsumedCapacity");
        }
        Ok(Answered { members, status: response.status, headers: response.headers, request_id })
    }
}

fn asks_for_capacity(parameters: &Value) -> bool {
    parameters["ReturnConsumedCapacity"].as_str().is_some_and(|asked| asked != "NONE")
}

/// Does `aws-sdk:SERVICE:ACTION`.
///
/// # Errors
/// The fault that Step Functions records.
pub(in crate::tasks) async fn perform(
    caller: &Caller<'_>,
    service: &str,
    action: &str,
    parameters: &Value,
) -> Result<Value, Fault> {
    let answered = caller.call(service, action, parameters, Naming::Sdk).await;
    answered.map(|answered| answered.members.into()).map_err(|error| fault(service, error))
}

/// The words of the SDK for Java of today, which `aws-sdk` calls with.
fn fault(service: &str, error: CallError) -> Fault {
    let class = table::service(service).map_or(service, |service| service.class.as_str());
    match error {
        CallError::NotMade(fault) => fault,
        CallError::Unreachable(why) => {
            bounded_fault(format!("{class}.SdkClientException"), format!("Unable to execute HTTP request: {why}"))
        }
        CallError::Refused(refusal) => {
            let Refusal { exception, message, status, request_id, extended_request_id, .. } = refusal;
            let exception = exception.unwrap_or_else(|| format!("{class}Exception"));
            let extended = extended_request_id.map(|id| format!(", Extended Request ID: {id}")).unwrap_or_default();
            let cause =
                format!("{message} (Service: {class}, Status Code: {status}, Request ID: {request_id}{extended})");
            bounded_fault(format!("{class}.{exception}"), cause)
        }
    }
}

fn unknown_service(name: &str) -> Fault {
    let known = table::names().collect::<Vec<_>>().join(", ");
    Fault::runtime(format!("iw102 {} cannot call aws-sdk:{name}. It can call: {known}.", env!("CARGO_PKG_VERSION")))
}

fn unknown_action(service: &str, action: &str) -> Fault {
    Fault::runtime(format!("aws-sdk:{service} has no action {action:?}: write it in camel case, as AWS's API names it"))
}

/// AWS's words about parameters that cannot be sent.
pub(in crate::tasks) fn not_startable(parameters: &Value, why: &str) -> Fault {
    bounded_fault(
        "States.Runtime".to_owned(),
        format!("The Parameters '{parameters}' could not be used to start the Task: [{why}]"),
    )
}

/// Nobody said where the service is.
pub(in crate::tasks) fn nowhere(what: &str, variable: &str) -> Fault {
    Fault::runtime(format!(
        "Nobody answers {what}: set {variable} or AWS_ENDPOINT_URL to the URL of its service, or {} to a file of mocked \
         responses and start STATE_MACHINE_ARN#TEST_CASE",
        mock::VARIABLE
    ))
}

#[cfg(test)]
mod tests;
