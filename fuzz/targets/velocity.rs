//! Any mapping template over any body.
//!
//! Input: a template, a request's body.

#![no_main]

use std::collections::BTreeMap;

use iw102::local::velocity::{Request, Template};
use iw102_fuzz::parts;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// The most that a rendering may give.
const OUTPUT_BYTES_MAX: usize = 10 << 20;

fuzz_target!(|data: &[u8]| {
    let [template, body] = parts(data);
    let (Ok(text), Ok(body)) = (std::str::from_utf8(template), std::str::from_utf8(body)) else { return };
    let strings = |value: &str| BTreeMap::from([("id".to_owned(), value.to_owned())]);
    let (path, querystring, header, stage_variables) = (strings("p"), strings("q"), strings("h"), strings("s"));
    let context = json!({ "requestId": "r", "identity": { "sourceIp": "127.0.0.1" }, "requestTimeEpoch": 1 });
    let request = Request {
        body,
        path: &path,
        querystring: &querystring,
        header: &header,
        context: &context,
        stage_variables: &stage_variables,
    };
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => return check_place(text, error.line, error.column),
    };
    let rendered = template.render(&request);
    match &rendered {
        Ok(output) => {
            assert!(output.len() <= OUTPUT_BYTES_MAX, "{} bytes", output.len());
            if !text.contains(['$', '#', '\\']) {
                assert_eq!(output, text, "a text without signs is itself");
            }
        }
        Err(error) => check_place(text, error.line, error.column),
    }
    assert_eq!(rendered, template.render(&request), "the same request: {text:?}");
});

/// The place is one of the text's, or just behind a line's end.
fn check_place(text: &str, line: usize, column: usize) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert!(line >= 1 && line <= lines.len(), "line {line} of {text:?}");
    assert!(column >= 1 && column <= lines[line - 1].chars().count() + 1, "column {column} of line {line} of {text:?}");
}
