//! `sqs:sendMessage`: an object for a body is sent as its JSON.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use serde_json::Value;

use crate::asl::Fault;
use crate::tasks::integration::optimised::SQS;
use crate::tasks::integration::sdk::Caller;

/// Sends the message.
///
/// # Errors
/// The fault that Step Functions records.
pub(super) async fn send_message(caller: &Caller<'_>, parameters: &Value) -> Result<Value, Fault> {
    if let Some(host) = parameters["QueueUrl"].as_str().and_then(no_queue) {
        return Err(SQS.unreachable(&format!("{host}: Name or service not known")));
    }
    SQS.call(caller, "sendMessage", parameters).await
}

/// The host of a URL that is not a queue's: Step Functions would call it, for an SDK sends to the queue's own URL. Here every
/// request goes to SQS's endpoint, which would take the text for a queue's name.
fn no_queue(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    path.is_empty().then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_queue_is_a_host_that_nobody_knows() {
        assert_eq!(no_queue("http://no-such-queue"), Some("no-such-queue"));
        for url in ["http://127.0.0.1:9/123456789012/q", "https://sqs.eu-west-1.amazonaws.com/1/q", "q"] {
            assert_eq!(no_queue(url), None, "{url}");
        }
    }
}
