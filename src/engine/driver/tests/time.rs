//! Virtual time: jumps, what holds them, moving the clock by hand.

use super::*;
use crate::engine::api::EngineError;

#[tokio::test]
async fn an_hour_passes_at_once_and_takes_exactly_an_hour() {
    let bench = Bench::with(VIRTUAL, None, &wait(3_600)).await;
    let started = bench.start("one", "{}").await;
    bench.engine.quiesce().await.unwrap();
    let ended = bench.describe(&started).await;
    assert_eq!(ended.stopped.unwrap().0 - ended.started.0, 3_600_000);
}

#[tokio::test]
async fn a_running_task_holds_the_clock() {
    let task = json!({ "Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:f",
        "TimeoutSeconds": 600, "End": true });
    let bench = Bench::with(VIRTUAL, None, &of(&task)).await;
    let started = bench.start("one", "{}").await;
    let (_, reporter) = bench.task();
    assert!(bench.engine.clock().await.unwrap().now.0 - started.started.0 < 60_000);
    reporter.report(TaskReport::Succeeded(payload("1")));
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn an_awaited_token_holds_the_clock_until_it_is_moved_by_hand() {
    let bench = Bench::with(VIRTUAL, None, &callback(60)).await;
    let started = bench.start("one", "{}").await;
    let token = bench.token().await;
    let view = bench.engine.advance_clock(Some(Duration::from_secs(50))).await.unwrap();
    assert!(view.next_deadline.is_some_and(|deadline| deadline > view.now));
    bench.engine.send_task_heartbeat(&token).await.unwrap();
    bench.engine.advance_clock(Some(Duration::from_secs(50))).await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Running);
    bench.engine.advance_clock(None).await.unwrap();
    let ended = bench.describe(&started).await;
    assert_eq!((ended.status, ended.error.as_deref()), (ExecutionStatus::Failed, Some("States.Timeout")));
    assert_eq!(seconds_between(started.started, ended.stopped), 110);
    let answer = bench.engine.send_task_success(&token, payload("1")).await;
    assert!(matches!(answer, Err(EngineError::TaskTimedOut)));
}

#[tokio::test]
async fn a_token_that_nobody_answers_expires_where_that_is_wished() {
    let bench = Bench::with(ClockMode::Virtual { expire: true }, None, &callback(60)).await;
    let started = bench.start("one", "{}").await;
    bench.token().await;
    let ended = bench.describe(&started).await;
    assert_eq!(ended.error.as_deref(), Some("States.Timeout"));
    assert_eq!(seconds_between(started.started, ended.stopped), 60);
}

#[tokio::test]
async fn moving_the_clock_fires_what_is_due_in_order() {
    let wait = json!({ "Type": "Wait", "SecondsPath": "$", "End": true });
    let bench = Bench::with(VIRTUAL, None, &callback(600)).await;
    // A waiting token, so that nothing moves by itself.
    bench.start("holds", "{}").await;
    bench.token().await;
    bench.engine.update_state_machine(machine(&of(&wait))).await.unwrap();
    let long = bench.start("long", "20").await;
    let short = bench.start("short", "10").await;
    let before = bench.engine.clock().await.unwrap().now;
    let view = bench.engine.advance_clock(None).await.unwrap();
    assert_eq!(seconds_between(short.started, bench.describe(&short).await.stopped), 10);
    assert_eq!(bench.describe(&long).await.status, ExecutionStatus::Running);
    assert!(view.now >= short.started.plus_seconds(10) && view.now > before);
    bench.engine.advance_clock(Some(Duration::from_mins(1))).await.unwrap();
    let stopped = bench.describe(&long).await.stopped;
    assert_eq!(seconds_between(long.started, stopped), 20, "not when the clock arrived, but when it was due");
}

#[tokio::test]
async fn only_a_virtual_clock_is_moved() {
    for mode in [REAL, ClockMode::Scaled(10.0)] {
        let bench = Bench::open(mode, None);
        let answer = bench.engine.advance_clock(Some(Duration::from_secs(1))).await;
        assert!(matches!(answer, Err(EngineError::ClockIsReal)));
        assert_eq!(bench.engine.clock().await.unwrap().mode, mode);
    }
}

#[tokio::test]
async fn a_scaled_clock_waits_less() {
    let bench = Bench::with(ClockMode::Scaled(10_000.0), None, &wait(600)).await;
    let started = bench.start("one", "{}").await;
    let ended = tokio::time::timeout(PATIENCE, async {
        loop {
            let execution = bench.describe(&started).await;
            if execution.status != ExecutionStatus::Running {
                return execution;
            }
        }
    });
    assert!(seconds_between(started.started, ended.await.unwrap().stopped) >= 600);
}

#[tokio::test]
async fn a_name_is_free_again_90_days_after_the_end() {
    let bench = Bench::with(VIRTUAL, None, &pass()).await;
    let first = bench.start("one", "1").await;
    bench.engine.quiesce().await.unwrap();
    let days = Duration::from_hours(90 * 24);
    bench.engine.advance_clock(Some(days.saturating_sub(Duration::from_secs(1)))).await.unwrap();
    let answer = bench.engine.start_execution(start("one", "2")).await;
    assert!(matches!(answer, Err(EngineError::ExecutionAlreadyExists(_))), "{answer:?}");
    bench.engine.advance_clock(Some(Duration::from_secs(1))).await.unwrap();
    let second = bench.start("one", "2").await;
    assert!(second.key > first.key);
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&first).await.output.unwrap().text(), "2");
}
