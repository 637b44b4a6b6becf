//! The laws of the store: both implementations give the same answers, a commit is whole or nothing, what was committed
//! is there after an opening.

mod published;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::engine::api::{NewStateMachine, StateMachineType};
use crate::engine::core::payloads;
use crate::engine::published::{Qualified, Route};
use crate::engine::redrive::Redriven;

const KEY: [u8; 32] = [7; 32];

/// The keys of what runs.
fn running(store: &Store) -> Vec<i64> {
    let mut keys = Vec::new();
    store.running(&mut |key, _| keys.push(key)).unwrap();
    keys
}

fn machine(number: i64, revision: i64) -> StateMachine {
    let spec = NewStateMachine {
        arn: Arc::from(format!("arn:aws:states:eu-west-1:000000000000:stateMachine:m{number}")),
        definition: Arc::from(format!("{{\"Comment\":\"{revision}\"}}")),
        role_arn: Arc::from("role"),
        machine_type: StateMachineType::Standard,
        settings: json!({"tracingConfiguration": {"enabled": false}}),
        tags: BTreeMap::from([("team".to_owned(), "käse".to_owned())]),
    };
    let (created, updated) = (Timestamp(number), Timestamp(revision));
    StateMachine { spec: Arc::new(spec), created, updated, revision_id: (revision > 3).then(|| Arc::from("id")) }
}

fn execution(key: i64) -> StoredExecution {
    let summary = ExecutionSummary {
        key,
        arn: Arc::from(format!("arn:aws:states:eu-west-1:000000000000:execution:m:e{key}")),
        state_machine_arn: Arc::clone(&machine(key % 3, 0).spec.arn),
        name: Arc::from(format!("e{key}")),
        status: ExecutionStatus::Running,
        started: Timestamp(1_000 + key),
        stopped: None,
        qualified: Qualified::default(),
        child_of: None,
        redriven: Redriven::default(),
    };
    StoredExecution { summary, revision: 1 }
}

fn start(key: i64) -> Write {
    Write::Start { execution: execution(key) }
}

fn end(execution: i64, status: ExecutionStatus) -> Write {
    Write::End { execution, status, stopped: Timestamp(9_000), events: 7 }
}

/// Changes as a driver makes them: keys are new, and what ends or grows has begun.
#[derive(Debug, Clone)]
enum Change {
    Machine(i64),
    DeleteMachine(i64),
    Start,
    Append(usize, Vec<u8>),
    End(usize, ExecutionStatus),
    Forget(usize),
    Redrive(usize, u32),
    MarkPending(usize, bool),
    Register(u8, u8),
    Status(usize, ExecutionStatus),
    Told(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let status = || prop_oneof![Just(ExecutionStatus::Succeeded), Just(ExecutionStatus::TimedOut)];
    prop_oneof![
        1 => (0..3i64).prop_map(Change::Machine),
        1 => (0..3i64).prop_map(Change::DeleteMachine),
        3 => Just(Change::Start),
        3 => (any::<usize>(), proptest::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, b)| Change::Append(at, b)),
        1 => (any::<usize>(), status()).prop_map(|(at, status)| Change::End(at, status)),
        2 => (any::<usize>(), status()).prop_map(|(at, status)| Change::Status(at, status)),
        1 => any::<usize>().prop_map(Change::Told),
        1 => any::<usize>().prop_map(Change::Forget),
        1 => (any::<usize>(), 1..4u32).prop_map(|(at, count)| Change::Redrive(at, count)),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(at, pending)| Change::MarkPending(at, pending)),
        1 => (0..3u8, any::<u8>()).prop_map(|(name, value)| Change::Register(name, value)),
    ]
}

fn writes(changes: &[Change]) -> Vec<Write> {
    let (mut keys, mut highest, mut revision) = (Vec::new(), 0, 0);
    let mut told = 0;
    let mut writes = Vec::new();
    for change in changes {
        let write = match change {
            Change::Machine(number) => {
                revision += 1;
                Write::Machine { revision, machine: machine(*number, revision) }
            }
            Change::DeleteMachine(number) => Write::DeleteMachine { arn: Arc::clone(&machine(*number, 0).spec.arn) },
            Change::Start => {
                highest += 1;
                keys.push(highest);
                start(highest)
            }
            Change::Register(name, value) => {
                Write::Register { kind: "function", name: name.to_string(), value: json!({"v": value}) }
            }
            _ if keys.is_empty() => continue,
            Change::Append(at, bytes) => Write::Append { execution: keys[at % keys.len()], bytes: bytes.clone() },
            Change::End(at, status) => end(keys[at % keys.len()], *status),
            Change::Forget(at) => Write::Forget { execution: keys.remove(at % keys.len()) },
            Change::Redrive(at, count) => {
                Write::Redrive { execution: keys[at % keys.len()], count: *count, at: Timestamp(8_000) }
            }
            Change::MarkPending(at, pending) => {
                Write::MarkPending { execution: keys[at % keys.len()], pending: *pending }
            }
            Change::Status(at, status) => {
                told += 1;
                let id = Arc::from(format!("change {told}"));
                Write::ChangeStatus(StoredChange { key: told, id, execution: keys[at % keys.len()], status: *status })
            }
            Change::Told(at) => Write::Told { change: i64::try_from(at % 8).unwrap() },
        };
        writes.push(write);
    }
    writes
}

/// Everything that a store answers, as text.
fn answers(store: &Store) -> Vec<String> {
    let mut answers = vec![format!("{:?}", running(store)), format!("{:?}", store.machines().unwrap())];
    for number in 0..4 {
        answers.push(format!("{:?}", store.machine(&machine(number, 0).spec.arn).unwrap()));
        answers.push(format!("{:?}", store.revision(number).unwrap()));
    }
    answers.extend((0..20).map(|key| answers_of(store, key)));
    for state_machine_arn in [None, Some(Arc::clone(&machine(1, 0).spec.arn))] {
        for status in [None, Some(ExecutionStatus::Running), Some(ExecutionStatus::TimedOut)] {
            for before in [None, Some(5)] {
                let filter = ExecutionFilter {
                    state_machine_arn: state_machine_arn.clone(),
                    status,
                    before,
                    ..ExecutionFilter::default()
                };
                answers.push(format!("{:?}", store.executions(&filter, 3).unwrap()));
            }
        }
    }
    for (pending, redriven) in [(true, None), (false, Some(true)), (false, Some(false))] {
        let filter = ExecutionFilter { pending, redriven, ..ExecutionFilter::default() };
        answers.push(format!("{:?}", store.executions(&filter, 9).unwrap()));
    }
    answers.push(format!("{:?}", store.registrations("function").unwrap()));
    answers.push(format!("{:?}", store.status_changes().unwrap()));
    answers
}

fn answers_of(store: &Store, key: i64) -> String {
    let found = store.execution_at(key).unwrap();
    assert_eq!(found, store.execution(&execution(key).summary.arn).unwrap());
    let journal = store.journal(key).unwrap();
    let chunks = chunks_after(store, key, 0).0;
    assert_eq!(chunks.concat(), journal);
    assert_eq!(chunks.first().cloned().unwrap_or_default(), store.journal_head(key).unwrap());
    let (rest, last) = chunks_after(store, key, 1);
    format!("{found:?} {journal:?} {rest:?} {last}")
}

fn chunks_after(store: &Store, key: i64, after: i64) -> (Vec<Vec<u8>>, i64) {
    let mut chunks = Vec::new();
    let last = store.journal_after(key, after, &mut |chunk| {
        chunks.push(chunk.to_vec());
        Ok(())
    });
    (chunks, last.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_give_the_same_answers_also_after_an_opening(
        changes in proptest::collection::vec(change(), 0..40),
        at in 0..40usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Store::open(None, KEY).unwrap();
        let mut disk = Store::open(Some(folder.path()), KEY).unwrap();
        let writes = writes(&changes);
        let (first, second) = writes.split_at(at.min(writes.len()));
        for part in [first, second] {
            memory.commit(part).unwrap();
            disk.commit(part).unwrap();
            prop_assert_eq!(answers(&memory), answers(&disk));
            prop_assert_eq!(answers(&memory.second().unwrap()), answers(&disk.second().unwrap()));
        }
        prop_assert_eq!(memory.highest_keys().unwrap(), disk.highest_keys().unwrap());
        drop(disk);
        let disk = Store::open(Some(folder.path()), [1; 32]).unwrap();
        prop_assert_eq!(answers(&memory), answers(&disk));
        prop_assert_eq!(disk.token_key().unwrap(), KEY);
    }
}

fn sqlite(folder: &Path) -> Store {
    Store::open(Some(folder), KEY).unwrap()
}

fn limit_pages(store: &Store, pages: i64) {
    let Store::Sqlite(sqlite) = store else { panic!("not on disk") };
    sqlite.limit_pages(pages);
}

#[test]
fn a_commit_that_finds_the_disk_full_leaves_nothing_behind_and_works_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = sqlite(folder.path());
    store.commit(&[start(1)]).unwrap();
    let before = answers(&store);
    limit_pages(&store, 1);
    let writes = [start(2), Write::Append { execution: 1, bytes: vec![1; 100_000] }];
    let error = store.commit(&writes).unwrap_err().to_string();
    assert!(error.starts_with("database or disk is full; ") && error.contains("Make room"), "{error}");
    assert_eq!(answers(&store), before);
    limit_pages(&store, 1_000_000);
    store.commit(&writes).unwrap();
    assert_eq!(running(&store), [1, 2]);
    assert_eq!(store.journal(1).unwrap().len(), 100_000);
}

#[test]
fn what_a_reader_sees_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = sqlite(folder.path());
    let reader = store.second().unwrap();
    store.commit(&[start(1)]).unwrap();
    assert_eq!(running(&reader), [1]);
    store.checkpoint().unwrap();
    assert_eq!(running(&reader), [1]);
}

#[test]
fn files_are_for_their_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let mut store = sqlite(&folder);
    store.commit(&[start(1)]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn other_files_and_newer_versions_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(sqlite(folder.path()));
    let file = folder.path().join("store.sqlite3");
    let raw = rusqlite::Connection::open(&file).unwrap();
    raw.pragma_update(None, "user_version", 7).unwrap();
    let error = Store::open(Some(folder.path()), KEY).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 7, known: 6, .. }), "{error}");
    raw.pragma_update(None, "application_id", 1).unwrap();
    let error = Store::open(Some(folder.path()), KEY).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

#[test]
fn a_text_file_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("store.sqlite3"), "this is no database, whatever its name says\n").unwrap();
    let error = Store::open(Some(folder.path()), KEY).unwrap_err();
    let file = folder.path().join("store.sqlite3");
    assert!(matches!(&error, StoreError::Unreadable { folder: named, .. } if named == folder.path()), "{error}");
    assert_eq!(error.to_string(), format!("{} cannot be read as a store: file is not a database", file.display()));
}

#[test]
fn a_place_where_no_folder_can_be_is_named() {
    let folder = tempfile::NamedTempFile::new().unwrap();
    let error = Store::open(Some(folder.path()), KEY).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot write {}: ", folder.path().display())), "{error}");
}

#[test]
fn a_store_of_version_1_opens_with_everything_in_it_and_takes_status_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite3");
    let raw = rusqlite::Connection::open(&file).unwrap();
    raw.execute_batch(include_str!("tests/version_1.sql")).unwrap();
    drop(raw);

    let mut store = sqlite(folder.path());
    assert_ne!(store.token_key().unwrap(), KEY, "the key that signed its tokens");
    assert_eq!(running(&store), [2]);
    let ended = store.execution_at(1).unwrap().unwrap();
    assert_eq!(&*ended.summary.arn, "arn:aws:states:us-east-1:000000000000:execution:kept:ended");
    let output = payloads(&store.journal(1).unwrap()).unwrap().ended.unwrap().output.unwrap();
    assert_eq!(output.text(), r#"{"seconds":0}"#);
    assert_eq!(store.machines().unwrap().len(), 1);
    assert_eq!(store.journal(2).unwrap().len(), 53);
    assert_eq!(store.highest_keys().unwrap(), HighestKeys { execution: 2, revision: 1, change: 0 });

    let change = StoredChange { key: 1, id: Arc::from("id"), execution: 2, status: ExecutionStatus::Aborted };
    store.commit(&[Write::ChangeStatus(change.clone())]).unwrap();
    drop(store);
    // The second opening finds a store of this version.
    assert_eq!(sqlite(folder.path()).status_changes().unwrap(), [change]);
}
