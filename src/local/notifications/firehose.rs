//! A Firehose stream: the event is a record.
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Outside, Service};

pub(super) async fn deliver(outside: &Outside, arn: &str, event: &Event) -> Result<(), Undelivered> {
    let parts = Arn::parse(arn)?;
    let record = json!({
        "DeliveryStreamName": parts.resource.strip_prefix("deliverystream/").unwrap_or(parts.resource),
        "Record": { "Data": STANDARD.encode(event.payload.text()) },
    });
    outside.call(&Call::json(Service::Firehose, parts, "1.1", "Firehose_20150804.PutRecord", &record)).await
}
