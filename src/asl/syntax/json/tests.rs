//! JSON: what is accepted is what serde_json accepts, and each mistake has its words and place.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

use super::{DEPTH_MAX, parse};
use crate::asl::syntax::Sources;

fn read(text: &str) -> (Option<Value>, String) {
    let mut sources = Sources::default();
    let id = sources.add("test", text);
    let (node, diagnostics) = parse(&sources, id);
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|d| {
            let place = &text[d.span.start as usize..d.span.end as usize];
            format!("{}..{} {place:?}: {}; {}", d.span.start, d.span.end, d.message, d.help.as_deref().unwrap_or("-"))
        })
        .collect();
    (node.map(|node| node.to_value()), lines.join("\n"))
}

fn wrong(texts: &[&str], expected: &Expect) {
    let mut lines = String::new();
    for text in texts {
        let (value, report) = read(text);
        assert!(value.is_none(), "{text} was read as {value:?}");
        lines += &report;
        lines.push('\n');
    }
    expected.assert_eq(&lines);
}

#[test]
fn spans_are_those_of_the_text() {
    let text = " {\"a\": [1, \"x\\n\"], \"b\" : {\"c\":null}}";
    let mut sources = Sources::default();
    let id = sources.add("test", text);
    let node = parse(&sources, id).0.expect("valid");
    let cut = |span: crate::asl::syntax::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(cut(node.span), text.trim());
    let (key, array) = node.entry("a").expect("there");
    assert_eq!((cut(key.span), cut(array.span)), ("\"a\"", "[1, \"x\\n\"]"));
    let items = array.items().expect("an array");
    assert_eq!((cut(items[0].span), cut(items[1].span)), ("1", "\"x\\n\""));
    assert_eq!(cut(node.get("b").expect("there").get("c").expect("there").span), "null");
}

#[test]
fn numbers_keep_their_precision() {
    for (text, expected) in [
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ("1.0", "1.0"),
        ("-0.5e-3", "-0.0005"),
    ] {
        assert_eq!(read(text).0.map(|value| value.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn what_people_write_that_is_not_json() {
    wrong(
        &["[1,]", "{\"a\":1,}", "// hello\n1", "[1 /* one */]", "# yes", "{'a': 1}", "['a']", "{a: 1}", "{a-b: 1}"],
        &expect![[r##"
            2..3 ",": a comma has no entry behind it; JSON has no trailing commas: remove it
            6..7 ",": a comma has no entry behind it; JSON has no trailing commas: remove it
            0..8 "// hello": this is a comment; JSON has no comments: remove it
            3..12 "/* one */": this is a comment; JSON has no comments: remove it
            0..5 "# yes": this is a comment; JSON has no comments: remove it
            1..2 "'": ''' does not start a key; use double quotes: "…"
            1..2 "'": ''' does not start a JSON string; use double quotes: "…"
            1..2 "a": the key a has no quotes; write "a": keys are strings in double quotes
            1..2 "a": the key a has no quotes; write "a": keys are strings in double quotes
        "##]],
    );
}

#[test]
fn words_that_are_no_values() {
    wrong(
        &["NaN", "[Infinity]", "True", "None", "hello", "undefined"],
        &expect![[r#"
        0..3 "NaN": NaN is no JSON value; JSON has finite numbers only: use null or a string
        1..9 "Infinity": Infinity is no JSON value; JSON has finite numbers only: use null or a string
        0..4 "True": True is no JSON value; write true
        0..4 "None": None is no JSON value; write null
        0..5 "hello": hello is no JSON value; a text needs double quotes: "hello"
        0..9 "undefined": undefined is no JSON value; write null
    "#]],
    );
}

#[test]
fn numbers_that_are_none() {
    wrong(
        &["01", "-007", "00.5", "+1", ".5", "-.5", "1.", "1e", "-", "0x1F", "1e999", "1_000", "2016-03-14"],
        &expect![[r#"
            0..2 "01": 01 is no JSON number: it has a leading zero; write 1, or "01" for a text
            0..4 "-007": -007 is no JSON number: it has a leading zero; write -7, or "-007" for a text
            0..4 "00.5": 00.5 is no JSON number: it has a leading zero; write 0.5, or "00.5" for a text
            0..2 "+1": +1 is no JSON number: it has a plus sign; write 1
            0..2 ".5": .5 is no JSON number: a digit is missing before the point; write 0.5
            0..3 "-.5": -.5 is no JSON number: a digit is missing before the point; write -0.5
            0..2 "1.": 1. is no JSON number: digits are missing after the point; write 1.0
            0..2 "1e": 1e is no JSON number: digits are missing in the exponent; write it as in 1e9
            0..1 "-": - is no JSON number: it has no digits; write a number, or a string in double quotes
            0..4 "0x1F": 0x1F is no JSON number: it is hexadecimal; write it as a decimal number, or as a string
            0..5 "1e999": 1e999 is too large for a number; numbers end at 1.8e308: use a string
            0..5 "1_000": 1_000 is no JSON number: it goes on after its last digit; a text needs double quotes: "1_000"
            0..10 "2016-03-14": 2016-03-14 is no JSON number: it goes on after its last digit; a text needs double quotes: "2016-03-14"
        "#]],
    );
}

#[test]
fn strings_that_are_wrong() {
    wrong(
        &[
            "\"a\\qb\"",
            "\"\\'\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"a\nb\"",
            "\"a\tb\"",
            "\"a\u{1}b\"",
            "\"abc",
            "\"abc\\",
        ],
        &expect![[r#"
            2..4 "\\q": \q is no JSON escape; write \\q for a backslash
            1..3 "\\'": \' is no JSON escape; write ' alone
            1..3 "\\u": \u needs four hexadecimal digits; write it as in \u00e9
            1..7 "\\ud800": this is half of a surrogate pair; write both halves (\ud83d\ude00), or the character itself
            1..13 "\\ud800\\u0041": this is half of a surrogate pair; write both halves (\ud83d\ude00), or the character itself
            1..7 "\\udc00": this is half of a surrogate pair; write both halves (\ud83d\ude00), or the character itself
            0..2 "\"a": this string does not end in its line; close it with "; a line end within a string is written \n
            2..3 "\t": a tab stands within a string; write it as \t
            2..3 "\u{1}": the control character U+0001 stands within a string; write it as \u0001
            0..1 "\"": this string is never closed: the text ends first; write the missing ", or complete the text if it was cut off
            0..1 "\"": this string is never closed: the text ends first; write the missing ", or complete the text if it was cut off
        "#]],
    );
}

#[test]
fn texts_that_end_or_go_on() {
    wrong(
        &[
            "",
            " \n",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "[1",
            "[1,",
            "{} {}",
            "{}}",
            "[1}",
            "{\"a\":1]",
            "\u{feff}{}",
        ],
        &expect![[r#"
            0..0 "": the text is empty; write a JSON document: {}
            0..2 " \n": the text is empty; write a JSON document: {}
            0..1 "{": this { is never closed: the text ends first; write the missing }, or complete the text if it was cut off
            4..4 "": the text ends where a colon is missing; complete the text: it was cut off
            5..5 "": the text ends where a value is missing; complete the text: it was cut off
            0..1 "{": this { is never closed: the text ends first; write the missing }, or complete the text if it was cut off
            0..1 "[": this [ is never closed: the text ends first; write the missing ], or complete the text if it was cut off
            0..1 "[": this [ is never closed: the text ends first; write the missing ], or complete the text if it was cut off
            3..4 "{": '{' after the end of the document; a text holds one JSON document: remove what follows it
            2..3 "}": '}' after the end of the document; remove it, or find where it was closed too early
            2..3 "}": '}' closes the [ of line 1; write ]
            6..7 "]": ']' closes the { of line 1; write }
            0..3 "\u{feff}": the text starts with a byte order mark; save the file as UTF-8 without BOM
        "#]],
    );
}

#[test]
fn separators_that_are_missing() {
    wrong(
        &["[1 2]", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[,1]", "{,}", "{\"a\":}", "[1,\u{a0}2]", "{1: 2}"],
        &expect![[r#"
            3..4 "2": a comma is missing before '2'; write a comma between entries, or ] at their end
            5..6 "1": a colon is missing before '1'; write "a": …
            7..8 "\"": a comma is missing before '"'; write a comma between entries, or } at their end
            1..2 ",": a value is missing before ','; write the value, or remove the comma
            1..2 ",": ',' does not start a key; remove the comma
            5..6 "}": a value is missing before '}'; write the value
            3..5 "\u{a0}": U+00A0 is no JSON white space; use plain spaces, tabs and line ends
            1..2 "1": '1' does not start a key; a key is a string in double quotes
        "#]],
    );
}

#[test]
fn every_duplicate_key_is_told_and_the_first_value_stays() {
    let (value, report) = read("{\"a\": 1,\n\"b\": {\"c\": 1, \"c\": 2},\n\"a\": 2, \"\\u0061\": 3}");
    assert_eq!(value, Some(serde_json::json!({"a": 1, "b": {"c": 1}})));
    expect![[r#"
        23..26 "\"c\"": the key "c" is here twice; it stands in line 2 already: remove one of the two
        32..35 "\"a\"": the key "a" is here twice; it stands in line 1 already: remove one of the two
        40..48 "\"\\u0061\"": the key "a" is here twice; it stands in line 1 already: remove one of the two"#]]
    .assert_eq(&report);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(DEPTH_MAX)).0.is_some());
    assert!(read(&nested(DEPTH_MAX + 1)).1.contains("deeper than 512 levels"));
    assert!(read(&"{\"a\":".repeat(100_000)).0.is_none());
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reads_what_serde_writes(value in json()) {
        prop_assert_eq!(read(&value.to_string()), (Some(value.clone()), String::new()));
        let pretty = serde_json::to_string_pretty(&value).expect("writes");
        prop_assert_eq!(read(&pretty).0, Some(value));
    }

    #[test]
    fn accepts_exactly_what_serde_accepts(text in r#"[\[\]{}:,"\\u0-9a-f.eE+\- tn]{0,12}"#) {
        let (value, report) = read(&text);
        if report.contains("is here twice") {
            return Ok(());
        }
        // Not the values: serde_json may be one unit off in a double's last place.
        prop_assert_eq!(value.is_some(), serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (value, report) = read(&String::from_utf8_lossy(&bytes));
        prop_assert!(value.is_some() || !report.is_empty());
    }
}
