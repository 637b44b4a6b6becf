//! Map runs: children begin with their parent's record, are told of, stop with it, and go on after a restart.

use serde_json::{Value, json};

use super::{Bench, REAL, lambda, of, payload};
use crate::engine::api::ExecutionStatus;
use crate::engine::driver::{ExecutionFilter, MapRunChange};
use crate::engine::map_run::{MapRun, MapRunStatus};
use crate::engine::task::TaskReport;

fn spread(fields: &Value) -> Value {
    let work = lambda()["States"]["S"].clone();
    let mode = json!({ "Mode": "DISTRIBUTED" });
    let processor = json!({ "ProcessorConfig": mode, "StartAt": "Work", "States": { "Work": work } });
    let mut state =
        json!({ "Type": "Map", "Label": "L", "MaxConcurrency": 2, "ItemProcessor": processor, "End": true });
    if let (Value::Object(state), Value::Object(fields)) = (&mut state, fields.clone()) {
        state.extend(fields);
    }
    of(&state)
}

async fn run_of(bench: &Bench, arn: &str) -> MapRun {
    bench.engine.list_map_runs(arn).await.unwrap().remove(0)
}

#[tokio::test]
async fn children_are_executions_of_their_own() {
    let bench = Bench::with(REAL, None, &spread(&json!({}))).await;
    let parent = bench.start("p", "[1,2,3]").await;
    for _ in 0..3 {
        let (request, reporter) = bench.task();
        assert!(request.execution_arn.contains(":execution:M/L:"));
        reporter.report(TaskReport::Succeeded(request.input));
    }
    bench.engine.quiesce().await.unwrap();
    assert_eq!(bench.describe(&parent).await.output.unwrap().text(), "[1,2,3]");
    let run = run_of(&bench, &parent.arn).await;
    assert_eq!((run.status, run.items.succeeded, run.executions.results_written), (MapRunStatus::Succeeded, 3, 3));
    let filter = ExecutionFilter { map_run_arn: Some(run.arn.clone()), ..ExecutionFilter::default() };
    let children = bench.engine.list_executions(filter, 9).await.unwrap();
    assert_eq!(children.len(), 3);
    let child = bench.engine.describe_execution(&children[2].arn).await.unwrap();
    assert_eq!((child.input.text(), child.map_run_arn.clone()), ("1", Some(run.arn)));
    assert_eq!(bench.events(&child).await.first().unwrap(), "ExecutionStarted");
    let of_machine = ExecutionFilter { state_machine_arn: Some(super::MACHINE.into()), ..ExecutionFilter::default() };
    assert_eq!(
        bench.engine.list_executions(of_machine, 9).await.unwrap().len(),
        1,
        "its machine lists the parent alone"
    );
}

#[tokio::test]
async fn a_map_run_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = Bench::with(REAL, Some(folder.path()), &spread(&json!({}))).await;
    let parent = first.start("p", "[1,2,3]").await;
    let (request, reporter) = first.task();
    reporter.report(TaskReport::Succeeded(request.input));
    first.task();
    first.task();
    first.engine.shutdown().await;
    let bench = Bench::open(REAL, Some(folder.path()));
    for _ in 0..2 {
        let (request, reporter) = bench.task();
        reporter.report(TaskReport::Succeeded(request.input));
    }
    bench.engine.quiesce().await.unwrap();
    let parent = bench.describe(&parent).await;
    assert_eq!((parent.status, parent.output), (ExecutionStatus::Succeeded, Some(payload("[1,2,3]"))));
}

#[tokio::test]
async fn children_stop_with_their_parent() {
    let bench = Bench::with(REAL, None, &spread(&json!({}))).await;
    let parent = bench.start("p", "[1,2,3]").await;
    let (request, _) = bench.task();
    bench.engine.stop_execution(&parent.arn, None, None).await.unwrap();
    bench.engine.quiesce().await.unwrap();
    let child = bench.engine.describe_execution(&request.execution_arn).await.unwrap();
    assert_eq!(child.status, ExecutionStatus::Aborted);
    let run = run_of(&bench, &parent.arn).await;
    let cause = format!("The map run execution [{}] which was managing this resource was aborted", run.arn);
    assert_eq!(child.cause.as_deref(), Some(&*cause));
    assert_eq!((run.status, run.items.aborted, run.items.pending), (MapRunStatus::Aborted, 2, 1));
}

#[tokio::test]
async fn bounds_of_a_run_that_goes_on_can_be_changed() {
    let bench = Bench::with(REAL, None, &spread(&json!({ "MaxConcurrency": 1 }))).await;
    let parent = bench.start("p", "[1,2,3]").await;
    bench.task();
    let arn = run_of(&bench, &parent.arn).await.arn;
    let change = MapRunChange { max_concurrency: Some(3), failures: Some(2), percentage: None };
    bench.engine.update_map_run(&arn, change).await.unwrap();
    bench.task();
    bench.task();
    let run = bench.engine.describe_map_run(&arn).await.unwrap();
    assert_eq!((run.tolerance.max_concurrency, run.tolerance.failures, run.executions.running), (3, Some(2), 3));
    bench.engine.stop_execution(&parent.arn, None, None).await.unwrap();
    assert!(bench.engine.update_map_run(&arn, change).await.is_err());
}
