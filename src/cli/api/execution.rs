//! What routes of Step Functions answer, as their operations answer it: JSON with times in seconds.

use serde_json::Value;

use crate::aws::Execution;
use crate::engine::Timestamp;

/// A start's answer: the execution's ARN, and when it was started where the answer says so.
pub(crate) fn started(answer: &Value) -> Option<(String, Option<Timestamp>)> {
    Some((text(answer, "executionArn")?, at(answer, "startDate")))
}

/// When an execution was stopped.
pub(crate) fn stopped(answer: &Value) -> Option<Timestamp> {
    at(answer, "stopDate")
}

/// A description's answer.
pub(crate) fn described(answer: &Value) -> Option<Execution> {
    let arn = text(answer, "executionArn")?;
    let name = text(answer, "name").unwrap_or_else(|| arn.rsplit(':').next().unwrap_or_default().to_owned());
    Some(Execution {
        state_machine_arn: text(answer, "stateMachineArn").unwrap_or_default(),
        name,
        status: text(answer, "status")?,
        started: at(answer, "startDate").unwrap_or_default(),
        stopped: at(answer, "stopDate"),
        input: text(answer, "input"),
        output: text(answer, "output"),
        error: text(answer, "error"),
        cause: text(answer, "cause"),
        arn,
    })
}

fn text(answer: &Value, member: &str) -> Option<String> {
    answer.get(member)?.as_str().map(ToOwned::to_owned)
}

/// Seconds since 1970, as AWS's JSON protocol has it (`1.573573209347E9`).
#[expect(clippy::cast_possible_truncation, reason = "the milliseconds of any year that a clock shows fit")]
fn at(answer: &Value, member: &str) -> Option<Timestamp> {
    let seconds = answer.get(member)?.as_f64()?;
    Some(Timestamp((seconds * 1_000.0).round() as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_seconds_and_what_is_not_there_is_absent() {
        let answer = json!({"executionArn": "arn:aws:states:r:0:execution:M:one", "startDate": 1.573_573_209_347E9});
        let (arn, at) = started(&answer).unwrap();
        assert_eq!((arn.as_str(), at), ("arn:aws:states:r:0:execution:M:one", Some(Timestamp(1_573_573_209_347))));
        assert_eq!(started(&json!({"message": "ok"})), None);
        let answer = json!({"executionArn": "a:one", "status": "RUNNING", "startDate": 1.5, "input": "{}"});
        let execution = described(&answer).unwrap();
        assert_eq!((execution.name.as_str(), execution.status.as_str()), ("one", "RUNNING"));
        assert_eq!((execution.started, execution.stopped), (Timestamp(1_500), None));
    }
}
