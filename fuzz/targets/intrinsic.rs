//! Any intrinsic function over any document.
//!
//! Input: a call (or a path), a document in JSON.

#![no_main]

use iw102::asl::flow::{self, Data};
use iw102::asl::template::Template;
use iw102::asl::{Fault, Filling, JSON_DEPTH_MAX, Payload};
use iw102_fuzz::{check_place, parts};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const DOCUMENT: &str =
    r#"{"a":[1,2,2,[3],{"b":4}],"s":"a,b;c","n":3,"f":2.5,"o":{"x":{"y":1}},"p":{"x":2},"j":"{\"k\":[1]}","e":"aGk="}"#;

/// The most that a template may give.
const BYTES_MAX: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [call, document] = parts(data);
    let (Ok(text), Ok(document)) = (std::str::from_utf8(call), std::str::from_utf8(document)) else { return };
    let document = Payload::parse(document).unwrap_or_else(|_| Payload::parse(DOCUMENT).expect("JSON"));
    let template = match Template::expression(text) {
        Ok(template) => template,
        Err(error) => return check_place(text, error.start, error.end),
    };
    let printed = template.to_string();
    let first = fill(template, &document);
    let again = Template::expression(&printed).expect("a call that is printed is a call");
    assert_eq!(first, fill(again, &document), "the same data and the same entropy: {text:?}");
    if let Ok(value) = first {
        let text = value.text();
        assert!(text.len() <= BYTES_MAX && value.depth() <= JSON_DEPTH_MAX, "{printed}");
        assert_eq!(Payload::parse(text).expect("a value has a text").value(), value.value());
    }
});

fn fill(template: Template, document: &Payload) -> Result<Payload, Fault> {
    let context = json!({ "Execution": { "Name": "run" } });
    let data = Data { entropy: 0x1234_5678_9ABC_DEF0_1234_5678_9ABC_DEF0, ..Data::new(document, &context) };
    flow::fill(&Filling::Paths(template), data, "Parameters")
}
