//! Starting, asking, answering, stopping.

use super::*;
use crate::asl::Fault;
use crate::engine::api::EngineError;
use crate::engine::driver::ExecutionFilter;

#[tokio::test]
async fn an_execution_runs_and_shows_what_it_did() {
    let bench = Bench::with(REAL, None, &pass()).await;
    let started = bench.start("one", r#"{"a": 1}"#).await;
    assert_eq!(&*started.arn, "arn:aws:states:eu-west-1:000000000000:execution:M:one");
    bench.engine.quiesce().await.unwrap();
    let ended = bench.describe(&started).await;
    assert_eq!(ended.status, ExecutionStatus::Succeeded);
    assert_eq!(ended.output.unwrap().text(), r#"{"a": 1}"#);
    assert_eq!(ended.input.text(), r#"{"a": 1}"#);
    let types = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"];
    assert_eq!(bench.events(&started).await, types);
}

#[tokio::test]
async fn a_history_is_read_in_pages_from_both_ends() {
    let bench = Bench::with(REAL, None, &pass()).await;
    let arn = bench.start("one", "{}").await.arn;
    bench.engine.quiesce().await.unwrap();
    let limit = PageLimit { events: 3, bytes: usize::MAX };
    let cases = [
        (None, false, vec![1, 2, 3], Some(4)),
        (Some(4), false, vec![4], None),
        (Some(9), false, vec![], None),
        (None, true, vec![4, 3, 2], Some(1)),
        (Some(1), true, vec![1], None),
        (Some(0), true, vec![], None),
    ];
    for (from, reverse, expected, next) in cases {
        let page = bench.engine.execution_history(&arn, from, reverse, limit).await.unwrap();
        let ids: Vec<u64> = page.events.iter().map(|event| event.id).collect();
        assert_eq!((ids, page.next), (expected, next), "{from:?} {reverse}");
    }
    let error = bench.engine.execution_history("arn:none", None, false, limit).await.unwrap_err();
    assert!(matches!(error, EngineError::ExecutionDoesNotExist(_)));
}

#[tokio::test]
async fn a_page_of_a_history_ends_with_the_event_that_fills_it_and_is_never_empty() {
    let bench = Bench::with(REAL, None, &pass()).await;
    let arn = bench.start("one", &format!("\"{}\"", "x".repeat(1_000))).await.arn;
    bench.engine.quiesce().await.unwrap();
    for (bytes, expected) in [(0, 0..1), (1, 0..1), (1_000, 0..1), (2_000, 0..2), (4_500, 0..4), (usize::MAX, 0..4)] {
        let limit = PageLimit { events: 10, bytes };
        let page = bench.engine.execution_history(&arn, None, false, limit).await.unwrap();
        let ids: Vec<u64> = page.events.iter().map(|event| event.id - 1).collect();
        assert_eq!(ids, expected.clone().collect::<Vec<u64>>(), "{bytes} bytes");
        assert_eq!(page.next, (expected.end < 4).then_some(expected.end + 1), "{bytes} bytes");
    }
}

#[tokio::test]
async fn a_history_is_read_on_and_not_again() {
    let folder = tempfile::tempdir().unwrap();
    for folder in [None, Some(folder.path())] {
        let bench = Bench::with(REAL, folder, &callback(600)).await;
        let arn = bench.start("one", r#"{"a": 1}"#).await.arn;
        let token = bench.token().await;
        let chunks_read = async || {
            let arn = Arc::clone(&arn);
            bench.engine.shared.reads.ask(move |reader| reader.catch_up(&arn)).await.unwrap()
        };
        assert!(chunks_read().await > 1);
        assert_eq!(chunks_read().await, 0, "nothing is new");
        bench.engine.send_task_heartbeat(&token).await.unwrap();
        assert_eq!(chunks_read().await, 1, "what the heartbeat added is new");
        bench.engine.send_task_success(&token, payload("2")).await.unwrap();
        bench.engine.quiesce().await.unwrap();
        let grown = bench.engine.execution_history(&arn, None, false, ALL).await.unwrap();
        // Another execution's history in between: this one is read from its begin again.
        let other = bench.start("two", "{}").await;
        bench.events(&other).await;
        assert_eq!(bench.engine.execution_history(&arn, None, false, ALL).await.unwrap(), grown);
        assert_eq!(grown.events.last().unwrap().text("output"), Some("2"));
        assert_eq!(grown.events.first().unwrap().text("input"), Some(r#"{"a": 1}"#));
    }
}

#[tokio::test]
async fn a_name_is_one_execution() {
    let bench = Bench::with(REAL, None, &wait(600)).await;
    let first = bench.start("one", r#"{"a":1}"#).await;
    let again = bench.start("one", r#"{ "a": 1 }"#).await;
    assert_eq!((again.key, again.started), (first.key, first.started));
    let exists = |result: Result<Execution, EngineError>| {
        assert!(matches!(&result, Err(EngineError::ExecutionAlreadyExists(arn)) if **arn == *first.arn), "{result:?}");
    };
    exists(bench.engine.start_execution(start("one", "{}")).await);
    bench.engine.stop_execution(&first.arn, None, None).await.unwrap();
    exists(bench.engine.start_execution(start("one", r#"{"a":1}"#)).await);
}

#[tokio::test]
async fn starts_that_share_a_commit_are_told_apart() {
    let bench = Bench::with(REAL, None, &wait(600)).await;
    let (first, same, other) = tokio::join!(
        bench.engine.start_execution(start("one", "1")),
        bench.engine.start_execution(start("one", "1")),
        bench.engine.start_execution(start("one", "2")),
    );
    assert_eq!(first.unwrap().key, same.unwrap().key);
    assert!(matches!(other, Err(EngineError::ExecutionAlreadyExists(_))));
}

#[tokio::test]
async fn executions_are_listed_newest_first_in_pages() {
    let bench = Bench::with(VIRTUAL, None, &pass()).await;
    for name in ["a", "b", "c"] {
        bench.start(name, "{}").await;
    }
    bench.engine.quiesce().await.unwrap();
    let page = bench.engine.list_executions(ExecutionFilter::default(), 2).await.unwrap();
    let names: Vec<&str> = page.iter().map(|summary| &*summary.name).collect();
    assert_eq!(names, ["c", "b"]);
    let rest = ExecutionFilter { before: Some(page[1].key), ..ExecutionFilter::default() };
    assert_eq!(bench.engine.list_executions(rest, 2).await.unwrap()[0].name, Arc::from("a"));
    let running = ExecutionFilter { status: Some(ExecutionStatus::Running), ..ExecutionFilter::default() };
    assert_eq!(bench.engine.list_executions(running, 2).await.unwrap(), []);
}

#[tokio::test]
async fn a_task_is_asked_for_once_it_is_durable_and_silence_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
    let started = bench.start("one", r#"{"a":1}"#).await;
    let (request, reporter) = bench.task();
    assert_eq!(request.input.text(), r#"{"a":1}"#);
    assert!(bench.events(&started).await.contains(&"LambdaFunctionScheduled".to_owned()));
    let engine = bench.engine.clone();
    let silence = tokio::spawn(async move { engine.quiesce().await });
    // Answered after the engine has heard of the wait for silence.
    bench.engine.clock().await.unwrap();
    assert!(!silence.is_finished());
    reporter.report(TaskReport::Succeeded(payload(r#""done""#)));
    silence.await.unwrap().unwrap();
    assert_eq!(bench.describe(&started).await.output.unwrap().text(), r#""done""#);
    reporter.report(TaskReport::Failed(Fault::runtime("late")));
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn a_token_is_answered_once() {
    let bench = Bench::with(REAL, None, &callback(600)).await;
    let started = bench.start("one", "{}").await;
    let token = bench.token().await;
    bench.engine.send_task_heartbeat(&token).await.unwrap();
    for wrong in ["", "AAAA", &format!("{token}A"), &token[1..]] {
        let answer = bench.engine.send_task_success(wrong, payload("1")).await;
        assert!(matches!(answer, Err(EngineError::InvalidToken)), "{wrong}: {answer:?}");
    }
    bench.engine.send_task_success(&token, payload(r#"{"ok":true}"#)).await.unwrap();
    let answer = bench.engine.send_task_failure(&token, None, None).await;
    assert!(matches!(answer, Err(EngineError::TaskTimedOut)), "{answer:?}");
    let ended = bench.describe(&started).await;
    assert_eq!((ended.status, ended.output.unwrap().text()), (ExecutionStatus::Succeeded, r#"{"ok":true}"#));
}

#[tokio::test]
async fn a_failure_by_token_fails_the_execution() {
    let bench = Bench::with(REAL, None, &callback(600)).await;
    let started = bench.start("one", "{}").await;
    let token = bench.token().await;
    let (error, cause) = (Some("Refused".to_owned()), Some("by hand".to_owned()));
    bench.engine.send_task_failure(&token, error, cause).await.unwrap();
    let ended = bench.describe(&started).await;
    assert_eq!(ended.status, ExecutionStatus::Failed);
    assert_eq!((ended.error.as_deref(), ended.cause.as_deref()), (Some("Refused"), Some("by hand")));
}

#[tokio::test]
async fn a_stopped_execution_is_aborted_and_its_task_cancelled() {
    let bench = Bench::with(REAL, None, &lambda()).await;
    let started = bench.start("one", "{}").await;
    let (request, _reporter) = bench.task();
    let stopped = bench.engine.stop_execution(&started.arn, Some("E".to_owned()), None).await.unwrap();
    let ended = bench.describe(&started).await;
    assert_eq!(
        (ended.status, ended.stopped, ended.error.as_deref()),
        (ExecutionStatus::Aborted, Some(stopped), Some("E"))
    );
    bench.engine.quiesce().await.unwrap();
    assert_eq!(*bench.runner.cancelled.lock().unwrap(), [request.id]);
    assert_eq!(bench.engine.stop_execution(&started.arn, None, None).await.unwrap(), stopped);
    let none = bench.engine.stop_execution("arn:none", None, None).await;
    assert!(matches!(none, Err(EngineError::ExecutionDoesNotExist(_))));
}

#[tokio::test]
async fn an_engine_that_was_shut_down_is_closed() {
    let bench = Bench::with(REAL, None, &pass()).await;
    let before = tokio::join!(bench.engine.start_execution(start("one", "{}")), bench.engine.shutdown()).0;
    assert!(before.is_ok(), "what was asked before is answered: {before:?}");
    bench.engine.shutdown().await;
    assert!(matches!(bench.engine.start_execution(start("two", "{}")).await, Err(EngineError::Closed)));
    assert!(matches!(bench.engine.describe_state_machine(MACHINE).await, Err(EngineError::Closed)));
    assert!(matches!(bench.engine.quiesce().await, Err(EngineError::Closed)));
}

#[tokio::test]
async fn more_executions_than_fit_are_refused() {
    let bench = Bench::with(REAL, None, &lambda()).await;
    let mut started = Vec::new();
    for number in 0..10_000 {
        let engine = bench.engine.clone();
        started.push(tokio::spawn(async move { engine.start_execution(start(&number.to_string(), "{}")).await }));
    }
    for start in started {
        start.await.unwrap().unwrap();
    }
    let answer = bench.engine.start_execution(start("one more", "{}")).await;
    assert!(matches!(answer, Err(EngineError::LimitExceeded(_))), "{answer:?}");
    let first = bench.engine.start_execution(start("0", "{}")).await.unwrap();
    bench.engine.stop_execution(&first.arn, None, None).await.unwrap();
    bench.start("one more", "{}").await;
}

/// The history of a Standard execution would be full with 4,166 items.
#[tokio::test]
async fn a_history_of_express_is_longer_than_one_of_standard() {
    let processor = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let bench = Bench::open(REAL, None);
    let definition = of(&json!({ "Type": "Map", "ItemProcessor": processor, "End": true }));
    let express = NewStateMachine { machine_type: StateMachineType::Express, ..machine(&definition) };
    bench.engine.create_state_machine(express).await.unwrap();
    let items = format!("[{}]", vec!["0"; 7_000].join(","));
    let ended = bench.engine.run_execution(start("one", &items)).await.unwrap();
    assert_eq!(ended.status, ExecutionStatus::Succeeded, "{:?}", ended.cause);
}

#[tokio::test]
async fn an_execution_that_never_waits_lets_others_in() {
    let stop = json!([{ "Variable": "$.stop", "IsPresent": true, "Next": "End" }]);
    let definition = json!({ "StartAt": "Stop?", "States": {
        "Stop?": { "Type": "Choice", "Choices": stop, "Default": "Again" },
        "Again": { "Type": "Pass", "Next": "Stop?" },
        "End": { "Type": "Succeed" },
    } });
    let bench = Bench::with(REAL, None, &definition).await;
    let busy = bench.start("busy", "{}").await;
    bench.engine.update_state_machine(machine(&pass())).await.unwrap();
    let brief = bench.start("brief", "{}").await;
    bench.engine.quiesce().await.unwrap();
    let (busy, brief) = (bench.describe(&busy).await, bench.describe(&brief).await);
    assert_eq!((busy.status, brief.status), (ExecutionStatus::Failed, ExecutionStatus::Succeeded));
    assert!(brief.stopped <= busy.stopped, "the one that is brief does not wait for the one that is busy");
}
