//! Commits that fail. A trigger in the store's file stands for the disk: it fails within the transaction, as a full disk
//! does, and goes when the test says so.

use super::*;
use crate::engine::api::EngineError;
use crate::engine::driver::message::Message;

pub(super) struct Disk(rusqlite::Connection);

impl Disk {
    pub(super) fn of(folder: &Path) -> Self {
        let connection = rusqlite::Connection::open(folder.join("store.sqlite3")).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        Self(connection)
    }

    pub(super) fn fill(&self) {
        self.fill_table("journal");
    }

    pub(super) fn fill_table(&self, table: &str) {
        let fail = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
        self.0.execute_batch(&format!("CREATE TRIGGER full BEFORE INSERT ON {table} {fail}")).unwrap();
    }

    pub(super) fn free(&self) {
        self.0.execute_batch("DROP TRIGGER full").unwrap();
    }
}

fn is_full<T: std::fmt::Debug>(answer: &Result<T, EngineError>) -> bool {
    matches!(answer, Err(EngineError::Store(why)) if why == "database or disk is full")
}

#[tokio::test]
async fn callers_are_told_and_nothing_happened() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &callback(600)).await;
    let started = bench.start("one", "{}").await;
    let token = bench.token().await;
    let events = bench.events(&started).await;
    let disk = Disk::of(folder.path());
    disk.fill();

    let refused = bench.engine.start_execution(start("two", "{}")).await;
    assert!(is_full(&refused), "{refused:?}");
    let refused = bench.engine.send_task_success(&token, payload("1")).await;
    assert!(is_full(&refused), "{refused:?}");
    let refused = bench.engine.stop_execution(&started.arn, None, None).await;
    assert!(is_full(&refused), "{refused:?}");
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Running);
    assert_eq!(bench.events(&started).await, events);
    assert!(bench.engine.describe_execution(&started.arn.replace(":one", ":two")).await.is_err());
    assert!(bench.tasks.try_recv().is_err(), "no task of what was refused begins");

    disk.free();
    bench.engine.send_task_success(&token, payload("1")).await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
    bench.start("two", "{}").await;
    assert!(bench.task().0.execution_arn.ends_with(":two"));
}

#[tokio::test]
async fn a_report_is_not_lost_and_its_task_not_begun_twice() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
    let started = bench.start("one", "{}").await;
    let (_, reporter) = bench.task();
    let disk = Disk::of(folder.path());
    disk.fill();
    reporter.report(TaskReport::Succeeded(payload(r#""done""#)));
    let silence = bench.engine.quiesce().await;
    assert!(is_full(&silence), "{silence:?}");
    disk.free();
    let again = async {
        // Silence is refused as long as the next try has not been made.
        while bench.engine.quiesce().await.is_err() {}
    };
    tokio::time::timeout(PATIENCE, again).await.unwrap();
    assert_eq!(bench.describe(&started).await.output.unwrap().text(), r#""done""#);
    assert!(bench.tasks.try_recv().is_err());
}

#[tokio::test]
async fn a_deadline_that_could_not_be_recorded_fires_later() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(VIRTUAL, Some(folder.path()), &callback(600)).await;
    // A waiting token, so that nothing moves by itself.
    bench.start("holds", "{}").await;
    bench.token().await;
    bench.engine.update_state_machine(machine(&wait(10))).await.unwrap();
    let started = bench.start("one", "{}").await;
    let disk = Disk::of(folder.path());
    disk.fill();
    let moved = bench.engine.advance_clock(Some(Duration::from_secs(10))).await;
    assert!(is_full(&moved), "{moved:?}");
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Running);
    disk.free();
    let ended = async { while bench.describe(&started).await.status == ExecutionStatus::Running {} };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_why() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (config, _runner, _tasks) = Bench::config(REAL, Some(file.path()));
    let error = Engine::open(config).unwrap_err();
    assert!(matches!(&error, EngineError::Store(why) if why.starts_with("cannot write ")), "{error}");
}

/// Whatever fails in between: what was acknowledged happened, what was refused did not, and everything ends.
#[tokio::test]
async fn a_disk_that_comes_and_goes_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
    let disk = Disk::of(folder.path());
    let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let name = number.to_string();
        if number % 3 == 1 {
            disk.fill();
        }
        match bench.engine.start_execution(start(&name, &name)).await {
            Ok(execution) => acknowledged.push(execution),
            Err(error) => refused.push((name, error)),
        }
        for (request, reporter) in bench.tasks.try_iter() {
            reporter.report(TaskReport::Succeeded(request.input));
        }
        // Heard after the reports, which the disk refuses every third time.
        bench.engine.clock().await.unwrap();
        if number % 3 == 1 {
            disk.free();
        }
    }
    assert_eq!((acknowledged.len(), refused.len()), (8, 4));
    for execution in &acknowledged {
        let ended = async {
            while bench.describe(execution).await.status == ExecutionStatus::Running {
                for (request, reporter) in bench.tasks.try_iter() {
                    reporter.report(TaskReport::Succeeded(request.input));
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap();
        let ended = bench.describe(execution).await;
        assert_eq!((ended.status, ended.output.as_ref()), (ExecutionStatus::Succeeded, Some(&ended.input)));
        let scheduled = bench.events(execution).await;
        assert_eq!(scheduled.iter().filter(|event| *event == "LambdaFunctionScheduled").count(), 1);
    }
    for (name, error) in refused {
        assert!(matches!(error, EngineError::Store(_)));
        let arn = acknowledged[0].arn.replace(":M:0", &format!(":M:{name}"));
        assert!(bench.engine.describe_execution(&arn).await.is_err(), "{arn}");
    }
}

#[tokio::test]
async fn who_waits_for_an_end_that_cannot_come_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &lambda()).await;
    let started = bench.start("one", "{}").await;
    let (_, reporter) = bench.task();
    let mut end = Box::pin(bench.engine.command(|answer| Message::AwaitEnd { key: started.key, answer }));
    tokio::select! {
        biased;
        end = &mut end => panic!("it goes on: {end:?}"),
        () = std::future::ready(()) => {}
    }
    let disk = Disk::of(folder.path());
    disk.fill();
    reporter.report(TaskReport::Succeeded(payload("1")));
    // What has to be read from the store again cannot be read.
    assert!(is_full(&bench.engine.quiesce().await));
    disk.0.execute_batch("UPDATE journal SET bytes = x'FF'; DROP TRIGGER full").unwrap();
    let end = tokio::time::timeout(PATIENCE, end).await.unwrap();
    assert!(matches!(&end, Err(EngineError::Store(why)) if why.contains("damaged")), "{end:?}");
}
