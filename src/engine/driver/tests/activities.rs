//! Activities: whose turn it is, and what is never lost.

use std::future::Future;
use std::pin::Pin;

use super::faults::Disk;
use super::*;
use crate::engine::api::{EngineError, NewActivity, TagChange};
use crate::engine::driver::ActivityTask;

const ACTIVITY: &str = "arn:aws:states:eu-west-1:000000000000:activity:a";

fn activity() -> Value {
    of(&json!({ "Type": "Task", "Resource": ACTIVITY, "HeartbeatSeconds": 60, "End": true }))
}

fn new(encryption: Value, tags: &[(&str, &str)]) -> NewActivity {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    NewActivity { arn: Arc::from(ACTIVITY), encryption, tags }
}

async fn bench(clock: ClockMode, folder: Option<&Path>) -> Bench {
    let bench = Bench::open(clock, folder);
    bench.engine.create_activity(new(json!({}), &[])).await.unwrap();
    bench.engine.create_state_machine(machine(&activity())).await.unwrap();
    bench
}

/// A poll, whose answer must come.
async fn poll(engine: &Engine, worker: &str) -> ActivityTask {
    let poll = engine.activity_task(ACTIVITY, Some(worker.to_owned()));
    tokio::time::timeout(PATIENCE, poll).await.expect("a task is there").unwrap().expect("the activity is there")
}

async fn take(engine: &Engine, worker: &str) -> (String, String) {
    let (token, input) = poll(engine, worker).await.deliver().unwrap();
    (token.0.to_string(), input.text().to_owned())
}

type Poll<'a> = Pin<Box<dyn Future<Output = Result<Option<ActivityTask>, EngineError>> + 'a>>;

/// A poll that waits.
async fn waiting<'a>(engine: &'a Engine, worker: &str) -> Poll<'a> {
    let mut poll: Poll<'a> = Box::pin(engine.activity_task(ACTIVITY, Some(worker.to_owned())));
    tokio::select! {
        biased;
        answer = &mut poll => panic!("there is nothing to give: {answer:?}"),
        () = std::future::ready(()) => {}
    }
    poll
}

async fn workers(bench: &Bench, execution: &Execution) -> Vec<String> {
    let events = bench.engine.execution_history(&execution.arn, None, false, ALL).await.unwrap().events;
    events.iter().filter_map(|event| Some(event.text("workerName")?.to_owned())).collect()
}

#[tokio::test]
async fn the_oldest_task_goes_to_the_worker_that_waits_longest() {
    let bench = bench(REAL, None).await;
    let engine = &bench.engine;
    let first = waiting(engine, "first").await;
    let second = waiting(engine, "second").await;
    let one = bench.start("one", "1").await;
    let two = bench.start("two", "2").await;
    bench.start("three", "3").await;
    bench.start("four", "4").await;
    let inputs = [first.await, second.await].map(|task| task.unwrap().unwrap().deliver().unwrap().1.text().to_owned());
    assert_eq!(inputs, ["1", "2"]);
    assert_eq!(
        (workers(&bench, &one).await, workers(&bench, &two).await),
        (vec!["first".into()], vec!["second".into()])
    );
    let (token, input) = take(engine, "third").await;
    assert_eq!((input.as_str(), take(engine, "fourth").await.1.as_str()), ("3", "4"));
    engine.send_task_success(&token, payload(r#""done""#)).await.unwrap();
    let answer = engine.send_task_failure(&token, None, None).await;
    assert!(matches!(answer, Err(EngineError::TaskTimedOut)), "{answer:?}");
}

#[tokio::test]
async fn a_worker_that_goes_away_leaves_the_task_to_others() {
    let bench = bench(REAL, None).await;
    let engine = &bench.engine;
    drop(waiting(engine, "gone").await);
    let started = bench.start("one", "1").await;
    // Its answer was under way when it went.
    drop(poll(engine, "slow").await);
    assert_eq!(take(engine, "there").await.1, "1");
    assert_eq!(workers(&bench, &started).await, ["slow"], "a task starts once");
}

#[tokio::test]
async fn a_task_that_is_over_is_not_handed_out() {
    let bench = bench(REAL, None).await;
    for name in ["one", "two"] {
        let started = bench.start(name, "1").await;
        bench.engine.stop_execution(&started.arn, None, None).await.unwrap();
    }
    bench.start("three", "3").await;
    assert_eq!(take(&bench.engine, "w").await.1, "3");
}

#[tokio::test]
async fn an_opening_hands_out_again_what_nobody_took() {
    let folder = tempfile::tempdir().unwrap();
    let before = bench(REAL, Some(folder.path())).await;
    let held = before.start("held", "1").await;
    let (token, _) = take(&before.engine, "w").await;
    before.start("waiting", "2").await;
    before.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    assert_eq!(bench.engine.list_activities().await.unwrap().len(), 1);
    assert_eq!(take(&bench.engine, "w").await.1, "2");
    bench.engine.send_task_success(&token, payload("1")).await.unwrap();
    assert_eq!(bench.describe(&held).await.status, ExecutionStatus::Succeeded);
    bench.start("later", "3").await;
    assert_eq!(take(&bench.engine, "w").await.1, "3");
}

#[tokio::test]
async fn an_opening_hands_out_again_what_did_not_reach_its_worker() {
    let folder = tempfile::tempdir().unwrap();
    let before = bench(REAL, Some(folder.path())).await;
    let started = before.start("one", "1").await;
    let on_its_way = poll(&before.engine, "lost").await;
    assert_eq!(workers(&before, &started).await, ["lost"]);
    // As a kill does between the commit and the answer.
    before.engine.shutdown().await;
    drop(on_its_way);

    let bench = Bench::open(REAL, Some(folder.path()));
    let (token, input) = take(&bench.engine, "there").await;
    assert_eq!((input.as_str(), workers(&bench, &started).await), ("1", vec!["lost".to_owned()]));
    bench.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    let gone = waiting(&bench.engine, "another").await;
    bench.engine.send_task_success(&token, payload("1")).await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
    drop(gone);
}

#[tokio::test]
async fn a_waiting_activity_holds_a_virtual_clock() {
    let bench = bench(VIRTUAL, None).await;
    let started = bench.start("one", "1").await;
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Running);
    let (token, _) = take(&bench.engine, "w").await;
    bench.engine.send_task_heartbeat(&token).await.unwrap();
    bench.engine.advance_clock(None).await.unwrap();
    assert_eq!(bench.events(&started).await[4], "ActivityTimedOut");
}

#[tokio::test]
async fn an_activity_is_made_once_and_deleted_twice() {
    let bench = bench(REAL, None).await;
    let engine = &bench.engine;
    let made = engine.describe_activity(ACTIVITY).await.unwrap();
    assert_eq!(engine.create_activity(new(json!({}), &[("a", "1")])).await.unwrap(), made);
    let other = engine.create_activity(new(json!({ "type": "x" }), &[])).await;
    assert!(matches!(other, Err(EngineError::ActivityAlreadyExists(_))), "{other:?}");
    let poll = waiting(engine, "w").await;
    engine.delete_activity(ACTIVITY).await.unwrap();
    engine.delete_activity(ACTIVITY).await.unwrap();
    assert!(poll.await.unwrap().is_none(), "nothing is waited for any longer");
    let answer = engine.activity_task(ACTIVITY, None).await;
    assert!(matches!(answer, Err(EngineError::ActivityDoesNotExist(_))), "{answer:?}");
    let started = bench.start("one", "1").await;
    engine.quiesce().await.unwrap();
    assert_eq!(bench.events(&started).await, ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
}

#[tokio::test]
async fn tags_are_changed_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let before = bench(REAL, Some(folder.path())).await;
    let set = |pairs: &[(&str, &str)]| TagChange::Set(new(json!({}), pairs).tags);
    for arn in [ACTIVITY, MACHINE] {
        before.engine.change_tags(arn, set(&[("a", "1"), ("b", "2")])).await.unwrap();
        before.engine.change_tags(arn, set(&[("b", "3")])).await.unwrap();
        before.engine.change_tags(arn, TagChange::Remove(vec!["a".into(), "none".into()])).await.unwrap();
        let many: Vec<String> = (0..50).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(|key| (key.as_str(), "")).collect();
        let answer = before.engine.change_tags(arn, set(&many)).await;
        assert!(matches!(answer, Err(EngineError::TooManyTags(_))), "{answer:?}");
    }
    let answer = before.engine.change_tags("nothing", set(&[])).await;
    assert!(matches!(answer, Err(EngineError::ResourceNotFound(_))), "{answer:?}");
    before.engine.shutdown().await;

    let engine = Bench::open(REAL, Some(folder.path())).engine;
    let machine = engine.describe_state_machine(MACHINE).await.unwrap();
    assert_eq!(machine.spec.tags, new(json!({}), &[("b", "3")]).tags);
    assert_eq!(machine.revision_id, None, "tags make no revision");
    assert_eq!(engine.describe_activity(ACTIVITY).await.unwrap().spec.tags, machine.spec.tags);
}

#[tokio::test]
async fn a_task_that_could_not_be_recorded_as_started_is_handed_out_later() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(REAL, Some(folder.path())).await;
    let started = bench.start("one", "1").await;
    bench.engine.quiesce().await.unwrap();
    let disk = Disk::of(folder.path());
    disk.fill();
    let refused = bench.engine.activity_task(ACTIVITY, Some("refused".to_owned())).await;
    assert!(matches!(refused, Err(EngineError::Store(_))), "{refused:?}");
    disk.free();
    assert_eq!(take(&bench.engine, "there").await.1, "1");
    assert_eq!(workers(&bench, &started).await, ["there"]);
}

#[tokio::test]
async fn an_activity_that_could_not_be_kept_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &activity()).await;
    let disk = Disk::of(folder.path());
    disk.fill_table("registrations");
    let refused = bench.engine.create_activity(new(json!({}), &[])).await;
    assert!(matches!(refused, Err(EngineError::Store(_))), "{refused:?}");
    disk.free();
    let answer = bench.engine.activity_task(ACTIVITY, None).await;
    assert!(matches!(answer, Err(EngineError::ActivityDoesNotExist(_))), "{answer:?}");
}
