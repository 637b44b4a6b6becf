//! Mistakes within a state: each with its code, place and help.

use expect_test::expect;
use serde_json::json;

use super::{choice, map, pass, say, task, wait, with};

#[test]
fn types_and_fields() {
    say(
        &[
            json!({"End": true}),
            json!({"Type": 1, "End": true}),
            json!({"Type": "task", "End": true}),
            json!({"Type": "Lambda", "End": true}),
            json!([]),
            pass(json!({"Nxt": "Done"})),
            pass(json!({"Resource": "x"})),
            pass(json!({"Comment": 1})),
            json!({"Type": "Succeed", "End": true}),
            json!({"Type": "Fail", "Error": "E", "OutputPath": "$"}),
        ],
        &expect![[""]],
    );
}

#[test]
fn transitions() {
    say(
        &[
            pass(json!({"End": "GONE"})),
            pass(json!({"End": false})),
            pass(json!({"End": "yes"})),
            pass(json!({"Next": "Done"})),
            pass(json!({"End": "GONE", "Next": "done"})),
            pass(json!({"End": "GONE", "Next": "Elsewhere"})),
            pass(json!({"End": "GONE", "Next": 1})),
            pass(json!({"End": false, "Next": "Done"})),
            map(json!({"End": "GONE", "Next": "Inner"})),
            choice(json!({"Variable": "$.x", "IsNull": true, "Next": "Don"})),
            with(
                choice(json!({"Variable": "$.x", "IsNull": true, "Next": "Done"})),
                json!({"Default": "Dne", "Next": "Done"}),
            ),
        ],
        &expect![[""]],
    );
}

#[test]
fn paths() {
    say(
        &[
            pass(json!({"InputPath": "a.b"})),
            pass(json!({"InputPath": 1, "OutputPath": null, "ResultPath": null})),
            pass(json!({"OutputPath": "$$$"})),
            pass(json!({"ResultPath": "x"})),
            pass(json!({"ResultPath": "$.items[*]"})),
            pass(json!({"InputPath": "$name"})),
            wait(json!({"SecondsPath": "$.a[*]"})),
            wait(json!({"SecondsPath": "$$.a[*]"})),
        ],
        &expect![[""]],
    );
}

#[test]
fn waits() {
    say(
        &[
            wait(json!({})),
            wait(json!({"Seconds": 1, "Timestamp": "2016-03-14T01:59:00Z"})),
            wait(json!({"Seconds": -1})),
            wait(json!({"Seconds": 1.5})),
            wait(json!({"Seconds": "10"})),
            wait(json!({"Seconds": 100_000_000})),
            wait(json!({"Timestamp": "2016-03-14 01:59:00Z"})),
            wait(json!({"Timestamp": "2016-13-05T21:29:29Z"})),
            wait(json!({"Timestamp": 5})),
        ],
        &expect![[""]],
    );
}

#[test]
fn tasks() {
    say(
        &[
            task(json!({"Resource": "GONE"})),
            task(json!({"Resource": {"Fn::GetAtt": ["a", "Arn"]}})),
            task(json!({"TimeoutSeconds": 0})),
            task(json!({"TimeoutSeconds": 10, "HeartbeatSeconds": 10})),
            task(json!({"TimeoutSeconds": 10, "TimeoutSecondsPath": "$.t"})),
            task(json!({"HeartbeatSeconds": 10, "HeartbeatSecondsPath": "$.t"})),
            task(json!({"Credentials": {"RoleArn": "x"}, "Assign": {"a": 1}})),
            task(json!({"Arguments": {}, "Output": {}})),
        ],
        &expect![[""]],
    );
}

#[test]
fn resources() {
    let resources = [
        "hello",
        "arn:aws:lambda:eu-west-1:123456789012:hello",
        "arn:aws:lambda:::function:hello",
        "arn:aws:lambda:eu-west-1:123456789012:function:",
        "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
        "arn:aws:states:eu-west-1:123456789012:activity:",
        "arn:aws:sqs:eu-west-1:123456789012:queue",
        "arn:aws:states:::lamda:invoke",
        "arn:aws:states:::lambda:invok",
        "arn:aws:states:::s3:getObject",
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::sqs:sendMessage.waitForTaskTokn",
        "arn:aws:states:::sqs:sendMessage.wait",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:states:::ecs:runTask.sync:2",
        "arn:aws:states:::aws-sdk:s3:GetObject",
        "arn:aws:states:::aws-sdk:S3:getObject",
        "arn:aws:states:::aws-sdk:s3",
        "arn:aws:states:::aws-sdk:batch:submitJob.sync",
        "arn:aws:states:::http:invoke",
    ];
    say(&resources.map(|resource| task(json!({"Resource": resource}))), &expect![[""]]);
}

#[test]
fn retries() {
    let retry = |retrier: serde_json::Value| task(json!({"Retry": [with(json!({"ErrorEquals": ["E"]}), retrier)]}));
    say(
        &[
            task(json!({"Retry": {}})),
            task(json!({"Retry": [1]})),
            retry(json!({"ErrorEquals": "GONE"})),
            retry(json!({"ErrorEquals": []})),
            retry(json!({"ErrorEquals": ["E", 1]})),
            retry(json!({"ErrorEquals": "E"})),
            retry(json!({"ErrorEquals": ["E", "States.ALL"]})),
            task(json!({"Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]})),
            retry(json!({"IntervalSeconds": 0})),
            retry(json!({"MaxAttempts": -1})),
            retry(json!({"BackoffRate": 0.5})),
            retry(json!({"BackoffRate": "2"})),
            retry(json!({"MaxDelaySeconds": 31_622_400})),
            retry(json!({"JitterStrategy": "full"})),
            retry(json!({"Intervall": 1})),
            pass(json!({"Retry": []})),
        ],
        &expect![[""]],
    );
}

#[test]
fn catches() {
    let catch = |catcher: serde_json::Value| {
        task(json!({"Catch": [with(json!({"ErrorEquals": ["E"], "Next": "Done"}), catcher)]}))
    };
    say(
        &[
            catch(json!({"Next": "GONE"})),
            catch(json!({"Next": "Dne"})),
            catch(json!({"ResultPath": "$..x[?]"})),
            catch(json!({"ErrorEquals": "GONE"})),
            catch(json!({"Assign": {}, "Output": {}})),
            catch(json!({"MaxAttempts": 1})),
        ],
        &expect![[""]],
    );
}

#[test]
fn rules() {
    let rule = |rule: serde_json::Value| choice(with(json!({"Variable": "$.x", "Next": "Done"}), rule));
    say(
        &[
            json!({"Type": "Choice", "Default": "Done"}),
            json!({"Type": "Choice", "Choices": [], "Default": "Done"}),
            json!({"Type": "Choice", "Choices": {}, "Default": "Done"}),
            choice(json!("x")),
            rule(json!({})),
            rule(json!({"StringEqual": "a"})),
            rule(json!({"Equals": "a"})),
            rule(json!({"StringEquals": "a", "NumericEquals": 1})),
            rule(json!({"StringEquals": 1})),
            rule(json!({"NumericEquals": "1"})),
            rule(json!({"IsNull": "true"})),
            rule(json!({"TimestampEquals": "yesterday"})),
            rule(json!({"TimestampEquals": 5})),
            rule(json!({"StringEqualsPath": "a"})),
            rule(json!({"StringEqualsPath": 5})),
            rule(json!({"IsNull": true, "Variable": "GONE"})),
            rule(json!({"IsNull": true, "Variable": "Test"})),
            rule(json!({"IsNull": true, "Next": "GONE"})),
            rule(json!({"And": [], "Variable": "GONE"})),
            rule(json!({"And": {}, "Variable": "GONE"})),
            rule(json!({"Not": [], "Variable": "GONE"})),
            rule(json!({"Or": [{"Variable": "$.x", "IsNull": 1, "Next": "Done"}], "Variable": "GONE"})),
            rule(json!({"Condition": "{% true %}", "Variable": "GONE"})),
            rule(json!({"IsNull": true, "Assign": {}})),
        ],
        &expect![[""]],
    );
}

#[test]
fn maps_and_parallels() {
    say(
        &[
            map(json!({"ItemProcessor": "GONE"})),
            map(json!({"Iterator": {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}}})),
            map(json!({"Parameters": {}, "ItemSelector": {}})),
            map(json!({"MaxConcurrency": -1})),
            map(json!({"MaxConcurrency": 1, "MaxConcurrencyPath": "$.n"})),
            map(json!({"ItemsPath": 1})),
            map(json!({"Items": []})),
            map(json!({"ItemReader": {}, "ToleratedFailureCount": 1})),
            map(json!({"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "FAST"}}})),
            map(json!({"ItemProcessor": {"ProcessorConfig": {"Mode": "inline"}, "QueryLanguage": "JSONPath"}})),
            json!({"Type": "Parallel", "End": true}),
            json!({"Type": "Parallel", "Branches": [], "End": true}),
            json!({"Type": "Parallel", "Branches": {}, "End": true}),
            json!({"Type": "Parallel", "Branches": [{}, 1], "End": true}),
        ],
        &expect![[""]],
    );
}

#[test]
fn fails() {
    say(
        &[
            json!({"Type": "Fail", "Error": 1, "Cause": "c"}),
            json!({"Type": "Fail", "Error": "e", "ErrorPath": "$.e"}),
            json!({"Type": "Fail", "CausePath": "c"}),
        ],
        &expect![[""]],
    );
}

#[test]
fn query_languages() {
    say(
        &[
            pass(json!({"QueryLanguage": "JSONata", "Output": "{% 1 %}"})),
            pass(json!({"QueryLanguage": "jsonpath"})),
            json!({"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": true, "Next": "Done"}]}),
        ],
        &expect![[""]],
    );
}
