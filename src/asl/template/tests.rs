//! What templates give, and how their faults and diagnostics read.

use serde_json::{Value, json};

use super::Template;
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::flow::Data;
use crate::asl::syntax::{Key, Node, NodeKind, SourceId, Span};
use crate::asl::{Fault, Payload};

/// A tree without places, but for strings: those stand at byte 100 with quotes around them.
fn node(value: &Value) -> Node {
    let mut span = Span::default();
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(flag) => NodeKind::Bool(*flag),
        Value::Number(number) => NodeKind::Number(number.clone()),
        Value::String(text) => {
            span = Span { source: SourceId::default(), start: 100, end: 102 + u32::try_from(text.len()).unwrap() };
            NodeKind::String(text.clone())
        }
        Value::Array(items) => NodeKind::Array(items.iter().map(node).collect()),
        Value::Object(fields) => {
            let key = |name: &String| Key { name: name.clone(), span: Span::default() };
            NodeKind::Object(fields.iter().map(|(name, field)| (key(name), node(field))).collect())
        }
    };
    Node { kind, span, tag: None }
}

fn compile(template: &Value) -> (Template, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    (Template::compile(&node(template), "/States/A/Parameters", &mut diagnostics), diagnostics)
}

fn fill(template: &Value, input: &str) -> Result<Value, Fault> {
    let (template, diagnostics) = compile(template);
    assert_eq!(diagnostics, []);
    let input = Payload::parse(input).unwrap();
    let context = json!({"Execution": {"Name": "run"}});
    template.fill(Data { entropy: 9, ..Data::new(&input, &context) }, "Parameters")
}

#[track_caller]
fn check(template: &Value, input: &str, expected: Value) {
    assert_eq!(fill(template, input), Ok(expected), "{template}");
}

#[test]
fn expressions_are_replaced_at_any_depth() {
    check(&json!({}), "{}", json!({}));
    check(&json!("$.a"), "{}", json!("$.a"));
    check(&json!([1, {"x": "y"}]), "{}", json!([1, {"x": "y"}]));
    check(
        &json!({
            "z": 1,
            "a.$": "$.v",
            "list": [{"b.$": "$$.Execution.Name"}, "$.v"],
            "o": {"c.$": "States.MathAdd($.v, 1)"},
        }),
        r#"{"v": 5}"#,
        json!({"z": 1, "a": 5, "list": [{"b": "run"}, "$.v"], "o": {"c": 6}}),
    );
    check(&json!({"all.$": "$", "none.$": "$.x[*]"}), r#"{"v": 1.0}"#, json!({"all": {"v": 1.0}, "none": []}));
    check(&json!({".$": "$.v"}), r#"{"v": 1}"#, json!({"": 1}));
}

#[test]
fn fields_are_in_the_order_of_aws() {
    for (template, expected) in [
        (json!({"b": 1, "a": 2}), r#"{"b":1,"a":2}"#),
        (json!({"encoded.$": "$", "decoded.$": "$"}), r#"{"decoded":0,"encoded":0}"#),
        (json!({"arg1.$": "$", "z": {"y.$": "$", "x": 1}, "arg0.$": "$"}), r#"{"z":{"x":1,"y":0},"arg1":0,"arg0":0}"#),
        (json!({"Method.$": "$", "Path.$": "$", "Stage.$": "$"}), r#"{"Path":0,"Stage":0,"Method":0}"#),
    ] {
        assert_eq!(fill(&template, "0").unwrap().to_string(), expected);
    }
}

#[test]
fn numbers_keep_their_kind() {
    let filled = fill(&json!({"a.$": "$.a"}), r#"{"a": [1, 1.0, -0.5, 12345678901234567890]}"#).unwrap();
    assert_eq!(filled.to_string(), r#"{"a":[1,1.0,-0.5,12345678901234567890]}"#);
}

#[test]
fn each_draw_of_a_template_is_its_own() {
    let filled = fill(&json!({"a.$": "States.UUID()", "b.$": "States.UUID()"}), "{}").unwrap();
    assert_ne!(filled["a"], filled["b"]);
}

#[test]
fn a_missing_path_is_named_with_its_key_and_the_input_as_it_came() {
    let cause =
        "The JSONPath '$.no' specified for the field 'b.$' could not be found in the input '{\"int-literal\": 0}'";
    assert_eq!(fill(&json!({"a": {"b.$": "$.no"}}), r#"{"int-literal": 0}"#), Err(Fault::runtime(cause)));
    let cause = "The JSONPath '$$.No' specified for the field 'a.$' could not be found in the input \
                 '{\"Execution\":{\"Name\":\"run\"}}'";
    assert_eq!(fill(&json!({"a.$": "$$.No"}), "{}"), Err(Fault::runtime(cause)));
}

#[test]
fn what_a_template_gives_is_bounded() {
    let template: Value = (0..20).map(|n| json!({format!("{n}.$"): "$"})).collect();
    let input = json!({"text": "x".repeat(100_000)}).to_string();
    assert_eq!(fill(&template, &input).unwrap_err().error, "States.DataLimitExceeded");
}

#[test]
fn it_knows_whether_it_reads_the_context() {
    for (template, context) in [
        (json!({"a": "$$.Execution"}), false),
        (json!({"a.$": "$.x"}), false),
        (json!([{"a": [{"b.$": "States.Format('{}', $$.Execution.Id)"}]}]), true),
    ] {
        assert_eq!(compile(&template).0.uses_context(), context, "{template}");
    }
}

#[test]
fn every_malformed_expression_is_one_diagnostic_at_its_place() {
    let (_, diagnostics) =
        compile(&json!({"a.$": "$.x[", "b": [{"c.$": 1}], "d.$": "States.UUID(", "e.$": "plain", "ok.$": "$"}));
    let seen: Vec<_> = diagnostics
        .iter()
        .map(|it| (it.pointer.as_str(), it.span.start, it.span.end, it.message.rsplit(": ").next().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [
            ("/States/A/Parameters/a.$", 105, 105, "expected a name in quotes, an index, '*' or '?(', found the end"),
            ("/States/A/Parameters/b[0]/c.$", 0, 0, "it is a number"),
            ("/States/A/Parameters/d.$", 113, 113, "expected a function, a path or a value, found the end"),
            (
                "/States/A/Parameters/e.$",
                101,
                106,
                "expected a path ('$.a') or an intrinsic function ('States.Format(…)')"
            ),
        ]
    );
    assert!(diagnostics.iter().all(|it| it.severity == Severity::Error && it.code == "SCHEMA_VALIDATION_FAILED"));
    let beginning = "the value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call: ";
    assert!(diagnostics[0].message.starts_with(beginning));
}

#[test]
fn deep_templates_compile_and_fill() {
    let deep = |levels: usize| (0..levels).fold(json!({"v.$": "$.v"}), |inner, _| json!([inner]));
    let filled = fill(&deep(511), r#"{"v": 1}"#).unwrap();
    assert_eq!(filled.to_string(), format!("{}{{\"v\":1}}{}", "[".repeat(511), "]".repeat(511)));
    assert_eq!(compile(&deep(513)).1.len(), 1);
    let cause = "The value of the field 'v.$' is nested deeper than 512 levels.";
    assert_eq!(fill(&deep(511), r#"{"v": []}"#), Err(Fault::runtime(cause)));
}

#[test]
fn a_single_expression_displays_as_it_was_written() {
    for text in ["$.a", "$$.Execution.Id", "States.Format( 'x' )"] {
        assert_eq!(Template::expression(text).unwrap().to_string(), text);
    }
    assert!(Template::expression("text").is_err());
}
