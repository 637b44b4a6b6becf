//! Histories that are shown while they grow.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::{Bench, MACHINE, PATIENCE, lambda, machine, pass, start};
use crate::asl::Payload;
use crate::engine::history::HistoryEvent;
use crate::engine::task::TaskReport;
use crate::engine::{ClockMode, Engine, HistoryListener, NewStateMachine};

/// Wants the machines without settings of their own, and passes on what it is shown.
struct Listener(Mutex<Sender<(String, u64, String)>>);

impl HistoryListener for Listener {
    fn wants(&self, machine: &NewStateMachine) -> bool {
        machine.settings["quiet"].is_null()
    }

    fn recorded(&self, execution_arn: &str, machine: &NewStateMachine, _: u32, events: &[HistoryEvent]) {
        assert_eq!(&*machine.arn, MACHINE);
        let name = execution_arn.rsplit(':').next().unwrap();
        for event in events {
            let shown = (name.to_owned(), event.id, event.event_type.to_string());
            // A test that has seen enough drops its end.
            drop(self.0.lock().unwrap().send(shown));
        }
    }

    fn missed(&self, execution_arn: &str) {
        panic!("{execution_arn} was missed");
    }
}

type Shown = Receiver<(String, u64, String)>;

fn open(folder: Option<&std::path::Path>) -> (Bench, Shown) {
    let (mut config, runner, tasks) = Bench::config(ClockMode::Real, folder);
    let (sender, shown) = channel();
    config.histories = Some(Arc::new(Listener(Mutex::new(sender))));
    (Bench { engine: Engine::open(config).unwrap(), tasks, runner }, shown)
}

/// The next events of an execution, up to its end or as many as asked for.
fn next(shown: &Shown, count: usize) -> Vec<(u64, String)> {
    (0..count).map(|_| shown.recv_timeout(PATIENCE).map(|(_, id, event_type)| (id, event_type)).unwrap()).collect()
}

fn types(events: &[(u64, String)]) -> Vec<&str> {
    events.iter().map(|(_, event_type)| event_type.as_str()).collect()
}

#[tokio::test]
async fn a_history_is_shown_in_its_order_and_whole_before_the_engine_ends() {
    let (bench, shown) = open(None);
    bench.engine.create_state_machine(machine(&pass())).await.unwrap();
    for number in 0..50 {
        bench.start(&number.to_string(), "{}").await;
    }
    bench.engine.shutdown().await;
    let all: Vec<_> = shown.try_iter().collect();
    assert_eq!(all.len(), 200);
    for number in 0..50 {
        let of = all.iter().filter(|(name, ..)| *name == number.to_string());
        let ids: Vec<u64> = of.map(|(_, id, _)| *id).collect();
        assert_eq!(ids, [1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn a_machine_that_is_not_wanted_is_not_shown() {
    let (bench, shown) = open(None);
    let settings = serde_json::json!({ "quiet": true });
    bench.engine.create_state_machine(NewStateMachine { settings, ..machine(&pass()) }).await.unwrap();
    bench.engine.run_execution(start("one", "{}")).await.unwrap();
    bench.engine.shutdown().await;
    assert_eq!(shown.try_iter().count(), 0);
}

#[tokio::test]
async fn the_next_engine_shows_what_comes_and_not_what_was() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, shown) = open(Some(folder.path()));
    bench.engine.create_state_machine(machine(&lambda())).await.unwrap();
    bench.start("one", "{}").await;
    let (_, reporter) = bench.task();
    bench.engine.shutdown().await;
    let before: Vec<u64> = shown.try_iter().map(|(_, id, _)| id).collect();
    assert_eq!(before, [1, 2, 3, 4]);
    drop(reporter);
    let (bench, shown) = open(Some(folder.path()));
    let (_, reporter) = bench.task();
    reporter.report(TaskReport::Succeeded(Payload::parse("1").unwrap()));
    let after = next(&shown, 3);
    assert_eq!(types(&after), ["LambdaFunctionSucceeded", "TaskStateExited", "ExecutionSucceeded"]);
    assert_eq!(after[0].0, 5);
    bench.engine.shutdown().await;
}

#[tokio::test]
async fn a_redriven_history_is_shown_on_and_nothing_twice() {
    let (bench, shown) = open(None);
    let fails = serde_json::json!({ "StartAt": "F", "States": { "F": { "Type": "Fail" } } });
    bench.engine.create_state_machine(machine(&fails)).await.unwrap();
    let started = bench.engine.run_execution(start("one", "{}")).await.unwrap();
    for _ in 0..20 {
        // Now and then before the end was shown.
        bench.engine.redrive_execution(&started.arn, None).await.unwrap();
    }
    bench.engine.shutdown().await;
    let ids: Vec<u64> = shown.try_iter().map(|(_, id, _)| id).collect();
    assert_eq!(ids, (1..=3 + 2 * 20).collect::<Vec<_>>());
}
