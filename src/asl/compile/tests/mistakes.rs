//! Mistakes within a state: each with its code, place and help.

use expect_test::expect;
use serde_json::json;

use super::{around, choice, compiled, map, pass, say, task, wait, with};

#[test]
fn types_and_fields() {
    say(
        &[
            json!({"End": true}),
            json!({"Type": 1, "End": true}),
            json!({"Type": "task", "End": true}),
            json!({"Type": "Lambda", "End": true}),
            json!({"Type": "Tsk", "Next": "Secnd", "Default": "Done", "Catch": [{"Next": "Thrd"}]}),
            json!([]),
            pass(json!({"Nxt": "Done"})),
            pass(json!({"Resource": "x"})),
            pass(json!({"Comment": 1})),
            json!({"Type": "Succeed", "End": true}),
            json!({"Type": "Fail", "Error": "E", "OutputPath": "$"}),
        ],
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: These fields are required: [Type]
            SCHEMA_VALIDATION_FAILED /States/S/Type `1`: 'Type' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Type `"task"`: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] (did you mean "Task"?)
            SCHEMA_VALIDATION_FAILED /States/S/Type `"Lambda"`: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]
            SCHEMA_VALIDATION_FAILED /States/S/Type `"Tsk"`: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] (did you mean "Task"?)
            MISSING_TRANSITION_TARGET /States/S/Next `"Secnd"`: Missing 'Next' target: Secnd (the states here are "Begin", "S", "Done")
            MISSING_TRANSITION_TARGET /States/S/Catch[0]/Next `"Thrd"`: Missing 'Next' target: Thrd (the states here are "Begin", "S", "Done")
            SCHEMA_VALIDATION_FAILED /States/S `[]`: a state must be an object, not an array
            SCHEMA_VALIDATION_FAILED /States/S `"Nxt"`: Field 'Nxt' is not supported (did you mean "Next"?)
            SCHEMA_VALIDATION_FAILED /States/S `"Resource"`: Field 'Resource' is not supported (a Pass state has none; it is a field of Task)
            SCHEMA_VALIDATION_FAILED /States/S/Comment `1`: 'Comment' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S `"End"`: Field 'End' is not supported (a Succeed state has none; it is a field of Task, Wait, Pass, Parallel, Map)
            SCHEMA_VALIDATION_FAILED /States/S `"OutputPath"`: Field 'OutputPath' is not supported (a Fail state has none; it is a field of Task, Wait, Pass, Succeed, Choice, Parallel, Map)
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: the state has neither 'Next' nor 'End' (write "Next": "…" with the name of a state, or "End": true)
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: the state has neither 'Next' nor 'End' (write "Next": "…" with the name of a state, or "End": true)
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: the state has neither 'Next' nor 'End' (write "Next": "…" with the name of a state, or "End": true)
            SCHEMA_VALIDATION_FAILED /States/S/End `"yes"`: 'End' must be true or false, not a string
            SCHEMA_VALIDATION_FAILED /States/S/End `"End"`: 'Next' and 'End' exclude each other (remove 'End' to go on, or 'Next' to end here)
            MISSING_TRANSITION_TARGET /States/S/Next `"done"`: Missing 'Next' target: done (did you mean "Done"?)
            MISSING_TRANSITION_TARGET /States/S/Next `"Elsewhere"`: Missing 'Next' target: Elsewhere (the states here are "Begin", "S", "Done")
            SCHEMA_VALIDATION_FAILED /States/S/Next `1`: 'Next' must be a string, not a number
            MISSING_TRANSITION_TARGET /States/S/Next `"Inner"`: Missing 'Next' target: Inner ("Inner" stands within "S": transitions stay among the states of one States object)
            MISSING_TRANSITION_TARGET /States/S/Choices[0]/Next `"Don"`: Missing 'Next' target: Don (did you mean "Done"?)
            MISSING_TRANSITION_TARGET /States/S/Default `"Dne"`: Missing 'Next' target: Dne (did you mean "Done"?)
            SCHEMA_VALIDATION_FAILED /States/S `"Next"`: Field 'Next' is not supported (a Choice state has none; it is a field of Task, Wait, Pass, Parallel, Map)
        "#]],
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
            pass(json!({"Parameters": {"a.$": "x", "b": [{"c.$": "States.Formatt('')"}], "d.$": 1}})),
            task(json!({"ResultSelector": {"a.$": "$.b["}})),
            map(json!({"ItemSelector": {"a.$": "$.b["}})),
        ],
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/InputPath `a`: a path starts with '$', found 'a'
            SCHEMA_VALIDATION_FAILED /States/S/InputPath `1`: 'InputPath' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S/OutputPath `$`: expected '.' or '[', found '$'
            SCHEMA_VALIDATION_FAILED /States/S/ResultPath `x`: Value is not a Reference Path: a path starts with '$', found 'x'
            SCHEMA_VALIDATION_FAILED /States/S/ResultPath `$.items[*]`: Value is not a Reference Path: a reference path has names and indexes only: $.a.b[0]['c']
            warning UNASSIGNED_VARIABLE /States/S `"S"`: the state reads the variable 'name', and no 'Assign' that it sees sets it (states before it in its scope, and those of the scopes around it, can set it)
            SCHEMA_VALIDATION_FAILED /States/S/SecondsPath `$.a[*]`: Value is not a Reference Path: a reference path has names and indexes only: $.a.b[0]['c']
            SCHEMA_VALIDATION_FAILED /States/S/SecondsPath `$$.a[*]`: Value is not a Reference Path: a reference path has names and indexes only: $.a.b[0]['c']
            SCHEMA_VALIDATION_FAILED /States/S/Parameters/a.$ `x`: the value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call: expected a path ('$.a') or an intrinsic function ('States.Format(…)')
            SCHEMA_VALIDATION_FAILED /States/S/Parameters/b[0]/c.$ `States.Formatt`: the value for the field 'c.$' must be a valid JSONPath or a valid intrinsic function call: there is no intrinsic function 'States.Formatt', did you mean 'States.Format'?
            SCHEMA_VALIDATION_FAILED /States/S/Parameters/d.$ `1`: the value for the field 'd.$' must be a valid JSONPath or a valid intrinsic function call: it is a number
            SCHEMA_VALIDATION_FAILED /States/S/ResultSelector/a.$ ``: the value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call: expected a name in quotes, an index, '*' or '?(', found the end
            SCHEMA_VALIDATION_FAILED /States/S/ItemSelector/a.$ ``: the value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call: expected a name in quotes, an index, '*' or '?(', found the end
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: a Wait state needs to know how long (write one of 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath')
            SCHEMA_VALIDATION_FAILED /States/S/Timestamp `"Timestamp"`: 'Seconds' and 'Timestamp' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S/Seconds `-1`: 'Seconds' must be a whole number from 0 to 99999999, not -1
            SCHEMA_VALIDATION_FAILED /States/S/Seconds `1.5`: 'Seconds' must be a whole number from 0 to 99999999, not 1.5
            SCHEMA_VALIDATION_FAILED /States/S/Seconds `"10"`: 'Seconds' must be a whole number, not a string
            SCHEMA_VALIDATION_FAILED /States/S/Seconds `100000000`: 'Seconds' must be a whole number from 0 to 99999999, not 100000000
            SCHEMA_VALIDATION_FAILED /States/S/Timestamp `"2016-03-14 01:59:00Z"`: String does not match RFC3339 timestamp (write it as 2016-03-14T01:59:00Z: with T, and with Z or an offset)
            SCHEMA_VALIDATION_FAILED /States/S/Timestamp `"2016-13-05T21:29:29Z"`: String does not match RFC3339 timestamp (write it as 2016-03-14T01:59:00Z: with T, and with Z or an offset)
            SCHEMA_VALIDATION_FAILED /States/S/Timestamp `5`: 'Timestamp' must be a string, not a number
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: These fields are required: [Resource]
            SCHEMA_VALIDATION_FAILED /States/S/Resource `{"Fn::GetAtt":["a","Arn"]}`: 'Resource' must be a string, not an object (write arn:aws:lambda:REGION:ACCOUNT:function:NAME, arn:aws:states:REGION:ACCOUNT:activity:NAME, arn:aws:states:::SERVICE:ACTION or arn:aws:states:::aws-sdk:SERVICE:ACTION)
            SCHEMA_VALIDATION_FAILED /States/S/TimeoutSeconds `0`: 'TimeoutSeconds' must be a whole number from 1 to 99999999, not 0
            SCHEMA_VALIDATION_FAILED /States/S/HeartbeatSeconds `10`: 'HeartbeatSeconds' (10) must be smaller than 'TimeoutSeconds' (10)
            SCHEMA_VALIDATION_FAILED /States/S/TimeoutSecondsPath `"TimeoutSecondsPath"`: 'TimeoutSeconds' and 'TimeoutSecondsPath' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S/HeartbeatSecondsPath `"HeartbeatSecondsPath"`: 'HeartbeatSeconds' and 'HeartbeatSecondsPath' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S `"Arguments"`: The QueryLanguage is set to 'JSONPath', but field 'Arguments' is only supported for the 'JSONata' QueryLanguage (in JSONPath it is 'Parameters')
            SCHEMA_VALIDATION_FAILED /States/S `"Output"`: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage (in JSONPath the output is shaped by 'ResultSelector', 'ResultPath' and 'OutputPath')
        "#]],
    );
}

#[test]
fn resources() {
    let resources = [
        "hello",
        "arn:aws:lambda:eu-west-1:123456789012:hello",
        "arn:aws:lambda:::function:hello",
        "arn:aws:lambda:eu-west-1:123456789012:function:",
        "arn:aws:lambda:eu-west-1:123456789012:function:hello.waitForTaskToken",
        "arn:aws:lambda:eu-west-1:123456789012:function:${name}",
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
        "arn:aws:states:::http:get",
    ];
    say(
        &resources.map(|resource| task(json!({"Resource": resource}))),
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"hello"`: The resource provided hello is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (write arn:aws:lambda:REGION:ACCOUNT:function:NAME, arn:aws:states:REGION:ACCOUNT:activity:NAME, arn:aws:states:::SERVICE:ACTION or arn:aws:states:::aws-sdk:SERVICE:ACTION)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:lambda:eu-west-1:123456789012:hello"`: The resource provided arn:aws:lambda:eu-west-1:123456789012:hello is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (a function's ARN is arn:aws:lambda:REGION:ACCOUNT:function:NAME)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:lambda:::function:hello"`: The resource provided arn:aws:lambda:::function:hello is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (a function's ARN is arn:aws:lambda:REGION:ACCOUNT:function:NAME)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:lambda:eu-west-1:123456789012:function:"`: The resource provided arn:aws:lambda:eu-west-1:123456789012:function: is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (a function's ARN is arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER])
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:lambda:eu-west-1:123456789012:function:hello.waitForTaskToken"`: The resource provided arn:aws:lambda:eu-west-1:123456789012:function:hello.waitForTaskToken is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (write arn:aws:states:::lambda:invoke.waitForTaskToken, the function in Parameters.FunctionName)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:lambda:eu-west-1:123456789012:function:${name}"`: The resource provided arn:aws:lambda:eu-west-1:123456789012:function:${name} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (a function's ARN is arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER])
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:eu-west-1:123456789012:stateMachine:m"`: The resource provided arn:aws:states:eu-west-1:123456789012:stateMachine:m is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (a state machine is started by arn:aws:states:::states:startExecution, its ARN in Parameters.StateMachineArn)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:eu-west-1:123456789012:activity:"`: The resource provided arn:aws:states:eu-west-1:123456789012:activity: is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (write arn:aws:lambda:REGION:ACCOUNT:function:NAME, arn:aws:states:REGION:ACCOUNT:activity:NAME, arn:aws:states:::SERVICE:ACTION or arn:aws:states:::aws-sdk:SERVICE:ACTION)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:sqs:eu-west-1:123456789012:queue"`: The resource provided arn:aws:sqs:eu-west-1:123456789012:queue is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (use a service integration, arn:aws:states:::sqs:ACTION, or arn:aws:states:::aws-sdk:sqs:ACTION)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::lamda:invoke"`: The resource provided arn:aws:states:::lamda:invoke is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (did you mean "lambda"?)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::lambda:invok"`: The resource provided arn:aws:states:::lambda:invok is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (did you mean "invoke"?)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::s3:getObject"`: The resource provided arn:aws:states:::s3:getObject is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (use the SDK integration: arn:aws:states:::aws-sdk:s3:getObject)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::dynamodb:query"`: The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (use the SDK integration: arn:aws:states:::aws-sdk:dynamodb:query)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::sqs:sendMessage.waitForTaskTokn"`: The resource provided arn:aws:states:::sqs:sendMessage.waitForTaskTokn is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (did you mean ".waitForTaskToken"?)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::sqs:sendMessage.wait"`: The resource provided arn:aws:states:::sqs:sendMessage.wait is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (the patterns are .waitForTaskToken, .sync, .sync:2)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::sqs:sendMessage.sync"`: The resource provided arn:aws:states:::sqs:sendMessage.sync is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (sqs has no .sync: leave it away)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::ecs:runTask.sync:2"`: The resource provided arn:aws:states:::ecs:runTask.sync:2 is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (ecs has no .sync:2: leave it away)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::aws-sdk:s3:GetObject"`: The resource provided arn:aws:states:::aws-sdk:s3:GetObject is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (the action is in camel case, as in getObject)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::aws-sdk:S3:getObject"`: The resource provided arn:aws:states:::aws-sdk:S3:getObject is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (the service is in lower case: aws-sdk:s3)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::aws-sdk:s3"`: The resource provided arn:aws:states:::aws-sdk:s3 is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (an SDK integration is arn:aws:states:::aws-sdk:SERVICE:ACTION)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::aws-sdk:batch:submitJob.sync"`: The resource provided arn:aws:states:::aws-sdk:batch:submitJob.sync is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (SDK integrations have no .sync: use the service's own integration)
            SCHEMA_VALIDATION_FAILED /States/S/Resource `"arn:aws:states:::http:get"`: The resource provided arn:aws:states:::http:get is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. (use the SDK integration: arn:aws:states:::aws-sdk:http:get)
        "#]],
    );
}

#[test]
fn parameters_of_integrations() {
    let task = |action: &str, parameters| {
        task(json!({"Resource": format!("arn:aws:states:::{action}"), "TimeoutSeconds": 9, "Parameters": parameters}))
    };
    say(
        &[
            task("lambda:invoke", json!({"Function": "f", "Payload": {}})),
            task(
                "lambda:invoke.waitForTaskToken",
                json!({"FunctionName.$": "$.f", "Payload": {"t.$": "$$.Task.Token"}}),
            ),
            task("sqs:sendMessage", json!({})),
            task("dynamodb:putItem", json!({"TableName": "t", "Itm": {}})),
        ],
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/Parameters `"Parameters"`: The field "FunctionName" is required but was missing ("Function" looks like it: write "FunctionName")
            SCHEMA_VALIDATION_FAILED /States/S/Parameters `"Parameters"`: The field "QueueUrl" is required but was missing
            SCHEMA_VALIDATION_FAILED /States/S/Parameters `"Parameters"`: The field "MessageBody" is required but was missing
            SCHEMA_VALIDATION_FAILED /States/S/Parameters `"Parameters"`: The field "Item" is required but was missing ("Itm" looks like it: write "Item")
        "#]],
    );
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/Retry `{}`: 'Retry' must be an array, not an object
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0] `1`: an entry of 'Retry' must be an object, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0] `{`: These fields are required: [ErrorEquals]
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/ErrorEquals `[]`: 'ErrorEquals' has no error name
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/ErrorEquals `1`: an error name must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/ErrorEquals `"E"`: 'ErrorEquals' must be an array, not a string
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/ErrorEquals `"States.ALL"`: 'States.ALL' must be the only name of its 'ErrorEquals' (it matches the others too: remove them, or give it an entry of its own at the end)
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/ErrorEquals `"States.ALL"`: 'States.ALL' must be in the last entry of 'Retry' (entries behind it are never used: move it to the end)
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/IntervalSeconds `0`: 'IntervalSeconds' must be a whole number from 1 to 99999999, not 0
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/MaxAttempts `-1`: 'MaxAttempts' must be a whole number from 0 to 99999999, not -1
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/BackoffRate `0.5`: 'BackoffRate' must be 1.0 or more, not 0.5
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/BackoffRate `"2"`: 'BackoffRate' must be a number, not a string
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/MaxDelaySeconds `31622400`: 'MaxDelaySeconds' must be a whole number from 1 to 31622399, not 31622400
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0]/JitterStrategy `"full"`: The field 'JitterStrategy' should have one of these values: [FULL, NONE] (did you mean "FULL"?)
            SCHEMA_VALIDATION_FAILED /States/S/Retry[0] `"Intervall"`: Field 'Intervall' is not supported (did you mean "IntervalSeconds"?)
            SCHEMA_VALIDATION_FAILED /States/S `"Retry"`: Field 'Retry' is not supported (a Pass state has none; it is a field of Task, Parallel, Map)
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/Catch[0] `{`: These fields are required: [Next]
            MISSING_TRANSITION_TARGET /States/S/Catch[0]/Next `"Dne"`: Missing 'Next' target: Dne (did you mean "Done"?)
            SCHEMA_VALIDATION_FAILED /States/S/Catch[0]/ResultPath `]`: Value is not a Reference Path: a filter is written [?(…)], found ']'
            SCHEMA_VALIDATION_FAILED /States/S/Catch[0] `{`: These fields are required: [ErrorEquals]
            SCHEMA_VALIDATION_FAILED /States/S/Catch[0] `"Output"`: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage (in JSONPath the output is shaped by 'ResultSelector', 'ResultPath' and 'OutputPath')
            SCHEMA_VALIDATION_FAILED /States/S/Catch[0] `"MaxAttempts"`: Field 'MaxAttempts' is not supported
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: These fields are required: [Choices]
            SCHEMA_VALIDATION_FAILED /States/S/Choices `[]`: 'Choices' has no rule
            SCHEMA_VALIDATION_FAILED /States/S/Choices `{}`: 'Choices' must be an array, not an object
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `"x"`: a rule must be an object, not a string
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `{`: the rule has no comparison (write one such as 'StringEquals', or 'And', 'Or', 'Not')
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `"StringEqual"`: Field 'StringEqual' is not supported (did you mean "StringEquals"?)
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `"Equals"`: Field 'Equals' is not supported
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/NumericEquals `"NumericEquals"`: the rule has two comparisons: 'StringEquals' and 'NumericEquals' (put both into an 'And' or 'Or')
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/StringEquals `1`: 'StringEquals' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/NumericEquals `"1"`: 'NumericEquals' must be a number, not a string
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/IsNull `"true"`: 'IsNull' must be true or false, not a string
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/TimestampEquals `"yesterday"`: String does not match RFC3339 timestamp (write it as 2016-03-14T01:59:00Z: with T, and with Z or an offset)
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/TimestampEquals `5`: 'TimestampEquals' must be a timestamp, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/StringEqualsPath `a`: Value is not a Reference Path: a path starts with '$', found 'a'
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/StringEqualsPath `5`: 'StringEqualsPath' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `{`: These fields are required: [Variable]
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/Variable `T`: Value is not a Reference Path: a path starts with '$', found 'T'
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `{`: These fields are required: [Next]
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/And `[]`: 'And' has no rule
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/And `{}`: 'And' must be an array, not an object
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/Not `[]`: 'Not' must be an object, not an array
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/Or[0]/IsNull `1`: 'IsNull' must be true or false, not a number
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0]/Or[0] `"Next"`: Field 'Next' is not supported (only the outermost rule has a 'Next')
            SCHEMA_VALIDATION_FAILED /States/S/Choices[0] `"Condition"`: The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage (in JSONPath a rule has 'Variable' and a comparison such as 'StringEquals')
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: These fields are required: [ItemProcessor]
            SCHEMA_VALIDATION_FAILED /States/S/Iterator `"Iterator"`: 'ItemProcessor' and 'Iterator' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S/Parameters `"Parameters"`: 'ItemSelector' and 'Parameters' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S/MaxConcurrency `-1`: 'MaxConcurrency' must be a whole number from 0 to 100000000, not -1
            SCHEMA_VALIDATION_FAILED /States/S/MaxConcurrencyPath `"MaxConcurrencyPath"`: 'MaxConcurrency' and 'MaxConcurrencyPath' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S/ItemsPath `1`: 'ItemsPath' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S `"Items"`: The QueryLanguage is set to 'JSONPath', but field 'Items' is only supported for the 'JSONata' QueryLanguage (in JSONPath it is 'ItemsPath')
            SCHEMA_VALIDATION_FAILED /States/S/ItemReader `"ItemReader"`: 'ItemReader' is a field of distributed Map states (give the ItemProcessor a 'ProcessorConfig' with "Mode": "DISTRIBUTED")
            SCHEMA_VALIDATION_FAILED /States/S/ItemProcessor `{`: These fields are required: [States, StartAt]
            SCHEMA_VALIDATION_FAILED /States/S/ItemProcessor/ProcessorConfig/ExecutionType `"FAST"`: The field 'ExecutionType' should have one of these values: [STANDARD, EXPRESS]
            SCHEMA_VALIDATION_FAILED /States/S/ItemProcessor `{`: These fields are required: [States, StartAt]
            SCHEMA_VALIDATION_FAILED /States/S/ItemProcessor/ProcessorConfig/Mode `"inline"`: The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED] (did you mean "INLINE"?)
            SCHEMA_VALIDATION_FAILED /States/S/ItemProcessor `"QueryLanguage"`: Field 'QueryLanguage' is not supported
            SCHEMA_VALIDATION_FAILED /States/S `"S"`: These fields are required: [Branches]
            SCHEMA_VALIDATION_FAILED /States/S/Branches `[]`: 'Branches' has no branch
            SCHEMA_VALIDATION_FAILED /States/S/Branches `{}`: 'Branches' must be an array, not an object
            SCHEMA_VALIDATION_FAILED /States/S/Branches[0] `{`: These fields are required: [States, StartAt]
            SCHEMA_VALIDATION_FAILED /States/S/Branches[1] `1`: a branch must be an object, not a number
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/Error `1`: 'Error' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /States/S/ErrorPath `"ErrorPath"`: 'Error' and 'ErrorPath' exclude each other (remove one of the two)
            SCHEMA_VALIDATION_FAILED /States/S/CausePath `c`: expected a path ('$.a') or an intrinsic function ('States.Format(…)')
        "#]],
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
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/S/QueryLanguage `"jsonpath"`: The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata] (did you mean "JSONPath"?)
        "#]],
    );
}

#[test]
fn long_names_are_cut_where_a_place_is_told() {
    let long = "n".repeat(100_000);
    let branch = json!({"StartAt": "b", "States": {"b": {"Type": "Pass", "Nxt": "c"}}});
    let state = json!({"Type": "Parallel", "Branches": vec![branch; 500], "End": true});
    let (_, diagnostics) = compiled(&json!({"StartAt": long, "States": {&long: state}}).to_string());
    assert!(diagnostics.len() > 1_000);
    let shown = format!("/States/{}…", "n".repeat(80));
    assert_eq!(diagnostics.iter().find(|wrong| wrong.code == "INVALID_STATE_NAME").unwrap().pointer, shown);
    let inner = format!("{shown}/Branches[499]/States/b");
    assert!(diagnostics.iter().any(|wrong| wrong.pointer == inner), "{:?}", diagnostics.last());
    assert!(diagnostics.iter().all(|wrong| wrong.pointer.starts_with(&shown) || wrong.pointer == "/"));
    let helps = diagnostics.iter().filter_map(|wrong| wrong.help.as_ref());
    assert!(helps.map(String::len).max() < Some(300), "the place of the first of that name is one too");
}

#[test]
fn a_place_has_a_bound_however_deep_it_is() {
    let deep = (0..100).fold(json!({"x.$": 1, "y": "$.a"}), |inner, _| json!({"é".repeat(70): [inner]}));
    let (_, diagnostics) = compiled(&around(&pass(json!({"Parameters": deep}))));
    let codes: Vec<&str> = diagnostics.iter().map(|wrong| wrong.code).collect();
    assert_eq!(codes, ["SCHEMA_VALIDATION_FAILED", "NO_DOLLAR"]);
    for wrong in diagnostics {
        assert!(wrong.pointer.starts_with("/States/S/Parameters/éé") && wrong.pointer.ends_with('…'), "{wrong:?}");
        assert!(wrong.pointer.len() <= 1_003, "{} bytes", wrong.pointer.len());
    }
}
