//! Service integrations: what a Task state whose resource is `SERVICE:ACTION` asks of which service, and what it makes of the
//! answer.
//!
//! Owns: the table of integrations, one file each. Must not know: Lambda's functions, the state of executions. Start reading at
//! [`Integrations::perform`]; [`sdk`] calls any action of a service, `optimised` words its answers as Step Functions does
//! for its own integrations, [`mock`] answers instead where somebody wants that.

mod apigateway;
mod dynamodb;
mod events;
mod exchange;
mod http;
mod jobs;
pub(in crate::tasks) mod mock;
mod optimised;
mod polling;
pub(in crate::tasks) mod sdk;
mod sns;
mod sqs;
mod states;
pub(in crate::tasks) mod trace;

use serde_json::Value;

use crate::asl::program::{Pattern, Resource};
use crate::asl::{Fault, Payload};
use crate::engine::task::{TaskReport, TaskRequest};
use crate::tasks::integration::sdk::{Caller, Naming, conforms};

/// Does the task of a service integration. `submitted` is told what `.sync` and `.waitForTaskToken` record of the request
/// before the task is over.
///
/// # Errors
/// The fault that Step Functions records.
pub(in crate::tasks) async fn perform(
    caller: &Caller<'_>,
    request: &TaskRequest,
    (service, action, pattern): (&str, &str, Pattern),
    submitted: impl Fn(TaskReport) + Send + Sync,
) -> Result<Value, Fault> {
    let parameters = request.input.value();
    let execution = &*request.execution_arn;
    if let Some(service) = service.strip_prefix("aws-sdk:") {
        return sdk::perform(caller, service, action, parameters).await;
    }
    let waits = matches!(pattern, Pattern::Sync | Pattern::Sync2);
    let job = jobs::service(service);
    let answered = match (service, action) {
        ("apigateway", "invoke") => apigateway::invoke(caller, parameters).await?,
        ("http", "invoke") => http::invoke(caller, parameters).await?,
        ("dynamodb", _) => dynamodb::perform(caller, action, parameters).await?,
        ("events", "putEvents") => events::put_events(caller, execution, parameters).await?,
        ("sns", "publish") => sns::publish(caller, parameters).await?,
        ("sqs", "sendMessage") => sqs::send_message(caller, parameters).await?,
        ("states", "startExecution") => states::start(caller, (execution, request.id), parameters).await?,
        _ => match job {
            Some(job) => jobs::start((job, caller), action, parameters, waits).await?,
            None => return Err(not_here(service, action)),
        },
    };
    if !waits {
        return Ok(answered);
    }
    submitted(TaskReport::Submitted(Payload::from(answered.clone())));
    match job {
        Some(job) => jobs::ended((job, caller), action, &answered).await,
        None => states::ended(caller, pattern, &answered).await,
    }
}

/// Checks a mocked result of a task against the API model of the action whose answer it stands for. Nothing is known of
/// functions, of what holders of tokens send, of jobs' ends and of services that the table does not have.
///
/// # Errors
/// AWS's sentence about the first member that is wrong.
pub(crate) fn check_mocked(resource: &Resource, result: &Value, complete: bool) -> Result<(), String> {
    let Resource::Integration { service, action, pattern } = resource else { return Ok(()) };
    let action = action.split('.').next().unwrap_or_default();
    if let Some(service) = service.strip_prefix("aws-sdk:") {
        return match pattern {
            Pattern::RequestResponse => conforms((service, action), result, Naming::Sdk, complete),
            _ => Ok(()),
        };
    }
    let named = match (&**service, action, *pattern) {
        ("states", "startExecution", Pattern::Sync) => ("sfn", "describeExecution"),
        ("states", action, Pattern::RequestResponse) => ("sfn", action),
        ("events", action, Pattern::RequestResponse) => ("eventbridge", action),
        // An HTTP API's answers are its own.
        ("apigateway" | "http", ..) => return Ok(()),
        (service, action, Pattern::RequestResponse) => (service, action),
        _ => return Ok(()),
    };
    conforms(named, result, Naming::Optimised, complete)
}

fn not_here(service: &str, action: &str) -> Fault {
    Fault::runtime(format!(
        "iw102 {} cannot do {service}:{action}. Call the service with arn:aws:states:::aws-sdk:SERVICE:ACTION, or mock the \
         state ({}).",
        env!("CARGO_PKG_VERSION"),
        mock::VARIABLE
    ))
}
