//! What a person sees of a broken file.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "expect-test writes them, and a table is as long as its cases"
)]

use expect_test::{Expect, expect};

use super::{render, summary};
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Sources, Span, yaml};

/// Renders one diagnostic at the first occurrence of `place`.
fn check(text: &str, place: &str, expected: &Expect) {
    let mut sources = Sources::default();
    let source = sources.add("serverless.yml", text);
    let start = u32::try_from(text.find(place).expect("the place is in the text")).expect("the text is short");
    let span = Span { source, start, end: start + u32::try_from(place.len()).expect("the place is short") };
    expected.assert_eq(&render(&sources, &[complaint(span)], false));
}

fn complaint(span: Span) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "A_CODE",
        message: "this is wrong".to_owned(),
        span,
        pointer: String::new(),
        help: Some("did you mean `that`?".to_owned()),
    }
}

#[test]
fn a_place_is_shown_with_its_line() {
    check(
        "a: 1\nb: two\n",
        "two",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:2:4
          |
        2 | b: two
          |    ^^^
          |
          = help: did you mean `that`?

    "#]],
    );
    check(
        "a: 1\n\tb:\ttwo\n",
        "two",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:2:5
          |
        2 |     b:    two
          |           ^^^
          |
          = help: did you mean `that`?

    "#]],
    );
    check(
        "名前: 日本 two é\n",
        "two",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:1:8
          |
        1 | 名前: 日本 two é
          |            ^^^
          |
          = help: did you mean `that`?

    "#]],
    );
    check(
        "a: 1\r\nb: two\r\nc: 3",
        "two",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:2:4
          |
        2 | b: two
          |    ^^^
          |
          = help: did you mean `that`?

    "#]],
    );
    check(
        "a:\n  b: 1\n  c: 2\n",
        "b: 1\n  c: 2",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:2:3
          |
        2 |   b: 1
          |   ^^^^
          |
          = help: did you mean `that`?

    "#]],
    );
    check(
        "a: \u{1b}[31mred two\n",
        "two",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:1:13
          |
        1 | a: ?[31mred two
          |             ^^^
          |
          = help: did you mean `that`?

    "#]],
    );
}

#[test]
fn ends_and_long_lines_are_shown() {
    check(
        "a: [1\n",
        "\n",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:1:6
          |
        1 | a: [1
          |      ^
          |
          = help: did you mean `that`?

    "#]],
    );
    check(
        "",
        "",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:1:1
          |
        1 |
          | ^
          |
          = help: did you mean `that`?

    "#]],
    );
    let long = format!("a: {}two{}\n", "x ".repeat(2_000), " y".repeat(2_000));
    check(
        &long,
        "two",
        &expect![[r#"
        error[A_CODE]: this is wrong
         --> serverless.yml:1:4004
          |
        1 | ... x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x two y y y y y y y y y y y y y y y y y y y y y y y y y y y y y y y y...
          |                                                                   ^^^
          |
          = help: did you mean `that`?

    "#]],
    );
}

#[test]
fn a_definition_place_and_colour_are_shown() {
    let mut sources = Sources::default();
    let source = sources.add("m.asl.json", "{}");
    let one = Diagnostic {
        severity: Severity::Warning,
        pointer: "/States/A".to_owned(),
        help: None,
        ..complaint(Span { source, start: 0, end: 2 })
    };
    expect![[r#"
        warning[A_CODE]: this is wrong
         --> m.asl.json:1:1
          |
        1 | {}
          | ^^
          |
          = note: at /States/A

    "#]]
    .assert_eq(&render(&sources, std::slice::from_ref(&one), false));
    assert!(render(&sources, &[one], true).contains("\u{1b}["));
}

#[test]
fn many_are_counted() {
    let mut sources = Sources::default();
    let source = sources.add("x.yml", "a: 1\n");
    let many = vec![complaint(Span { source, start: 0, end: 1 }); 103];
    assert!(render(&sources, &many, false).ends_with("… and 3 more\n\n"));
    assert_eq!(summary(&many), "103 errors");
    let warning = Diagnostic { severity: Severity::Warning, ..many[0].clone() };
    assert_eq!(summary(&[many[0].clone(), many[1].clone(), warning]), "2 errors, 1 warning");
    assert_eq!(summary(&[]), "no problems");
}

#[test]
fn a_broken_file_is_shown_from_top_to_bottom() {
    let mut sources = Sources::default();
    let text =
        "service: shop\nfunctions:\n  größe:\n    timeout: 010\n    timeout: 5\n    role: !GetAt Role.Arn\n\tname: x\n";
    let id = sources.add("serverless.yml", text);
    let (_, diagnostics) = yaml::parse(&sources, id);
    expect![[r#"
        warning[YAML_LEADING_ZERO]: `010` is the number 10: its zeros are lost, and older readers take it for octal
         --> serverless.yml:4:14
          |
        4 |     timeout: 010
          |              ^^^
          |
          = help: write "010" for the text, 10 for the number, 0o… for octal

        error[YAML_DUPLICATE_KEY]: the key `timeout` is here twice
         --> serverless.yml:5:5
          |
        5 |     timeout: 5
          |     ^^^^^^^
          |
          = help: the first stands in line 4: keep one of them

        error[YAML_TAB]: a tab indents this line
         --> serverless.yml:7:1
          |
        7 |     name: x
          | ^^^^
          |
          = help: YAML indents with spaces: replace the tab

        2 errors, 1 warning"#]]
    .assert_eq(&(render(&sources, &diagnostics, false) + &summary(&diagnostics)));
}
