//! A Lambda function: one of the project's runs here, any other where Lambda is.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html>

use crate::local::notifications::courier::{Courier, Undelivered};
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Service};
use crate::tasks::{Answer, InvokeRequest, Refused, encode};

/// Characters of a function's error that a person is told.
const ERROR_CHARACTERS_MAX: usize = 300;

/// Invokes a function and waits for its end: who leaves earlier would end it.
pub(super) async fn deliver(courier: &Courier, arn: &str, event: &Event) -> Result<(), Undelivered> {
    match courier.tasks.answer(InvokeRequest::new(arn, event.payload.clone())).await {
        Ok(invoked) => match invoked.answer {
            Some(Answer::Errored(payload)) => {
                let error: String = payload.chars().take(ERROR_CHARACTERS_MAX).collect();
                Err(Undelivered::ForNow(format!("the function failed: {error}")))
            }
            _ => Ok(()),
        },
        Err(Refused::NotFound { .. }) => invoke_outside(courier, arn, event).await,
        Err(refused @ Refused::TooManyRequests) => Err(Undelivered::Here(refused.to_string())),
        Err(refused @ Refused::Service(_)) => Err(Undelivered::ForNow(refused.to_string())),
        Err(refused @ Refused::InvalidParameter(_)) => Err(Undelivered::ForGood(refused.to_string())),
    }
}

/// Lambda itself tries again, so its acceptance is the end of it.
async fn invoke_outside(courier: &Courier, arn: &str, event: &Event) -> Result<(), Undelivered> {
    let parts = Arn::parse(arn)?;
    let name = parts.resource.trim_start_matches("function:");
    if let Err(Undelivered::Nowhere(how)) = courier.outside.endpoint(Service::Lambda) {
        let advice = courier.tasks.advice(name);
        return Err(Undelivered::Nowhere(format!("the project has no such function. {advice} Or {how}")));
    }
    let call = Call {
        service: Service::Lambda,
        arn: parts,
        path: format!("/2015-03-31/functions/{}/invocations", encode(arn)),
        headers: vec![("content-type", "application/json".to_owned()), ("x-amz-invocation-type", "Event".to_owned())],
        body: event.payload.text().to_owned(),
    };
    courier.outside.call(&call).await
}
