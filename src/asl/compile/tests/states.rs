//! What each type compiles to.

use serde_json::{Value, json};

use super::{LAMBDA, around, compiled, map, pass, report, task, wait};
use crate::asl::Payload;
use crate::asl::program::{
    Count, Items, Next, Pattern, Resource, ResultPath, ScopeId, Seconds, Selector, State, StateId, StateKind, Text,
    WaitFor,
};

/// The state `S` of a definition that is right.
fn read(state: &Value) -> State {
    let definition = around(state);
    assert_eq!(report(&definition), "", "{definition}");
    let program = compiled(&definition).0.expect("without errors");
    let Some(at) = program.states.iter().position(|state| &*state.name == "S") else { panic!("S is there") };
    assert_eq!(program.states[at].scope, ScopeId::MACHINE);
    program.states.into_iter().nth(at).expect("it was found")
}

const DONE: StateId = StateId(2);

#[test]
fn pass_states() {
    let state =
        read(&pass(json!({"Result": {"a": 1}, "ResultPath": "$.r", "Parameters": {"x": 1}, "InputPath": null})));
    let StateKind::Pass { result, parameters, result_path } = &state.kind else { panic!("{state:?}") };
    assert_eq!(result.as_ref().map(Payload::text), Some(r#"{"a":1}"#));
    assert!(parameters.is_some() && matches!(result_path, ResultPath::At(_)));
    assert!(matches!((&state.input_path, &state.output_path), (Selector::Empty, Selector::Whole)));
    assert_eq!((state.next, state.uses_context, state.type_name()), (Next::End, false, "Pass"));
    assert!(matches!(
        read(&pass(json!({"ResultPath": null}))).kind,
        StateKind::Pass { result_path: ResultPath::Discard, .. }
    ));
    assert!(matches!(
        read(&pass(json!({"ResultPath": "$"}))).kind,
        StateKind::Pass { result_path: ResultPath::Whole, .. }
    ));
}

#[test]
fn context_is_built_only_where_it_is_read() {
    for state in [
        pass(json!({"InputPath": "$$.Execution"})),
        pass(json!({"OutputPath": "$$"})),
        pass(json!({"Parameters": {"a": [{"b.$": "$$.State.Name"}]}})),
        wait(json!({"SecondsPath": "$$.State.RetryCount"})),
        map(json!({"ItemsPath": "$$.Execution.Input.items"})),
        json!({"Type": "Fail", "ErrorPath": "$$.Execution.Name"}),
        json!({"Type": "Choice", "Choices": [
            {"Not": {"Variable": "$.a", "StringEqualsPath": "$$.Execution.Id"}, "Next": "Done"},
        ]}),
        pass(json!({"QueryLanguage": "JSONata", "Output": "{% $states.context.State.Name %}"})),
        pass(json!({"QueryLanguage": "JSONata", "Assign": {"a": "{% $states %}"}})),
    ] {
        assert!(read(&state).uses_context, "{state}");
    }
    for state in [
        pass(json!({"Parameters": {"a.$": "$.b", "c": "$$"}})),
        task(json!({"InputPath": "$.a"})),
        pass(json!({"QueryLanguage": "JSONata", "Output": "{% $states.input.context %}"})),
    ] {
        assert!(!read(&state).uses_context, "{state}");
    }
}

#[test]
fn tasks_with_retry_and_catch() {
    let state = read(&task(json!({
        "TimeoutSeconds": 10, "HeartbeatSecondsPath": "$.h", "ResultSelector": {"a": 1},
        "Retry": [
            {"ErrorEquals": ["A", "B"], "Comment": "c"},
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "MaxAttempts": 0, "BackoffRate": 1, "MaxDelaySeconds": 9,
             "JitterStrategy": "FULL"},
        ],
        "Catch": [{"ErrorEquals": ["A"], "Next": "Done", "ResultPath": null}],
    })));
    let StateKind::Task(task) = &state.kind else { panic!("{state:?}") };
    assert_eq!(task.resource, Resource::Lambda { arn: LAMBDA.into() });
    assert!(matches!((&task.timeout, &task.heartbeat), (Some(Seconds::Fixed(10)), Some(Seconds::Path(_)))));
    assert!(task.result_selector.is_some() && task.parameters.is_none());
    let retry: Vec<_> =
        state.retry.iter().map(|r| (r.error_equals.len(), r.interval_seconds, r.max_attempts)).collect();
    assert_eq!(retry, [(2, 1, 3), (1, 3, 0)]);
    let retry: Vec<_> = state.retry.iter().map(|r| (r.backoff_rate, r.max_delay_seconds, r.full_jitter)).collect();
    assert_eq!(retry, [(2.0, None, false), (1.0, Some(9), true)]);
    let [catch] = state.catch.as_slice() else { panic!("{:?}", state.catch) };
    assert_eq!((catch.next, &*catch.error_equals[0]), (DONE, "A"));
    assert!(matches!(catch.result_path, ResultPath::Discard));
}

#[test]
fn resources() {
    let integration = |service: &str, action: &str, pattern| Resource::Integration {
        service: service.into(),
        action: action.into(),
        pattern,
    };
    let activity = "arn:aws-cn:states:cn-north-1:123456789012:activity:a";
    let version = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:$LATEST";
    for (arn, expected) in [
        (activity, Resource::Activity { arn: activity.into() }),
        (version, Resource::Lambda { arn: version.into() }),
        ("arn:aws:states:::lambda:invoke", integration("lambda", "invoke", Pattern::RequestResponse)),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            integration("sqs", "sendMessage.waitForTaskToken", Pattern::WaitForTaskToken),
        ),
        ("arn:aws:states:::batch:submitJob.sync", integration("batch", "submitJob.sync", Pattern::Sync)),
        (
            "arn:aws-cn:states:::states:startExecution.sync:2",
            integration("states", "startExecution.sync:2", Pattern::Sync2),
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:query.waitForTaskToken",
            integration("aws-sdk:dynamodb", "query.waitForTaskToken", Pattern::WaitForTaskToken),
        ),
    ] {
        let StateKind::Task(task) = read(&task(json!({"Resource": arn, "TimeoutSeconds": 1}))).kind else {
            panic!("{arn}")
        };
        assert_eq!(task.resource, expected);
    }
}

#[test]
fn choices() {
    let state = read(&json!({"Type": "Choice", "Comment": "c", "Choices": [
        {"Variable": "$.a", "StringEquals": "x", "Next": "Done", "Comment": "c"},
        {"And": [{"Variable": "$.a", "IsNull": true, "Comment": "c"}], "Next": "S"},
    ]}));
    let StateKind::Choice { rules } = &state.kind else { panic!("{state:?}") };
    assert_eq!(rules.iter().map(|rule| rule.next).collect::<Vec<_>>(), [DONE, StateId(1)]);
    assert_eq!(state.next, Next::NoChoiceMatched);
    let default =
        json!({"Type": "Choice", "Default": "Done", "Choices": [{"Variable": "$", "IsNull": true, "Next": "S"}]});
    assert_eq!(read(&default).next, Next::State(DONE));
}

#[test]
fn waits() {
    let read = |fields| match read(&wait(fields)).kind {
        StateKind::Wait(wait) => wait,
        other => panic!("{other:?}"),
    };
    assert!(matches!(read(json!({"Seconds": 0})), WaitFor::Seconds(Seconds::Fixed(0))));
    assert!(matches!(read(json!({"SecondsPath": "$.s"})), WaitFor::Seconds(Seconds::Path(_))));
    assert!(matches!(read(json!({"Timestamp": "1970-01-01T01:00:01+01:00"})), WaitFor::Timestamp(1000)));
    assert!(matches!(read(json!({"TimestampPath": "$.t"})), WaitFor::TimestampPath(_)));
}

#[test]
fn ends() {
    let state = read(&json!({"Type": "Succeed", "InputPath": "$.a"}));
    assert!(matches!((&state.kind, &state.input_path), (StateKind::Succeed, Selector::Path(_))));
    assert_eq!(state.next, Next::End);
    let StateKind::Fail { error, cause } = read(&json!({"Type": "Fail", "Error": "E", "CausePath": "$.c"})).kind else {
        panic!("a Fail")
    };
    assert!(matches!(error, Some(Text::Literal(text)) if text == "E"));
    assert!(matches!(cause, Some(Text::Computed(_))));
}

#[test]
fn maps() {
    let state = read(&map(json!({"ItemsPath": "$.items", "MaxConcurrencyPath": "$.n", "Parameters": {}})));
    let StateKind::Map(map) = &state.kind else { panic!("{state:?}") };
    assert_eq!(map.processor, ScopeId(1));
    assert!(matches!((&map.items, &map.max_concurrency), (Items::Path(Selector::Path(_)), Count::Path(_))));
    assert!(map.item_selector.is_some());
}

#[test]
fn ids_follow_the_text() {
    let inner = |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Succeed"}}});
    let each = json!({"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "Iterator": inner("In"), "End": true},
    }});
    let definition = json!({"StartAt": "Last", "Comment": "c", "TimeoutSeconds": 9, "Version": "1.0", "States": {
        "Both": {"Type": "Parallel", "Branches": [each, inner("Right")], "End": true},
        "Last": {"Type": "Pass", "Next": "Both"},
    }})
    .to_string();
    let program = compiled(&definition).0.expect("without errors");
    let names: Vec<_> = program.states.iter().map(|state| (&*state.name, state.scope.0)).collect();
    assert_eq!(names, [("Both", 0), ("Each", 1), ("In", 2), ("Right", 3), ("Last", 0)]);
    let scopes: Vec<_> =
        program.scopes.iter().map(|scope| (scope.start_at.0, scope.owner.map(|owner| owner.0))).collect();
    assert_eq!(scopes, [(4, None), (1, Some(0)), (2, Some(1)), (3, Some(0))]);
    let StateKind::Parallel(parallel) = &program.states[0].kind else { panic!("a Parallel") };
    assert_eq!(parallel.branches, [ScopeId(1), ScopeId(3)]);
    assert_eq!(program.timeout_seconds, Some(9));
}
