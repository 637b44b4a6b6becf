//! Every form of a variable: what it becomes, and what is said when it cannot.

#![expect(clippy::too_many_lines, reason = "a table is as long as its cases")]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Node, Sources, yaml};
use crate::project::load::LoadOptions;

/// Text in, `custom.iw102.v` of it out, with what was said.
fn check(document: &str, expected: &Expect) {
    check_with(document, &options(), expected);
}

fn check_with(document: &str, options: &LoadOptions, expected: &Expect) {
    let folder = folder();
    let (sources, node, diagnostics) = resolve(document, folder.path(), options);
    let value = ["custom", "iw102", "v"].iter().try_fold(&node, |node, key| node.get(key));
    let mut shown = value.map_or("nothing".to_owned(), |node| node.to_value().to_string());
    for one in &diagnostics {
        let severity = if one.severity == Severity::Error { "error" } else { "warning" };
        let span = one.span.start as usize..one.span.end as usize;
        let place = &sources.get(one.span.source).text[span];
        let help = one.help.as_deref().unwrap_or("-");
        let _ = write!(shown, "\n{severity} {} {place:?}: {} | {help}", one.code, one.message);
    }
    expected.assert_eq(&shown.replace(&folder.path().display().to_string(), "FOLDER"));
}

fn resolve(document: &str, folder: &std::path::Path, options: &LoadOptions) -> (Sources, Node, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add("serverless.yml", document);
    let (node, mut before) = yaml::parse(&sources, id);
    let node = node.expect("the document is sound");
    let (node, after) = super::resolve(&mut sources, node, folder, options);
    before.extend(after);
    (sources, node, before)
}

/// The document around a value that is tried.
fn value(written: &str) -> String {
    let rest = "\n    a: 1\n    b: {c: deep, list: [x, y]}\n    empty:\n    flag: true\n    stage: ${opt:stage, 'dev'}";
    format!("service: s\nprovider: {{stage: test, region: eu-west-1}}\ncustom:\n  iw102:\n    v: {written}{rest}\n")
}

fn options() -> LoadOptions {
    LoadOptions {
        params: [("given", "from the command line"), ("ssm:/db", "secret")].map(pair).into(),
        environment: [("USER_NAME", "ann"), ("HOME", "/nowhere"), ("DEBUG", "true")].map(pair).into(),
        account: "000000000000".to_owned(),
        ..LoadOptions::default()
    }
}

fn pair((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, text) in [
        ("values.yml", "a: {b: from a file}\nown: ${self:custom.iw102.a}\nloop: ${file(values.yml):loop}\n"),
        ("values.json", "{\"n\": [1, 2]}"),
        ("note.txt", "  a note of ${env:USER_NAME}\n"),
        ("broken.yml", "a: 1\na: 2\n"),
        ("code.js", "module.exports = {}"),
    ] {
        std::fs::write(folder.path().join(name), text).expect("the folder is ours");
    }
    std::fs::write(folder.path().join("bytes.txt"), b"a\xffb").expect("the folder is ours");
    folder
}

#[test]
fn values_come_from_their_sources() {
    for (written, expected) in [
        ("${self:custom.iw102.a}", expect!["1"]),
        ("${self:custom.iw102.b}", expect![[r#"{"c":"deep","list":["x","y"]}"#]]),
        ("${self:custom.iw102.b.list.1}", expect![[r#""y""#]]),
        ("${self:service}-${self:custom.iw102.flag}-${self:custom.iw102.a}", expect![[r#""s-true-1""#]]),
        ("${self:provider.stage}", expect![[r#""test""#]]),
        ("${sls:stage}", expect![[r#""test""#]]),
        ("${opt:stage, self:provider.stage}-myFirstKey", expect![[r#""test-myFirstKey""#]]),
        ("${opt:stage, ${self:provider.stage}}", expect![[r#""test""#]]),
        ("${opt:stage, 'dev'}", expect![[r#""dev""#]]),
        ("${opt:stage, opt:region, \"a, b\"}", expect![[r#""a, b""#]]),
        ("${opt:stage, 5}", expect!["5"]),
        ("${opt:stage, -1.5}", expect!["-1.5"]),
        ("${opt:stage, true}", expect!["true"]),
        ("${opt:stage, null}", expect!["null"]),
        ("${opt:stage, ''}", expect![[r#""""#]]),
        ("${self:custom.iw102.empty, 'was null'}", expect![[r#""was null""#]]),
        ("${opt:stage, 'x-${self:service}'}", expect![[r#""x-s""#]]),
        ("${self:custom.${opt:stage, 'iw102'}.b.c}", expect![[r#""deep""#]]),
        ("${env:USER_NAME}", expect![[r#""ann""#]]),
        ("${param:given}", expect![[r#""from the command line""#]]),
        ("${ssm:/db}", expect![[r#""secret""#]]),
        ("${cf:other-stack.Out, 'default'}", expect![[r#""default""#]]),
        ("${aws:accountId}/${aws:region}", expect![[r#""000000000000/eu-west-1""#]]),
        ("${strToBool(${env:DEBUG})}", expect!["true"]),
        ("${strToBool(0)}", expect!["false"]),
        ("!Sub '${AWS::Region}-${self:service}-${Name.Arn}'", expect![[r#""${AWS::Region}-s-${Name.Arn}""#]]),
        ("'${HOME:-/tmp} ${HOME} ${!Lit} $x {y}'", expect![[r#""${HOME:-/tmp} ${HOME} ${!Lit} $x {y}""#]]),
        ("'\\${self:service} stays'", expect![[r#""${self:service} stays""#]]),
    ] {
        check(&value(written), &expected);
    }
}

#[test]
fn files_are_read_beside_the_service() {
    for (written, expected) in [
        ("${file(values.yml):a.b}", expect![[r#""from a file""#]]),
        ("${file(./values.yml):own}", expect!["1"]),
        ("${file(values.json)}", expect![[r#"{"n":[1,2]}"#]]),
        ("${file(note.txt)}", expect![[r#""a note of ann""#]]),
        ("${file(none.yml), 'default'}", expect![[r#""default""#]]),
        (
            "${file(value.yml)}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${file(value.yml)}": there is no file `value.yml` | did you mean `values.yml`?"#]],
        ),
        (
            "${file(values.yml):a.x}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${file(values.yml):a.x}": `file(values.yml):a.x` has no value | did you mean `b`?"#]],
        ),
        (
            "${file(values.yml):loop}",
            expect![[r#"
            null
            error VARIABLE_CYCLE "${file(values.yml):loop}": `file(values.yml):loop` stands for itself: file(values.yml):loop → file(values.yml):loop | give one of them a value of its own"#]],
        ),
        (
            "${file(broken.yml):a}",
            expect![[r#"
            1
            error YAML_DUPLICATE_KEY "a": the key `a` is here twice | the first stands in line 1: keep one of them"#]],
        ),
        (
            "${file(code.js)}",
            expect![[r#"
            null
            error VARIABLE_FILE "${file(code.js)}": `code.js` is a program, and iw102 runs none to read a project | write what it returns to a .json or .yml file"#]],
        ),
        (
            "${file(bytes.txt)}",
            expect![[r#"
            null
            error NOT_UTF8 "�": the file is not UTF-8 from here on | save the file as UTF-8"#]],
        ),
        (
            "${file(.)}",
            expect![[r#"
            null
            error VARIABLE_FILE "${file(.)}": FOLDER/. is a folder: give the file in it, as in FOLDER/./serverless.yml | -"#]],
        ),
        (
            "${file:values.yml}",
            expect![[r#"
            null
            error VARIABLE_SYNTAX "${file:values.yml}": `file` needs its path in brackets | write `${file(path.yml):address}`"#]],
        ),
    ] {
        check(&value(written), &expected);
    }
}

#[test]
fn mistakes_are_named_with_their_fix() {
    for (written, expected) in [
        (
            "${self:custom.iw102.bb}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${self:custom.iw102.bb}": `self:custom.iw102.bb` has no value | did you mean `b`?"#]],
        ),
        (
            "${self:custm.iw102}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${self:custm.iw102}": `self:custm` has no value | did you mean `custom`?"#]],
        ),
        (
            "x ${env:USERNAME} y",
            expect![[r#"
            null
            error VARIABLE_MISSING "${env:USERNAME}": the environment has no `USERNAME` | did you mean `USER_NAME`? Else set it: export USERNAME=…, or give a default: ${env:USERNAME, 'VALUE'}"#]],
        ),
        (
            "${opt:stage}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${opt:stage}": --stage is not given | give --stage, or a default: ${opt:stage, 'VALUE'}"#]],
        ),
        (
            "${opt:colour}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${opt:colour}": --colour is not given | give --param 'opt:colour=VALUE', or a default: ${opt:colour, 'VALUE'}"#]],
        ),
        (
            "${param:givn}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${param:givn}": there is no parameter `givn` | give --param 'givn=VALUE', or a value under params.default"#]],
        ),
        (
            "${ssm:/other}",
            expect![[r#"
            null
            error VARIABLE_NEEDS_AWS "${ssm:/other}": `${ssm:/other}` needs AWS, and a file is read without it | give its value: --param 'ssm:/other=VALUE', or a default: ${ssm:/other, 'VALUE'}"#]],
        ),
        (
            "${slf:custom.a}",
            expect![[r#"
            null
            error VARIABLE_UNKNOWN_SOURCE "${slf:custom.a}": `slf` is no source of variables | did you mean `self`?"#]],
        ),
        (
            "${sls:stag}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${sls:stag}": `sls:stag` is not known | did you mean `stage`?"#]],
        ),
        (
            "${aws:account}",
            expect![[r#"
            null
            error VARIABLE_MISSING "${aws:account}": `aws:account` is not known | did you mean `accountId`?"#]],
        ),
        (
            "${opt:stage, dev}",
            expect![[r#"
            null
            error VARIABLE_SYNTAX "${opt:stage, dev}": `dev` names no source of a value | a text needs quotes: 'dev'"#]],
        ),
        (
            "${opt:stage,}",
            expect![[r#"
                null
                error VARIABLE_SYNTAX "${opt:stage,}": a variable has nothing before or after a comma | a text needs quotes: ''"#]],
        ),
        (
            "${self:custom.iw102.v}",
            expect![[r#"
            null
            error VARIABLE_CYCLE "${self:custom.iw102.v}": `self:custom.iw102.v` stands for itself: self:custom.iw102.v → self:custom.iw102.v | give one of them a value of its own"#]],
        ),
        (
            "${self:custom.iw102}",
            expect![[r#"
            {"v":null,"a":1,"b":{"c":"deep","list":["x","y"]},"empty":null,"flag":true,"stage":"dev"}
            error VARIABLE_CYCLE "${self:custom.iw102}": `self:custom.iw102` stands for itself: self:custom.iw102 → self:custom.iw102 | give one of them a value of its own"#]],
        ),
        (
            "'a ${self:custom.iw102.b} z'",
            expect![[r#"
            null
            error VARIABLE_TYPE "${self:custom.iw102.b}": `${self:custom.iw102.b}` is an object and stands inside a text | let it stand alone, or name one of the values in it"#]],
        ),
        (
            "'${self:custom.iw102.a'",
            expect![[r#"
            null
            error VARIABLE_SYNTAX "'${self:custom.iw102.a'": the variable `${self:custom.iw102.a` has no end | close it with `}`, or write `\${` for the text itself"#]],
        ),
        (
            "${strToBool(maybe)}",
            expect![[r#"
            null
            error VARIABLE_TYPE "${strToBool(maybe)}": strToBool cannot read `maybe` | it reads true, false, 1 and 0"#]],
        ),
    ] {
        check(&value(written), &expected);
    }
}

#[test]
fn parameters_follow_the_stage() {
    let document = "params:\n  default: {host: d.example, port: 1}\n  prod: {host: p.example}\nstages:\n  prod:\n    \
                    params: {port: 2}\ncustom:\n  iw102: {v: \"${param:host}:${param:port}\"}\n";
    check(document, &expect![[r#""d.example:1""#]]);
    let prod = LoadOptions { stage: Some("prod".to_owned()), ..options() };
    check_with(document, &prod, &expect![[r#""p.example:2""#]]);
}

#[test]
fn cycles_name_their_chain_and_parts_nobody_reads_only_warn() {
    let cycle = "custom:\n  a: ${self:custom.b}\n  b: ${self:custom.c}\n  c: ${self:custom.a}\n  iw102: {v: \"${self:custom.a}\"}\n";
    check(
        cycle,
        &expect![[r#"
        null
        warning VARIABLE_CYCLE "${self:custom.b}": `self:custom.b` stands for itself: self:custom.b → self:custom.c → self:custom.a → self:custom.b | give one of them a value of its own
        warning VARIABLE_CYCLE "${self:custom.c}": `self:custom.c` stands for itself: self:custom.c → self:custom.a → self:custom.b → self:custom.c | give one of them a value of its own
        warning VARIABLE_CYCLE "${self:custom.a}": `self:custom.a` stands for itself: self:custom.a → self:custom.b → self:custom.c → self:custom.a | give one of them a value of its own
        error VARIABLE_CYCLE "${self:custom.a}": `self:custom.a` stands for itself: self:custom.a → self:custom.b → self:custom.c → self:custom.a | give one of them a value of its own"#]],
    );
    let unread = "custom: {iw102: {v: 1}}\nresources:\n  a: ${self:custom.nothing}\n  b: ${ssm:/x}\n";
    check(
        unread,
        &expect![[r#"
        1
        warning VARIABLE_MISSING "${self:custom.nothing}": `self:custom.nothing` has no value | add it, or give a default after a comma"#]],
    );
}

#[test]
fn depth_and_growth_are_bounded() {
    let mut chain = String::from("custom:\n  x0: end\n");
    let mut growth = String::from("custom:\n  x0: 0123456789\n");
    for level in 1..100 {
        let before = level - 1;
        let _ = writeln!(chain, "  x{level}: ${{self:custom.x{before}}}");
        let _ = writeln!(growth, "  x{level}: ${{self:custom.x{before}}}${{self:custom.x{before}}}");
    }
    for document in
        [chain + "  iw102: {v: \"${self:custom.x99}\"}\n", growth + "  iw102: {v: \"${self:custom.x40}\"}\n"]
    {
        let folder = folder();
        let (_, _, diagnostics) = resolve(&document, folder.path(), &options());
        assert!(diagnostics.iter().any(|one| one.code == "VARIABLE_LIMIT"), "{diagnostics:?}");
    }
}

#[test]
fn nesting_is_bounded_across_variables() {
    let (open, close) = ("[".repeat(200), "]".repeat(200));
    let mut document = String::from("custom:\n  x0: end\n");
    for level in 1..40 {
        let _ = writeln!(document, "  x{level}: {open}\"${{self:custom.x{}}}\"{close}", level - 1);
    }
    let folder = folder();
    let (_, _, diagnostics) = resolve(&document, folder.path(), &options());
    assert!(diagnostics.iter().any(|one| one.code == "VARIABLE_LIMIT"), "{diagnostics:?}");
}

#[test]
fn an_instance_id_is_ten_characters() {
    let folder = folder();
    let (_, node, _) = resolve("custom: {iw102: {v: '${sls:instanceId}'}}", folder.path(), &options());
    assert_eq!(node.to_value()["custom"]["iw102"]["v"].as_str().map(str::len), Some(10));
}

proptest! {
    #[test]
    fn no_variable_panics(text in r"[${}():,'\\. a-c]{0,40}|(\$\{(self|opt|file|env|param|strToBool)[:(][${}()'a-c.,: ]{0,20}\}?){0,4}") {
        let document = format!("custom:\n  a: {}\n  b: {{c: 1}}\n", serde_json::Value::from(text));
        let mut sources = Sources::default();
        let id = sources.add("serverless.yml", document.as_str());
        if let (Some(node), _) = yaml::parse(&sources, id) {
            let _ = super::resolve(&mut sources, node, std::path::Path::new("/nowhere"), &options());
        }
    }

    #[test]
    fn text_without_variables_stays(text in "[a-z ${}:()']{0,30}") {
        prop_assume!(!text.contains("${"));
        let parts = super::parse::parts(&text);
        let whole: Vec<_> = if text.is_empty() { vec![] } else { vec![super::parse::Part::Text(&text)] };
        prop_assert_eq!(parts, whole);
    }
}
