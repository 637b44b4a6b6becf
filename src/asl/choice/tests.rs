//! What rules decide, as recorded on AWS.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Glob, first_match, numeric, utf16};
use crate::asl::flow::Data;
use crate::asl::program::{StateId, StateKind};
use crate::asl::syntax::{Sources, json as text};
use crate::asl::{Fault, Payload, compile};

/// Whether a machine with this rule goes where the rule leads.
fn decide(mut rule: Value, input: Value) -> Result<bool, Fault> {
    rule["Next"] = json!("Yes");
    let definition = json!({"StartAt": "Choice", "States": {
        "Choice": {"Type": "Choice", "Choices": [rule], "Default": "No"},
        "Yes": {"Type": "Succeed"}, "No": {"Type": "Succeed"},
    }});
    let mut sources = Sources::default();
    let id = sources.add("test", definition.to_string());
    let node = text::parse(&sources, id).0.expect("JSON");
    let (program, diagnostics) = compile(&node);
    let program = program.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let StateKind::Choice { rules } = &program.states[0].kind else { panic!("a Choice") };
    let context = json!({"Execution": {"Name": "it"}});
    let input = Payload::from(input);
    let data = Data::new(&input, &context);
    first_match(rules, data).map(|rule| rule.is_some_and(|rule| rule.next == StateId(1)))
}

fn holds(rule: Value, input: Value) -> bool {
    let shown = format!("{rule} of {input}");
    decide(rule, input).unwrap_or_else(|fault| panic!("{shown}: {fault:?}"))
}

/// One value of each kind.
fn values() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "HelloWorld",
        "2012-10-09T19:00:55",
        "2012-10-09T19:00:55Z",
        "2012-10-09T19:00:55+01:00",
        "2023-02-24",
    ];
    let others =
        [json!(null), json!(0), json!(0.0), json!(1), json!(1.1), json!([]), json!([""]), json!({}), json!({"A": 0})];
    texts.into_iter().map(Value::from).chain(others).chain([json!(true), json!(false)]).collect()
}

#[test]
fn is_tests_ask_for_the_kind_of_value() {
    type Is = fn(&Value) -> bool;
    let kinds: [(&str, Is); 6] = [
        ("IsNull", Value::is_null),
        ("IsNumeric", Value::is_number),
        ("IsString", Value::is_string),
        ("IsBoolean", Value::is_boolean),
        ("IsPresent", |_| true),
        ("IsTimestamp", |v| v.as_str().is_some_and(|text| text.ends_with('Z') || text.ends_with("+01:00"))),
    ];
    for (operator, is) in kinds {
        for value in values() {
            for asked in [true, false] {
                let rule = json!({"Variable": "$.v", operator: asked});
                assert_eq!(holds(rule, json!({"v": value})), is(&value) == asked, "{operator} {asked} {value}");
            }
        }
    }
}

#[test]
fn values_of_another_type_do_not_match() {
    for value in values().into_iter().filter(|value| !value.is_boolean()) {
        for literal in [true, false] {
            assert!(!holds(json!({"Variable": "$.v", "BooleanEquals": literal}), json!({"v": value})));
        }
    }
    for value in values().into_iter().filter(|value| !value.is_number()) {
        assert!(!holds(json!({"Variable": "$.v", "NumericGreaterThanEquals": 0}), json!({"v": value})), "{value}");
        assert!(!holds(json!({"Variable": "$.v", "NumericEqualsPath": "$.n"}), json!({"v": 0, "n": value})), "{value}");
    }
    for value in values().into_iter().filter(|value| !value.is_string()) {
        assert!(!holds(json!({"Variable": "$.v", "StringMatches": "*"}), json!({"v": value})), "{value}");
        assert!(!holds(json!({"Variable": "$.v", "TimestampLessThan": "2030-01-01T00:00:00Z"}), json!({"v": value})));
    }
}

/// What `<`, `=` and `>` of two values say for the five relations of a type, literal and path.
fn orders(kind: &str, left: &Value, right: &Value, order: std::cmp::Ordering) {
    for (relation, expected) in [
        ("Equals", order.is_eq()),
        ("LessThan", order.is_lt()),
        ("GreaterThan", order.is_gt()),
        ("LessThanEquals", order.is_le()),
        ("GreaterThanEquals", order.is_ge()),
    ] {
        let literal = json!({"Variable": "$.l", format!("{kind}{relation}"): right});
        let path = json!({"Variable": "$.l", format!("{kind}{relation}Path"): "$.r"});
        for rule in [literal, path] {
            let shown = rule.to_string();
            assert_eq!(holds(rule, json!({"l": left, "r": right})), expected, "{left} {shown}");
        }
    }
}

#[test]
fn relations_of_all_types() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    for (kind, left, right, order) in [
        ("Numeric", json!(0), json!(0.0), Equal),
        ("Numeric", json!(1), json!(1.1), Less),
        ("Numeric", json!(2.22), json!(2.22), Equal),
        ("Numeric", json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), Greater),
        ("Numeric", json!(-1), json!(u64::MAX), Less),
        ("String", json!(""), json!(""), Equal),
        ("String", json!("A"), json!("AB"), Less),
        ("String", json!("a"), json!("B"), Greater),
        // U+FF5E is above U+1F600's surrogates, though below its scalar value.
        ("String", json!("\u{ff5e}"), json!("\u{1f600}"), Greater),
        ("Timestamp", json!("2012-10-09T19:00:55Z"), json!("2012-10-09T19:00:56Z"), Less),
        ("Timestamp", json!("2012-10-09T19:00:55Z"), json!("2012-10-09T20:00:55+01:00"), Equal),
        ("Timestamp", json!("2012-10-09T19:00:55.5Z"), json!("2012-10-09T19:00:55Z"), Greater),
    ] {
        orders(kind, &left, &right, order);
    }
    assert!(holds(json!({"Variable": "$.l", "BooleanEqualsPath": "$.r"}), json!({"l": false, "r": false})));
    assert!(!holds(json!({"Variable": "$.l", "BooleanEqualsPath": "$.r"}), json!({"l": false, "r": true})));
}

#[test]
fn orders_are_of_code_units_and_of_exact_numbers() {
    assert!(utf16("\u{ff5e}", "\u{1f600}").is_gt());
    let huge = serde_json::Number::from_f64(1e300).expect("finite");
    assert_eq!(numeric(&5.into(), &huge), Some(std::cmp::Ordering::Less));
}

#[test]
fn a_missing_value_is_an_error_unless_presence_is_asked_for() {
    let cause = |path: &str| {
        Fault::runtime(format!("Invalid path '{path}': The choice state's condition path references an invalid value."))
    };
    let missing = |rule| decide(rule, json!({"v": 1}));
    assert_eq!(missing(json!({"Variable": "$.x", "NumericEquals": 1})), Err(cause("$.x")));
    assert_eq!(missing(json!({"Variable": "$.x.y", "IsNull": true})), Err(cause("$.x.y")));
    assert_eq!(missing(json!({"Variable": "$.v", "NumericEqualsPath": "$.x"})), Err(cause("$.x")));
    assert_eq!(missing(json!({"Variable": "$.x", "IsPresent": true})), Ok(false));
    assert_eq!(missing(json!({"Variable": "$.x", "IsPresent": false})), Ok(true));
}

#[test]
fn compositions_stop_where_they_are_decided() {
    let present = json!({"Variable": "$.v", "IsPresent": true});
    let absent = json!({"Variable": "$.v", "IsPresent": false});
    let fault = json!({"Variable": "$.x", "IsNull": true});
    for (rule, expected) in [
        (json!({"And": [present, present]}), Some(true)),
        (json!({"And": [present, absent, fault]}), Some(false)),
        (json!({"And": [present, fault]}), None),
        (json!({"Or": [absent, present, fault]}), Some(true)),
        (json!({"Or": [absent, absent]}), Some(false)),
        (json!({"Or": [absent, fault]}), None),
        (json!({"Not": absent}), Some(true)),
        (json!({"Not": {"And": [present, {"Or": [absent, {"Not": present}]}]}}), Some(true)),
        (json!({"Not": fault}), None),
    ] {
        let shown = rule.to_string();
        assert_eq!(decide(rule, json!({"v": 1})).ok(), expected, "{shown}");
    }
}

#[test]
fn the_context_object_can_be_tested() {
    assert!(holds(json!({"Variable": "$$.Execution.Name", "StringEquals": "it"}), json!({})));
    assert!(holds(json!({"Variable": "$.n", "StringEqualsPath": "$$.Execution.Name"}), json!({"n": "it"})));
}

#[test]
fn globs() {
    for (pattern, text, expected) in [
        ("log-*.txt", "log-.txt", true),
        ("log-*.txt", "log-2020.txt", true),
        ("log-*.txt", "log-2020.txt.bak", false),
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
        ("*a*b", "xxaxxbxxb", true),
        ("*a*b", "xxaxxbxxc", false),
        ("a**b", "ab", true),
        (r"\*", "*", true),
        (r"\*", "x", false),
        (r"a\\*", r"a\x", true),
        (r"a\b", r"a\b", true),
        (r"\", r"\", true),
        ("zażółć*", "zażółć gęślą", true),
    ] {
        assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
    }
    let slow = "a*".repeat(40) + "b";
    assert!(!Glob::new(&slow).matches(&"a".repeat(5_000)), "decided without trying every split");
}

#[test]
fn a_long_piece_is_searched_for_in_linear_time() {
    // Two billion comparisons for whoever tries the piece at every place; of the text's order for a linear search.
    let (piece, text) = ("a".repeat(20_000), "a".repeat(100_000));
    for (pattern, expected) in [
        (format!("*{piece}b"), false),
        (format!("*{piece}b*"), false),
        (format!("*{piece}*"), true),
        (format!("*{piece}*{piece}*{piece}*{piece}*{piece}"), true),
        (format!("*{piece}*{piece}*{piece}*{piece}*{piece}*a"), false),
    ] {
        assert_eq!(Glob::new(&pattern).matches(&text), expected, "{} bytes", pattern.len());
    }
}

/// The definition, without any thought for time.
fn plainly(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|at| plainly(rest, &text[at..])),
        ['\\', c @ ('*' | '\\'), rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && plainly(rest, &text[1..]),
    }
}

proptest! {
    #[test]
    fn globs_match_what_their_definition_matches(pattern in r"[ab*\\é]{0,8}", text in r"[ab*\\é]{0,8}") {
        let expected = plainly(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(Glob::new(&pattern).matches(&text), expected);
    }
}

#[test]
fn every_name_has_its_operator() {
    let names: Vec<&str> = super::operator::names().collect();
    assert_eq!(names.len(), 39);
    for name in names {
        let operator = super::operator::find(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(operator.is_path(), name.ends_with("Path"), "{name}");
    }
    assert_eq!(super::operator::find("StringEqual"), None);
    assert_eq!(super::operator::find("TimestampPath"), None);
}
