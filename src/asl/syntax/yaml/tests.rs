//! Every trap of YAML, what it becomes and what is said about it.

#![expect(clippy::too_many_lines, reason = "a table is as long as its cases")]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Node, NodeKind, Sources};

fn read(text: &str) -> (Sources, Option<Node>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add("t.yml", text);
    let (node, diagnostics) = super::parse(&sources, id);
    (sources, node, diagnostics)
}

/// The tree as JSON with tags, then each diagnostic with the text it points at.
fn check(text: &str, expected: &Expect) {
    let (_, node, diagnostics) = read(text);
    let mut shown = node.as_ref().map_or("nothing".to_owned(), show);
    for diagnostic in &diagnostics {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let span = diagnostic.span.start as usize..diagnostic.span.end as usize;
        let help = diagnostic.help.as_deref().unwrap_or("-");
        let _ = write!(shown, "\n{severity} {} {:?}: {} | {help}", diagnostic.code, &text[span], diagnostic.message);
    }
    expected.assert_eq(&shown);
}

fn show(node: &Node) -> String {
    let value = match &node.kind {
        NodeKind::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        NodeKind::Object(entries) => {
            let shown = entries.iter().map(|(key, node)| format!("{:?}:{}", key.name, show(node)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
        }
        _ => node.to_value().to_string(),
    };
    node.tag.as_ref().map_or(value.clone(), |tag| format!("!{tag} {value}"))
}

#[test]
fn words_are_typed_as_js_yaml_types_them() {
    for (word, expected) in [
        ("~", expect!["null"]),
        ("", expect!["nothing\nerror YAML_EMPTY \"\": the file is empty | -"]),
        ("True", expect!["true"]),
        ("tRue", expect![[r#""tRue""#]]),
        (
            "on",
            expect![[r#"
            "on"
            warning YAML_BOOLEAN_WORD "on": `on` is the text "on" here, a boolean for other readers of YAML | write true for the boolean, "on" for the text"#]],
        ),
        (
            "No",
            expect![[r#"
            "No"
            warning YAML_BOOLEAN_WORD "No": `No` is the text "No" here, a boolean for other readers of YAML | write false for the boolean, "No" for the text"#]],
        ),
        ("'no'", expect![[r#""no""#]]),
        (
            "010",
            expect![[r#"
            10
            warning YAML_LEADING_ZERO "010": `010` is the number 10: its zeros are lost, and older readers take it for octal | write "010" for the text, 10 for the number, 0o… for octal"#]],
        ),
        (
            "012345678901",
            expect![[r#"
            12345678901
            warning YAML_LEADING_ZERO "012345678901": `012345678901` is the number 12345678901: its zeros are lost, and older readers take it for octal | write "012345678901" for the text, 12345678901 for the number, 0o… for octal"#]],
        ),
        ("0o10", expect!["8"]),
        ("0x1F", expect!["31"]),
        ("0b11", expect!["3"]),
        ("-0b11", expect!["-3"]),
        (
            "1_000",
            expect![[r#"
            1000
            warning YAML_UNDERSCORE "1_000": `1_000` is the number 1000 | write 1000, or "1_000" for the text"#]],
        ),
        ("_1", expect![[r#""_1""#]]),
        ("+12", expect!["12"]),
        ("-0", expect!["0"]),
        ("1.", expect!["1"]),
        (".5", expect!["0.5"]),
        ("1e3", expect!["1000"]),
        ("1.50", expect!["1.5"]),
        ("1.2.3", expect![[r#""1.2.3""#]]),
        (
            "9007199254740993",
            expect![[r#"
            9007199254740993
            warning YAML_LARGE_NUMBER "9007199254740993": `9007199254740993` is too large to be exact everywhere: JavaScript keeps 53 bits | write "9007199254740993" for the text"#]],
        ),
        (
            "123456789012345678901234567890",
            expect![[r#"
                1.2345678901234568e+29
                warning YAML_LARGE_NUMBER "123456789012345678901234567890": `123456789012345678901234567890` is too large to be exact everywhere: JavaScript keeps 53 bits | write "123456789012345678901234567890" for the text"#]],
        ),
        (
            "1e999",
            expect![[r#"
            "1e999"
            error YAML_NOT_JSON "1e999": `1e999` is no number that JSON can hold | write "1e999" for the text"#]],
        ),
        (
            ".inf",
            expect![[r#"
            ".inf"
            error YAML_NOT_JSON ".inf": `.inf` is no number that JSON can hold | write ".inf" for the text"#]],
        ),
        (
            "-.INF",
            expect![[r#"
            "-.INF"
            error YAML_NOT_JSON "-.INF": `-.INF` is no number that JSON can hold | write "-.INF" for the text"#]],
        ),
        (
            ".NaN",
            expect![[r#"
            ".NaN"
            error YAML_NOT_JSON ".NaN": `.NaN` is no number that JSON can hold | write ".NaN" for the text"#]],
        ),
        ("2020-01-01", expect![[r#""2020-01-01""#]]),
        ("2020-01-01T00:00:00Z", expect![[r#""2020-01-01T00:00:00Z""#]]),
        ("12:30", expect![[r#""12:30""#]]),
        ("!!str 12", expect![[r#""12""#]]),
        ("!!int '12'", expect!["12"]),
        (
            "!!int x",
            expect![[r#"
            "x"
            error YAML_TAG "!!int x": `x` is not !!int | leave the tag out"#]],
        ),
        ("!!timestamp 2020-01-01", expect![[r#""2020-01-01""#]]),
        (
            "!!bol yes",
            expect![[r#"
            "yes"
            error YAML_UNKNOWN_TAG "!!bol yes": unknown tag `!!bol` | did you mean `!!bool`?"#]],
        ),
        ("! 12", expect![[r#""12""#]]),
        (
            "!!map [a]",
            expect![[r#"
            ["a"]
            error YAML_TAG "!!map [": this is a sequence, not !!map | leave the tag out"#]],
        ),
    ] {
        check(word, &expected);
    }
}

#[test]
fn collections_keep_tags_and_order() {
    for (text, expected) in [
        ("b: 1\na: [x, {y: z}]\n", expect![[r#"{"b":1,"a":["x",{"y":"z"}]}"#]]),
        (
            "a: !GetAtt X.Arn\nb: !Join ['', [!Ref A, c]]\nc: !Sub {a: 1}\n",
            expect![[r#"{"a":!GetAtt "X.Arn","b":!Join ["",[!Ref "A","c"]],"c":!Sub {"a":1}}"#]],
        ),
        (
            "a: !GetAt X.Arn\nb: !Zebra x\nc: !Sub\n",
            expect![[r#"
            {"a":"X.Arn","b":"x","c":!Sub ""}
            error YAML_UNKNOWN_TAG "!GetAt X.Arn": unknown tag `!GetAt` | did you mean `!GetAtt`?
            error YAML_UNKNOWN_TAG "!Zebra x": unknown tag `!Zebra` | leave it out, or put a text that starts with ! in quotes"#]],
        ),
        (
            "1: a\n010: b\ntrue: c\nnull: d\non: e\n",
            expect![[r#"
            {"1":"a","10":"b","true":"c","null":"d","on":"e"}
            warning YAML_LEADING_ZERO "010": `010` is the number 10: its zeros are lost, and older readers take it for octal | write "010" for the text, 10 for the number, 0o… for octal
            warning YAML_KEY "010": the key `010` is read as `10` | write "10" or "010""#]],
        ),
        (
            "? [a]\n: b\nc: d\n",
            expect![[r#"
            {"c":"d"}
            error YAML_KEY "[a]": a key must be a text, and this is an array | a value that starts with { or [ needs quotes to be a text"#]],
        ),
        ("{a: 1, b: }", expect![[r#"{"a":1,"b":null}"#]]),
        ("\u{feff}a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 3\r\n", expect![[r#"{"a":1,"b":"x\ny\n","c":3}"#]]),
        ("{\"a\": \"\\u00e9\\/\", \"b\": [1, null]}", expect![[r#"{"a":"é/","b":[1,null]}"#]]),
        ("{\n\t\"a\": 1\n}\n", expect![[r#"{"a":1}"#]]),
    ] {
        check(text, &expected);
    }
}

#[test]
fn mistakes_are_named_with_their_fix() {
    for (text, expected) in [
        (
            "a: 1\nb: 2\na: 3\n",
            expect![[r#"
            {"a":1,"b":2}
            error YAML_DUPLICATE_KEY "a": the key `a` is here twice | the first stands in line 1: keep one of them"#]],
        ),
        (
            "a:\n  b: 1\n\tc: 2\n",
            expect![[r#"
                nothing
                error YAML_TAB "\t": a tab indents this line | YAML indents with spaces: replace the tab"#]],
        ),
        (
            "a:\n\tb: 1\n",
            expect![[r#"
            nothing
            error YAML_TAB "\t": a tab indents this line | YAML indents with spaces: replace the tab"#]],
        ),
        (
            "a: b: c\n",
            expect![[r#"
            nothing
            error YAML_SYNTAX ":": this is not YAML: mapping values are not allowed in this context | a text that holds `: ` needs quotes, and a key must stand under its neighbours"#]],
        ),
        (
            "a: @x\n",
            expect![[r#"
                nothing
                error YAML_SYNTAX "@": this is not YAML: unexpected character: `@' | a text that starts with @, ` or % needs quotes"#]],
        ),
        (
            "a: *nobody\n",
            expect![[r#"
            nothing
            error YAML_SYNTAX "*": this is not YAML: while parsing node, found unknown anchor | define it first with `&name`; a text that starts with * needs quotes"#]],
        ),
        (
            "a: [1, 2\n",
            expect![[r#"
                nothing
                error YAML_SYNTAX "": this is not YAML: while parsing a flow sequence, expected ',' or ']' | close the bracket, and put commas between its items"#]],
        ),
        (
            "a: 'x\n",
            expect![[r#"
                nothing
                error YAML_SYNTAX "'": this is not YAML: while scanning a quoted scalar, found unexpected end of stream | close the quote; inside '…' a quote is written twice, inside "…" as \""#]],
        ),
        (
            "a: 1\n---\nb: 2\n",
            expect![[r#"
            {"a":1}
            error YAML_SEVERAL_DOCUMENTS "---": the file holds several documents | keep one document: `---` starts another one"#]],
        ),
        (
            "# only a comment\n",
            expect![[r##"
            nothing
            error YAML_EMPTY "#": the file is empty | -"##]],
        ),
        (
            "<<: 3\na: 1\n",
            expect![[r#"
            {"a":1}
            error YAML_MERGE "<<": `<<` merges mappings, and this is a number | give it an alias of a mapping: `<<: *name`; as a key of yours write it in quotes"#]],
        ),
        (
            "a: &a [*a]\n",
            expect![[r#"
            nothing
            error YAML_ALIAS "*a": this alias stands inside its own anchor | write the value out"#]],
        ),
    ] {
        check(text, &expected);
    }
}

#[test]
fn anchors_and_merges_are_expanded() {
    for (text, expected) in [
        ("a: &x {k: 1}\nb: *x\n", expect![[r#"{"a":{"k":1},"b":{"k":1}}"#]]),
        ("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n", expect![[r#"{"a":{"k":1,"l":2},"b":{"k":1,"l":3}}"#]]),
        ("a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x\n", expect![[r#"{"a":{"k":1,"l":2},"b":{"l":3,"k":1}}"#]]),
        (
            "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]\n",
            expect![[r#"{"a":{"k":1},"b":{"k":2,"m":3},"c":{"k":1,"m":3}}"#]],
        ),
        ("a:\n  '<<': {k: 1}\n", expect![[r#"{"a":{"<<":{"k":1}}}"#]]),
    ] {
        check(text, &expected);
    }
}

#[test]
fn spans_are_bytes_of_keys_and_values() {
    let text = "é: ü\nlist:\n  - {a: 1}\n  - \"two\"\nlast: |\n  text\n\n";
    let (_, node, _) = read(text);
    let node = node.expect("the document is sound");
    let slice = |span: crate::asl::syntax::Span| &text[span.start as usize..span.end as usize];
    let shown: Vec<_> =
        node.entries().into_iter().flatten().map(|(key, value)| (slice(key.span), slice(value.span))).collect();
    expect![[r#"
        [
            (
                "é",
                "ü",
            ),
            (
                "list",
                "- {a: 1}\n  - \"two\"",
            ),
            (
                "last",
                "text",
            ),
        ]
    "#]]
    .assert_debug_eq(&shown);
    let items: Vec<_> = node.get("list").and_then(Node::items).into_iter().flatten().map(|n| slice(n.span)).collect();
    expect![[r#"
        [
            "{a: 1}",
            "\"two\"",
        ]
    "#]]
    .assert_debug_eq(&items);
}

#[test]
fn expansion_and_depth_are_bounded() {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 9].join(",");
        let _ = writeln!(laughs, "a{level}: &a{level} [{before}]");
    }
    let (_, node, diagnostics) = read(&laughs);
    assert!(node.is_none());
    expect![[r#"
        [
            "aliases expand to more than 100000 values or 256 levels",
        ]
    "#]]
    .assert_debug_eq(&diagnostics.iter().map(|d| &d.message).collect::<Vec<_>>());
    let mut tower = String::from("a0: &a0 []\n");
    for level in 1..400 {
        let _ = writeln!(tower, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let (_, node, diagnostics) = read(&tower);
    assert!(node.is_none() && diagnostics[0].code == "YAML_ALIAS", "{diagnostics:?}");
    for deep in ["[".repeat(20_000), "- ".repeat(20_000), "? ".repeat(20_000), "{a: ".repeat(300)] {
        let (_, node, diagnostics) = read(&deep);
        assert!(node.is_none() && !diagnostics.is_empty(), "{}", &deep[..10]);
    }
}

#[test]
fn an_error_is_heard_after_a_thousand_warnings() {
    let (_, node, diagnostics) = read(&("- yes\n".repeat(5_000) + "- 'open\n"));
    assert!(node.is_none());
    assert_eq!(diagnostics.len(), super::DIAGNOSTICS_MAX + 1);
    assert_eq!(diagnostics.last().map(|one| one.severity), Some(Severity::Error));
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_text_of_yaml_signs_panics(text in r"[-?:,\[\]{}#&*!|>'%@`\t\r\n a1.~<\\é\u{feff}\u{85}]{0,60}") {
        let (_, _, diagnostics) = read(&text);
        for diagnostic in diagnostics {
            let span = diagnostic.span.start as usize..diagnostic.span.end as usize;
            prop_assert!(text.get(span).is_some(), "{diagnostic:?}");
        }
    }

    #[test]
    fn json_is_read_as_json(value in json()) {
        let text = value.to_string();
        let (_, node, _) = read(&text);
        prop_assert_eq!(node.map(|node| node.to_value()), Some(value));
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[ -~]{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map("[ -~]{0,8}", inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}
