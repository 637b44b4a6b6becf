//! Definitions that AWS refused, in its words, and those that it took.

use iw102::asl::diagnostic::{Diagnostic, Severity};
use iw102::asl::syntax::{Sources, json};
use iw102::asl::{check_express, compile};
use serde_json::{Value, json};

use super::cases::{Case, cases};
use super::compare::Comparison;

/// Everything that is wrong with a definition.
fn errors_of(definition: &str, machine_type: Option<&str>) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let id = sources.add("definition", definition);
    let (node, mut diagnostics) = json::parse(&sources, id);
    if let Some(node) = node {
        diagnostics.extend(compile(&node).1);
        if machine_type == Some("EXPRESS") {
            diagnostics.extend(check_express(&node));
        }
    }
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    diagnostics
}

/// AWS's message for a definition that it refused.
fn refusal_of(case: &Case) -> Option<&str> {
    case.recorded().find_map(|(_, answer)| {
        let message = answer["Error"]["Message"].as_str().or_else(|| answer["exception_value"].as_str())?;
        message.split_once("Invalid State Machine Definition: '")?.1.strip_suffix('\'')
    })
}

fn compare_refusal(case: &Case, recorded: &str) -> Result<(), String> {
    let sent = case.calls("CreateStateMachine").next().ok_or("nothing was sent")?;
    let errors = errors_of(sent["definition"].as_str().unwrap(), sent["type"].as_str());
    let texts = errors.iter().map(|error| format!("{}: {} at {}", error.code, error.message, error.pointer));
    let ours = texts.collect::<Vec<_>>().join(", ");
    Comparison::of(case, &[]).of_answers(json!(ours), &json!(recorded)).map_or(Ok(()), Err)
}

fn compare_validation(case: &Case, recorded: &Value) -> Result<(), String> {
    let sent = case.calls("ValidateStateMachineDefinition").next().ok_or("nothing was sent")?;
    let errors = errors_of(sent["definition"].as_str().unwrap(), sent["type"].as_str());
    let shown = |error: &Diagnostic| {
        let location = if error.pointer.is_empty() { "/" } else { error.pointer.as_str() };
        json!({ "code": error.code, "location": location, "message": error.message, "severity": "ERROR" })
    };
    let ours = json!({ "diagnostics": errors.iter().map(shown).collect::<Vec<_>>() });
    let recorded = json!({ "diagnostics": recorded["diagnostics"] });
    Comparison::of(case, &[]).of_answers(ours, &recorded).map_or(Ok(()), Err)
}

fn report(count: usize, wrong: &[String]) {
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn definitions_are_refused_in_the_words_of_aws() {
    let Some(cases) = cases("PURE") else { return };
    let refused: Vec<_> = cases
        .iter()
        .filter(|case| case.calls("CreateStateMachine").count() == 1)
        .filter_map(|case| Some((case, refusal_of(case)?)))
        .collect();
    assert!(refused.len() >= 6, "only {} refusals were found", refused.len());
    let compare = |(case, recorded): &(&Case, &str)| {
        compare_refusal(case, recorded).err().map(|wrong| format!("{}:\n{wrong}", case.id()))
    };
    report(refused.len(), &refused.iter().filter_map(compare).collect::<Vec<_>>());
}

#[test]
fn definitions_are_validated_in_the_words_of_aws() {
    let Some(cases) = cases("PURE") else { return };
    let needs_jsonata = |case: &&Case| case.json["calls"].to_string().contains("JSONata");
    let validated: Vec<_> = cases
        .iter()
        .filter(|case| !needs_jsonata(case))
        .filter_map(|case| Some((case, case.recorded().find(|(_, answer)| answer["diagnostics"].is_array())?.1)))
        .collect();
    assert!(validated.len() >= 2, "only {} validations were found", validated.len());
    let compare = |(case, recorded): &(&Case, &Value)| {
        compare_validation(case, recorded).err().map(|wrong| format!("{}:\n{wrong}", case.id()))
    };
    report(validated.len(), &validated.iter().filter_map(compare).collect::<Vec<_>>());
}

#[test]
fn definitions_that_aws_took_are_taken() {
    let (mut count, mut wrong) = (0, Vec::new());
    for kind in ["PURE", "LAMBDA", "SERVICES"] {
        let Some(cases) = cases(kind) else { return };
        for case in cases.iter().filter(|case| case.is_understood() && refusal_of(case).is_none()) {
            for sent in case.calls("CreateStateMachine") {
                count += 1;
                let errors = errors_of(sent["definition"].as_str().unwrap(), sent["type"].as_str());
                if let Some(error) = errors.first() {
                    wrong.push(format!("{}: {} at {}", case.id(), error.message, error.pointer));
                }
            }
        }
    }
    assert!(count >= 100, "only {count} definitions were understood");
    report(count, &wrong);
}
