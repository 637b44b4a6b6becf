//! Any JSONata expression over any document.
//!
//! Input: an expression, a document in JSON.

#![no_main]

use std::fs;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use iw102::asl::flow::Data;
use iw102::asl::jsonata::Expression;
use iw102::asl::{JSON_DEPTH_MAX, Payload, Variables};
use iw102_fuzz::{check_place, parts};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const DOCUMENT: &str =
    r#"{"a":[1,2,{"b":"c"}],"n":3.5,"s":"text","o":{"x":[{"y":1},{"y":2}]},"t":"2026-01-01T00:00:05Z"}"#;

/// An expression has a second; the rest is for a machine that does other things.
const TIME_MAX: Duration = Duration::from_millis(2_900);

fuzz_target!(|data: &[u8]| {
    let [expression, document] = parts(data);
    let (Ok(text), Ok(document)) = (std::str::from_utf8(expression), std::str::from_utf8(document)) else { return };
    let document = Payload::parse(document).unwrap_or_else(|_| Payload::parse(DOCUMENT).expect("JSON"));
    LazyLock::force(&OWN_THREADS);
    let began = Instant::now();
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(error) => {
            check_place(text, error.start, error.end);
            return check_threads(began);
        }
    };
    check_threads(began);
    let context = json!({ "Execution": { "Name": "run" } });
    let mut variables = Variables::default();
    variables.insert("x", document.clone());
    let scope = Data { variables: &variables, entropy: 42, now: 1_767_225_600_000, ..Data::new(&document, &context) };
    let began = Instant::now();
    let first = expression.evaluate(scope, "Output");
    let slow = began.elapsed() > Duration::from_millis(200);
    check_threads(began);
    if let Ok(Some(value)) = &first {
        let text = value.to_string();
        let read = Payload::parse(text.as_str()).expect("a value is JSON of a bounded depth");
        assert!(read.depth() <= JSON_DEPTH_MAX);
    }
    // What is near the bound of time may be stopped or not.
    if !slow {
        assert_eq!(first, expression.evaluate(scope, "Output"), "the same data and the same entropy: {text:?}");
    }
});

/// The threads of this name before the first expression: the fuzzer's own, which are called as the target is.
static OWN_THREADS: LazyLock<usize> = LazyLock::new(threads);

fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "jsonata").count()
}

/// It ended in time, and no thread was left behind that still works on it: one waits for the next expression.
fn check_threads(began: Instant) {
    assert!(began.elapsed() < TIME_MAX, "it took {:?}", began.elapsed());
    if began.elapsed() > Duration::from_millis(500) {
        assert!(threads() <= *OWN_THREADS + 1, "a thread was left behind");
    }
}
