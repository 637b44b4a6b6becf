//! Who is told of statuses, when, and how often.

use super::*;
use crate::engine::status::{Receipt, StatusChange, StatusListener};

/// Hands what it is told to the test.
struct Listener {
    /// The machine that it wants to be told of.
    machine: &'static str,
    told: Mutex<Sender<(StatusChange, Receipt)>>,
}

impl StatusListener for Listener {
    fn wants(&self, state_machine_arn: &str, _status: ExecutionStatus) -> bool {
        state_machine_arn == self.machine
    }

    fn changed(&self, change: StatusChange, receipt: Receipt) {
        // A test that has seen enough drops its end, and the receipt with it.
        drop(self.told.lock().unwrap().send((change, receipt)));
    }
}

/// An engine that somebody listens to.
struct Told {
    bench: Bench,
    changes: Receiver<(StatusChange, Receipt)>,
}

impl Told {
    fn open(clock: ClockMode, folder: Option<&Path>) -> Self {
        Self::listening(clock, folder, MACHINE, true)
    }

    /// An engine whose command only looks, when it does no tasks.
    fn listening(clock: ClockMode, folder: Option<&Path>, machine: &'static str, runs_tasks: bool) -> Self {
        let (mut config, runner, tasks) = Bench::config(clock, folder);
        let (sender, changes) = channel();
        config.listener = Some(Arc::new(Listener { machine, told: Mutex::new(sender) }));
        config.tasks = config.tasks.filter(|_| runs_tasks);
        Self { bench: Bench { engine: Engine::open(config).unwrap(), tasks, runner }, changes }
    }

    async fn with(clock: ClockMode, folder: Option<&Path>, definition: &Value) -> Self {
        let told = Self::open(clock, folder);
        told.bench.engine.create_state_machine(machine(definition)).await.unwrap();
        told
    }

    fn next(&self) -> (StatusChange, Receipt) {
        self.changes.recv_timeout(PATIENCE).expect("somebody is told")
    }

    /// The next change, which is done with.
    fn done(&self) -> StatusChange {
        let (change, receipt) = self.next();
        receipt.done();
        change
    }

    fn nothing_is_told(&self) {
        assert!(self.changes.try_recv().is_err());
    }
}

fn kept(folder: &Path) -> Vec<String> {
    let raw = rusqlite::Connection::open(folder.join("store.sqlite3")).unwrap();
    let mut rows = raw.prepare("SELECT status FROM status_changes ORDER BY key").unwrap();
    let statuses = rows.query_map((), |row| row.get(0)).unwrap();
    statuses.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn statuses_are_told_in_order_each_when_the_one_before_is_done() {
    let told = Told::with(REAL, None, &pass()).await;
    let started = told.bench.start("one", r#"{"a":1}"#).await;
    let (running, receipt) = told.next();
    // The execution has ended by now, and what is told is how it began.
    while told.bench.describe(&started).await.status == ExecutionStatus::Running {}
    assert_eq!((running.execution.status, running.execution.stopped), (ExecutionStatus::Running, None));
    assert!(running.execution.output.is_none());
    assert_eq!(running.execution.input.text(), r#"{"a":1}"#);
    told.nothing_is_told();
    receipt.done();
    let ended = told.done();
    assert_eq!(ended.execution.status, ExecutionStatus::Succeeded);
    assert_eq!(ended.execution.output.unwrap().text(), r#"{"a":1}"#);
    assert!(ended.execution.stopped.is_some());
    assert_ne!(ended.id, running.id);
    told.bench.engine.all_told().await.unwrap();
    told.nothing_is_told();
}

#[tokio::test]
async fn what_was_not_told_to_the_end_is_told_again_by_the_next_engine() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::with(REAL, Some(folder.path()), &lambda()).await;
    told.bench.start("one", "{}").await;
    let (running, receipt) = told.next();
    let (_, reporter) = told.bench.task();
    reporter.report(TaskReport::Failed(crate::asl::Fault::runtime("no")));
    // The listener dies with its process, between the commit and the receipt.
    told.bench.engine.shutdown().await;
    drop(receipt);

    let told = Told::open(REAL, Some(folder.path()));
    let (again, receipt) = told.next();
    assert_eq!((&again.id, again.execution.status), (&running.id, ExecutionStatus::Running));
    assert!(again.execution.error.is_none());
    receipt.done();
    let ended = told.done();
    assert_eq!(
        (ended.execution.status, ended.execution.error.as_deref()),
        (ExecutionStatus::Failed, Some("States.Runtime"))
    );
    told.bench.engine.all_told().await.unwrap();
    assert_eq!(kept(folder.path()), Vec::<String>::new());
    told.bench.engine.shutdown().await;

    let told = Told::open(REAL, Some(folder.path()));
    told.bench.engine.all_told().await.unwrap();
    told.nothing_is_told();
}

#[tokio::test]
async fn what_nobody_wants_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::listening(REAL, Some(folder.path()), "another", true);
    told.bench.engine.create_state_machine(machine(&pass())).await.unwrap();
    told.bench.start("one", "{}").await;
    told.bench.engine.quiesce().await.unwrap();
    assert_eq!(kept(folder.path()), Vec::<String>::new());
    told.nothing_is_told();
}

#[tokio::test]
async fn an_engine_without_tasks_leaves_them_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(REAL, Some(folder.path()), &wait(600)).await;
    let started = bench.start("one", "{}").await;
    bench.engine.shutdown().await;

    let looking = Told::listening(REAL, Some(folder.path()), MACHINE, false);
    looking.bench.engine.stop_execution(&started.arn, Some("E".to_owned()), None).await.unwrap();
    looking.bench.engine.quiesce().await.unwrap();
    looking.bench.engine.all_told().await.unwrap();
    looking.nothing_is_told();
    looking.bench.engine.shutdown().await;
    assert_eq!(kept(folder.path()), ["ABORTED"]);

    let told = Told::open(REAL, Some(folder.path()));
    let change = told.done();
    assert_eq!((change.execution.status, change.execution.error.as_deref()), (ExecutionStatus::Aborted, Some("E")));
}

#[tokio::test]
async fn a_paused_engine_tells_nothing_until_it_is_resumed() {
    let (mut config, _runner, _tasks) = Bench::config(REAL, None);
    let (sender, changes) = channel();
    config.listener = Some(Arc::new(Listener { machine: MACHINE, told: Mutex::new(sender) }));
    let engine = Engine::open_paused(config).unwrap();
    engine.create_state_machine(machine(&wait(600))).await.unwrap();
    engine.start_execution(start("one", "{}")).await.unwrap();
    engine.quiesce().await.unwrap();
    assert!(changes.try_recv().is_err());
    engine.resume().unwrap();
    assert_eq!(changes.recv_timeout(PATIENCE).unwrap().0.execution.status, ExecutionStatus::Running);
}

#[tokio::test]
async fn who_is_being_told_holds_a_virtual_clock_and_silence() {
    let told = Told::with(VIRTUAL, None, &wait(3_600)).await;
    let started = told.bench.start("one", "{}").await;
    let (_, receipt) = told.next();
    let now = told.bench.engine.clock().await.unwrap().now;
    assert!(now.0 - started.started.0 < 3_600_000);
    assert_eq!(told.bench.describe(&started).await.status, ExecutionStatus::Running);
    let (engine, quiet) = (told.bench.engine.clone(), told.bench.engine.quiesce());
    let (mut quiet, mut receipt) = (std::pin::pin!(quiet), Some(receipt));
    // Polled once, so that it is asked for; the clock's answer comes behind it.
    assert!(futures_poll(quiet.as_mut()).await.is_none());
    engine.clock().await.unwrap();
    assert!(futures_poll(quiet.as_mut()).await.is_none());
    receipt.take().unwrap().done();
    let ended = told.done();
    assert_eq!(seconds_between(started.started, ended.execution.stopped), 3_600);
    quiet.await.unwrap();
}

/// The result of a future that has one already.
async fn futures_poll<F: Future + Unpin>(future: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        result = future => Some(result),
        () = std::future::ready(()) => None,
    }
}

#[tokio::test]
async fn a_receipt_that_is_dropped_leaves_the_change_and_what_follows_to_the_next_engine() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::with(REAL, Some(folder.path()), &wait(600)).await;
    let started = told.bench.start("one", "{}").await;
    drop(told.next());
    told.bench.engine.quiesce().await.unwrap();
    told.bench.engine.stop_execution(&started.arn, None, None).await.unwrap();
    told.bench.engine.quiesce().await.unwrap();
    told.nothing_is_told();
    assert_eq!(kept(folder.path()), ["RUNNING", "ABORTED"]);
    told.bench.engine.shutdown().await;
    let told = Told::open(REAL, Some(folder.path()));
    assert_eq!(told.done().execution.status, ExecutionStatus::Running);
    assert_eq!(told.done().execution.status, ExecutionStatus::Aborted);
}

#[tokio::test]
async fn so_many_are_told_at_once_and_the_others_when_one_is_done() {
    let told = Told::with(REAL, None, &wait(600)).await;
    for number in 0..70 {
        told.bench.start(&number.to_string(), "{}").await;
    }
    let first: Vec<_> = (0..64).map(|_| told.next()).collect();
    told.bench.engine.clock().await.unwrap();
    told.nothing_is_told();
    for (_, receipt) in first {
        receipt.done();
    }
    for _ in 64..70 {
        told.done();
    }
    told.bench.engine.all_told().await.unwrap();
}

#[tokio::test]
async fn what_was_refused_is_not_told_and_a_receipt_survives_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::with(REAL, Some(folder.path()), &wait(600)).await;
    told.bench.start("one", "{}").await;
    let (change, receipt) = told.next();
    let disk = rusqlite::Connection::open(folder.path().join("store.sqlite3")).unwrap();
    disk.busy_timeout(PATIENCE).unwrap();
    let fail = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    let full = ["status_changes", "journal"].map(|table| {
        format!(
            "CREATE TRIGGER d_{table} BEFORE DELETE ON {table} {fail}; CREATE TRIGGER i_{table} BEFORE INSERT ON {table} {fail};"
        )
    });
    disk.execute_batch(&full.concat()).unwrap();
    assert!(told.bench.engine.start_execution(start("two", "{}")).await.is_err());
    receipt.done();
    // Heard after the receipt, which the disk refuses.
    told.bench.engine.clock().await.unwrap();
    told.nothing_is_told();
    let free = ["status_changes", "journal"].map(|table| format!("DROP TRIGGER d_{table}; DROP TRIGGER i_{table};"));
    disk.execute_batch(&free.concat()).unwrap();
    let all_told = async { while told.bench.engine.all_told().await.is_err() {} };
    tokio::time::timeout(PATIENCE, all_told).await.unwrap();
    assert_eq!(kept(folder.path()), Vec::<String>::new());
    told.nothing_is_told();
    assert_eq!(&*change.execution.name, "one");
}

#[tokio::test]
async fn a_store_of_version_1_tells_of_what_ends_now() {
    let folder = tempfile::tempdir().unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("store.sqlite3")).unwrap();
    raw.execute_batch(include_str!("../../store/tests/version_1.sql")).unwrap();
    drop(raw);
    let kept_machine = "arn:aws:states:us-east-1:000000000000:stateMachine:kept";
    let told = Told::listening(ClockMode::Scaled(0.001), Some(folder.path()), kept_machine, true);
    let arn = "arn:aws:states:us-east-1:000000000000:execution:kept:waits";
    told.bench.engine.stop_execution(arn, None, None).await.unwrap();
    let change = told.done();
    assert_eq!(&*change.execution.arn, arn);
    assert_ne!(change.execution.status, ExecutionStatus::Running);
}

#[tokio::test]
async fn a_redriven_execution_is_told_to_run_again() {
    let told = Told::with(REAL, None, &lambda()).await;
    let started = told.bench.start("one", "{}").await;
    told.bench.task().1.report(TaskReport::Failed(crate::asl::Fault::runtime("no")));
    assert_eq!(told.done().execution.status, ExecutionStatus::Running);
    assert_eq!(told.done().execution.status, ExecutionStatus::Failed);
    let at = told.bench.engine.redrive_execution(&started.arn, None).await.unwrap();
    let running = told.done().execution;
    assert_eq!((running.status, running.stopped, running.error), (ExecutionStatus::Running, None, None));
    assert_eq!((running.redriven.count, running.redriven.at), (1, Some(at)));
    told.bench.task().1.report(TaskReport::Succeeded(payload("1")));
    assert_eq!(told.done().execution.status, ExecutionStatus::Succeeded);
}
