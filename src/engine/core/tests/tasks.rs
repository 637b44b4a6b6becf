//! Tasks: their events by kind of resource, their tokens, their timeouts.

use expect_test::expect;
use serde_json::{Value, json};

use super::{ACTIVITY, Run, task};
use crate::asl::{Fault, Payload};
use crate::engine::core::Input;
use crate::engine::task::{TaskId, TaskReport};

#[test]
fn a_function_by_its_arn() {
    let mut run = Run::start(&task(json!({ "ResultPath": "$.r", "TimeoutSeconds": 9 })), r#"{"a":1}"#);
    run.succeed("function:f", r#""done""#);
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={"a":1}
        0s 2 <- 0 TaskStateEntered name=T input={"a":1}
        0s 3 <- 2 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={"a":1}
        0s 4 <- 3 LambdaFunctionStarted
        0s 5 <- 4 LambdaFunctionSucceeded output="done"
        0s 6 <- 5 TaskStateExited name=T output={"a":1,"r":"done"}
        0s 7 <- 6 ExecutionSucceeded output={"a":1,"r":"done"}
    "#]]
    .assert_eq(&run.history());
}

/// Recorded on AWS: a function over two accounts, and `startExecution.sync` likewise.
#[test]
fn functions_and_integrations_say_as_whom_they_are_done() {
    let role = "arn:aws:iam::000000000002:role/theirs";
    for resource in ["arn:aws:lambda:us-east-1:000000000000:function:f", "arn:aws:states:::sqs:sendMessage"] {
        let scheduled = |fields: Value| {
            let mut state = fields;
            state["Resource"] = json!(resource);
            let run = Run::start(&task(state), r#"{"role":"arn:aws:iam::000000000002:role/theirs"}"#);
            run.events()[2].detail("taskCredentials").cloned()
        };
        assert_eq!(scheduled(json!({})), None);
        for credentials in [json!({ "RoleArn": role }), json!({ "RoleArn.$": "$.role" })] {
            assert_eq!(
                scheduled(json!({ "Credentials": credentials })),
                Some(json!({ "roleArn": role })),
                "{resource}"
            );
        }
    }
}

fn callback(fields: Value) -> Value {
    let mut all = json!({ "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "f", "Payload": { "token.$": "$$.Task.Token" } } });
    if let (Value::Object(all), Value::Object(fields)) = (&mut all, fields) {
        all.extend(fields);
    }
    task(all)
}

#[test]
fn a_callback_waits_for_its_token() {
    let mut run = Run::start(&callback(json!({ "HeartbeatSeconds": 60 })), "{}");
    let request = run.task("T").clone();
    let token = request.token.clone().unwrap();
    assert_eq!(request.input.value()["Payload"]["token"], json!(&*token.0));
    assert_eq!(super::TokenKey::new([7; 32]).open(&token), Some(request.id));
    run.report("T", TaskReport::Submitted(Payload::parse(r#"{"StatusCode":200}"#).unwrap()));
    assert!(run.execution.awaits_outside() && run.execution.awaits(request.id.event));
    run.pass(59);
    run.handle(Input::Heartbeat { event: request.id.event });
    run.pass(59);
    run.succeed("T", r#"{"status":"success"}"#);
    let history = run.history().replace(&*token.0, "TOKEN");
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={}
        0s 2 <- 0 TaskStateEntered name=T input={}
        0s 3 <- 2 TaskScheduled resource=invoke.waitForTaskToken parameters={"FunctionName":"f","Payload":{"token":"TOKEN"}}
        0s 4 <- 3 TaskStarted resource=invoke.waitForTaskToken
        0s 5 <- 4 TaskSubmitted resource=invoke.waitForTaskToken output={"StatusCode":200}
        118s 6 <- 5 TaskSucceeded resource=invoke.waitForTaskToken output={"status":"success"}
        118s 7 <- 6 TaskStateExited name=T output={"status":"success"}
        118s 8 <- 7 ExecutionSucceeded output={"status":"success"}
    "#]]
    .assert_eq(&history);
}

#[test]
fn a_missed_heartbeat_times_out_and_the_token_is_gone() {
    let mut run = Run::start(&callback(json!({ "HeartbeatSeconds": 60 })), "{}");
    let event = run.task("T").id.event;
    run.pass(60);
    assert!(run.history().contains("60s 5 <- 4 TaskTimedOut resource=invoke.waitForTaskToken error=States.Timeout\n"));
    assert!(run.tasks.is_empty(), "what runs for it is cancelled");
    assert!(!run.execution.awaits(event));
}

#[test]
fn heartbeats_do_not_stop_the_timeout() {
    let mut run = Run::start(&callback(json!({ "HeartbeatSeconds": 60, "TimeoutSeconds": 90 })), "{}");
    let event = run.task("T").id.event;
    run.pass(50);
    run.handle(Input::Heartbeat { event });
    run.pass(50);
    assert_eq!(run.error(), "States.Timeout");
    assert_eq!(run.execution.ended().unwrap().at, super::BEGINNING.plus_seconds(90));
}

#[test]
fn an_activity_is_scheduled_and_waited_for() {
    let run = Run::start(&task(json!({ "Resource": ACTIVITY, "HeartbeatSeconds": 5 })), "{}");
    assert!(run.task("T").token.is_some() && run.execution.awaits_outside());
    let last = run.events().pop().unwrap();
    assert_eq!((&*last.event_type, last.detail("heartbeatInSeconds")), ("ActivityScheduled", Some(&json!(5))));
}

fn take(run: &mut Run, worker_name: Option<&str>) -> u64 {
    let event = run.task("T").id.event;
    run.handle(Input::Take { event, worker_name: worker_name.map(Into::into) });
    event
}

#[test]
fn an_activitys_task_starts_when_a_worker_takes_it() {
    let mut run = Run::start(&task(json!({ "Resource": ACTIVITY, "HeartbeatSeconds": 5 })), r#"{"a":1}"#);
    run.pass(100);
    let event = take(&mut run, Some("w"));
    run.pass(4);
    run.handle(Input::Heartbeat { event });
    run.pass(4);
    run.succeed("T", "[]");
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={"a":1}
        0s 2 <- 0 TaskStateEntered name=T input={"a":1}
        0s 3 <- 2 ActivityScheduled resource=arn:aws:states:us-east-1:000000000000:activity:a input={"a":1}
        100s 4 <- 3 ActivityStarted workerName=w
        108s 5 <- 4 ActivitySucceeded output=[]
        108s 6 <- 5 TaskStateExited name=T output=[]
        108s 7 <- 6 ExecutionSucceeded output=[]
    "#]]
    .assert_eq(&run.history());
}

#[test]
fn a_worker_without_a_name_leaves_the_details_empty() {
    let mut run = Run::start(&task(json!({ "Resource": ACTIVITY })), "{}");
    take(&mut run, None);
    let last = run.events().pop().unwrap();
    assert_eq!(last.event_type, "ActivityStarted");
    let (name, details) = last.details.unwrap();
    assert!(name == "activityStartedEventDetails" && details.is_empty());
}

#[test]
fn the_clocks_of_an_activity_run_from_its_start() {
    for (fields, end) in [(json!({ "TimeoutSeconds": 30 }), 130), (json!({ "HeartbeatSeconds": 7 }), 107)] {
        let mut machine = task(json!({ "Resource": ACTIVITY }));
        machine["States"]["T"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut run = Run::start(&machine, "{}");
        // A heartbeat of nobody's starts no clock.
        run.handle(Input::Heartbeat { event: 3 });
        run.pass(100);
        take(&mut run, None);
        run.pass(100);
        assert!(run.history().contains(&format!("{end}s 5 <- 4 ActivityTimedOut error=States.Timeout\n")));
        assert!(run.tasks.is_empty(), "it is withdrawn");
    }
}

#[test]
fn a_task_that_was_taken_is_not_started_twice_and_after_a_crash_it_is_offered_unless_it_was_delivered() {
    let mut run = Run::start(&task(json!({ "Resource": ACTIVITY })), "{}");
    run.handle(Input::Delivered { event: 3 });
    run.crash();
    take(&mut run, Some("first"));
    let before = run.history();
    take(&mut run, Some("second"));
    assert_eq!(run.history(), before);
    run.crash();
    let event = take(&mut run, Some("third"));
    run.handle(Input::Delivered { event });
    assert_eq!(run.history(), before);
    run.crash();
    assert!(run.tasks.is_empty() && run.execution.awaits_outside());
}

#[test]
fn an_activity_that_does_not_exist_fails_the_execution_unscheduled() {
    let arn = "arn:aws:states:us-east-1:000000000000:activity:other";
    let caught = json!([{ "ErrorEquals": ["States.ALL"], "Next": "T" }]);
    let run = Run::start(&task(json!({ "Resource": arn, "Catch": caught })), "{}");
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={}
        0s 2 <- 0 TaskStateEntered name=T input={}
        0s 3 <- 2 ExecutionFailed error=States.Runtime cause=An error occurred while executing the state 'T' (entered at the event id #2). The activity arn:aws:states:us-east-1:000000000000:activity:other does not exist.
    "#]]
    .assert_eq(&run.history());
}

#[test]
fn an_error_is_recorded_with_the_kind_of_its_task() {
    let mut run = Run::start(&task(json!({})), "{}");
    run.fail("T", "MyError", "because");
    assert!(run.history().contains("LambdaFunctionFailed error=MyError cause=because"), "{}", run.history());
    let mut run = Run::start(&callback(json!({})), "{}");
    run.report("T", TaskReport::NotStarted(Fault::new("Lambda.ResourceNotFoundException", "no f")));
    assert!(run.history().contains("TaskSubmitFailed resource=invoke.waitForTaskToken"), "{}", run.history());
}

#[test]
fn a_result_that_is_too_large_fails_the_task() {
    let mut run = Run::start(&task(json!({})), "{}");
    run.succeed("T", &format!("\"{}\"", "x".repeat(262_143)));
    assert!(
        run.history().contains("LambdaFunctionFailed error=States.DataLimitExceeded cause=The state/task 'lambda'")
    );
}

#[test]
fn late_answers_are_swallowed() {
    let mut run = Run::start(
        &task(json!({ "TimeoutSeconds": 1, "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "W" }] }))
            .as_object()
            .cloned()
            .map(|mut machine| {
                machine["States"]["W"] = json!({ "Type": "Wait", "Seconds": 100, "End": true });
                machine["States"]["T"]["End"].take();
                let state = machine["States"]["T"].as_object_mut().unwrap();
                state.remove("End");
                state.insert("Next".to_owned(), json!("W"));
                Value::Object(machine)
            })
            .unwrap(),
        "{}",
    );
    let TaskId { event, .. } = run.task("T").id;
    run.pass(1);
    let before = run.history();
    run.handle(Input::Report { event, report: TaskReport::Succeeded(Payload::from(json!(1))) });
    run.handle(Input::Heartbeat { event });
    run.handle(Input::Report { event: 99, report: TaskReport::Failed(Fault::runtime("x")) });
    assert_eq!(run.history(), before);
}

#[test]
fn a_crash_asks_again_for_what_was_not_answered_only() {
    let mut run = Run::start(&task(json!({})), "{}");
    let id = run.task("T").id;
    run.crash();
    assert_eq!(run.task("T").id, id);
    let mut run = Run::start(&callback(json!({})), "{}");
    run.report("T", TaskReport::Submitted(Payload::from(json!({}))));
    run.crash();
    assert!(run.tasks.is_empty(), "a submitted callback waits for its token, nothing more");
}

#[test]
fn a_failure_without_error_and_cause_is_recorded_without() {
    let mut run = Run::start(&callback(json!({})), "{}");
    run.fail("T", "", "");
    let ended = run.execution.ended().unwrap();
    assert_eq!((&ended.error, &ended.cause), (&None, &None), "{}", run.history());
}

#[test]
fn an_input_that_is_too_large_is_not_handed_out() {
    let machine = task(json!({ "Parameters": { "a.$": "$", "b.$": "$" } }));
    let run = Run::start(&machine, &format!("\"{}\"", "x".repeat(200_000)));
    assert_eq!(run.error(), "States.DataLimitExceeded");
    assert!(run.tasks.is_empty());
}

#[test]
fn a_submitted_job_is_asked_for_again_after_a_crash() {
    let machine = task(json!({ "Resource": "arn:aws:states:::states:startExecution.sync",
        "Parameters": { "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:N" } }));
    let mut run = Run::start(&machine, "{}");
    run.report("T", TaskReport::Submitted(Payload::from(json!({}))));
    run.crash();
    assert_eq!(run.tasks.len(), 1, "nobody but its runner can answer it");
}
