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
        &expect![[""]],
    );
}

#[test]
fn failing_in_silence() {
    say(&[json!({"Type": "Fail"}), json!({"Type": "Fail", "Cause": "c"})], &expect![[""]]);
}

#[test]
fn errors_that_end_in_success() {
    let catch = |names: serde_json::Value| task(json!({"Catch": [{"ErrorEquals": names, "Next": "Done"}]}));
    say(
        &[catch(json!(["States.ALL"])), catch(json!(["E", "States.Timeout"])), catch(json!(["States.TaskFailed"]))],
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
    );
}
