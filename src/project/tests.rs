//! From files to the model, and what is said about files that are wrong.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "expect-test writes them, and a table is as long as its cases"
)]

mod events;

use std::fmt::Write as _;
use std::path::Path;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::asl::diagnostic::Severity;
use crate::project::{Identity, LoadOptions, Loaded, ProjectError, Service, check, find_upwards, load};

fn options() -> LoadOptions {
    LoadOptions { account: "000000000000".to_owned(), ..LoadOptions::default() }
}

fn loaded(name: &str, text: impl AsRef<[u8]>) -> Loaded {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join(name);
    std::fs::write(&file, text).expect("the folder is ours");
    load(&file, &options()).expect("the file can be read")
}

fn service(text: &str) -> Service {
    let loaded = loaded("serverless.yml", text);
    loaded.service.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

fn identity() -> Identity {
    Identity { region: "eu-west-1".to_owned(), account: "111111111111".to_owned() }
}

/// What is said, a line each: severity, code, text of the place, message, help.
fn said(name: &str, text: impl AsRef<[u8]>, expected: &Expect) {
    let loaded = loaded(name, text);
    let mut shown = String::new();
    for one in check(&loaded) {
        let severity = if one.severity == Severity::Error { "error" } else { "warning" };
        let place = &loaded.sources.get(one.span.source).text[one.span.start as usize..one.span.end as usize];
        let help = one.help.as_deref().unwrap_or("-");
        let _ = writeln!(shown, "{severity} {} {}{place:?}: {} | {help}", one.code, one.pointer, one.message);
    }
    expected.assert_eq(&shown);
}

/// A service around a definition's one state.
fn around(state: &str) -> String {
    format!(
        "service: s\nprovider: {{name: aws, region: eu-west-1}}\nfunctions:\n  hello: {{handler: bin/hello}}\n  \
         say-it_now: {{handler: b, name: other}}\nstepFunctions:\n  activities: [approve]\n  stateMachines:\n    \
         other: {{name: plain-name, definition: {{StartAt: A, States: {{A: {{Type: Succeed}}}}}}}}\n    \
         m:\n      definition:\n        StartAt: A\n        States:\n          A: {state}\n"
    )
}

#[test]
fn a_service_is_read_with_its_defaults() {
    let service = service(
        "service: {name: shop}\nprovider:\n  runtime: nodejs20.x\n  profile: p\n  environment: {A: 1, B: shared}\n\
         functions:\n  one: {handler: a.b, environment: {B: own, M: !Ref m}}\n  \
         two: {handler: x, runtime: go1.x, timeout: 30, memorySize: '256', name: named}\n  three: {handler: y}\n\
         custom: {iw102: {functions: {three: {command: cat}}}}\nstepFunctions:\n  stateMachines:\n    \
         m: {type: EXPRESS, tags: {team: a}, definition: {StartAt: A}}\n",
    );
    // Printed, environments have no values.
    let value = |function: usize, name: &str| service.functions[function].environment.get(name).map(String::as_str);
    let m = "arn:aws:states:us-east-1:000000000000:stateMachine:MStepFunctionsStateMachine-GLBTRO64BNLR";
    assert_eq!((value(0, "A"), value(0, "B"), value(0, "M")), (Some("1"), Some("own"), Some(m)));
    assert_eq!((value(1, "A"), value(1, "B"), value(1, "M")), (Some("1"), Some("shared"), None));
    let shown =
        format!("{:#?}\n{:#?}", (service.name, service.stage, service.region, service.profile), service.functions);
    expect![[r#"
        (
            "shop",
            "dev",
            None,
            Some(
                "p",
            ),
        )
        [
            Function {
                logical_id: "one",
                name: "shop-dev-one",
                program: Handler {
                    handler: "a.b",
                    runtime: "nodejs20.x",
                },
                timeout_seconds: 6,
                memory_mb: 1024,
                environment: [
                    "A",
                    "B",
                    "M",
                ],
            },
            Function {
                logical_id: "two",
                name: "named",
                program: Handler {
                    handler: "x",
                    runtime: "go1.x",
                },
                timeout_seconds: 30,
                memory_mb: 256,
                environment: [
                    "A",
                    "B",
                ],
            },
            Function {
                logical_id: "three",
                name: "shop-dev-three",
                program: Command(
                    "cat",
                ),
                timeout_seconds: 6,
                memory_mb: 1024,
                environment: [
                    "A",
                    "B",
                ],
            },
        ]"#]]
    .assert_eq(&shown);
    // Their values are shown to nobody, so they are looked at apart.
    let environments: Vec<String> =
        service.functions.iter().map(|function| serde_json::json!(function.environment).to_string()).collect();
    expect![[r#"
        {"A":"1","B":"own","M":"arn:aws:states:us-east-1:000000000000:stateMachine:MStepFunctionsStateMachine-GLBTRO64BNLR"}
        {"A":"1","B":"shared"}
        {"A":"1","B":"shared"}"#]]
    .assert_eq(&environments.join("\n"));
    let machine = &service.machines[0];
    let shown = (&machine.name, &machine.resource_id, machine.express, &machine.tags);
    expect![[r#"
        (
            "MStepFunctionsStateMachine-GLBTRO64BNLR",
            "MStepFunctionsStateMachine",
            true,
            {
                "team": "a",
            },
        )
    "#]]
    .assert_debug_eq(&shown);
}

#[test]
fn names_are_stable_and_follow_service_stage_and_key() {
    let name = |text: &str| service(text).machines[0].name.clone();
    let machine = "\nstepFunctions: {stateMachines: {iw102StarterMachine: {definition: {StartAt: A}}}}\n";
    let first = name(&format!("service: a{machine}"));
    expect!["Iw102StarterMachineStepFunctionsStateMachine-ZIJ0IUPSJL3O"].assert_eq(&first);
    assert_eq!(first, name(&format!("service: a{machine}")));
    assert_ne!(first, name(&format!("service: b{machine}")));
    assert_ne!(first, name(&format!("service: a\nprovider: {{stage: prod}}{machine}")));
    let long = format!("service: a\nstepFunctions: {{stateMachines: {{{}: {{definition: {{}}}}}}}}", "x".repeat(90));
    assert_eq!(name(&long).len(), 80);
}

#[test]
fn references_are_resolved() {
    for (state, expected) in [
        (
            "{Type: Task, Resource: {Fn::GetAtt: [hello, Arn]}, End: true}",
            expect![[
                r#"{"Type":"Task","Resource":"arn:aws:lambda:eu-west-1:111111111111:function:s-dev-hello","End":true}"#
            ]],
        ),
        (
            "{Resource: !GetAtt HelloLambdaFunction.Arn}",
            expect![[r#"{"Resource":"arn:aws:lambda:eu-west-1:111111111111:function:s-dev-hello"}"#]],
        ),
        (
            "{Resource: !GetAtt [SayDashitUnderscorenowLambdaFunction, Arn]}",
            expect![[r#"{"Resource":"arn:aws:lambda:eu-west-1:111111111111:function:other"}"#]],
        ),
        ("{Resource: !Ref hello}", expect![[r#"{"Resource":"s-dev-hello"}"#]]),
        (
            "{Resource: !Ref MStepFunctionsStateMachine}",
            expect![[
                r#"{"Resource":"arn:aws:states:eu-west-1:111111111111:stateMachine:MStepFunctionsStateMachine-Y4YQ5J9OORDB"}"#
            ]],
        ),
        ("{Resource: !GetAtt PlainDashname.Name}", expect![[r#"{"Resource":"plain-name"}"#]]),
        (
            "{Resource: !Ref other}",
            expect![[r#"{"Resource":"arn:aws:states:eu-west-1:111111111111:stateMachine:plain-name"}"#]],
        ),
        (
            "{Resource: !Ref ApproveStepFunctionsActivity}",
            expect![[r#"{"Resource":"arn:aws:states:eu-west-1:111111111111:activity:approve"}"#]],
        ),
        (
            "{Resource: !Sub 'arn:${AWS::Partition}:x:${AWS::Region}:${hello.Arn}:${!keep}'}",
            expect![[
                r#"{"Resource":"arn:aws:x:eu-west-1:arn:aws:lambda:eu-west-1:111111111111:function:s-dev-hello:${keep}"}"#
            ]],
        ),
        (
            "{Resource: !Sub ['${a}-${AWS::StackName}', {a: !Ref hello}]}",
            expect![[r#"{"Resource":"s-dev-hello-s-dev"}"#]],
        ),
        (
            "{Resource: {Fn::Join: [':', [arn, !Ref AWS::AccountId, {Fn::GetAtt: [hello, Arn]}, 5]]}}",
            expect![[
                r#"{"Resource":"arn:111111111111:arn:aws:lambda:eu-west-1:111111111111:function:s-dev-hello:5"}"#
            ]],
        ),
        (
            "{Resource: 'arn:aws:lambda:${AWS::Region}:#{AWS::AccountId}:x', Gone: !Ref AWS::NoValue}",
            expect![[r#"{"Resource":"arn:aws:lambda:eu-west-1:111111111111:x"}"#]],
        ),
        (
            "{Parameters: {x.$: $.a, Ref: b, other: c}}",
            expect![[r#"{"Parameters":{"x.$":"$.a","Ref":"b","other":"c"}}"#]],
        ),
    ] {
        let service = service(&around(state));
        let json = service.machines[1].definition.to_json(&service, &identity());
        let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        expected.assert_eq(&json["States"]["A"].to_string());
    }
}

#[test]
fn references_to_nothing_are_diagnostics() {
    for (state, expected) in [
        (
            "{Resource: !GetAtt HeloLambdaFunction.Arn}",
            expect![
                "UNRESOLVED_REFERENCE /States/A/Resource nothing here is called `HeloLambdaFunction` | did you mean `HelloLambdaFunction`?"
            ],
        ),
        (
            "{Resource: !GetAtt hello.Name}",
            expect!["UNRESOLVED_REFERENCE /States/A/Resource `hello` has no attribute `Name` | write `hello.Arn`"],
        ),
        (
            "{Resource: !GetAtt hello}",
            expect![
                "MALFORMED_FUNCTION /States/A/Resource `Fn::GetAtt` cannot read a string | write `!GetAtt Name.Arn`"
            ],
        ),
        (
            "{Resource: !Ref OrdersQueue}",
            expect![
                "UNRESOLVED_REFERENCE /States/A/Resource nothing here is called `OrdersQueue` | iw102 knows functions, state machines, activities and log groups of this file: write another resource's name or ARN, or take it from ${param:NAME}"
            ],
        ),
        (
            "{Resource: !Sub '${hello.Arn} ${nobody}'}",
            expect![
                "UNRESOLVED_REFERENCE /States/A/Resource nothing here is called `nobody` | iw102 knows functions, state machines, activities and log groups of this file: write another resource's name or ARN, or take it from ${param:NAME}"
            ],
        ),
        (
            "{Resource: !Sub '${hello.Arn'}",
            expect![
                "MALFORMED_FUNCTION /States/A/Resource `${` has no end | close it with `}`, or write `${!` for the text itself"
            ],
        ),
        (
            "{Resource: !Join [':', a]}",
            expect![
                "MALFORMED_FUNCTION /States/A/Resource `Fn::Join` cannot read an array | write `!Join [':', [a, b]]`"
            ],
        ),
        (
            "{Resource: !ImportValue x}",
            expect![
                "UNSUPPORTED_FUNCTION /States/A/Resource `Fn::ImportValue` has no value before a deploy | use GetAtt, Ref, Sub or Join, or write the value"
            ],
        ),
        (
            "{Resource: !Sub [a]}",
            expect![
                "MALFORMED_FUNCTION /States/A/Resource `Fn::Sub` cannot read an array | write `!Sub 'text ${Name}'`"
            ],
        ),
        (
            "{Resource: !Join ['', [[1]]]}",
            expect![
                "MALFORMED_FUNCTION /States/A/Resource an array stands where a text is built | give a string, a number or a reference"
            ],
        ),
    ] {
        let service = service(&around(state));
        let (_, diagnostics) = service.machines[1].definition.resolve(&service, &identity());
        let shown: Vec<_> = diagnostics
            .iter()
            .map(|one| format!("{} {} {} | {}", one.code, one.pointer, one.message, one.help.as_deref().unwrap_or("-")))
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }
}

#[test]
fn plain_definitions_are_known_by_content_or_name() {
    for (file, text, machine) in [
        ("pay.asl.json", "{\"StartAt\": \"A\", \"States\": {}}", "pay"),
        ("pay.json", "{\"States\": {}}", "pay"),
        ("ship it.yml", "StartAt: A\nStates: {}\n", "ship-it"),
        ("pay.asl.yaml", "Comment: nothing yet\n", "pay"),
    ] {
        let service = loaded(file, text).service.expect("it is sound");
        assert_eq!((service.name.as_str(), service.machines[0].name.as_str()), (machine, machine), "{file}");
    }
    let text =
        "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Parameters\": {\"Ref\": \"data\"}, \"x\": \"${AWS::Region}\"}}}";
    let service = loaded("m.asl.json", text).service.expect("it is sound");
    let json = service.machines[0].definition.to_json(&service, &identity());
    assert_eq!(json, text.replace(": ", ":").replace(", ", ","));
}

#[test]
fn definitions_come_from_files_and_texts() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("the folder is ours");
    write("m.asl.json", "{\"StartAt\": \"A\", \"x\": {\"Fn::GetAtt\": [\"f\", \"Arn\"]}}");
    write(
        "serverless.yml",
        "service: s\nfunctions: {f: {handler: h}}\nstepFunctions:\n  stateMachines:\n    \
         a: {definition: \"${file(m.asl.json)}\"}\n    b:\n      definition: |\n        {\"StartAt\": \"B\"}\n",
    );
    let loaded = load(&folder.path().join("serverless.yml"), &options()).expect("the file can be read");
    let service = loaded.service.expect("it is sound");
    let texts: Vec<_> = service.machines.iter().map(|one| one.definition.to_json(&service, &identity())).collect();
    expect![[r#"
        [
            "{\"StartAt\":\"A\",\"x\":\"arn:aws:lambda:eu-west-1:111111111111:function:s-dev-f\"}",
            "{\"StartAt\":\"B\"}",
        ]
    "#]]
    .assert_debug_eq(&texts);
}

#[test]
fn mistakes_in_a_service_are_named() {
    for (text, expected) in [
        (
            "provider: {}\n",
            expect![[r#"
            error SERVICE_NAME: the service has no name | start the file with `service: NAME`
        "#]],
        ),
        (
            "service:\n",
            expect![[r#"
            error SERVICE_NAME: the service has no name | write `service: NAME`
        "#]],
        ),
        (
            "- a\n",
            expect![[r#"
            error PROJECT_KIND: the file holds an array, not a service or a state machine | a project file starts with `service: NAME`, a definition with StartAt and States
        "#]],
        ),
        (
            "service: s\nstepFunction: {}\nprovder: {}\nmyPlugin: {}\n",
            expect![[r#"
            warning UNKNOWN_KEY: the file has no `stepFunction` | did you mean `stepFunctions`?
            warning UNKNOWN_KEY: the file has no `provder` | did you mean `provider`?
        "#]],
        ),
        (
            "service: s\nprovider: {stag: dev}\nfunctions: {a: {handler: x, events: [{htp: GET /}, {own: 1}, x]}}\n",
            expect![[r#"
                warning UNKNOWN_KEY: provider has no `stag` | did you mean `stage`?
                warning UNKNOWN_KEY: an event has no `htp` | did you mean `http`?
            "#]],
        ),
        (
            "service: s\nfunctions: [a, {b: {handler: x}}]\n",
            expect![[r#"
                error FIELD_TYPE: functions must be a mapping, and this is a string | -
            "#]],
        ),
        (
            "service: s\nfunctions: {a: {handlr: x, timeout: soon, memorySize: 0}}\n",
            expect![[r#"
                warning FUNCTION_HANDLER: the function `a` has no handler | write `handler:`, or a command under custom.iw102.functions.a.command
                warning UNKNOWN_KEY: a function has no `handlr` | did you mean `handler`?
                error FIELD_TYPE: timeout must be a whole number above 0 | write it as in `timeout: 6`
                error FIELD_TYPE: memorySize must be a whole number above 0 | write it as in `memorySize: 128`
            "#]],
        ),
        (
            "service: s\nfunctions: {a: {handler: x, environment: {T: !Ref Table, U: [1]}}}\n",
            expect![[r#"
            warning UNRESOLVED_REFERENCE: nothing here is called `Table` | iw102 knows functions, state machines, activities and log groups of this file: write another resource's name or ARN, or take it from ${param:NAME}
            error FIELD_TYPE: the environment's `U` must be a string, and this is an array | -
        "#]],
        ),
        (
            "service: s\nfunctions: {abc: {handler: x}}\ncustom: {iw102: {functions: {abd: {comand: x}}, more: 1}}\n",
            expect![[r#"
                warning UNKNOWN_FUNCTION: the service has no function `abd` | did you mean `abc`?
                warning UNKNOWN_KEY: a function of custom.iw102 has no `comand` | did you mean `command`?
                warning UNKNOWN_KEY: custom.iw102 has no `more` | it has functions
            "#]],
        ),
        (
            "service: s\nstepFunctions: {machines: {}}\n",
            expect![[r#"
            warning UNKNOWN_KEY: stepFunctions has no `machines` | it has activities, noOutput, stateMachines, validate
        "#]],
        ),
        (
            "service: s\nstepFunctions: {stateMachines: {m: {definitions: {}}}}\n",
            expect![[r#"
            error NO_DEFINITION: `m` has no definition | write `definition:` with StartAt and States, or ${file(machine.asl.json)}
            warning UNKNOWN_KEY: a state machine has no `definitions` | did you mean `definition`?
        "#]],
        ),
        (
            "service: s\nstepFunctions: {stateMachines: {m: {definition: }}}\n",
            expect![[r#"
            error NO_DEFINITION: the definition of `m` is empty | -
        "#]],
        ),
        (
            "service: s\nstepFunctions: {stateMachines: {m: {definition: [1]}}}\n",
            expect![[r#"
            error FIELD_TYPE: a definition must be a mapping, and this is an array | -
        "#]],
        ),
        (
            "service: s\nstepFunctions: {stateMachines: {m: {type: EXPRES, name: 'a b', definition: {StartAt: A}}}}\n",
            expect![[r##"
                error MACHINE_TYPE: `EXPRES` is no type of a state machine | did you mean `EXPRESS`?
                error INVALID_NAME: `a b` is no name of a state machine | 1 to 80 characters, no white space and none of <>{}[]?*"#%\^|~`$&,;:/
            "##]],
        ),
        (
            "service: s\nstepFunctions: {stateMachines: {m: {name: x, definition: {a: 1}}, n: {name: x, definition: {a: 1}}}}\n",
            expect![[r#"
                error SAME_NAME: `m` and `n` have the same name `x` | give one of them another `name`
            "#]],
        ),
    ] {
        let loaded = loaded("serverless.yml", text);
        let mut shown = String::new();
        for one in &loaded.diagnostics {
            let severity = if one.severity == Severity::Error { "error" } else { "warning" };
            let help = one.help.as_deref().unwrap_or("-");
            let _ = writeln!(shown, "{severity} {}: {} | {help}", one.code, one.message);
        }
        let errors = loaded.diagnostics.iter().any(|one| one.severity == Severity::Error);
        assert_eq!(loaded.service.is_none(), errors, "{text}");
        expected.assert_eq(&shown);
    }
}

#[test]
fn broken_files_are_diagnostics() {
    said(
        "serverless.yml",
        "",
        &expect![[r#"
            error YAML_EMPTY "": the file is empty | -
        "#]],
    );
    said(
        "serverless.yml",
        b"service: s\nx: \xff\n",
        &expect![[r#"
            error NOT_UTF8 "�": the file is not UTF-8 from here on | save the file as UTF-8
        "#]],
    );
    said(
        "serverless.yml",
        "service: s\n\tx: 1\n",
        &expect![[r#"
            error YAML_TAB "\t": a tab indents this line | YAML indents with spaces: replace the tab
        "#]],
    );
    let missing = around("{Type: Task, Resource: '${self:custom.arn}', End: true}");
    said(
        "serverless.yml",
        missing,
        &expect![[r#"
            error VARIABLE_MISSING "${self:custom.arn}": `self:custom` has no value | add it, or give a default after a comma
        "#]],
    );
}

#[test]
fn unreadable_files_are_errors() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let at = |name: &str| folder.path().join(name);
    let error = |path: &Path| load(path, &options()).expect_err("it cannot be read");
    assert!(matches!(error(&at("none.yml")), ProjectError::Unreadable { .. }));
    assert!(matches!(error(folder.path()), ProjectError::Folder { .. }));
    std::fs::write(at("large.yml"), " ".repeat((4 << 20) + 1)).expect("the folder is ours");
    let large = error(&at("large.yml"));
    assert!(large.to_string().ends_with("is larger than 4 MiB, the most that is read"), "{large}");
}

#[test]
fn the_project_file_is_found_upwards() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let inner = folder.path().join("a/b");
    std::fs::create_dir_all(&inner).expect("the folder is ours");
    for name in ["serverless.json", "serverless.yaml", "serverless.yml"] {
        std::fs::write(folder.path().join(name), "service: s\n").expect("the folder is ours");
        assert_eq!(find_upwards(&inner), Some(folder.path().join(name)));
    }
    std::fs::write(inner.join("serverless.json"), "{}").expect("the folder is ours");
    assert_eq!(find_upwards(&inner), Some(inner.join("serverless.json")));
}

#[test]
fn a_check_says_everything_at_once_in_the_order_of_the_file() {
    let text = "service: shop\nprovider:\n  region: ${env:REGION_OF_SHOP}\nfunctions:\n  hello:\n    handler: bin/hello\n    \
                timeout: 010\nstepFunctions:\n  stateMachines:\n    pay:\n      nme: payments\n      definition:\n        \
                StartAt: A\n        States:\n          A:\n            Type: Task\n            Resource: !GetAtt Helo.Arn\n            \
                End: true\n          B:\n            Type: Pas\n            End: true\n";
    said(
        "serverless.yml",
        text,
        &expect![[r#"
        error VARIABLE_MISSING "${env:REGION_OF_SHOP}": the environment has no `REGION_OF_SHOP` | set it: export REGION_OF_SHOP=…, or give a default: ${env:REGION_OF_SHOP, 'VALUE'}
        warning YAML_LEADING_ZERO "010": `010` is the number 10: its zeros are lost, and older readers take it for octal | write "010" for the text, 10 for the number, 0o… for octal
        warning UNKNOWN_KEY "nme": a state machine has no `nme` | did you mean `name`?
        error UNRESOLVED_REFERENCE /States/A/Resource"!GetAtt Helo.Arn": nothing here is called `Helo` | did you mean `hello`?
        error MISSING_TRANSITION_TARGET /States/B"B": State "B" is not reachable. | no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state
        error SCHEMA_VALIDATION_FAILED /States/B/Type"Pas": The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] | did you mean "Pass"?
    "#]],
    );
}

#[test]
fn the_examples_are_sound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for folder in [root.clone(), root.join("course")] {
        for entry in std::fs::read_dir(folder).expect("the examples are there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_file() {
                let loaded = load(&path, &options()).expect("the example can be read");
                let diagnostics = check(&loaded);
                // The callback machine ends in success when nobody answers, as in the course: a warning, on purpose.
                let sound = diagnostics.iter().all(|one| one.code == "ERROR_ENDS_IN_SUCCESS");
                assert!(sound, "{}: {diagnostics:?}", path.display());
                assert_eq!(loaded.service.expect("it is sound").machines.len(), 1, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 12);
}

proptest! {
    /// A right file with a piece cut out and another put in: whatever it says, a load says something and ends.
    #[test]
    fn no_change_of_a_file_panics(
        at in 0usize..3_000,
        cut in 0usize..40,
        put in r"[-!&*:{}\[\]'$,#|>. a-z0-9\n]{0,12}|!(Ref|Sub|GetAtt|Join) [a-zA-Z.${}'\[\], ]{0,12}|\$\{self:[a-z.]{0,9}\}",
    ) {
        let text = include_str!("../../examples/course/callback.yml");
        let (at, end) = (at.min(text.len()), (at + cut).min(text.len()));
        let loaded = loaded("serverless.yml", format!("{}{put}{}", &text[..at], &text[end..]));
        let diagnostics = check(&loaded);
        for one in &diagnostics {
            let source = &loaded.sources.get(one.span.source).text;
            prop_assert!(source.get(one.span.start as usize..one.span.end as usize).is_some(), "{one:?}");
        }
        let errors = diagnostics.iter().any(|one| one.severity == Severity::Error);
        prop_assert!(loaded.service.is_some() || errors);
    }
}

#[test]
fn logging_has_a_level_and_one_log_group() {
    let service = service(
        "service: s\nprovider: {name: aws, region: eu-west-1}\nstepFunctions:\n  stateMachines:\n    m:\n      \
         loggingConfig: {level: ERROR, includeExecutionData: true, destinations: [{Fn::GetAtt: [Made, Arn]}]}\n      \
         definition: {StartAt: A, States: {A: {Type: Succeed}}}\nresources:\n  - Resources:\n      \
         Made: {Type: AWS::Logs::LogGroup}\n      Queue: {Type: AWS::SQS::Queue}\n",
    );
    let logging = service.machines[0].logging.as_ref().unwrap();
    assert_eq!((logging.level, logging.include_execution_data), ("ERROR", true));
    assert_eq!(logging.log_group_arn, "arn:aws:logs:eu-west-1:000000000000:log-group:s-dev-Made:*");
}

#[test]
fn logging_that_aws_refuses_is_told() {
    for (config, expected) in [
        (
            "{level: ALL}",
            expect![[r#"
                error LOGGING "{level: ALL}": AWS wants exactly one destination, and there are 0 | write `destinations: [!GetAtt GROUP.Arn]`
            "#]],
        ),
        (
            "{level: al, destinations: [a]}",
            expect![[r#"
                error LOGGING "al": `al` is no level of logging | did you mean `ALL`?
            "#]],
        ),
        (
            "{level: ALL, destinations: [a]}",
            expect![[r#"
                error LOGGING "a": `a` is not the ARN of a log group | write `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`, or `!GetAtt GROUP.Arn`
            "#]],
        ),
        (
            "{level: ALL, destinations: [!GetAtt Elsewhere.Arn]}",
            expect![[r#"
                warning UNRESOLVED_REFERENCE "!GetAtt Elsewhere.Arn": nothing here is called `Elsewhere` | iw102 knows functions, state machines, activities and log groups of this file: write another resource's name or ARN, or take it from ${param:NAME}
            "#]],
        ),
        ("{level: 'OFF'}", expect![""]),
    ] {
        let text = format!(
            "service: s\nprovider: {{name: aws, region: eu-west-1}}\nstepFunctions:\n  stateMachines:\n    m:\n      \
             loggingConfig: {config}\n      definition: {{StartAt: A, States: {{A: {{Type: Succeed}}}}}}\n"
        );
        said("serverless.yml", text, &expected);
    }
}
