//! A Lambda function: one of the project's runs here.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html>

use crate::local::notifications::courier::{Courier, Undelivered};
use crate::local::notifications::event::Event;
use crate::tasks::{Answer, InvokeRequest, Refused};

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
        Err(Refused::NotFound { .. }) => {
            Err(Undelivered::Nowhere(format!("the project has no such function. {}", courier.tasks.advice(name(arn)))))
        }
        Err(refused @ (Refused::TooManyRequests | Refused::Service(_))) => {
            Err(Undelivered::ForNow(refused.to_string()))
        }
        Err(refused @ Refused::InvalidParameter(_)) => Err(Undelivered::ForGood(refused.to_string())),
    }
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME` → `NAME`
fn name(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}
