//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>

use serde_json::{Value, json};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Sources, json as syntax};
use crate::asl::{check_express, compile};
use crate::local::api_error::ApiError;
use crate::local::members::DEFINITION;
use crate::local::served::Call;

/// The default and the most.
const DIAGNOSTICS_MAX: usize = 100;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let definition = members.required("definition", DEFINITION);
    let machine_type = members.one_of("type", &["STANDARD", "EXPRESS"]);
    let severity = members.one_of("severity", &["ERROR", "WARNING"]);
    let max = members.integer("maxResults", 0, 100);
    call.members.finish()?;
    let express = machine_type == Some("EXPRESS");
    // A large definition takes a while, and others are served meanwhile.
    let found = tokio::task::spawn_blocking(move || diagnose(&definition, express)).await;
    let mut found = found.map_err(|error| ApiError::internal(error.to_string()))?;
    let fails = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if severity != Some("WARNING") {
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    }
    let max = match max.and_then(|max| usize::try_from(max).ok()) {
        None | Some(0) => DIAGNOSTICS_MAX,
        Some(max) => max,
    };
    let truncated = found.len() > max;
    let shown: Vec<Value> = found.iter().take(max).map(encode).collect();
    Ok(json!({ "result": if fails { "FAIL" } else { "OK" }, "diagnostics": shown, "truncated": truncated }))
}

fn diagnose(definition: &str, express: bool) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let source = sources.add("<definition>", definition);
    let (tree, mut diagnostics) = syntax::parse(&sources, source);
    if let Some(tree) = tree {
        diagnostics.extend(compile(&tree).1);
        if express {
            diagnostics.extend(check_express(&tree));
        }
    }
    diagnostics
}

fn encode(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
    };
    let location = if diagnostic.pointer.is_empty() { "/" } else { diagnostic.pointer.as_str() };
    json!({ "severity": severity, "code": diagnostic.code, "message": diagnostic.message, "location": location })
}
