//! Whatever servers and tasks do, and however often the engine is opened again, it answers as a table of names would.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::asl::Fault;
use crate::engine::api::EngineError;

#[derive(Debug, Clone, Copy)]
enum Act {
    Start(u8),
    Stop(u8),
    Succeed(u8),
    Fail(u8),
    Redrive(u8),
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..4u8).prop_map(Act::Start),
        1 => (0..4u8).prop_map(Act::Stop),
        2 => (0..4u8).prop_map(Act::Succeed),
        1 => (0..4u8).prop_map(Act::Fail),
        2 => (0..4u8).prop_map(Act::Redrive),
        1 => Just(Act::Reopen),
    ]
}

/// The engine, and what is expected of it.
struct Play<'a> {
    folder: &'a Path,
    bench: Bench,
    expected: HashMap<u8, (i64, ExecutionStatus)>,
    reporters: HashMap<i64, Reporter>,
}

impl Play<'_> {
    fn arn(name: u8) -> String {
        format!("arn:aws:states:eu-west-1:000000000000:execution:M:{name}")
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Start(name) => self.start(name).await,
            Act::Stop(name) => self.stop(name).await,
            Act::Redrive(name) => self.redrive(name).await,
            Act::Succeed(name) => {
                self.report(name, TaskReport::Succeeded(payload("1")), ExecutionStatus::Succeeded).await;
            }
            Act::Fail(name) => {
                self.report(name, TaskReport::Failed(Fault::runtime("no")), ExecutionStatus::Failed).await;
            }
            Act::Reopen => {
                self.bench.engine.shutdown().await;
                self.reporters.clear();
                self.bench = Bench::open(REAL, Some(self.folder));
            }
        }
    }

    async fn start(&mut self, name: u8) {
        let answer = self.bench.engine.start_execution(start(&name.to_string(), "{}")).await;
        match self.expected.get(&name) {
            None => {
                self.expected.insert(name, (answer.unwrap().key, ExecutionStatus::Running));
            }
            Some((key, ExecutionStatus::Running)) => assert_eq!(answer.unwrap().key, *key),
            Some(_) => assert!(matches!(answer, Err(EngineError::ExecutionAlreadyExists(_))), "{answer:?}"),
        }
    }

    async fn stop(&mut self, name: u8) {
        let answer = self.bench.engine.stop_execution(&Self::arn(name), None, None).await;
        match self.expected.get_mut(&name) {
            None => assert!(matches!(answer, Err(EngineError::ExecutionDoesNotExist(_))), "{answer:?}"),
            Some((_, status)) => {
                answer.unwrap();
                if *status == ExecutionStatus::Running {
                    *status = ExecutionStatus::Aborted;
                }
            }
        }
    }

    async fn redrive(&mut self, name: u8) {
        // What was asked for before the redrive is of no use after it.
        while let Ok((request, reporter)) = self.bench.tasks.try_recv() {
            self.reporters.insert(request.id.execution, reporter);
        }
        let answer = self.bench.engine.redrive_execution(&Self::arn(name), None).await;
        match self.expected.get_mut(&name) {
            None => assert!(matches!(answer, Err(EngineError::ExecutionDoesNotExist(_))), "{answer:?}"),
            Some((_, ExecutionStatus::Running | ExecutionStatus::Succeeded)) => {
                assert!(matches!(answer, Err(EngineError::ExecutionNotRedrivable(..))), "{answer:?}");
            }
            Some((key, status)) => {
                answer.unwrap();
                self.reporters.remove(key);
                *status = ExecutionStatus::Running;
            }
        }
    }

    /// Late reports too: nobody may listen to them.
    async fn report(&mut self, name: u8, report: TaskReport, status: ExecutionStatus) {
        let Some((key, expected)) = self.expected.get_mut(&name) else { return };
        let running = *expected == ExecutionStatus::Running;
        while running && !self.reporters.contains_key(key) {
            let (request, reporter) = self.bench.task();
            self.reporters.insert(request.id.execution, reporter);
        }
        let Some(reporter) = self.reporters.get(key) else { return };
        reporter.report(report);
        if running {
            *expected = status;
        }
        // Taken after the report, so when this is durable, that is.
        self.bench.engine.put_registration("test", "heard", Value::Null).await.unwrap();
    }

    async fn check(&self) {
        for (name, (key, status)) in &self.expected {
            let found = self.bench.engine.describe_execution(&Self::arn(*name)).await.unwrap();
            assert_eq!((found.key, found.status), (*key, *status), "{name}");
            assert_eq!(found.stopped.is_some(), *status != ExecutionStatus::Running);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_is_a_table_of_names(acts in proptest::collection::vec(act(), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
            let (expected, reporters) = (HashMap::new(), HashMap::new());
            let mut play = Play { folder: folder.path(), bench, expected, reporters };
            for act in acts {
                play.act(act).await;
                play.check().await;
            }
        });
    }
}
