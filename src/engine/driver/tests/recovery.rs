//! What an opening finds.

use super::*;
use crate::engine::api::EngineError;

#[tokio::test]
async fn a_task_that_was_not_answered_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
    let started = bench.start("one", "{}").await;
    let (before, _) = bench.task();
    bench.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    let (after, reporter) = bench.task();
    assert_eq!(after.id, before.id);
    reporter.report(TaskReport::Succeeded(payload("1")));
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn a_token_outlives_the_engine_that_gave_it() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &callback(600)).await;
    let started = bench.start("one", "{}").await;
    let token = bench.token().await;
    bench.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    bench.engine.quiesce().await.unwrap();
    assert!(bench.tasks.try_recv().is_err(), "what was submitted is not asked for again");
    bench.engine.send_task_success(&token, payload(r#""yes""#)).await.unwrap();
    assert_eq!(bench.describe(&started).await.output.unwrap().text(), r#""yes""#);
    bench.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    let answer = bench.engine.send_task_success(&token, payload("1")).await;
    assert!(matches!(answer, Err(EngineError::TaskTimedOut)), "{answer:?}");
}

#[tokio::test]
async fn a_paused_engine_answers_and_begins_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
    let started = bench.start("one", "{}").await;
    bench.task();
    bench.engine.shutdown().await;

    let (config, _runner, tasks) = Bench::config(REAL, Some(folder.path()));
    let engine = Engine::open_paused(config).unwrap();
    engine.quiesce().await.unwrap();
    assert_eq!(engine.describe_execution(&started.arn).await.unwrap().status, ExecutionStatus::Running);
    assert!(tasks.try_recv().is_err());
    engine.resume().unwrap();
    assert_eq!(tasks.recv_timeout(PATIENCE).unwrap().0.execution_arn, started.arn);
}

#[tokio::test]
async fn overdue_deadlines_fire_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let state = json!({ "Type": "Wait", "TimestampPath": "$", "Next": "T" });
    let arn = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    let task = json!({ "Type": "Task", "Resource": arn, "End": true });
    let definition = json!({ "StartAt": "S", "States": { "S": state, "T": task } });
    // So slow a clock fires neither; when the engine opens again with a real one, both are overdue.
    let bench = Bench::with(ClockMode::Scaled(0.001), Some(folder.path()), &definition).await;
    let begun = Timestamp::now().0;
    let after = |milliseconds: i64| format!("{:?}", Timestamp(begun + milliseconds).to_rfc3339());
    bench.start("later", &after(120)).await;
    bench.start("sooner", &after(100)).await;
    bench.engine.shutdown().await;
    while Timestamp::now().0 <= begun + 120 {
        std::thread::yield_now();
    }
    let bench = Bench::open(REAL, Some(folder.path()));
    let order = [bench.task().0.execution_arn, bench.task().0.execution_arn];
    assert!(order[0].ends_with(":sooner") && order[1].ends_with(":later"), "{order:?}");
}

#[tokio::test]
async fn one_damaged_journal_does_not_keep_the_others_from_running() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &callback(600)).await;
    let damaged = bench.start("damaged", "{}").await;
    bench.token().await;
    let sound = bench.start("sound", "{}").await;
    let token = bench.token().await;
    bench.engine.shutdown().await;
    let raw = rusqlite::Connection::open(folder.path().join("store.sqlite3")).unwrap();
    raw.execute("UPDATE journal SET bytes = x'01ffffff' WHERE execution = ?1", [damaged.key]).unwrap();

    let bench = Bench::open(REAL, Some(folder.path()));
    bench.engine.send_task_success(&token, payload("1")).await.unwrap();
    assert_eq!(bench.describe(&sound).await.status, ExecutionStatus::Succeeded);
    let answer = bench.engine.stop_execution(&damaged.arn, None, None).await;
    assert!(matches!(&answer, Err(EngineError::Store(why)) if why.contains("damaged")), "{answer:?}");
    bench.engine.quiesce().await.unwrap();
}

#[tokio::test]
async fn what_was_answered_is_there_though_nobody_shut_the_engine_down() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &callback(600)).await;
    let started = bench.start("one", r#"{"a":1}"#).await;
    let token = bench.token().await;
    drop(bench);

    let bench = Bench::open(REAL, Some(folder.path()));
    assert_eq!(bench.describe(&started).await.input.text(), r#"{"a":1}"#);
    bench.engine.send_task_success(&token, payload("1")).await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn an_end_leaves_the_log_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &pass()).await;
    let large = format!("{:?}", "x".repeat(200_000));
    let ended = bench.start("one", &large).await;
    bench.engine.shutdown().await;
    let log = std::fs::metadata(folder.path().join("store.sqlite3-wal")).unwrap().len();
    let moved = std::fs::metadata(folder.path().join("store.sqlite3")).unwrap().len();
    assert!(log > 200_000 && moved < 150_000, "{log} bytes in the log, {moved} moved");
    let bench = Bench::open(REAL, Some(folder.path()));
    assert_eq!(bench.describe(&ended).await.output.unwrap().text(), large);
}

#[tokio::test]
async fn the_log_begins_anew_while_there_are_commits() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &pass()).await;
    let large = format!("{:?}", "x".repeat(200_000));
    for round in 0..5 {
        for number in 0..200 {
            bench.start(&format!("{round}-{number}"), &large).await;
        }
    }
    let log = std::fs::metadata(folder.path().join("store.sqlite3-wal")).unwrap().len();
    assert!(log < 130_000_000, "{log} bytes, of 200,000,000 that were written");
}
