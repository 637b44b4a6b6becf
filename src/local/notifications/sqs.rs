//! A queue: the event is the message's body.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use serde_json::json;

use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Outside, Service};

/// A message of a FIFO queue has no deduplication id: the queue must make one of the body, as EventBridge wants it. The same
/// event has the same body each time.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html>
pub(super) async fn deliver(
    outside: &Outside,
    arn: &str,
    message_group_id: Option<&str>,
    event: &Event,
) -> Result<(), Undelivered> {
    let parts = Arn::parse(arn)?;
    let url = format!("{}/{}/{}", outside.endpoint(Service::Sqs)?, parts.account, parts.resource);
    let mut message = json!({ "QueueUrl": url, "MessageBody": event.payload.text() });
    if let Some(group) = message_group_id {
        message["MessageGroupId"] = json!(group);
    }
    outside.call(&Call::json(Service::Sqs, parts, "1.0", "AmazonSQS.SendMessage", &message)).await
}
