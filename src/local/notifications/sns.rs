//! A topic: the event is the message.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Outside, Service};
use crate::tasks::encode;

pub(super) async fn deliver(outside: &Outside, arn: &str, event: &Event) -> Result<(), Undelivered> {
    let (topic, message) = (encode(arn), encode(event.payload.text()));
    let call = Call {
        service: Service::Sns,
        arn: Arn::parse(arn)?,
        path: "/".to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: format!("Action=Publish&Version=2010-03-31&TopicArn={topic}&Message={message}"),
    };
    outside.call(&call).await
}
