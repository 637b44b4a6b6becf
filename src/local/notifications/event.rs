//! The event that EventBridge delivers when an execution gets a status.
//!
//! Owns: its members, and what is left out of one that is too large. The `detail` is what DescribeExecution gives, with `null`
//! for what there is not. <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::asl::Payload;
use crate::engine::{Execution, ExecutionStatus, StatusChange, Timestamp};
use crate::local::step_functions::add_redrive_status;

/// Of input and output together, as JSON strings: an event with more leaves the input out, and one whose output alone has
/// more, the output.
const ESCAPED_BYTES_MAX: usize = 248 * 1_024;

/// An event, and what its deliverers ask of it.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// A UUID, the same one each time that this change is told.
    pub(super) id: Arc<str>,
    /// The execution's name, for what people are told.
    pub(super) execution: Arc<str>,
    pub(super) status: ExecutionStatus,
    /// When the execution got it, in seconds since 1970.
    pub(super) at_seconds: i64,
    /// The whole event.
    pub(super) payload: Payload,
}

impl Event {
    pub(super) fn of(change: &StatusChange) -> Self {
        let StatusChange { id, execution } = change;
        let mut parts = execution.arn.split(':').skip(3);
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let at = execution.stopped.or(execution.redriven.at).unwrap_or(execution.started);
        let event = json!({
            "version": "0",
            "id": id,
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": account,
            "time": seconds(at),
            "region": region,
            "resources": [execution.arn],
            "detail": detail(execution, at),
        });
        Self {
            id: Arc::clone(id),
            execution: Arc::clone(&execution.name),
            status: execution.status,
            at_seconds: at.0.div_euclid(1_000),
            payload: Payload::from(event),
        }
    }
}

fn detail(execution: &Execution, now: Timestamp) -> Value {
    let (with_input, with_output) = included(execution);
    let output = execution.output.as_ref();
    let mut detail = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status.as_str(),
        "startDate": execution.started.0,
        "stopDate": execution.stopped.map(|at| at.0),
        "input": with_input.then(|| execution.input.text()),
        "output": output.filter(|_| with_output).map(Payload::text),
        "stateMachineVersionArn": null,
        "stateMachineAliasArn": null,
        "redriveCount": execution.redriven.count,
        "redriveDate": execution.redriven.at.map(|at| at.0),
        "redriveStatus": null,
        "redriveStatusReason": null,
        "inputDetails": { "included": with_input },
        "outputDetails": output.map(|_| json!({ "included": with_output })),
        "error": execution.error,
        "cause": execution.cause,
    });
    add_redrive_status(&mut detail, &execution.judged(), now);
    detail
}

/// Whether the input and the output are in the event.
fn included(execution: &Execution) -> (bool, bool) {
    let output = execution.output.as_ref().map_or(0, |output| escaped_bytes(output.text()));
    let both = escaped_bytes(execution.input.text()).saturating_add(output);
    (both <= ESCAPED_BYTES_MAX, output <= ESCAPED_BYTES_MAX)
}

/// How long a text is as a JSON string, without the quotes around it.
fn escaped_bytes(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX, |escaped| escaped.len() - 2)
}

/// `2026-11-23T15:04:05Z`
fn seconds(at: Timestamp) -> String {
    let whole = at.to_rfc3339();
    whole.split_once('.').map_or_else(|| whole.clone(), |(seconds, _)| format!("{seconds}Z"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn execution(status: ExecutionStatus) -> Execution {
        Execution {
            key: 1,
            arn: "arn:aws:states:eu-west-1:123456789012:execution:m:one".into(),
            state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m".into(),
            name: "one".into(),
            status,
            qualified: crate::engine::Qualified::default(),
            map_run_arn: None,
            started: Timestamp(1_551_225_271_984),
            stopped: None,
            input: Payload::parse(r#"{"k": "v"}"#).unwrap(),
            output: None,
            error: None,
            cause: None,
            redriven: crate::engine::Redriven::default(),
        }
    }

    fn event(execution: Execution) -> Value {
        let id = "315c1398-40ff-a850-213b-158f73e60175".into();
        Event::of(&StatusChange { id, execution }).payload.value().clone()
    }

    #[test]
    fn an_execution_that_began() {
        expect![[r#"
            {
              "version": "0",
              "id": "315c1398-40ff-a850-213b-158f73e60175",
              "detail-type": "Step Functions Execution Status Change",
              "source": "aws.states",
              "account": "123456789012",
              "time": "2019-02-26T23:54:31Z",
              "region": "eu-west-1",
              "resources": [
                "arn:aws:states:eu-west-1:123456789012:execution:m:one"
              ],
              "detail": {
                "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:m:one",
                "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
                "name": "one",
                "status": "RUNNING",
                "startDate": 1551225271984,
                "stopDate": null,
                "input": "{\"k\": \"v\"}",
                "output": null,
                "stateMachineVersionArn": null,
                "stateMachineAliasArn": null,
                "redriveCount": 0,
                "redriveDate": null,
                "redriveStatus": "NOT_REDRIVABLE",
                "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
                "inputDetails": {
                  "included": true
                },
                "outputDetails": null,
                "error": null,
                "cause": null
              }
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&event(execution(ExecutionStatus::Running))).unwrap());
    }

    #[test]
    fn executions_that_ended() {
        let stopped = Some(Timestamp(1_551_225_272_004));
        let output = Some(Payload::parse("\"Hello World!\"").unwrap());
        let succeeded = Execution { stopped, output, ..execution(ExecutionStatus::Succeeded) };
        let failed = Execution {
            stopped,
            error: Some("E".into()),
            cause: Some("because".into()),
            ..execution(ExecutionStatus::Failed)
        };
        let details = [succeeded, failed].map(|execution| event(execution)["detail"].take());
        expect![[r#"
            [
              {
                "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:m:one",
                "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
                "name": "one",
                "status": "SUCCEEDED",
                "startDate": 1551225271984,
                "stopDate": 1551225272004,
                "input": "{\"k\": \"v\"}",
                "output": "\"Hello World!\"",
                "stateMachineVersionArn": null,
                "stateMachineAliasArn": null,
                "redriveCount": 0,
                "redriveDate": null,
                "redriveStatus": "NOT_REDRIVABLE",
                "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
                "inputDetails": {
                  "included": true
                },
                "outputDetails": {
                  "included": true
                },
                "error": null,
                "cause": null
              },
              {
                "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:m:one",
                "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
                "name": "one",
                "status": "FAILED",
                "startDate": 1551225271984,
                "stopDate": 1551225272004,
                "input": "{\"k\": \"v\"}",
                "output": null,
                "stateMachineVersionArn": null,
                "stateMachineAliasArn": null,
                "redriveCount": 0,
                "redriveDate": null,
                "redriveStatus": "REDRIVABLE",
                "redriveStatusReason": null,
                "inputDetails": {
                  "included": true
                },
                "outputDetails": null,
                "error": "E",
                "cause": "because"
              }
            ]"#]]
        .assert_eq(&serde_json::to_string_pretty(&details).unwrap());
    }

    #[test]
    fn what_is_too_large_is_left_out_and_the_details_say_so() {
        // Every quote is two bytes in the event.
        let quotes = |count: usize| Payload::parse(format!("\"{}\"", "\\\"".repeat(count))).unwrap();
        let details = |input: Payload, output: Option<Payload>| {
            let whole = Execution { input, output, ..execution(ExecutionStatus::Succeeded) };
            let detail = event(whole)["detail"].take();
            let has = |name: &str| (!detail[name].is_null(), detail[format!("{name}Details")]["included"].as_bool());
            (has("input"), has("output"))
        };
        let (here, gone, none) = ((true, Some(true)), (false, Some(false)), (false, None));
        let small = || Payload::parse("{}").unwrap();
        // A text of n quotes is 4n + 4 bytes in the event: \\\" for each, \" around them.
        let most = (ESCAPED_BYTES_MAX - 4) / 4;
        assert_eq!(details(quotes(most), None), (here, none));
        assert_eq!(details(quotes(most + 1), None), (gone, none));
        assert_eq!(details(quotes(most), Some(small())), (gone, here));
        assert_eq!(details(small(), Some(quotes(most + 1))), (gone, gone));
        assert_eq!(details(quotes(most / 2), Some(quotes(most / 2 - 1))), (here, here));
    }
}
