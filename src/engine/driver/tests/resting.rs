//! Executions that rest: not in memory, and as if they were. Tests keep one in memory, so that each of these reads from the
//! store.

use super::*;
use crate::engine::api::{EngineError, NewActivity};
use crate::engine::driver::ExecutionFilter;

const ACTIVITY: &str = "arn:aws:states:eu-west-1:000000000000:activity:a";

#[tokio::test]
async fn timers_of_executions_that_rest_fire_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    for folder in [None, Some(folder.path())] {
        let definition = of(&json!({ "Type": "Wait", "SecondsPath": "$.n", "End": true }));
        let bench = Bench::with(VIRTUAL, folder, &definition).await;
        let mut started = Vec::new();
        for number in [30, 10, 20, 40] {
            started.push(bench.start(&number.to_string(), &format!("{{\"n\":{number}}}")).await);
        }
        bench.engine.quiesce().await.unwrap();
        for (execution, after) in started.iter().zip([30, 10, 20, 40]) {
            let ended = bench.describe(execution).await;
            assert_eq!(ended.status, ExecutionStatus::Succeeded);
            assert_eq!(seconds_between(execution.started, ended.stopped), after);
        }
    }
}

#[tokio::test]
async fn tokens_of_executions_that_rest_are_taken_once() {
    let bench = Bench::with(REAL, None, &callback(600)).await;
    let mut waiting = Vec::new();
    for number in 0..5 {
        let execution = bench.start(&number.to_string(), "{}").await;
        waiting.push((execution, bench.token().await));
    }
    for (execution, token) in &waiting {
        bench.engine.send_task_heartbeat(token).await.unwrap();
        bench.engine.send_task_success(token, payload("{}")).await.unwrap();
        let again = bench.engine.send_task_success(token, payload("{}")).await;
        assert!(matches!(again, Err(EngineError::TaskTimedOut)), "{again:?}");
        assert_eq!(bench.describe(execution).await.status, ExecutionStatus::Succeeded);
    }
}

#[tokio::test]
async fn an_execution_that_rests_is_stopped_and_its_end_awaited() {
    let bench = Bench::with(REAL, None, &callback(600)).await;
    let first = bench.start("first", "{}").await;
    let token = bench.token().await;
    bench.start("second", "{}").await;
    bench.token().await;
    // The one that runs under that name with that input is the one that is awaited.
    let end = bench.engine.run_execution(start("first", "{}"));
    let (end, stopped) = tokio::join!(biased; end, bench.engine.stop_execution(&first.arn, None, None));
    stopped.unwrap();
    assert_eq!(end.unwrap().status, ExecutionStatus::Aborted);
    let late = bench.engine.send_task_success(&token, payload("{}")).await;
    assert!(matches!(late, Err(EngineError::TaskTimedOut)), "{late:?}");
}

#[tokio::test]
async fn an_opening_reads_no_journal_of_what_rests() {
    let folder = tempfile::tempdir().unwrap();
    let activity = of(&json!({ "Type": "Task", "Resource": ACTIVITY, "End": true }));
    let before = Bench::open(VIRTUAL, Some(folder.path()));
    let new = NewActivity { arn: Arc::from(ACTIVITY), encryption: json!({}), tags: BTreeMap::new() };
    before.engine.create_activity(new).await.unwrap();
    before.engine.create_state_machine(machine(&activity)).await.unwrap();
    let mut activities = Vec::new();
    for number in 0..3 {
        activities.push(before.start(&number.to_string(), &number.to_string()).await);
    }
    before.engine.update_state_machine(machine(&callback(60))).await.unwrap();
    let callback = before.start("callback", "{}").await;
    let token = before.token().await;
    let deadline = before.engine.clock().await.unwrap().next_deadline;
    assert!(deadline.is_some());
    before.engine.shutdown().await;

    let file = folder.path().join("store.sqlite3");
    let raw = rusqlite::Connection::open(&file).unwrap();
    raw.execute("UPDATE journal SET bytes = x'00' WHERE execution <> ?1", [activities[2].key]).unwrap();
    drop(raw);

    let bench = Bench::open(VIRTUAL, Some(folder.path()));
    assert_eq!(bench.engine.clock().await.unwrap().next_deadline, deadline, "heartbeats keep their instants");
    // What cannot be read is passed over, and the next task is handed out.
    let task = tokio::time::timeout(PATIENCE, bench.engine.activity_task(ACTIVITY, None)).await.unwrap();
    let (given, input) = task.unwrap().unwrap().deliver().unwrap();
    assert_eq!(input.text(), "2");
    bench.engine.send_task_success(&given.0, payload("{}")).await.unwrap();
    assert_eq!(bench.describe(&activities[2]).await.status, ExecutionStatus::Succeeded);
    let damaged = bench.engine.send_task_success(&token, payload("{}")).await;
    assert!(matches!(damaged, Err(EngineError::Store(_))), "{damaged:?}");
    let running = bench.engine.list_executions(ExecutionFilter::default(), 1).await.unwrap();
    assert_eq!((&running[0].arn, running[0].status), (&callback.arn, ExecutionStatus::Running));
}

#[tokio::test]
async fn what_rests_is_in_the_store_only() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &callback(600)).await;
    bench.start("first", "{}").await;
    let token = bench.token().await;
    bench.start("second", "{}").await;
    bench.token().await;
    let raw = rusqlite::Connection::open(folder.path().join("store.sqlite3")).unwrap();
    raw.execute("UPDATE journal SET bytes = x'00'", ()).unwrap();
    let damaged = bench.engine.send_task_success(&token, payload("{}")).await;
    assert!(matches!(damaged, Err(EngineError::Store(_))), "{damaged:?}");
}
