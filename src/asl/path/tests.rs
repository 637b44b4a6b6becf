//! What paths select, what they refuse, and the laws that hold for all of them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Path, ReferencePath};
use crate::asl::Payload;
use crate::asl::flow::Data;

fn evaluate(path: &str, input: &Value) -> Result<Value, String> {
    let path = Path::parse(path).map_err(|error| format!("{}..{} {error}", error.start, error.end))?;
    let input = Payload::from(input.clone());
    let context = json!({"Execution": {"Id": "arn"}});
    let data = Data::new(&input, &context);
    path.evaluate(data).map(std::borrow::Cow::into_owned).map_err(|miss| miss.cause)
}

#[track_caller]
fn check(path: &str, input: &Value, expected: Value) {
    assert_eq!(evaluate(path, input), Ok(expected), "{path}");
}

#[track_caller]
fn check_miss(path: &str, input: &Value, cause: &str) {
    assert_eq!(evaluate(path, input), Err(cause.to_owned()), "{path}");
}

#[test]
fn names_and_indexes_select_one_value() {
    let input = json!({"a": {"b": [10, 20, {"c": null}]}, "int-literal": 1, "a b": 2, "it's": 3, "x.y": 4, "é": 5});
    for (path, expected) in [
        ("$", input.clone()),
        ("$.a.b[0]", json!(10)),
        ("$.a.b[-2]", json!(20)),
        ("$['a']['b'][2][\"c\"]", json!(null)),
        ("$.['a'].b[ 1 ]", json!(20)),
        ("$.int-literal", json!(1)),
        ("$['a b']", json!(2)),
        (r"$['it\'s']", json!(3)),
        ("$['x.y']", json!(4)),
        (r"$['\u00e9']", json!(5)),
        ("$.é ", json!(5)),
        ("$['int-literal','a b','none']", json!({"int-literal": 1, "a b": 2})),
        ("$$.Execution.Id", json!("arn")),
        ("$$", json!({"Execution": {"Id": "arn"}})),
    ] {
        check(path, &input, expected);
    }
}

#[test]
fn a_definite_path_that_selects_nothing_misses() {
    let input = json!({"a": {"b": [1]}, "s": "text", "n": null});
    for (path, cause) in [
        ("$.x", "No results for path: $['x']"),
        ("$.a.x", "No results for path: $['a']['x']"),
        ("$.x.y", "Missing property in path $['x']"),
        ("$.a.b[1]", "No results for path: $['a']['b'][1]"),
        ("$.a.b[-2]", "No results for path: $['a']['b'][-2]"),
        ("$.s[0]", "Filter: [0] can only be applied to arrays. Current context is: text"),
        ("$.a[0]", "Filter: [0] can only be applied to arrays. Current context is: {b=[1]}"),
        ("$.n[0]", "The path $['n'] is null"),
        (
            "$.s.x",
            "Expected to find an object with property ['x'] in path $['s'] but found 'java.lang.String'. This is not a \
             json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
        ),
    ] {
        check_miss(path, &input, cause);
    }
}

#[test]
fn an_indefinite_path_gives_an_array() {
    let input = json!({"a": [{"k": 1}, {"k": 2}, {"j": 3}, 4], "o": {"x": 1, "y": 2}});
    for (path, expected) in [
        ("$.a[*].k", json!([1, 2])),
        ("$.o.*", json!([1, 2])),
        ("$.o[*]", json!([1, 2])),
        ("$.a[0,3]", json!([{"k": 1}, 4])),
        ("$.a[3,-1,9]", json!([4, 4])),
        ("$.a[0:2].k", json!([1, 2])),
        ("$.a[:1]", json!([{"k": 1}])),
        ("$.a[3:]", json!([4])),
        ("$.a[-1:]", json!([4])),
        ("$.a[:-3]", json!([{"k": 1}])),
        ("$.a[-2:-1]", json!([{"j": 3}])),
        // Not Python's slice: AWS's engine compares the ends as they are written.
        ("$.a[0:-1]", json!([])),
        ("$..k", json!([1, 2])),
        ("$..[0]", json!([{"k": 1}])),
        ("$.a[*]['k','j']", json!([{"k": 1}, {"k": 2}, {"j": 3}])),
        ("$.none[*]", json!([])),
        ("$.none.items[:1]", json!([])),
        ("$.o.x[*]", json!([])),
        ("$.o.x[?(@ > 0)]", json!([])),
    ] {
        check(path, &input, expected);
    }
}

#[test]
fn descent_finds_outer_before_inner() {
    let input = json!({"a": {"k": {"k": 1}}, "b": [{"k": 2}], "k": 3});
    check("$..k", &input, json!([3, {"k": 1}, 1, 2]));
    check("$.a..*", &input, json!([{"k": 1}, 1]));
    check("$..b[0].k", &input, json!([2]));
}

#[test]
fn filters_compare() {
    let input = json!({
        "limit": 2,
        "a": [
            {"n": 1, "s": "x", "t": ["p"]},
            {"n": 2.0, "s": "y", "t": []},
            {"n": 3, "s": "Xy", "t": ["p", "q"], "b": true},
            {"s": null},
        ],
    });
    for (filter, expected) in [
        ("@.n == 2", vec![1]),
        ("@.n == '3'", vec![2]),
        ("@.n === 1", vec![0]),
        ("@.n != 1", vec![1, 2, 3]),
        ("@.n > 1", vec![1, 2]),
        ("@.n >= $.limit", vec![1, 2]),
        ("@.n<2", vec![0]),
        ("2 <= @.n", vec![1, 2]),
        ("@.s < 'x'", vec![2]),
        ("@.s < 5", vec![]),
        ("@.s == 'x' && @.n > 3 || !(@.n)", vec![3]),
        ("!@.n || @.n == 1", vec![0, 3]),
        ("(@.n == 1 || @.n == 2) && @.s == 'y'", vec![1]),
        ("@.s =~ /x.*/i", vec![0, 2]),
        ("@.s =~ /y/", vec![1]),
        (r"@.s =~ /a\/b/", vec![]),
        ("@.s in ['x', \"y\"]", vec![0, 1]),
        ("@.s nin ['x','y', null]", vec![2]),
        ("@.t contains 'q'", vec![2]),
        ("@.s contains 'y'", vec![1, 2]),
        ("@.t subsetof ['p']", vec![0, 1]),
        ("@.t anyof ['q','r']", vec![2]),
        ("@.t noneof ['q']", vec![0, 1]),
        ("@.t size 2", vec![2]),
        ("@.t size ['one']", vec![0]),
        ("@.s size 1", vec![0, 1]),
        ("@.t empty true", vec![1]),
        ("@.t empty false", vec![0, 2]),
        ("@.b", vec![2]),
        ("@.b exists false", vec![0, 1, 3]),
        ("@.s == null", vec![3]),
        ("@.n == null", vec![]),
        ("@.t[?(@ == 'q')]", vec![2]),
        ("@.t.length() > 0", vec![0, 2]),
        ("@['n'] == 1", vec![0]),
        ("@ == {'s': null}", vec![3]),
        ("true == @.b", vec![2]),
    ] {
        let items = input["a"].as_array().unwrap();
        let expected: Vec<Value> = expected.into_iter().map(|place: usize| items[place].clone()).collect();
        check(&format!("$.a[?({filter})]"), &input, Value::Array(expected));
    }
}

/// As `EvaluatorFactory` of Jayway's JsonPath has it.
#[test]
fn filters_on_what_is_no_text_or_list() {
    let input = json!([{"v": "ab"}, {"v": ["x", "ab"]}, {"v": {"k": 1}}, {"v": null}, {"v": 12}, {"v": true}, {}]);
    for (filter, expected) in [
        ("@.v =~ /a./", vec![0, 1]),
        ("@.v =~ /12/", vec![4]),
        ("@.v =~ /TRUE/i", vec![5]),
        ("@.v =~ /.*/", vec![0, 1, 2, 3, 4, 5, 6]),
        ("@.v =~ /.+/", vec![0, 1, 4, 5]),
        ("@.v size 1", vec![]),
        ("@.v size 2", vec![0, 1]),
        ("@.v == null", vec![3]),
        ("@.v != null", vec![0, 1, 2, 4, 5, 6]),
        ("@.v", vec![0, 1, 2, 3, 4, 5]),
        ("@.v < 13", vec![4]),
        ("@.v == '12'", vec![4]),
        ("@.v nin ['ab']", vec![1, 2, 3, 4, 5, 6]),
        ("@.v contains 'ab'", vec![0, 1]),
        ("@.v anyof ['ab']", vec![1]),
        ("@.v == ['x', 'ab']", vec![1]),
    ] {
        let expected: Vec<Value> = expected.into_iter().map(|place: usize| input[place].clone()).collect();
        check(&format!("$[?({filter})]"), &input, Value::Array(expected));
    }
}

#[test]
fn a_filter_on_an_object_looks_at_the_object() {
    let input = json!({"user": {"age": 20}});
    check("$.user[?(@.age > 18)].age", &input, json!([20]));
    check("$..[?(@.age)]", &input, json!([{"age": 20}]));
}

#[test]
fn functions_end_a_path() {
    let input = json!({"n": [1, 2, 3, 4], "o": {"x": 1, "y": 2}, "s": ["a", "b"], "length": 7, "e": []});
    for (path, expected) in [
        ("$.n.length()", json!(4)),
        ("$.n.size()", json!(4)),
        ("$.o.length()", json!(2)),
        ("$.length", json!(7)),
        ("$.n[*].length()", json!(4)),
        ("$..x.length()", json!(1)),
        ("$.o.keys()", json!(["x", "y"])),
        ("$.n.min()", json!(1.0)),
        ("$.n.max()", json!(4.0)),
        ("$.n.avg()", json!(2.5)),
        ("$.n.sum()", json!(10.0)),
        ("$.o.sum($.n, 5)", json!(15.0)),
        ("$.n.stddev()", json!(1.118_033_988_749_895)),
        ("$.s.concat()", json!("ab")),
        ("$.s.concat('-', $.length)", json!("ab-7")),
        ("$.n.append(5)", json!([1, 2, 3, 4, 5])),
        ("$.n.first()", json!(1)),
        ("$.n.last()", json!(4)),
        ("$.n.index(1)", json!(2)),
        ("$.n.index(-2)", json!(3)),
        ("$.length.length()", json!(null)),
    ] {
        check(path, &input, expected);
    }
    let empty = "Aggregation function attempted to calculate value using empty array";
    for path in ["$.e.max()", "$.e.avg()", "$.e.first()", "$.e.last()", "$.n.index(4)", "$.n.index(-5)", "$.s.sum()"] {
        check_miss(path, &input, empty);
    }
}

#[test]
fn what_is_no_path_is_refused_at_its_place() {
    for (path, expected) in [
        ("", "0..0 a path starts with '$', found the end"),
        ("a.b", "0..1 a path starts with '$', found 'a'"),
        ("$.", "2..2 expected a name after '.', found the end"),
        ("$..", "3..3 expected a name after '.', found the end"),
        ("$.a b", "4..5 expected '.' or '[', found 'b'"),
        ("$.a..", "5..5 expected a name after '.', found the end"),
        ("$[", "2..2 expected a name in quotes, an index, '*' or '?(', found the end"),
        ("$[a]", "2..3 expected a name in quotes, an index, '*' or '?(', found 'a'"),
        ("$['a]", "2..5 the string has no end"),
        ("$['a'", "5..5 expected ']', found the end"),
        ("$[1:2:1]", "5..6 a slice has no step: write [from:to]"),
        ("$[:]", "2..3 a slice needs a start or an end: for all items write [*]"),
        ("$[99999999999]", "2..13 an index is at most 2147483647"),
        ("$.a[?@.b]", "5..6 a filter is written [?(…)], found '@'"),
        ("$.a[?(@.b =< 1)]", "10..11 expected an operator, found '='"),
        ("$.a[?(@.b like 1)]", "10..14 there is no operator 'like'"),
        ("$.a[?(@.b == x)]", "13..14 'x' is no value: a string stands in quotes"),
        ("$.a[?(1)]", "6..7 a filter compares a path: [?(@.a == 1)]"),
        ("$.a[?(@.b == 01)]", "13..15 '01' is not a number"),
        ("$.a.size", ""),
        ("$.a.wat()", "4..7 there is no path function 'wat()': a name with '(' is written ['wat']"),
        ("$.a.length().b", "12..13 expected '.' or '[', found '.'"),
        ("$.a.index()", "4..11 'index' takes one number"),
        ("$$name", "0..6 '$$name' is no path: a field is written '$$.name'"),
        ("$1", "0..2 '$1' is no path: a field is written '$.1'"),
        ("$['\\ud800']", "4..9 half of a surrogate pair is no character"),
    ] {
        let error =
            Path::parse(path).map_or_else(|error| format!("{}..{} {error}", error.start, error.end), |_| String::new());
        assert_eq!(error, expected, "{path}");
    }
    assert!(Path::parse("$.a[?(@.b =~ /(/)]").unwrap_err().message.starts_with("not a regular expression"));
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("(", ")"), ("!", "")] {
        let filter = |levels: usize| format!("$[?({}@.a{})]", open.repeat(levels), close.repeat(levels));
        assert!(Path::parse(&filter(20)).is_ok());
        assert!(Path::parse(&filter(100_000)).is_err());
    }
    let literal = |levels: usize| format!("$[?(@.a == {}{})]", "[".repeat(levels), "]".repeat(levels));
    assert!(Path::parse(&literal(20)).is_ok());
    assert!(Path::parse(&literal(100_000)).is_err());
    let filters = |levels: usize| format!("{}@{}", "$[?(".repeat(levels), ")]".repeat(levels));
    assert!(Path::parse(&filters(100_000)).is_err());
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({"a": [inner]}))
}

#[test]
fn deep_documents_are_walked() {
    let input = nested(256);
    check(&format!("${}", ".a[0]".repeat(256)), &input, json!(1));
    check("$..a.length()", &input, json!(256));
    assert!(evaluate("$..*", &input).is_ok());
}

#[test]
fn evaluation_is_bounded_in_steps_and_output() {
    let wide: Value = (0..1000).map(|n| json!({"a": [n, n, n]})).collect();
    check_miss("$..*..*..*..*", &nested(60), "The path looks at more than 1000000 values");
    check_miss("$[?(@.a in $..a)]", &wide, "The path looks at more than 1000000 values");
    let heavy = json!([{"text": "x".repeat(200_000)}]);
    check_miss("$[0,0,0,0,0,0].text", &heavy, "The path selects more than 1048576 bytes");
    check_miss("$[0,0,0,0,0,0]['text','text']", &heavy, "The path selects more than 1048576 bytes");
    // The last argument selects nothing, which nobody finds out.
    for function in ["concat", "append"] {
        let many = "$[0].text, ".repeat(5_000);
        check_miss(&format!("$.{function}({many}$.x.y)"), &heavy, "The path selects more than 1048576 bytes");
    }
}

#[track_caller]
fn check_write(path: &str, mut document: Value, expected: Option<&Value>) {
    let path = ReferencePath::parse(path).unwrap();
    let written = path.write(&mut document, json!("new")).map(|()| document);
    assert_eq!(written.as_ref(), expected, "{path}");
}

#[test]
fn reference_paths_write() {
    check_write("$.a", json!({}), Some(&json!({"a": "new"})));
    check_write("$.a", json!({"z": 1, "a": 2, "b": 3}), Some(&json!({"z": 1, "a": "new", "b": 3})));
    check_write("$.a.b['c']", json!({"a": {"x": 1}}), Some(&json!({"a": {"x": 1, "b": {"c": "new"}}})));
    check_write("$.a[1].b", json!({"a": [1, {}]}), Some(&json!({"a": [1, {"b": "new"}]})));
    check_write("$[0]", json!([1, 2]), Some(&json!(["new", 2])));
    check_write("$", json!([1, 2]), Some(&json!("new")));
    check_write("$.a[2]", json!({"a": [1]}), None);
    check_write("$.a[0]", json!({}), None);
    check_write("$.a.b", json!({"a": "text"}), None);
    check_write("$.a.b", json!({"a": null}), None);
    check_write("$.a", json!("text"), None);
    check_write("$.a", json!([1]), None);
}

#[test]
fn reference_paths_are_plain() {
    for path in ["$..a", "$.*", "$[*]", "$[0,1]", "$[0:1]", "$[?(@.a)]", "$['a','b']", "$.a.length()", "$[-1]"] {
        let error = ReferencePath::parse(path).unwrap_err();
        assert_eq!(error.message, "a reference path has names and indexes only: $.a.b[0]['c']", "{path}");
    }
    assert!(ReferencePath::parse("$$.Execution").unwrap_err().message.starts_with("the context object"));
    assert!(ReferencePath::parse("$.a)b]").is_ok());
    assert!(ReferencePath::parse("$.a b").is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(Value::from),
        "[abk]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[abk]", inner, 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A step of any kind, as it is written.
fn any_step() -> impl Strategy<Value = String> {
    let names = [".a", ".b", "['k']", r"['it\'s']", "['a','b']", "..a", "..*", ".*", "[*]", "[0,1]", "[1:]", "[:-1]"];
    let rest =
        ["[0]", "[-1]", "[?(@.a == 1)]", "[?(@.a && !(@.b in ['a']))]", "[?(@ =~ /a.*/i)]", "..[0]", "[?(@.a > $.b)]"];
    prop::sample::select([names.as_slice(), rest.as_slice()].concat()).prop_map(str::to_owned)
}

fn any_path() -> impl Strategy<Value = String> {
    (prop::collection::vec(any_step(), 0..6), prop::sample::select(vec!["", ".length()", ".sum()", ".first()"]))
        .prop_map(|(steps, call)| format!("${}{call}", steps.concat()))
}

fn any_reference_path() -> impl Strategy<Value = String> {
    let step = prop_oneof!["[.][abk]", r"\['[abk .]'\]"];
    prop::collection::vec(step, 1..5).prop_map(|steps| format!("${}", steps.concat()))
}

proptest! {
    #[test]
    fn a_path_displays_as_it_was_written(path in any_path()) {
        let parsed = Path::parse(&path).unwrap();
        prop_assert_eq!(parsed.to_string(), path.as_str());
        prop_assert_eq!(format!("{:?}", Path::parse(&parsed.to_string()).unwrap()), format!("{parsed:?}"));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r#"\$?[$@.\[\]()'"?*:,\\/=!<>~&|{} a-c0-9é-]{0,40}"#) {
        if let Err(error) = Path::parse(&text) {
            prop_assert!(text.get(error.start..error.end).is_some(), "{:?} is no place in {:?}", error, text);
        }
        if let Err(error) = ReferencePath::parse(&text) {
            prop_assert!(text.get(error.start..error.end).is_some());
        }
    }

    #[test]
    fn evaluation_never_panics_and_gives_an_array_where_indefinite(path in any_path(), input in any_value()) {
        let parsed = Path::parse(&path).unwrap();
        let found = evaluate(&path, &input);
        if !parsed.query.is_definite() {
            prop_assert!(found.unwrap().is_array());
        }
    }

    #[test]
    fn a_definite_path_selects_what_its_steps_select_one_by_one(path in any_reference_path(), input in any_value()) {
        let parsed = Path::parse(&path).unwrap();
        prop_assert!(parsed.query.is_definite());
        // The same path after a wildcard's array finds at most one value.
        let found = evaluate(&path.replacen('$', "$[*]", 1), &json!([input])).unwrap();
        prop_assert_eq!(found.as_array().unwrap().len(), usize::from(evaluate(&path, &input).is_ok()));
        prop_assert_eq!(found.get(0).cloned(), evaluate(&path, &input).ok());
    }

    #[test]
    fn what_is_written_is_read_back(path in any_reference_path(), input in any_value(), value in any_value()) {
        let mut document = input;
        if ReferencePath::parse(&path).unwrap().write(&mut document, value.clone()).is_some() {
            prop_assert_eq!(evaluate(&path, &document), Ok(value));
        }
    }
}
