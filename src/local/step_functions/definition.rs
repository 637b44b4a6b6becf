//! What an Express machine's definition may not hold.

use serde_json::Value;

use crate::local::api_error::ApiError;

/// Refuses the patterns that Express machines do not have. A text that is no JSON is left to the compiler.
pub(super) fn check_express(definition: &str) -> Result<(), ApiError> {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    match unsupported(&definition, "") {
        None => Ok(()),
        Some(what) => {
            let what = format!("SCHEMA_VALIDATION_FAILED: Express state machine does not support {what}");
            Err(ApiError::new("InvalidDefinition", format!("Invalid State Machine Definition: '{what}'")))
        }
    }
}

/// The first integration pattern of `scope`'s states that waits, and where it is. The two blanks are AWS's.
fn unsupported(scope: &Value, pointer: &str) -> Option<String> {
    scope["States"].as_object()?.iter().find_map(|(name, state)| {
        let at = format!("{pointer}/States/{name}");
        let resource = state["Resource"].as_str().unwrap_or_default();
        if resource.ends_with(".waitForTaskToken") {
            return Some(format!("'.waitForTaskToken' service integration  at {at}/Resource"));
        }
        if matches!(resource.rsplit('.').next(), Some("sync" | "sync:2")) {
            return Some(format!("'.sync' service integration at {at}/Resource"));
        }
        let branches = state["Branches"].as_array().into_iter().flatten().enumerate();
        let branch = branches.map(|(index, branch)| (format!("{at}/Branches[{index}]"), branch));
        let processors = ["ItemProcessor", "Iterator"].map(|member| (format!("{at}/{member}"), &state[member]));
        branch.chain(processors).find_map(|(at, scope)| unsupported(scope, &at))
    })
}

#[cfg(test)]
mod tests {
    use super::check_express;

    #[test]
    fn waiting_patterns_are_found_at_any_depth() {
        let of = |resource: &str| format!(r#"{{"States":{{"A":{{"Type":"Task","Resource":"{resource}"}}}}}}"#);
        let nested = format!(r#"{{"States":{{"P":{{"Type":"Parallel","Branches":[{{}},{}]}}}}}}"#, of("x.sync"));
        assert!(check_express(&of("arn:aws:states:::sqs:sendMessage")).is_ok());
        assert!(check_express("no json").is_ok());
        for (definition, expected) in [
            (
                of("arn:aws:states:::sns:publish.waitForTaskToken"),
                "does not support '.waitForTaskToken' service integration  at /States/A/Resource'",
            ),
            (
                of("arn:aws:states:::states:startExecution.sync:2"),
                "does not support '.sync' service integration at /States/A/Resource'",
            ),
            (nested, "does not support '.sync' service integration at /States/P/Branches[1]/States/A/Resource'"),
        ] {
            let error = check_express(&definition).unwrap_err();
            assert_eq!(error.name, "InvalidDefinition");
            assert!(error.message.ends_with(expected), "{}", error.message);
        }
    }
}
