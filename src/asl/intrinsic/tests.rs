//! What each function gives and what it refuses.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Call;
use super::catalog::FUNCTIONS;
use super::draws::Draws;
use crate::asl::flow::Data;
use crate::asl::{Fault, JSON_DEPTH_MAX, Payload};

fn call(text: &str, input: &Value, entropy: u128) -> Result<Value, Fault> {
    let call = Call::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let context = json!({"Execution": {"Name": "run"}, "StateMachine": {"Id": "arn", "Name": "m-1"}});
    let input = Payload::from(input.clone());
    let data = Data { entropy, ..Data::new(&input, &context) };
    call.evaluate(data, &mut Draws::new(entropy, "Parameters"))
}

#[track_caller]
fn check(text: &str, input: &Value, expected: Value) {
    assert_eq!(call(text, input, 1), Ok(expected), "{text}");
}

/// Every call fails with the words that AWS has for arguments of no use.
#[track_caller]
fn check_invalid(calls: &[&str], input: &Value) {
    for text in calls {
        let name = text.split('(').next().unwrap();
        let cause = format!("The function '{text}' had the following error: Invalid arguments in {name}");
        assert_eq!(call(text, input, 1), Err(Fault::runtime(cause)), "{text}");
    }
}

#[test]
fn arrays() {
    let input = json!({"a": [1, 2, 3, 4], "o": [{"x": 1, "y": [2]}, "s"], "p": {"y": [2], "x": 1}, "i": 2, "n": null});
    for (text, expected) in [
        ("States.Array()", json!([])),
        ("States.Array($.i, 'text', 1.5, true, null, $.n)", json!([2, "text", 1.5, true, null, null])),
        ("States.ArrayPartition($.a, 3)", json!([[1, 2, 3], [4]])),
        ("States.ArrayPartition($.a, 9.7)", json!([[1, 2, 3, 4]])),
        ("States.ArrayPartition(States.Array(), 2)", json!([])),
        ("States.ArrayContains($.a, 3)", json!(true)),
        ("States.ArrayContains($.a, '3')", json!(false)),
        ("States.ArrayContains($.o, $.p)", json!(true)),
        ("States.ArrayContains($.a, null)", json!(false)),
        ("States.ArrayRange(1, 9, 2)", json!([1, 3, 5, 7, 9])),
        ("States.ArrayRange(5, 1, -2)", json!([5, 3, 1])),
        ("States.ArrayRange(5, 1, 1)", json!([])),
        ("States.ArrayRange(1.6, 1.4, 1)", json!([1])),
        ("States.ArrayGetItem($.a, $.i)", json!(3)),
        ("States.ArrayGetItem(States.StringSplit($$.StateMachine.Name, '-'), 0)", json!("m")),
        ("States.ArrayLength($.a)", json!(4)),
        ("States.ArrayLength($.a[?(@ > 2)])", json!(2)),
        (
            "States.ArrayUnique(States.Array(1, 1.0, 'a', 'a', null, null, $.p, $.o[0], $.a, $.a))",
            json!([1, 1.0, "a", null, {"y": [2], "x": 1}, [1, 2, 3, 4]]),
        ),
    ] {
        check(text, &input, expected);
    }
    assert_eq!(call("States.ArrayRange(1, 1000, 1)", &input, 1).unwrap().as_array().unwrap().len(), 1000);
    check_invalid(
        &[
            "States.ArrayPartition($.a, 0)",
            "States.ArrayPartition($.a, 0.9)",
            "States.ArrayPartition($.a, '1')",
            "States.ArrayContains($.p, 1)",
            "States.ArrayRange(1, 1001, 1)",
            "States.ArrayRange(1, 10, 0)",
            "States.ArrayRange(1, 9223372036854775807, 1)",
            "States.ArrayRange('a', 5, 1)",
            "States.ArrayGetItem($.a, 4)",
            "States.ArrayGetItem($.a, -1)",
            "States.ArrayGetItem($.a, 1e300)",
            "States.ArrayLength('abc')",
            "States.ArrayUnique($.n)",
        ],
        &input,
    );
}

#[test]
fn texts() {
    let input = json!({"a": "x", "t": "Hello {}", "o": {"Id": "arn", "Names": ["a", 1.5, null]}, "csv": "1+2,3.,4"});
    for (text, expected) in [
        ("States.Format('Hello {}, {}', $.a, 1.5)", json!("Hello x, 1.5")),
        ("States.Format('{}|{}|{}', null, true, -1)", json!("null|true|-1")),
        ("States.Format('{}', $.o)", json!("{Id=arn, Names=[a, 1.5, null]}")),
        ("States.Format('m={}', $$.StateMachine)", json!("m={Id=arn, Name=m-1}")),
        (r"States.Format('\{\}\'\\ \n {}', '\{é\}')", json!(r"{}'\ \n {é}")),
        ("States.Format($.t, $.a)", json!("Hello x")),
        ("States.Format('none')", json!("none")),
        ("States.Format('{}', '{}')", json!("{}")),
        ("States.Format('a, (b)')", json!("a, (b)")),
        ("States.StringSplit($.csv, '.+,')", json!(["1", "2", "3", "4"])),
        ("States.StringSplit(',,', ',')", json!([])),
        ("States.StringSplit(' , ', ',')", json!([" ", " "])),
        ("States.StringSplit('abc', '')", json!(["abc"])),
        ("States.StringSplit('', ',')", json!([])),
        ("States.StringSplit('Hello\nWorld', '\n')", json!(["Hello", "World"])),
    ] {
        check(text, &input, expected);
    }
    check_invalid(&["States.StringSplit(1, ',')", "States.StringSplit('a', null)", "States.Format(1)"], &input);
    for (text, detail) in [
        (
            "States.Format('{}')",
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        (
            "States.Format('', 1)",
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        ("States.Format('{', 1)", "Invalid template in States.Format: matching '}' not found for '{'."),
        ("States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'."),
    ] {
        let cause = format!("The function '{text}' had the following error: {detail}");
        assert_eq!(call(text, &input, 1), Err(Fault::runtime(cause)));
    }
}

#[test]
fn many_separators_split_as_few_do() {
    // Twenty billion comparisons for whoever asks every separator for every character.
    let separators: String = ('\u{4e00}'..).take(20_000).chain(['+']).collect();
    let input = json!({"text": "a".repeat(100_000) + "+b", "separators": separators.repeat(10)});
    check("States.StringSplit($.text, $.separators)", &input, json!(["a".repeat(100_000), "b"]));
}

#[test]
fn json_texts_and_objects() {
    let input =
        json!({"o": {"a": 1, "b": {"c": 2}}, "p": {"b": {"d": 3}, "e": 1.0}, "s": "{\"x\": [1, 2.50]}", "bad": "{"});
    check("States.StringToJson($.s)", &input, json!({"x": [1, 2.5]}));
    // A double is read as the nearest one, not as a neighbour of it.
    check(
        "States.JsonToString(States.StringToJson('1.0000000000000001e+89'))",
        &input,
        json!("1.0000000000000001e+89"),
    );
    check(r#"States.StringToJson('{"t": "a \"quote\""}')"#, &input, json!({"t": "a \"quote\""}));
    check("States.JsonToString($.o)", &input, json!(r#"{"a":1,"b":{"c":2}}"#));
    check("States.JsonToString('x')", &input, json!("\"x\""));
    check("States.JsonMerge($.o, $.p, false)", &input, json!({"a": 1, "b": {"d": 3}, "e": 1.0}));
    check_invalid(
        &[
            "States.StringToJson($.bad)",
            "States.StringToJson('')",
            "States.StringToJson(1)",
            "States.JsonMerge($.o, $.p, true)",
            "States.JsonMerge($.o, $.s, false)",
            "States.JsonMerge($.o, $.p, 'false')",
        ],
        &input,
    );
}

#[test]
fn encodings_and_hashes() {
    let input = json!({"long": "a".repeat(10_001), "most": "é".repeat(10_000)});
    for (text, expected) in [
        ("States.Base64Encode('Data to encode é')", json!("RGF0YSB0byBlbmNvZGUgw6k=")),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGUgw6k=')", json!("Data to encode é")),
        ("States.Base64Decode('/w==')", json!("\u{fffd}")),
        ("States.Hash('', 'MD5')", json!("d41d8cd98f00b204e9800998ecf8427e")),
        ("States.Hash('abc', 'SHA-1')", json!("a9993e364706816aba3e25717850c26c9cd0d89d")),
        ("States.Hash('abc', 'SHA-256')", json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        (
            "States.Hash('abc', 'SHA-384')",
            json!("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
        ),
        (
            "States.Hash('abc', 'SHA-512')",
            json!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
    ] {
        check(text, &input, expected);
    }
    assert!(call("States.Base64Encode($.most)", &input, 1).is_ok());
    check_invalid(
        &[
            "States.Base64Encode($.long)",
            "States.Base64Encode(1)",
            "States.Base64Decode('a')",
            "States.Base64Decode('####')",
            "States.Hash($.long, 'MD5')",
            "States.Hash('a', 'sha1')",
            "States.Hash('a', 'CRC32')",
        ],
        &input,
    );
}

#[test]
fn sums() {
    let input = json!({"n": 111});
    for (text, expected) in [
        ("States.MathAdd($.n, -1)", 110),
        ("States.MathAdd(1.6, 2.7)", 5),
        ("States.MathAdd(0.1, 0.2)", 0),
        ("States.MathAdd(-1.5, 0)", -1),
        ("States.MathAdd(2147483646, 1)", 2_147_483_647),
        ("States.MathAdd(-2147483648, 0)", -2_147_483_648),
    ] {
        check(text, &input, json!(expected));
    }
    check_invalid(
        &[
            "States.MathAdd(2147483647, 1)",
            "States.MathAdd(3000000000, 1)",
            "States.MathAdd('1', 1)",
            "States.MathAdd(1, null)",
        ],
        &input,
    );
}

#[test]
fn random_numbers_follow_the_seed() {
    let draw = |text: &str, entropy| call(text, &json!({}), entropy).unwrap().as_i64().unwrap();
    assert_eq!(draw("States.MathRandom(1, 1000000, 42)", 1), draw("States.MathRandom(1, 1000000, 42)", 2));
    assert_ne!(draw("States.MathRandom(1, 1000000, 42)", 1), draw("States.MathRandom(1, 1000000, 43)", 1));
    assert_eq!(draw("States.MathRandom(1, 1000000)", 1), draw("States.MathRandom(1, 1000000)", 1));
    assert_ne!(draw("States.MathRandom(1, 1000000)", 1), draw("States.MathRandom(1, 1000000)", 2));
    let drawn: HashSet<i64> = (0..200).map(|entropy| draw("States.MathRandom(-2.9, 2.9)", entropy)).collect();
    assert_eq!(drawn, HashSet::from([-2, -1, 0, 1]));
    check_invalid(
        &[
            "States.MathRandom(1, 1)",
            "States.MathRandom(1.4, 1.6)",
            "States.MathRandom(10, 5)",
            "States.MathRandom('a', 5)",
            "States.MathRandom(1, 10, null)",
        ],
        &json!({}),
    );
}

#[test]
fn unique_ids_are_of_version_4_and_differ() {
    let ids = call("States.Array(States.UUID(), States.UUID( ))", &json!({}), 7).unwrap();
    assert_ne!(ids[0], ids[1]);
    for id in ids.as_array().unwrap() {
        let id: uuid::Uuid = id.as_str().unwrap().parse().unwrap();
        assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122));
    }
    assert_eq!(call("States.Array(States.UUID(), States.UUID())", &json!({}), 7), Ok(ids));
}

#[test]
fn the_fields_of_a_state_draw_apart() {
    let draw = |field| Draws::new(5, field).next();
    assert_ne!(draw("Parameters"), draw("ResultSelector"));
    assert_eq!(draw("Parameters"), draw("Parameters"));
}

#[test]
fn a_missing_argument_is_named_with_the_whole_call() {
    let text = "States.Array( States.Format('{}',$.nope))";
    let input = Payload::parse("{\"other\": 1}").unwrap();
    let data = Data::new(&input, &Value::Null);
    let fault = Call::parse(text).unwrap().evaluate(data, &mut Draws::new(0, "Parameters")).unwrap_err();
    assert_eq!(
        fault,
        Fault::runtime(
            "The function 'States.Array( States.Format('{}',$.nope))' had the following error: The JsonPath argument for the \
             field '$.nope' could not be found in the input '{\"other\": 1}'"
        )
    );
}

#[test]
fn calls_know_what_they_read() {
    for (text, context, input) in [
        ("States.UUID()", false, false),
        ("States.Format('{}', $$.a)", true, false),
        ("States.Array(1, States.Format('{}', $.a))", false, true),
        ("States.Array($.a, States.Format('{}', $$.a))", true, true),
    ] {
        let call = Call::parse(text).unwrap();
        assert_eq!((call.uses_context(), call.uses_input()), (context, input), "{text}");
        assert_eq!(call.to_string(), text);
    }
}

#[test]
fn what_is_no_call_is_refused_at_its_place() {
    for (text, expected) in [
        (
            "States.Fromat('{}', 1)",
            "0..13 there is no intrinsic function 'States.Fromat', did you mean 'States.Format'?",
        ),
        ("States.Array(Other())", "13..18 there is no intrinsic function 'Other'"),
        ("States.Array", "12..12 expected '(', found the end"),
        ("States.Array(", "13..13 expected a function, a path or a value, found the end"),
        ("States.Array(1", "14..14 expected ',', found the end"),
        ("States.Array(1,)", "15..16 expected a function, a path or a value, found ')'"),
        ("States.Array('a)", "13..16 the string has no end"),
        ("States.Array(\"a\")", "13..14 a string stands in single quotes"),
        ("States.Array(1.)", "13..15 '1.' is not a number"),
        ("States.Array($.a[)", "17..18 expected a name in quotes, an index, '*' or '?(', found ')'"),
        ("States.UUID() x", "14..15 expected the end, found 'x'"),
        ("States.UUID(1)", "0..14 'States.UUID' takes 0 arguments, not 1"),
        ("States.MathAdd(1)", "0..17 'States.MathAdd' takes 2 arguments, not 1"),
        ("States.MathRandom(1)", "0..20 'States.MathRandom' takes at least 2 arguments, not 1"),
        ("States.MathRandom(1,2,3,4)", "0..26 'States.MathRandom' takes at most 3 arguments, not 4"),
    ] {
        let error = Call::parse(text).unwrap_err();
        assert_eq!(format!("{}..{} {error}", error.start, error.end), expected, "{text}");
    }
}

#[test]
fn ten_calls_may_stand_in_each_other() {
    let nested = |levels: usize| format!("{}{}", "States.Array(".repeat(levels), ")".repeat(levels));
    assert!(Call::parse(&nested(10)).is_ok());
    assert_eq!(Call::parse(&nested(11)).unwrap_err().message, "at most 10 functions stand in each other");
    assert!(Call::parse(&nested(100_000)).is_err());
}

#[test]
fn what_a_call_makes_is_bounded() {
    let input = json!({"quotes": "\"".repeat(100_000), "big": "x".repeat(200_000)});
    for text in [
        "States.Array($, $, $, $)",
        "States.Format('{}{}{}{}{}{}', $.big, $.big, $.big, $.big, $.big, $.big)",
        &format!("{}$.quotes{}", "States.JsonToString(".repeat(5), ")".repeat(5)),
    ] {
        assert!(call(text, &input, 0).unwrap_err().cause.contains("Invalid arguments in States."), "{text}");
    }
    // The last argument selects nothing, which nobody finds out: no more arguments are made than fit.
    let many = format!("States.Array({}$.nope)", "$..big, ".repeat(5_000));
    assert!(call(&many, &input, 0).unwrap_err().cause.ends_with("Invalid arguments in States.Array"));
}

#[test]
fn deep_values_are_taken() {
    let deep = (0..500).fold(json!(1), |inner, _| json!({"a": inner}));
    let input = json!({"deep": deep});
    for text in [
        "States.Format('{}', $.deep)",
        "States.ArrayUnique(States.Array($.deep, $.deep))",
        "States.JsonToString($.deep)",
    ] {
        assert!(call(text, &input, 0).is_ok(), "{text}");
    }
    check("States.StringToJson(States.JsonToString($.deep))", &input, input["deep"].clone());
    let nested = |levels: usize| json!({"text": "[".repeat(levels) + &"]".repeat(levels)});
    assert!(call("States.StringToJson($.text)", &nested(JSON_DEPTH_MAX), 0).is_ok());
    check_invalid(&["States.StringToJson($.text)"], &nested(JSON_DEPTH_MAX + 1));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in r#"States\.(Array|Format|Hash)[$.()'\\{}, a0-9\[\]"é-]{0,30}"#) {
        if let Err(error) = Call::parse(&text) {
            prop_assert!(text.get(error.start..error.end).is_some(), "{:?} is no place in {:?}", error, text);
        }
    }

    #[test]
    fn no_values_make_a_function_panic(
        place in 0..FUNCTIONS.len(),
        values in prop::collection::vec(prop_oneof![
            any::<f64>().prop_map(|number| json!(number)),
            any::<i64>().prop_map(|number| json!(number)),
            ".{0,8}".prop_map(|text| json!(text)),
            Just(json!([1, null, "a"])),
            Just(json!({"a": {}})),
            any::<bool>().prop_map(|flag| json!(flag)),
        ], 3),
    ) {
        let function = &FUNCTIONS[place];
        let paths: Vec<String> = (0..3.min(*function.arity.end())).map(|place| format!("$[{place}]")).collect();
        let _ = call(&format!("{}({})", function.name, paths.join(", ")), &Value::Array(values), 3);
    }

    #[test]
    fn base64_goes_back_and_forth(text in ".{0,40}") {
        let input = json!({"t": text});
        prop_assert_eq!(call("States.Base64Decode(States.Base64Encode($.t))", &input, 0), Ok(json!(text)));
        prop_assert_eq!(call("States.StringToJson(States.JsonToString($))", &input, 0), Ok(input.clone()));
    }
}
