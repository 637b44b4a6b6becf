//! What expressions and templates give, what they refuse, and that nothing in them runs away.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Expected, Expression, Template};
use crate::asl::flow::{Data, Outcome};
use crate::asl::syntax::{Sources, json as syntax};
use crate::asl::variables::Variables;

fn variables(values: &Value) -> Variables {
    let mut variables = Variables::default();
    for (name, value) in values.as_object().unwrap() {
        variables.insert(name.as_str(), value.clone().into());
    }
    variables
}

fn in_scope<T>(input: &Value, run: impl FnOnce(Data<'_>) -> T) -> T {
    let (input, context) = (input.clone().into(), json!({"Task": {"Token": "t"}, "State": {"Name": "S"}}));
    let variables = variables(&json!({"x": 1, "list": [1, 2], "string": "mine", "big": 9_007_199_254_740_993_i64}));
    run(Data { variables: &variables, entropy: 7, now: 1_500_000_000_123, ..Data::new(&input, &context) })
}

fn eval(text: &str, input: &Value) -> Result<Option<Value>, String> {
    let expression = Expression::parse(text).map_err(|error| format!("{}: {}", error.code, error.message))?;
    in_scope(input, |scope| expression.evaluate(scope, "Output").map_err(|failed| failed.to_string()))
}

fn compile(value: &Value) -> (Template, Vec<String>) {
    let mut sources = Sources::default();
    let id = sources.add("t", value.to_string());
    let (node, _) = syntax::parse(&sources, id);
    let mut diagnostics = Vec::new();
    let template = Template::compile(&node.unwrap(), "/States/S/Output", &[], &mut diagnostics);
    let told = diagnostics.iter().map(|found| format!("{} {} {}", found.code, found.pointer, found.message));
    (template, told.collect())
}

fn fill(value: &Value, input: &Value) -> Result<Value, (String, Option<String>)> {
    let (template, told) = compile(value);
    assert_eq!(told, [""; 0]);
    in_scope(input, |scope| template.fill(scope, "Output").map_err(|failed| (failed.cause, failed.location)))
}

#[test]
fn expressions_give_values() {
    let input = json!({"a": {"b": [1, 2, 3]}, "items": [{"p": 2}, {"p": 3}], "f": 1.0, "i": 3, "n": null});
    for (text, expected) in [
        ("$states.input.a.b", json!([1, 2, 3])),
        ("$states.input.items.p", json!([2, 3])),
        ("$states.input.n", json!(null)),
        ("$states.input.f", json!(1.0)),
        ("$states.input.f + 1", json!(2)),
        ("$states.input.i / 2", json!(1.5)),
        ("$sum($states.input.a.b) + $x", json!(7)),
        ("$big", json!(9_007_199_254_740_993_i64)),
        ("[$big, 1]", json!([9_007_199_254_740_993_i64, 1])),
        ("{'a': $states.input.f, 'gone': $states.input.none}", json!({"a": 1.0})),
        ("$string", json!("mine")),
        ("[$string & '!']", json!(["mine!"])),
        ("$map([1, 2], $string)", json!(["mine"])),
        ("$states.context.State.Name & '-' & $x", json!("S-1")),
        ("'a' in ['a', 'b'] and $not(false)", json!(true)),
        ("$partition([1, 2, 3, 4, 5], 2)", json!([[1, 2], [3, 4], [5]])),
        ("$range(0, 6, 2)", json!([0, 2, 4, 6])),
        ("$range(1, 9, 9)", json!(1)),
        ("$range(3, 1, -1)", json!([3, 2, 1])),
        ("$range(1, 9, 9)", json!(1)),
        ("$hash('input', 'SHA-1')", json!("140f86aae51ab9e1cda9b4254fe98a74eb54c1a1")),
        ("$parse('{\"a\": [1, 1.5]}').a", json!([1, 1.5])),
        ("$random(42)", json!(0.727_563_680_032_868_1)),
        ("$now()", json!("2017-07-14T02:40:00.123Z")),
        ("$now('[Y0001]')", json!("2017")),
        ("$millis()", json!(1_500_000_000_123_i64)),
        ("$pad('x', 3, '.')", json!("x..")),
        ("'x' ~> $pad(-3)", json!("  x")),
        ("($p := $pad; $p('x', 2))", json!("x ")),
        ("$join(['a', 'b'], '-')", json!("a-b")),
        ("$replace('aba', 'a', 'c')", json!("cbc")),
        ("$replace('aba', 'a', 'c', 1)", json!("cba")),
        ("$replace('aba', /(a)/, '<$1>')", json!("<a>b<a>")),
        ("$replace('aba', /a/, function($m) { $uppercase($m.match) })", json!("AbA")),
        ("'aba' ~> $replace('a', 'c') ~> $uppercase()", json!("CBC")),
        ("'aba' ~> $replace(?, 'a', 'c')", json!("cbc")),
        ("'a-b' ~> $uppercase ~> $split('-')", json!(["A", "B"])),
        ("$map(['a', 'b'], $uppercase)", json!(["A", "B"])),
        ("['a', 'b'].$uppercase()", json!(["A", "B"])),
        ("($up := $trim ~> $uppercase; $up(' a '))", json!("A")),
        ("$join($replace(['a-b', 'c'][0], '-', $join(['x', 'y'], ',')).$split('x'), ';')", json!("a;,yb")),
        ("$match('abab', /a(b)/, 1).index", json!(0)),
        ("$count($match('abab', /a/))", json!(2)),
        ("$append([1], 2) ~> $reverse()", json!([2, 1])),
        ("$fromMillis(0, '[Y0001]-[M01]-[D01] [FNn,*-3]')", json!("1970-01-01 Thu")),
        ("$toMillis('1970-01-02', '[Y0001]-[M01]-[D01]')", json!(86_400_000)),
        ("[1, 0/0]", json!([1, null])),
        ("{'a': 0/0, 'b': 1}", json!({"b": 1})),
        ("($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(5))", json!(120)),
    ] {
        if text.contains("$map([1, 2], $string)") {
            // A variable has this name: it is no function here.
            assert!(eval(text, &input).is_err(), "{text}");
            continue;
        }
        assert_eq!(eval(text, &input), Ok(Some(expected)), "{text}");
    }
    for text in ["$states.input.none", "$gone", "$states.input.a.none.c", "$states.input.n.c", "function($a) { $a }"] {
        assert_eq!(eval(text, &input), Ok(None), "{text}");
    }
}

#[test]
fn random_values_are_the_same_for_the_same_entropy() {
    let uuid = eval("$uuid()", &json!({})).unwrap().unwrap();
    assert_eq!(eval("$uuid()", &json!({})), Ok(Some(uuid.clone())));
    assert_eq!(uuid.as_str().unwrap().chars().nth(14), Some('4'));
    let both = eval("[$uuid(), $uuid()]", &json!({})).unwrap().unwrap();
    assert_ne!(both[0], both[1]);
    let random = eval("$random()", &json!({})).unwrap().unwrap().as_f64().unwrap();
    assert!((0.0..1.0).contains(&random));
}

#[test]
fn errors_are_worded_as_on_aws() {
    for (text, expected) in [
        (
            "1 + 'a'",
            "threw an error during evaluation. T2002: The right side of the \"+\" operator must evaluate to a number",
        ),
        (
            "'a' + 1",
            "threw an error during evaluation. T2001: The left side of the \"+\" operator must evaluate to a number",
        ),
        ("$eval('1+1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        ("$nothing()", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            "$abs('a')",
            "threw an error during evaluation. T0410: Argument 1 of function \"abs\" does not match function signature",
        ),
        ("$error('oops')", "threw an error during evaluation. D3137: oops"),
        ("1/0", "threw an error during evaluation. D1001: Number out of range: Infinity"),
        ("[-1/0]", "threw an error during evaluation. D1001: Number out of range: -Infinity"),
        ("1/(10e300 * 10e100)", "threw an error during evaluation. D1001: Number out of range: Infinity"),
        (
            "$join('a', 2)",
            "threw an error during evaluation. T0410: Argument 2 of function \"join\" does not match function signature",
        ),
    ] {
        assert_eq!(eval(text, &json!({})), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_no_state_can_have_is_refused() {
    for (text, code) in [
        ("phone", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported."),
        ("$x + phone.a", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported."),
        ("$$", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' at the top level is not supported."),
        ("$", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported."),
        ("1 +", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        ("\"unterminated", "INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote"),
    ] {
        assert_eq!(eval(text, &json!({})), Err(code.to_owned()), "{text}");
    }
    for text in ["$x[a = 1]", "$x.a.(b + $)", "$x{a: b}", "$x^(a)", "$map($x, function($v) { $v.a })", "$x ~> |a|{}|"] {
        assert!(Expression::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn what_is_not_read_is_not_missed() {
    let input = json!({
        "a": {"b": [1, 2, 3], "c": {"d": "deep"}}, "i": 3, "items": [{"p": 2, "q": [{"r": 1}]}, {"q": {"r": 2}}, 4, [{"p": 5}]],
    });
    for text in [
        "[$states.input.items.p, $states.input.a]",
        "$states.input.items.q.r",
        "$states.input.items[p = 2].q",
        "$states.input.items.q.(%.p)",
        "[$states.input.a.b.(%.b[0])]",
        "[$states.input.a.c.(%.%.i)]",
        "$states.input.a.c.%.b",
        "$states.input.a.*",
        "$states.input.**.r",
        "$states.input.items@$item.q.{'r': r, 'p': $item.p}",
        "$states.input.items#$at.($at & p)",
        "$states.input.items{$string(p): q}",
        "$states.input.items^(>p).p",
        "$states.input ~> |a|{'i': 1}|",
        "$count($keys($states.input)) + $states.input.i",
        "$states.context.State.Name & $string($states.input.a)",
        "$states.{'name': context.State.Name, 'i': input.i}",
        "$keys($states)",
        "$lookup($states.input, 'a').c",
        "$states.output.a & 'x'",
    ] {
        // The other one reads all of it.
        assert_eq!(eval(text, &input), eval(&format!("($all := $states; {text})"), &input), "{text}");
    }
}

#[test]
fn an_expression_tells_what_it_reads() {
    let read = |text: &str| Expression::parse(text).unwrap().variables().collect::<Vec<_>>().join(" ");
    assert_eq!(read("$b + $a.c[$d = 1] + $sum($states.input.x)"), "a b d");
    assert_eq!(read("($own := $a; $own + $map([1], function($v) { $v + $c }))"), "a c");
    assert_eq!(read("$map($a, $uuid)"), "a");
    let context = |text: &str| Expression::parse(text).unwrap().uses_field("context");
    for text in ["$states.context.Task.Token", "$states", "$states.context", "'a' & $string($states.context.Task)"] {
        assert!(context(text), "{text}");
    }
    assert!(!context("$states.input.context & $x"));
}

#[test]
fn templates_are_filled_in_at_any_depth() {
    let template = json!({"a": ["{% $states.input.v %}", {"b": "{%$x%}"}], "{% k %}": " {% $x %} ", "c": [1.0, null]});
    let expected = json!({"a": [2, {"b": 1}], "{% k %}": " {% $x %} ", "c": [1.0, null]});
    assert_eq!(fill(&template, &json!({"v": 2})), Ok(expected));
    let (template, told) = compile(&json!({"a": [1, "x"], "b": {}}));
    assert!(template.expressions().next().is_none() && !template.uses_field("context") && told.is_empty());
    let (_, told) = compile(&json!({"a": ["{% 1 + %}", "{% b %}"]}));
    assert_eq!(
        told,
        [
            "INVALID_JSONATA_EXPRESSION /States/S/Output/a[0] Unexpected end of expression",
            "UNSUPPORTED_JSONATA_EXPRESSION /States/S/Output/a[1] Reference to 'b' at the top level is not supported.",
        ]
    );
}

#[test]
fn all_that_a_state_has_is_shown_in_order() {
    let made = json!([1]).into();
    for (name, outcome) in [("result", Outcome::Result(&made)), ("errorOutput", Outcome::Error(&made))] {
        // The first is had without an evaluation.
        for text in ["$states", "$merge([$states])"] {
            let evaluate = |scope: Data<'_>| {
                Expression::parse(text).unwrap().evaluate(Data { outcome: Some(outcome), ..scope }, "Output")
            };
            let shown = in_scope(&json!({}), evaluate).unwrap().unwrap();
            assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["input", "context", name], "{text}");
        }
    }
}

#[test]
fn a_failure_names_its_place() {
    let nothing = "The JSONata expression '$gone' specified for the field 'Output' returned nothing (undefined).";
    assert_eq!(fill(&json!("{% $gone %}"), &json!({})), Err((nothing.into(), Some("Output".into()))));
    let (cause, location) = fill(&json!({"a": [1, {"b": "{% $gone %}"}]}), &json!({})).unwrap_err();
    assert!(cause.contains("for the field 'Output/a[1]/b' returned"), "{cause}");
    assert_eq!(location.as_deref(), Some("Output/a[1]/b"));
    let (cause, _) = fill(&json!({"a": 1, "b": "{% 'a' * 2 %}"}), &json!({})).unwrap_err();
    assert_eq!(
        cause,
        "The JSONata expression ''a' * 2' specified for the field 'Output/b' threw an error during evaluation. T2001: \
         The left side of the \"*\" operator must evaluate to a number"
    );
}

#[test]
fn a_field_may_want_a_type() {
    let (template, _) = compile(&json!("{% $states.input %}"));
    for (input, found) in [
        (json!("string"), "'string' for value: \"string\""),
        (json!({"foo": "bar"}), "'object' for value: {\"foo\":\"bar\"}"),
        (json!(null), "'null' for value: null"),
        (json!(true), "'boolean' for value: true"),
    ] {
        let failed = in_scope(&input, |scope| template.fill_as(scope, "Items", Expected::Array)).unwrap_err();
        let expected = format!(
            "The JSONata expression '$states.input' specified for the field 'Items' returned an unexpected result type. \
             Expected 'array', but was {found}"
        );
        assert_eq!(failed.cause, expected);
        assert_eq!((&*failed.error, failed.location.as_deref()), ("States.QueryEvaluationError", Some("Items")));
    }
    assert_eq!(in_scope(&json!([1]), |scope| template.fill_as(scope, "Items", Expected::Array)), Ok(json!([1])));
}

#[test]
fn nothing_runs_away() {
    for (text, expected) in [
        ("$pad('x', 2000000000)", "memory limit"),
        ("($p := $pad; $p('x', 2000000000))", "memory limit"),
        ("$reduce([1..60], function($a, $v) { $a & $a }, 'x')", "memory limit"),
        // Which bound is reached first depends on the machine.
        ("$string($reduce([1..60], function($a, $v) { [$a, $a] }, 1))", "error during evaluation: "),
        ("$reduce([1..60], function($a, $v) { {'a': $a, 'b': $a} }, 1)", "memory limit"),
        ("[1..10000000]", "memory limit"),
        ("($t := $pad('x', 10000); $join([1..10000].($t)))", "memory limit"),
        // A short text and a long one make a very long one.
        ("($t := $pad('x', 1000000); $join($split($pad('', 2000, 'a'), ''), $t))", "memory limit"),
        ("($t := $pad('x', 4000000); $replace($t, ' ', $t))", "memory limit"),
        ("($t := $pad('x', 4000000); $t ~> $replace(/ /, $t))", "memory limit"),
        ("($t := $pad('x', 4000000); $replace($t, / /, function($m) { $t }))", "error during evaluation: "),
        ("($t := $pad('x', 4000000); $f := function($m) { $t }; $replace($t, / /, $f))", "error during evaluation: "),
        ("$match($pad('a', 4000000, 'a'), /a/)", "error during evaluation: "),
        ("$split($pad('a', 4000000), '')", "error during evaluation: "),
        ("$encodeUrl($pad('a', 4000000, '%'))", "error during evaluation: "),
        ("$reduce([1..60], function($a, $v) { $base64encode($a) }, 'abcdefgh')", "memory limit"),
        ("$fromMillis(0, '[Y,*-2000000000]')", "memory limit"),
        ("$fromMillis(0, '[Y1111111111111111111]')", "memory limit"),
        ("$now('[M#1,2000000000]')", "memory limit"),
        // Each is within its bounds, all of them are not.
        ("($t := $pad('x', 4000000); [1..1000].$uppercase($t))", "error during evaluation: "),
        ("($t := $pad('x', 4000000); [1..1000].($t ~> $lowercase))", "error during evaluation: "),
        ("($t := $pad('x', 4000000); [1..1000].($t).$uppercase())", "error during evaluation: "),
        (
            "($t := $pad('x', 4000000); $map([1..1000], function($v) { $substring($t, 1) }))",
            "error during evaluation: ",
        ),
        ("($t := $pad('x', 4000000); $f := $substringBefore(?, '-'); [1..1000].$f($t))", "error during evaluation: "),
        ("($a := [1..800000]; [1..1000].[[$reverse($a)]])", "error during evaluation: "),
        ("($f := function($x) { 1 + $f($x) }; $f(1))", "Stack overflow"),
        ("($f := function($x) { $f($x + 1) }; $f(1))", "timeout"),
    ] {
        let failed = eval(text, &json!({})).unwrap_err();
        assert!(failed.contains(expected), "{text}: {failed}");
    }
}

#[test]
fn a_small_stack_is_enough() {
    let small = std::thread::Builder::new().stack_size(128 << 10).spawn(|| {
        let deep = format!("{}1{}", "[".repeat(400), "]".repeat(400));
        eval(&deep, &json!({})).map(|_| ())
    });
    assert_eq!(small.unwrap().join().unwrap(), Ok(()));
}

/// Pieces of expressions, most of which fit together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "$states",
        ".input",
        ".a",
        "[0]",
        "[a=1]",
        "$x",
        "$list",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'k'",
        ":",
        ",",
        "1",
        "2.5",
        "+",
        "-",
        "&",
        "=",
        "<",
        "and",
        "?",
        "~>",
        "$sum",
        "$map",
        "$string",
        "$pad",
        "function($v)",
        "$v",
        ":=",
        ";",
        "..",
        "^",
        "@",
        "#",
        "%",
        "**",
        "*",
        "$$",
        "/a+/",
        "|",
        "$join",
        "$replace",
        "$now()",
        "$range(1,3,1)",
        "null",
        " ",
    ]);
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-c]", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![pieces(), any::<String>()], input in documents()) {
        let told = eval(&text, &input);
        prop_assert!(told.is_ok() || !told.unwrap_err().contains("internal"));
    }

    #[test]
    fn the_short_way_gives_what_the_evaluator_gives(input in documents(), names in prop::collection::vec("[a-c]", 0..4)) {
        let path: String = names.iter().flat_map(|name| [".", name]).collect();
        for plain in [format!("$states.input{path}"), format!("{{'k': $states.input{path}, 'l': 'm'}}")] {
            prop_assert_eq!(eval(&plain, &input), eval(&format!("({plain})"), &input), "{}", plain);
        }
    }
}
