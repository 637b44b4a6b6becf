//! The journal's form: what is written is what is read, and nothing else is.

use proptest::prelude::*;
use serde_json::Value;

use super::{Entries, JournalError, Record, VERSION, Writer};
use crate::asl::Payload;
use crate::asl::program::StateId;
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::core::document::Document;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;
use crate::engine::map_run::Tolerance;

fn document() -> impl Strategy<Value = Document> {
    "[a-z ✓]{0,40}".prop_map(|text| Document::new(Payload::from(Value::from(text))))
}

fn failure() -> impl Strategy<Value = Failure> {
    let text = || proptest::option::of("[a-zA-Z. ✓]{0,20}");
    (text(), text(), any::<bool>())
        .prop_map(|(error, cause, heartbeat)| Failure { heartbeat, ..Failure::new(error.as_deref(), cause.as_deref()) })
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_000_i64).prop_map(Timestamp)
}

/// Every kind of record, with whatever it can hold.
#[expect(clippy::too_many_lines, reason = "one line a record")]
fn record() -> impl Strategy<Value = Record> {
    let thread = || any::<u32>().prop_map(ThreadId);
    let seconds = || proptest::option::of(0..u64::from(u32::MAX));
    let assigned = || {
        proptest::collection::vec(("[a-z]{1,4}", document()), 0..4)
            .prop_map(|assigned| assigned.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let of_execution = prop_oneof![
        (document(), any::<u64>()).prop_map(|(input, seed)| Record::ExecutionStarted { input, seed }),
        document().prop_map(|output| Record::ExecutionSucceeded { output }),
        failure().prop_map(|failure| Record::ExecutionFailed { failure }),
        failure().prop_map(|failure| Record::ExecutionAborted { failure }),
        failure().prop_map(|failure| Record::ExecutionTimedOut { failure }),
        proptest::option::of("[!-~]{1,9}").prop_map(|token| Record::ExecutionRedriven { token: token.map(Into::into) }),
    ];
    let with_document = prop_oneof![
        (thread(), any::<u32>(), document()).prop_map(|(thread, state, input)| Record::StateEntered {
            thread,
            state: StateId(state),
            input
        }),
        (thread(), document(), proptest::option::of(any::<u32>()), assigned()).prop_map(
            |(thread, output, next, assigned)| Record::StateExited {
                thread,
                output,
                next: next.map(StateId),
                assigned
            }
        ),
        (thread(), document(), seconds(), seconds(), proptest::option::of("[a-z]{0,9}")).prop_map(
            |(thread, input, timeout_seconds, heartbeat_seconds, role)| {
                let credentials = role.map(Into::into);
                Record::TaskScheduled { thread, input, timeout_seconds, heartbeat_seconds, credentials }
            }
        ),
        (thread(), document()).prop_map(|(thread, output)| Record::TaskSubmitted { thread, output }),
        (thread(), document()).prop_map(|(thread, output)| Record::TaskSucceeded { thread, output }),
        (thread(), document()).prop_map(|(thread, input)| Record::ParallelStarted { thread, input }),
        (thread(), document(), any::<u32>(), any::<u32>()).prop_map(|(thread, items, length, concurrency)| {
            Record::MapStarted { thread, items, length, concurrency }
        }),
        (thread(), any::<u32>(), document()).prop_map(|(thread, index, input)| Record::IterationStarted {
            thread,
            index,
            input
        }),
    ];
    let with_failure = (thread(), failure()).prop_flat_map(|(thread, failure)| {
        prop_oneof![
            Just(Record::TaskNotStarted { thread, failure: failure.clone() }),
            Just(Record::TaskFailed { thread, failure: failure.clone() }),
            Just(Record::TaskTimedOut { thread, failure: failure.clone() }),
            Just(Record::EvaluationFailed { thread, failure: failure.clone(), location: None }),
            Just(Record::EvaluationFailed { thread, failure: failure.clone(), location: Some("Assign/✓".into()) }),
            Just(Record::IterationFailed { thread, failure: failure.clone() }),
            Just(Record::BranchFailed { thread, failure }),
        ]
    });
    let bare = thread().prop_flat_map(|thread| {
        prop_oneof![
            Just(Record::StateAborted { thread }),
            Just(Record::TaskStarted { thread, worker_name: None }),
            Just(Record::TaskStarted { thread, worker_name: Some("w ✓".into()) }),
            Just(Record::ParallelSucceeded { thread }),
            Just(Record::ParallelFailed { thread }),
            Just(Record::MapSucceeded { thread }),
            Just(Record::MapFailed { thread }),
            Just(Record::IterationSucceeded { thread }),
            Just(Record::IterationAborted { thread }),
            Just(Record::HeartbeatReceived { thread }),
            Just(Record::BranchAborted { thread }),
        ]
    });
    let timed = (thread(), any::<u32>(), time()).prop_flat_map(|(thread, retrier, until)| {
        prop_oneof![
            Just(Record::WaitScheduled { thread, until }),
            Just(Record::RetryScheduled { thread, retrier, until }),
        ]
    });
    prop_oneof![of_execution, with_document, with_failure, bare, timed, of_map_run()]
}

fn tolerance() -> impl Strategy<Value = Tolerance> {
    let failures = proptest::option::of(0..u64::from(u32::MAX));
    (any::<u32>(), failures, proptest::option::of(0.0..100.0))
        .prop_map(|(max_concurrency, failures, percentage)| Tolerance { max_concurrency, failures, percentage })
}

fn of_map_run() -> impl Strategy<Value = Record> {
    let thread = || any::<u32>().prop_map(ThreadId);
    let text = || "[a-z-]{0,9}".prop_map(std::sync::Arc::from);
    let ended = (thread(), any::<u32>(), proptest::option::of(document()), failure());
    prop_oneof![
        (thread(), any::<u32>()).prop_map(|(thread, length)| Record::DistributedMapStarted { thread, length }),
        (thread(), text(), text(), tolerance()).prop_map(|(thread, label, id, tolerance)| Record::MapRunStarted {
            thread,
            label,
            id,
            tolerance
        }),
        thread().prop_map(|thread| Record::MapRunSucceeded { thread }),
        (thread(), failure()).prop_map(|(thread, failure)| Record::MapRunFailed { thread, failure }),
        (thread(), document()).prop_map(|(thread, request)| Record::MapRunAsked { thread, request }),
        (thread(), document(), any::<u32>()).prop_map(|(thread, items, length)| Record::ItemsRead {
            thread,
            items,
            length
        }),
        (thread(), any::<u32>(), document()).prop_map(|(thread, items, input)| Record::ChildStarted {
            thread,
            items,
            input
        }),
        ended.prop_map(|(thread, index, output, failure)| {
            let status = if output.is_some() { ExecutionStatus::Succeeded } else { ExecutionStatus::TimedOut };
            Record::ChildEnded { thread, index, status, output, failure }
        }),
        (thread(), document()).prop_map(|(thread, output)| Record::ResultsWritten { thread, output }),
        (thread(), tolerance()).prop_map(|(thread, tolerance)| Record::MapRunUpdated { thread, tolerance }),
        thread().prop_map(|thread| Record::MapRunRedriven { thread }),
        (thread(), any::<u32>()).prop_map(|(thread, index)| Record::ChildRedriven { thread, index }),
        (thread(), any::<u32>()).prop_map(|(thread, index)| Record::ChildKept { thread, index }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_read(records in proptest::collection::vec((record(), time()), 0..40)) {
        let mut writer = Writer::new();
        let mut written = Vec::new();
        let mut last = Timestamp(i64::MIN / 2);
        for (mut record, at) in records {
            // As an execution writes them: time does not run backwards, and an event follows one before it.
            let at = last.max(at);
            last = at;
            writer.append(&mut record, at, 1);
            written.push((record, at));
        }
        let bytes = writer.take();
        let read = Entries::new(&bytes).unwrap().map(|entry| entry.map(|entry| (entry.record, entry.at)));
        prop_assert_eq!(read.collect::<Result<Vec<_>, _>>().unwrap(), written);
    }

    #[test]
    fn damaged_bytes_are_told_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [&[VERSION], &bytes[..]].concat();
        // Whatever the bytes say, reading them ends, with an error or without one.
        prop_assert!(Entries::new(&bytes).unwrap().count() <= bytes.len());
    }
}

#[test]
fn a_document_is_stored_once() {
    let document = Document::new(Payload::from(Value::from("x".repeat(1000))));
    let mut writer = Writer::new();
    let mut first = Record::TaskSubmitted { thread: ThreadId(0), output: document.clone() };
    writer.append(&mut first, Timestamp(0), 1);
    let once = writer.take().len();
    let Record::TaskSubmitted { output, .. } = first else { panic!("the record keeps its kind") };
    let mut again = Record::TaskSucceeded { thread: ThreadId(0), output };
    writer.append(&mut again, Timestamp(0), 1);
    assert!(writer.take().len() < 10, "a number stands for the text of {once} bytes");
}

#[test]
fn a_newer_journal_is_refused() {
    assert_eq!(Entries::new(&[VERSION + 1]).err(), Some(JournalError::Newer(VERSION + 1)));
}

#[test]
fn a_cut_journal_says_where() {
    let mut writer = Writer::new();
    writer.append(&mut Record::TaskStarted { thread: ThreadId(7), worker_name: None }, Timestamp(5), 1);
    let bytes = writer.take();
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(Entries::new(cut).unwrap().last().unwrap().err(), Some(JournalError::Damaged(cut.len())));
}

#[test]
fn what_the_history_cannot_hold_is_damage() {
    let entries = |at: i64, back: u64| {
        let mut writer = Writer::new();
        let mut record = Record::TaskStarted { thread: ThreadId(7), worker_name: None };
        writer.append(&mut record, Timestamp(5), 1);
        writer.append(&mut record, Timestamp(at), back);
        let bytes = writer.take();
        Entries::new(&bytes).unwrap().collect::<Result<Vec<_>, _>>().map(|entries| entries.len())
    };
    assert_eq!(entries(5, 1), Ok(2));
    // An event that follows itself, and one that is earlier than the one before it.
    assert!(entries(5, 0).is_err());
    assert!(entries(4, 1).is_err());
}
