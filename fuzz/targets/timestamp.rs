//! Any text as a time.
//!
//! Input: the text.

#![no_main]

use iw102::asl::Payload;
use iw102::asl::flow::{Data, wait_until};
use iw102::asl::path::Path;
use iw102::asl::program::WaitFor;
use iw102::engine::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let Some(milliseconds) = read(text) else { return };
    // A year of four digits is at most 9999, an offset at most a day.
    assert!((-62_300_000_000_000..=253_500_000_000_000).contains(&milliseconds), "{text:?} is {milliseconds}");
    let printed = Timestamp(milliseconds).to_rfc3339();
    if printed.len() == "2026-01-01T00:00:00.000Z".len() && !printed.starts_with('-') {
        assert_eq!(read(&printed), Some(milliseconds), "{text:?} is printed as {printed}");
    }
});

fn read(text: &str) -> Option<i64> {
    let (input, context) = (Payload::from(json!({ "t": text })), Value::Null);
    let wait = WaitFor::TimestampPath(Path::parse("$.t").expect("a path"));
    wait_until(&wait, Data::new(&input, &context), 0).ok()
}
