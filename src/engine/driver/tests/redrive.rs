//! Redrives: durable before they are answered, refused in AWS's words, and gone on with after a restart.

use serde_json::json;

use super::{Bench, REAL, callback, lambda, of, payload};
use crate::asl::Fault;
use crate::engine::api::{EngineError, Execution, ExecutionStatus};
use crate::engine::driver::ExecutionFilter;
use crate::engine::map_run::MapRunStatus;
use crate::engine::redrive::RedriveStatus;
use crate::engine::task::TaskReport;

impl Bench {
    /// Fails the next task, and waits until that has been dealt with.
    async fn fail(&self) {
        self.task().1.report(TaskReport::Failed(Fault::new("E", "because")));
        self.engine.quiesce().await.unwrap();
    }

    /// Ends the next task well, while others may be at work.
    fn finish(&self, output: &str) {
        self.task().1.report(TaskReport::Succeeded(payload(output)));
    }

    async fn succeed(&self, output: &str) {
        self.finish(output);
        self.engine.quiesce().await.unwrap();
    }

    async fn redrive(&self, execution: &Execution) -> crate::engine::Timestamp {
        self.engine.redrive_execution(&execution.arn, None).await.unwrap()
    }
}

fn refusal(result: Result<crate::engine::Timestamp, EngineError>) -> String {
    match result {
        Err(EngineError::ExecutionNotRedrivable(_, why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redriven_execution_runs_again_and_has_no_end() {
    let bench = Bench::with(REAL, None, &lambda()).await;
    let started = bench.start("one", "{}").await;
    bench.fail().await;
    let at = bench.redrive(&started).await;
    let running = bench.describe(&started).await;
    assert_eq!((running.status, running.stopped, running.error), (ExecutionStatus::Running, None, None));
    assert_eq!((running.redriven.count, running.redriven.at, running.started), (1, Some(at), started.started));
    bench.succeed("1").await;
    let ended = bench.describe(&started).await;
    assert_eq!((ended.status, ended.output), (ExecutionStatus::Succeeded, Some(payload("1"))));
    let events = bench.events(&started).await;
    assert_eq!(events[5..8], ["ExecutionFailed", "ExecutionRedriven", "LambdaFunctionScheduled"]);
}

#[tokio::test]
async fn what_cannot_be_redriven_is_refused() {
    let bench = Bench::with(REAL, None, &lambda()).await;
    let started = bench.start("one", "{}").await;
    let ask = |token: &str| bench.engine.redrive_execution(&started.arn, Some(token.to_owned()));
    assert_eq!(refusal(ask("a").await), "Execution is RUNNING and cannot be redriven");
    bench.fail().await;
    let at = ask("a").await.unwrap();
    assert_eq!(ask("a").await.unwrap(), at, "the same call, while it runs");
    assert_eq!(refusal(ask("b").await), "Execution is RUNNING and cannot be redriven");
    bench.fail().await;
    assert_eq!(ask("a").await.unwrap(), at, "the same call, and nothing is done");
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Failed);
    ask("b").await.unwrap();
    bench.succeed("1").await;
    assert_eq!(refusal(ask("c").await), "Execution is SUCCEEDED and cannot be redriven");
    let nothing = bench.engine.redrive_execution("arn:aws:states:eu-west-1:000000000000:execution:M:no", None).await;
    assert!(matches!(nothing, Err(EngineError::ExecutionDoesNotExist(_))), "{nothing:?}");
}

#[tokio::test]
async fn it_goes_on_after_a_restart_and_its_token_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &callback(600)).await;
    let started = bench.start("one", "{}").await;
    let old = bench.token().await;
    bench.engine.stop_execution(&started.arn, None, None).await.unwrap();
    bench.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    let at = bench.engine.redrive_execution(&started.arn, Some("t".to_owned())).await.unwrap();
    let token = bench.token().await;
    assert_ne!(token, old);
    drop(bench);

    let bench = Bench::open(REAL, Some(folder.path()));
    assert_eq!(bench.engine.redrive_execution(&started.arn, Some("t".to_owned())).await.unwrap(), at);
    let late = bench.engine.send_task_success(&old, payload("1")).await;
    assert!(matches!(late, Err(EngineError::TaskTimedOut)), "{late:?}");
    bench.engine.send_task_success(&token, payload("2")).await.unwrap();
    let ended = bench.describe(&started).await;
    assert_eq!((ended.output, ended.redriven.count, ended.redriven.at), (Some(payload("2")), 1, Some(at)));
}

#[tokio::test]
async fn one_that_ends_in_the_turn_of_its_redrive_has_ended() {
    let bench = Bench::with(REAL, None, &of(&json!({ "Type": "Fail", "Error": "E" }))).await;
    let started = bench.start("one", "{}").await;
    bench.engine.quiesce().await.unwrap();
    for count in 1..4 {
        bench.redrive(&started).await;
        let ended = bench.describe(&started).await;
        assert_eq!((ended.status, ended.redriven.count), (ExecutionStatus::Failed, count));
        assert_eq!(ended.judged().redrive_status(ended.started), RedriveStatus::Redrivable);
    }
    assert_eq!(bench.events(&started).await.len(), 3 + 2 * 3);
}

fn spread(express: bool) -> serde_json::Value {
    let work = lambda()["States"]["S"].clone();
    let kind = if express { "EXPRESS" } else { "STANDARD" };
    let mode = json!({ "Mode": "DISTRIBUTED", "ExecutionType": kind });
    let processor = json!({ "ProcessorConfig": mode, "StartAt": "Work", "States": { "Work": work } });
    of(&json!({ "Type": "Map", "Label": "L", "MaxConcurrency": 1, "ItemProcessor": processor, "End": true }))
}

#[tokio::test]
async fn a_map_runs_children_are_redriven_with_their_parent() {
    for (express, folder) in [(false, true), (true, true), (false, false)] {
        let folder = folder.then(|| tempfile::tempdir().unwrap());
        let path = folder.as_ref().map(tempfile::TempDir::path);
        let bench = Bench::with(REAL, path, &spread(express)).await;
        let parent = bench.start("p", "[1,2,3]").await;
        bench.finish("10");
        bench.fail().await;
        let run = bench.engine.list_map_runs(&parent.arn).await.unwrap().remove(0);
        assert_eq!((run.status, run.items.failed, run.items.pending), (MapRunStatus::Failed, 1, 1));
        let filter = ExecutionFilter { map_run_arn: Some(run.arn.clone()), ..ExecutionFilter::default() };
        let children = bench.engine.list_executions(filter.clone(), 9).await.unwrap();
        let failed = children.iter().find(|child| child.status == ExecutionStatus::Failed).unwrap();
        assert_eq!(failed.judged().redrive_status(run.started), RedriveStatus::RedrivableByMapRun);
        let alone = bench.engine.redrive_execution(&failed.arn, None).await;
        assert!(refusal(alone).contains("Map Run"), "a child is redriven by its run");

        bench.redrive(&parent).await;
        bench.finish("20");
        bench.succeed("30").await;
        assert_eq!(bench.describe(&parent).await.output, Some(payload("[10,20,30]")));
        let run = bench.engine.describe_map_run(&run.arn).await.unwrap();
        assert_eq!((run.status, run.redrives, run.items.succeeded), (MapRunStatus::Succeeded, 1, 3));
        let redriven = ExecutionFilter { redriven: Some(true), ..filter.clone() };
        let redriven = bench.engine.list_executions(redriven, 9).await.unwrap();
        let arns: Vec<_> = redriven.iter().map(|child| &child.arn).collect();
        assert_eq!(arns, [&failed.arn], "under the same ARN");
        let others = ExecutionFilter { redriven: Some(false), ..filter };
        assert_eq!(bench.engine.list_executions(others, 9).await.unwrap().len(), 2);
        let events = bench.engine.execution_history(&failed.arn, None, false, super::ALL).await.unwrap().events;
        let has = events.iter().any(|event| event.event_type == "ExecutionRedriven");
        assert_eq!(has, !express, "one of Express is begun anew");
    }
}

#[tokio::test]
async fn children_that_wait_for_their_redrive_say_so_until_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let mut definition = spread(false);
    definition["States"]["S"]["MaxConcurrency"] = json!(2);
    let bench = Bench::with(REAL, Some(folder.path()), &definition).await;
    let parent = bench.start("p", "[1,2]").await;
    bench.task();
    bench.task();
    let run = bench.engine.list_map_runs(&parent.arn).await.unwrap().remove(0);
    let one = crate::engine::driver::MapRunChange { max_concurrency: Some(1), ..Default::default() };
    bench.engine.update_map_run(&run.arn, one).await.unwrap();
    bench.engine.stop_execution(&parent.arn, None, None).await.unwrap();
    bench.redrive(&parent).await;
    bench.task();
    let waiting = ExecutionFilter { map_run_arn: Some(run.arn.clone()), pending: true, ..ExecutionFilter::default() };
    let found = bench.engine.list_executions(waiting.clone(), 9).await.unwrap();
    assert_eq!(found.iter().map(|child| child.judged().shown_status()).collect::<Vec<_>>(), ["PENDING_REDRIVE"]);
    let run = bench.engine.describe_map_run(&run.arn).await.unwrap();
    assert_eq!((run.executions.pending_redrive, run.executions.running), (1, 1));
    bench.engine.shutdown().await;

    let bench = Bench::open(REAL, Some(folder.path()));
    bench.finish("10");
    let (_, reporter) = bench.task();
    assert!(bench.engine.list_executions(waiting, 9).await.unwrap().is_empty());
    reporter.report(TaskReport::Succeeded(payload("20")));
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&parent).await.output, Some(payload("[10,20]")));
}

#[tokio::test]
async fn a_child_whose_history_is_full_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &spread(false)).await;
    let parent = bench.start("p", "[1]").await;
    bench.fail().await;
    bench.engine.shutdown().await;
    let raw = rusqlite::Connection::open(folder.path().join("store.sqlite3")).unwrap();
    raw.execute("UPDATE executions SET events = 24999 WHERE key != ?1", [parent.key]).unwrap();
    drop(raw);

    let bench = Bench::open(REAL, Some(folder.path()));
    bench.redrive(&parent).await;
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&parent).await.error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
    let run = bench.engine.list_map_runs(&parent.arn).await.unwrap().remove(0);
    assert_eq!((run.items.failures_not_redrivable, run.items.failed, run.items.total()), (1, 1, 1));
}

#[tokio::test]
async fn a_stop_that_comes_with_the_redrive_stops_it() {
    let bench = Bench::with(REAL, None, &spread(false)).await;
    let parent = bench.start("p", "[1]").await;
    bench.fail().await;
    let stop = bench.engine.stop_execution(&parent.arn, None, None);
    let (redriven, stopped) = tokio::join!(bench.engine.redrive_execution(&parent.arn, None), stop);
    redriven.unwrap();
    stopped.unwrap();
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&parent).await.status, ExecutionStatus::Aborted);
    let run = bench.engine.list_map_runs(&parent.arn).await.unwrap().remove(0);
    let filter = ExecutionFilter { map_run_arn: Some(run.arn), ..ExecutionFilter::default() };
    let children = bench.engine.list_executions(filter, 9).await.unwrap();
    assert_eq!(children[0].status, ExecutionStatus::Aborted);
}
