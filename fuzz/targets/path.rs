//! Any JSONPath over any document.
//!
//! Input: a path, a document in JSON.

#![no_main]

use iw102::asl::flow::{self, Data};
use iw102::asl::path::{Path, ReferencePath};
use iw102::asl::program::ResultPath;
use iw102::asl::{Payload, Variables};
use iw102_fuzz::{check_place, parts};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const DOCUMENT: &str =
    r#"{"a":{"b":[1,2,{"c":"d"}]},"n":[3,-4.5e3,"x"],"é":null,"":{"length":7},"store":[{"p":1},{"p":2,"q":[]}]}"#;

fuzz_target!(|data: &[u8]| {
    let [path, document] = parts(data);
    let (Ok(text), Ok(document)) = (std::str::from_utf8(path), std::str::from_utf8(document)) else { return };
    let document = Payload::parse(document).unwrap_or_else(|_| Payload::parse(DOCUMENT).expect("JSON"));
    let context = json!({ "Execution": { "Id": "arn", "Input": { "a": 1 } }, "State": { "Name": "S" } });
    let mut variables = Variables::default();
    variables.insert("x", document.clone());
    let data = Data { variables: &variables, ..Data::new(&document, &context) };
    let path = match Path::parse(text) {
        Ok(path) => path,
        Err(error) => {
            check_place(text, error.start, error.end);
            assert!(ReferencePath::parse(text).is_err(), "a reference path is a path: {text:?}");
            return;
        }
    };
    let again = Path::parse(&path.to_string()).expect("a path that is printed is a path");
    assert_eq!(path.evaluate(data), again.evaluate(data), "{text:?}");
    if let Ok(reference) = ReferencePath::parse(text) {
        written_is_read(reference, &path, &document);
    }
});

/// What is written to a place stands there.
fn written_is_read(reference: ReferencePath, path: &Path, document: &Payload) {
    let value = Payload::from(json!({ "written": [1] }));
    let Ok(merged) = flow::merge(&ResultPath::At(reference), document, value.clone()) else { return };
    let context = json!(null);
    let read = path.evaluate(Data::new(&merged, &context)).expect("what was written is there");
    assert_eq!(&*read, value.value(), "{path}");
}
