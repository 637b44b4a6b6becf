//! What AWS accepts and people regret.

use expect_test::expect;
use serde_json::json;

use super::{pass, say, task};

#[test]
fn waiting_for_a_token() {
    let callback = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    say(
        &[
            task(json!({"Resource": callback})),
            task(json!({"Resource": callback, "HeartbeatSeconds": 60})),
            task(json!({"Resource": callback, "TimeoutSecondsPath": "$.t"})),
            task(json!({"Resource": "arn:aws:states:::sqs:sendMessage"})),
        ],
        &expect![[r#"
            warning WAIT_WITHOUT_TIMEOUT /States/S/Resource `"arn:aws:states:::sqs:sendMessage.waitForTaskToken"`: the state waits for its token for up to a year (give it 'HeartbeatSeconds' or 'TimeoutSeconds')
        "#]],
    );
}

#[test]
fn a_token_that_nobody_gets() {
    let task = |body| {
        let parameters = json!({"QueueUrl": "q", "MessageBody": body});
        task(
            json!({"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 9, "Parameters": parameters}),
        )
    };
    say(
        &[
            task(json!({"a.$": "$.a"})),
            task(json!({"a.$": "$$.Task.Token"})),
            task(json!([{"a.$": "States.Format('{}', $$.Task.Token)"}])),
        ],
        &expect![[r#"
            warning TOKEN_NOT_PASSED /States/S/Parameters `"Parameters"`: the task's token is handed to nobody: no answer can come (pass it on: "token.$": "$$.Task.Token")
        "#]],
    );
}

#[test]
fn failing_in_silence() {
    say(
        &[json!({"Type": "Fail"}), json!({"Type": "Fail", "Cause": "c"})],
        &expect![[r#"
        warning FAIL_WITHOUT_ERROR /States/S `"S"`: nothing will tell why the execution failed (give the Fail state an 'Error' and a 'Cause')
    "#]],
    );
}

#[test]
fn errors_that_end_in_success() {
    let catch = |names: serde_json::Value| task(json!({"Catch": [{"ErrorEquals": names, "Next": "Done"}]}));
    say(
        &[catch(json!(["States.ALL"])), catch(json!(["E", "States.Timeout"])), catch(json!(["States.TaskFailed"]))],
        &expect![[r#"
            warning ERROR_ENDS_IN_SUCCESS /States/S/Catch[0]/Next `"Done"`: an execution that ends by States.ALL will be SUCCEEDED: "Done" is a Succeed state (lead to a Fail state if callers should see the failure)
            warning ERROR_ENDS_IN_SUCCESS /States/S/Catch[0]/Next `"Done"`: an execution that ends by States.Timeout will be SUCCEEDED: "Done" is a Succeed state (lead to a Fail state if callers should see the failure)
        "#]],
    );
}

#[test]
fn error_names_that_aws_does_not_have() {
    let retry = |name: &str| task(json!({"Retry": [{"ErrorEquals": [name]}]}));
    say(
        &[
            retry("State.ALL"),
            retry("States.TimeOut"),
            retry("States.Wrong"),
            retry("States.Http.StatusCode.404"),
            retry("Lambda.Unknown"),
            retry("Timeout"),
        ],
        &expect![[r#"
            warning UNKNOWN_ERROR_NAME /States/S/Retry[0]/ErrorEquals `"State.ALL"`: AWS has no error "State.ALL" (did you mean "States.ALL"?)
            warning UNKNOWN_ERROR_NAME /States/S/Retry[0]/ErrorEquals `"States.TimeOut"`: AWS has no error "States.TimeOut" (did you mean "States.Timeout"?)
            warning UNKNOWN_ERROR_NAME /States/S/Retry[0]/ErrorEquals `"States.Wrong"`: AWS has no error "States.Wrong" (names that begin with States. are AWS's own)
        "#]],
    );
}

#[test]
fn expressions_that_are_taken_as_they_are() {
    say(
        &[task(json!({"Parameters": {
            "Key": {"id": "$.id", "ids": ["$.id"]}, "token": "$$.Task.Token", "text": "States.Format('{}', $.a)",
            "fine.$": "$.id", "cost": "$.50 or $5", "currency": "$",
        }}))],
        &expect![[r#"
            warning NO_DOLLAR /States/S/Parameters/Key/id `"id"`: the value of 'id' looks like an expression and is taken as it is (write "id.$" to have it computed)
            warning NO_DOLLAR /States/S/Parameters/token `"token"`: the value of 'token' looks like an expression and is taken as it is (write "token.$" to have it computed)
            warning NO_DOLLAR /States/S/Parameters/text `"text"`: the value of 'text' looks like an expression and is taken as it is (write "text.$" to have it computed)
        "#]],
    );
}

#[test]
fn static_results() {
    say(
        &[
            pass(json!({"Result": {"a": [{"b.$": "$.x"}]}})),
            pass(json!({"Result": {"b.$": "constant"}})),
            pass(json!({"Parameters": {"b.$": "$.x"}})),
        ],
        &expect![[r#"
            warning PASS_RESULT_IS_STATIC /States/S/Result `"b.$"`: 'b.$' in 'Result' is not computed: a Pass state's result is static (use 'Parameters' for fields that read the input)
        "#]],
    );
}
