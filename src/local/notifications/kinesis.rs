//! A data stream: the event is a record.
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::asl::flow::Data;
use crate::asl::path::Path;
use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Outside, Service};

/// Kinesis' bound of a partition key, in characters.
const PARTITION_KEY_CHARACTERS_MAX: usize = 256;

pub(super) async fn deliver(
    outside: &Outside,
    arn: &str,
    partition_key_path: Option<&str>,
    event: &Event,
) -> Result<(), Undelivered> {
    let parts = Arn::parse(arn)?;
    let record = json!({
        "StreamARN": arn,
        // For local servers from before streams could be named by ARN.
        "StreamName": parts.resource.strip_prefix("stream/").unwrap_or(parts.resource),
        "Data": STANDARD.encode(event.payload.text()),
        "PartitionKey": partition_key(partition_key_path, event),
    });
    outside.call(&Call::json(Service::Kinesis, parts, "1.1", "Kinesis_20131202.PutRecord", &record)).await
}

/// What the path selects in the event. Without a path, and where it selects nothing, the event's id.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html>
fn partition_key(path: Option<&str>, event: &Event) -> String {
    let data = Data::new(&event.payload, &Value::Null);
    let selected = path.and_then(|path| Path::parse(path).ok()?.evaluate(data).ok().map(std::borrow::Cow::into_owned));
    let text = match selected {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    };
    let text: String = text.chars().take(PARTITION_KEY_CHARACTERS_MAX).collect();
    if text.is_empty() { event.id.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asl::Payload;
    use crate::engine::ExecutionStatus;

    #[test]
    fn the_partition_key_is_what_the_path_selects_or_the_id() {
        let long = "x".repeat(300);
        let payload = json!({ "detail": { "name": "one", "n": 3, "none": null, "long": long }, "resources": ["a"] });
        let event = Event {
            id: "id".into(),
            execution: "one".into(),
            status: ExecutionStatus::Running,
            at_seconds: 0,
            payload: Payload::from(payload),
        };
        for (path, key) in [
            (None, "id"),
            (Some("$.detail.name"), "one"),
            (Some("$.detail.n"), "3"),
            (Some("$.resources[0]"), "a"),
            (Some("$.detail.none"), "id"),
            (Some("$.detail.missing"), "id"),
            (Some("no path"), "id"),
            (Some("$.detail.long"), &long[..256]),
        ] {
            assert_eq!(partition_key(path, &event), key, "{path:?}");
        }
    }
}
