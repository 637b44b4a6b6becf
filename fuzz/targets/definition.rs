//! Any text as a definition, and what compiles as an execution with any outside.
//!
//! Input: a definition in JSON or YAML, the execution's input, the outside (a byte for each step).

#![no_main]

use std::sync::Arc;

use iw102::asl::diagnostic::Diagnostic;
use iw102::asl::syntax::{Node, SourceId, Sources, json, yaml};
use iw102::asl::{Payload, Program, check_express, compile};
use iw102_fuzz::run::Run;
use iw102_fuzz::{any_error, check_places, parts};
use libfuzzer_sys::fuzz_target;

const INPUT: &str =
    r#"{"a":{"b":[1,2,{"c":"d"}]},"n":3,"s":"text","t":"2026-01-01T00:00:05Z","items":[1,2,3],"flag":true}"#;

fuzz_target!(|data: &[u8]| {
    let [definition, input, schedule] = parts(data);
    let Ok(text) = std::str::from_utf8(definition) else { return };
    let is_json = agrees_with_serde(text);
    let Some(program) = compiled(text, if is_json { json::parse } else { yaml::parse }) else { return };
    let input = std::str::from_utf8(input).ok().and_then(|input| Payload::parse(input).ok());
    let input = input.unwrap_or_else(|| Payload::parse(INPUT).expect("JSON"));
    Run::start(Arc::new(program), input).play(&schedule[..schedule.len().min(48)]);
});

fn compiled(text: &str, parse: fn(&Sources, SourceId) -> (Option<Node>, Vec<Diagnostic>)) -> Option<Program> {
    let mut sources = Sources::default();
    let id = sources.add("definition", text);
    let (node, diagnostics) = parse(&sources, id);
    check_places(&sources, &diagnostics);
    assert!(node.is_some() || any_error(&diagnostics), "no tree and no reason");
    let node = node?;
    let (program, diagnostics) = compile(&node);
    check_places(&sources, &diagnostics);
    assert_eq!(
        program.is_some(),
        !any_error(&diagnostics),
        "a program exists for a definition without errors: {diagnostics:?}"
    );
    check_places(&sources, &check_express(&node));
    program
}

/// What is read as JSON is what `serde_json` reads, keys that are there twice apart; returns whether it is JSON.
fn agrees_with_serde(text: &str) -> bool {
    let mut sources = Sources::default();
    let id = sources.add("definition", text);
    let (node, diagnostics) = json::parse(&sources, id);
    check_places(&sources, &diagnostics);
    let ours = node.filter(|_| !any_error(&diagnostics)).map(|node| node.to_value());
    let theirs = Payload::parse(text).ok();
    match (&ours, &theirs) {
        (Some(ours), Some(theirs)) => assert_eq!(ours, theirs.value()),
        (Some(_), None) => panic!("only we read {text:?}"),
        (None, Some(_)) => assert!(diagnostics.iter().any(|one| one.message.contains("twice")), "{diagnostics:?}"),
        (None, None) => {}
    }
    theirs.is_some()
}
