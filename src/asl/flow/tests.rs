//! The way of data through a state, and the causes that AWS records where it ends.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Data, count, fill, merge, seconds, select, text, wait_until};
use crate::asl::path::{Path, ReferencePath};
use crate::asl::program::{Count, ResultPath, Seconds, Selector, Text, WaitFor};
use crate::asl::syntax::{Key, Node, NodeKind, Span};
use crate::asl::template::Template;
use crate::asl::{Fault, Filling, Payload};

/// Runs `step` on an input, in a context with a name.
fn with<T>(input: &str, step: impl FnOnce(Data<'_>) -> T) -> T {
    with_payload(&Payload::parse(input).unwrap(), step)
}

fn with_payload<T>(input: &Payload, step: impl FnOnce(Data<'_>) -> T) -> T {
    step(Data { entropy: 1, ..Data::new(input, &json!({"Execution": {"Name": "run"}})) })
}

fn path(path: &str) -> Path {
    Path::parse(path).unwrap()
}

fn runtime<T>(cause: &str) -> Result<T, Fault> {
    Err(Fault::runtime(cause))
}

#[test]
fn the_whole_is_handed_on_as_it_is() {
    with(r#"{ "a":  1 }"#, |data| {
        for selector in [Selector::Whole, Selector::Path(path("$"))] {
            let selected = select(&selector, data, "InputPath").unwrap();
            assert!(selected.is(data.input));
            assert_eq!(selected.text(), r#"{ "a":  1 }"#);
        }
        assert!(merge(&ResultPath::Discard, data.input, Payload::from(json!(1))).unwrap().is(data.input));
        assert!(merge(&ResultPath::Whole, &Payload::from(json!(1)), data.input.clone()).unwrap().is(data.input));
    });
}

#[test]
fn selecting() {
    for (selector, expected) in [
        (Selector::Empty, Ok("{}")),
        (Selector::Path(path("$.a")), Ok("[1,1.0]")),
        (Selector::Path(path("$.a[*]")), Ok("[1,1.0]")),
        (Selector::Path(path("$$.Execution")), Ok(r#"{"Name":"run"}"#)),
        (Selector::Path(path("$.Payload")), runtime("Invalid path '$.Payload' : No results for path: $['Payload']")),
        (Selector::Path(path("$.no.b")), runtime("Invalid path '$.no.b' : Missing property in path $['no']")),
    ] {
        let selected = with(r#"{"a": [1, 1.0]}"#, |data| select(&selector, data, "OutputPath"));
        assert_eq!(selected.as_ref().map(Payload::text), expected.as_ref().map(|text| *text), "{selector:?}");
    }
}

#[test]
fn items_are_an_array() {
    let items = |selector: &Selector, input: &str| {
        with(input, |data| select(selector, data, "ItemsPath").map(|it| it.text().to_owned()))
    };
    assert_eq!(items(&Selector::Whole, "[1]"), Ok("[1]".to_owned()));
    assert_eq!(items(&Selector::Path(path("$.a")), r#"{"a": [1]}"#), Ok("[1]".to_owned()));
    assert_eq!(items(&Selector::Whole, "{}"), runtime(r#"Reference path "$" must point to array."#));
    assert_eq!(
        items(&Selector::Path(path("$.a")), r#"{"a": 1}"#),
        runtime(r#"Reference path "$.a" must point to array."#)
    );
}

#[test]
fn null_has_no_paths() {
    let cause = "Unable to apply Path transformation to null or empty input.";
    with("null", |data| {
        assert_eq!(select(&Selector::Path(path("$.a")), data, "InputPath"), runtime(cause));
        assert_eq!(fill(&Filling::Paths(Template::expression("$").unwrap()), data, "Parameters"), runtime(cause));
        assert_eq!(
            fill(&Filling::Paths(Template::expression("$$.Execution.Name").unwrap()), data, "Parameters"),
            Ok(json!("run").into())
        );
        assert!(select(&Selector::Whole, data, "InputPath").is_ok());
    });
}

#[track_caller]
fn check_merge(at: &str, input: &str, expected: &Result<&str, Fault>) {
    let at = ResultPath::At(ReferencePath::parse(at).unwrap());
    let merged = merge(&at, &Payload::parse(input).unwrap(), Payload::parse("{\"r\":1.0}").unwrap());
    assert_eq!(merged.as_ref().map(Payload::text), expected.as_ref().map(|text| *text));
}

#[test]
fn merging() {
    check_merge("$.a.b", r#"{"z":1,"a":{"c":2}}"#, &Ok(r#"{"z":1,"a":{"c":2,"b":{"r":1.0}}}"#));
    check_merge("$.list[0]", r#"{"list":[1,2]}"#, &Ok(r#"{"list":[{"r":1.0},2]}"#));
    let failure = |cause: &str| Err(Fault::new("States.ResultPathMatchFailure", cause));
    check_merge("$.a.b", r#"{"a": 1}"#, &failure(r#"Unable to apply ReferencePath $.a.b to input {"a": 1}"#));
    check_merge("$.a", "\"text\"", &failure("Unable to apply ReferencePath $.a to input \"text\""));
}

#[test]
fn what_grows_with_every_round_of_a_loop_is_bounded() {
    let at = ResultPath::At(ReferencePath::parse("$.a.b").unwrap());
    let wrap = Filling::Paths(Template::compile(&wrapper(), "", &mut Vec::new()));
    let mut document = Payload::parse("{}").unwrap();
    let rounds = (0..1000).find(|_| match with_payload(&document, |data| fill(&wrap, data, "Parameters")) {
        Ok(next) => {
            document = next;
            false
        }
        Err(fault) => fault == Fault::runtime("The value of the field 'in.$' is nested deeper than 512 levels."),
    });
    assert_eq!(rounds, Some(511));
    let cause = "The result at ResultPath $.a.b is nested deeper than 512 levels.";
    assert_eq!(merge(&at, &document, document.clone()), runtime(cause));
}

/// `{"in.$": "$"}`
fn wrapper() -> Node {
    let plain = |kind| Node { kind, span: Span::default(), tag: None };
    let key = Key { name: "in.$".to_owned(), span: Span::default() };
    plain(NodeKind::Object(vec![(key, plain(NodeKind::String("$".to_owned())))]))
}

#[test]
fn numbers_of_seconds() {
    for (value, expected) in [
        ("5", Ok(5)),
        ("0", Ok(0)),
        ("99999999", Ok(99_999_999)),
        ("-1.5", runtime("The SecondsPath parameter cannot be parsed as a long value: $.s == -1.5")),
        ("\"x\"", runtime("The SecondsPath parameter cannot be parsed as a long value: $.s == x")),
        ("null", runtime("The SecondsPath parameter cannot be parsed as a long value: $.s == null")),
        ("-1", runtime("The SecondsPath parameter references a negative value: $.s == -1")),
        ("100000000", runtime("The SecondsPath parameter references a value above 99999999: $.s == 100000000")),
    ] {
        let input = format!("{{\"s\": {value}}}");
        assert_eq!(with(&input, |data| seconds(&Seconds::Path(path("$.s")), data, "SecondsPath")), expected);
    }
    let missing = runtime("The TimeoutSecondsPath parameter does not reference an input value: $.s");
    assert_eq!(with("{}", |data| seconds(&Seconds::Path(path("$.s")), data, "TimeoutSecondsPath")), missing);
    assert_eq!(with("{}", |data| seconds(&Seconds::Fixed(7), data, "TimeoutSeconds")), Ok(7));
}

#[test]
fn counts() {
    let invalid = |value: &str| {
        let cause =
            format!("The MaxConcurrencyPath field refers to value \"{value}\" which is not a valid integer: $.c");
        Err(Fault::runtime(cause))
    };
    for (value, expected) in [
        ("0", Ok(0)),
        ("3", Ok(3)),
        ("{}", invalid("{}")),
        ("\"NoNumber\"", invalid("NoNumber")),
        ("1.5", invalid("1.5")),
        ("-1", runtime("MaxConcurrency cannot be negative.")),
    ] {
        let input = format!("{{\"c\": {value}}}");
        assert_eq!(with(&input, |data| count(&Count::Path(path("$.c")), data, "MaxConcurrencyPath")), expected);
    }
    let missing = runtime("The MaxConcurrencyPath parameter does not reference an input value: $.c");
    assert_eq!(with("{}", |data| count(&Count::Path(path("$.c")), data, "MaxConcurrencyPath")), missing);
}

#[test]
fn ends_of_waits() {
    const NOW: i64 = 1_000;
    let by_path = |input: &str| with(input, |data| wait_until(&WaitFor::TimestampPath(path("$.t")), data, NOW));
    assert_eq!(with("{}", |data| wait_until(&WaitFor::Seconds(Seconds::Fixed(2)), data, NOW)), Ok(3_000));
    assert_eq!(with("{}", |data| wait_until(&WaitFor::Timestamp(7), data, NOW)), Ok(7));
    assert_eq!(by_path(r#"{"t": "2016-03-05T21:29:29.243167252Z"}"#), Ok(1_457_213_369_243));
    assert_eq!(by_path("{}"), runtime("The TimestampPath parameter does not reference an input value: $.t"));
    for text in ["05-12-2016T21:29:29Z", "2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-12-05T25:29:29Z"] {
        let cause = format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: \
             $.t == {text}"
        );
        assert_eq!(by_path(&format!("{{\"t\": \"{text}\"}}")), runtime(&cause));
    }
}

#[test]
fn texts_of_failures() {
    let computed = |expression: &str, input: &str| {
        with(input, |data| text(&Text::Computed(Template::expression(expression).unwrap()), data, "CausePath"))
    };
    assert_eq!(with("{}", |data| text(&Text::Literal("as is".to_owned()), data, "Cause")), Ok("as is".to_owned()));
    assert_eq!(computed("States.Format('{}!', $.c)", r#"{"c": 1}"#), Ok("1!".to_owned()));
    assert_eq!(
        computed("$.c", r#"{"c": 1}"#),
        runtime("The CausePath parameter does not reference a string value: $.c == 1")
    );
    let missing = "The JSONPath '$.c' specified for the field 'CausePath' could not be found in the input '{}'";
    assert_eq!(computed("$.c", "{}"), runtime(missing));
}

proptest! {
    #[test]
    fn what_was_merged_is_selected(
        names in prop::collection::vec("[a-c]", 1..4),
        input in prop::collection::btree_map("[a-c]", prop::sample::select(vec![json!({}), json!({"a": {}}), json!(1)]), 0..3),
        result in any::<i64>(),
    ) {
        let at = format!("$.{}", names.join("."));
        let input: Value = input.into_iter().collect();
        let merged = merge(&ResultPath::At(ReferencePath::parse(&at).unwrap()), &input.into(), json!(result).into());
        if let Ok(merged) = merged {
            let data = Data::new(&merged, &Value::Null);
            prop_assert_eq!(select(&Selector::Path(path(&at)), data, "OutputPath"), Ok(json!(result).into()));
        }
    }
}
