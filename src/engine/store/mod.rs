//! What is kept: machines by revision, executions, their journals, registrations, status changes that somebody is still to
//! be told, the key of the tokens.
//!
//! Owns: the form on disk and its version, atomic commits, what a list reads. Must not know: what is in a journal, time,
//! tasks, who asks. Start reading at `Write`, the closed set of changes, and `Store::commit`, which makes all of them or
//! none. Two implementations have the one face: `memory` for `--memory`, `sqlite` for everything else.

mod memory;
mod schema;
#[cfg(test)]
pub(crate) mod simulated;
mod sqlite;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::engine::api::{EngineError, ExecutionStatus, ExecutionSummary, StateMachine};
use crate::engine::clock::Timestamp;
use crate::engine::driver::ExecutionFilter;
use crate::engine::map_run::MapRun;
use crate::engine::published::{Publish, StateMachineAlias, StateMachineVersion};
use crate::engine::store::memory::Memory;
use crate::engine::store::sqlite::Sqlite;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A newer program made it.
    #[error("{file} is of version {found}, this iw102 reads up to {known}: use the iw102 that made it, or a newer one")]
    Newer { file: String, found: i64, known: i64 },
    /// It is no store of ours.
    #[error("{file} is no store of iw102: move it away, or name another folder")]
    Foreign { file: String },
    /// The folder or the file cannot be made.
    #[error("cannot write {path}: {source}")]
    Folder { path: String, source: std::io::Error },
    /// The file is damaged, or no database at all.
    #[error("{file} cannot be read as a store: {reason}", file = file.display())]
    Unreadable { folder: PathBuf, file: PathBuf, reason: String },
    /// SQLite's own reason: `database or disk is full`, `attempt to write a readonly database`, …, and what to do about it.
    #[error("{0}{advice}", advice = advice(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// A row says what no version of ours writes.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

/// What helps, where that is known.
fn advice(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly, SystemIoFailure};
    match error.sqlite_error_code() {
        Some(DiskFull | SystemIoFailure) => {
            "; is its disk full? Make room and run it again: what was acknowledged is kept"
        }
        Some(DatabaseCorrupt | NotADatabase) => {
            "; its file is damaged: move its folder away to begin with an empty one"
        }
        Some(ReadOnly) => "; may its folder be written?",
        _ => "",
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { folder, file, reason } => Self::StoreUnreadable { folder, file, reason },
            other => Self::Store(other.to_string()),
        }
    }
}

/// One change. A commit makes all of its changes, in order, or none.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    /// A machine has this revision from now on; the revision is kept for the executions that began with it.
    Machine { revision: i64, machine: StateMachine },
    /// The tags of a machine's revision are these from now on.
    Tags { revision: i64, tags: BTreeMap<String, String> },
    /// A machine goes, with its versions and aliases. Its revisions and executions stay.
    DeleteMachine { arn: Arc<str> },
    /// A revision is published; `at_creation` with the machine itself.
    Publish { version: StateMachineVersion, at_creation: bool },
    /// A version goes. Its number is not given again.
    DeleteVersion { arn: Arc<str> },
    /// An alias is this from now on.
    Alias(StateMachineAlias),
    /// An alias goes.
    DeleteAlias { arn: Arc<str> },
    /// An execution begins. Its input is the first thing in its journal.
    Start { execution: StoredExecution },
    /// A journal grows.
    Append { execution: i64, bytes: Vec<u8> },
    /// An execution rests, or does not any longer: what somebody else made of it, which the store does not look into.
    Rest { execution: i64, rest: Option<Vec<u8>> },
    /// An execution ends. Its history has so many events. With what it ended is the last thing in its journal.
    End { execution: i64, status: ExecutionStatus, stopped: Timestamp, events: u64 },
    /// An execution that ended goes on: it has no end, and was redriven so often.
    Redrive { execution: i64, count: u32, at: Timestamp },
    /// A map run's child waits for its redrive, or does not any longer.
    MarkPending { execution: i64, pending: bool },
    /// An execution, its journal and its payloads go.
    Forget { execution: i64 },
    /// The last one of a kind and a name wins.
    Register { kind: &'static str, name: String, value: Value },
    /// Somebody is to be told of a status.
    ChangeStatus(StoredChange),
    /// Everybody was told of the status change with this key.
    Told { change: i64 },
    /// A map run stands so from now on.
    MapRun(MapRun),
    /// What was registered under a kind and a name goes.
    Unregister { kind: &'static str, name: String },
}

/// An execution without its payloads, and the revision of the definition that it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredExecution {
    pub(crate) summary: ExecutionSummary,
    pub(crate) revision: i64,
}

/// A status that an execution got, and of which somebody is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredChange {
    /// Ascends with the order of changes.
    pub(crate) key: i64,
    /// What it is known by outside.
    pub(crate) id: Arc<str>,
    /// The key of the execution.
    pub(crate) execution: i64,
    pub(crate) status: ExecutionStatus,
}

/// A machine and the key of its current revision.
#[derive(Debug, Clone)]
pub(crate) struct StoredMachine {
    pub(crate) machine: StateMachine,
    pub(crate) revision: i64,
}

/// What was published of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Publications {
    /// The highest number that was given.
    pub(crate) latest: i64,
    /// With what the machine itself was published; `None` where only later revisions were, or itself by a later call.
    pub(crate) at_creation: Option<Publish>,
}

/// The highest keys that were given out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct HighestKeys {
    pub(crate) execution: i64,
    pub(crate) revision: i64,
    pub(crate) change: i64,
}

/// One way into a store. The driver writes through one and reads are answered through another, so that a long history
/// does not hold up those who wait for a start to be durable.
#[derive(Debug)]
pub(crate) enum Store {
    Memory(Memory),
    Sqlite(Sqlite),
    #[cfg(test)]
    Simulated(simulated::Simulated),
}

/// Calls the same method of whichever store it is.
macro_rules! either {
    ($self:expr, $store:ident => $call:expr) => {
        match $self {
            Self::Memory($store) => $call,
            Self::Sqlite($store) => $call,
            #[cfg(test)]
            Self::Simulated(simulated) => {
                let $store = simulated.read()?;
                $call
            }
        }
    };
}

impl Store {
    /// Opens the store in `folder` and makes it when it is not there; `None` keeps everything in memory.
    ///
    /// `token_key` is kept when the store is new and has none.
    pub(crate) fn open(folder: Option<&Path>, token_key: [u8; 32]) -> Result<Self, StoreError> {
        match folder {
            None => Ok(Self::Memory(Memory::new(token_key))),
            Some(folder) => Ok(Self::Sqlite(Sqlite::open(folder, token_key)?)),
        }
    }

    /// Another way into the same store, which sees what is committed and nothing else.
    pub(crate) fn second(&self) -> Result<Self, StoreError> {
        match self {
            Self::Memory(memory) => Ok(Self::Memory(memory.second())),
            Self::Sqlite(sqlite) => Ok(Self::Sqlite(sqlite.second()?)),
            #[cfg(test)]
            Self::Simulated(simulated) => Ok(Self::Simulated(simulated.second())),
        }
    }

    /// Makes all changes durable, or none of them.
    pub(crate) fn commit(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        match self {
            Self::Memory(memory) => {
                memory.commit(writes);
                Ok(())
            }
            Self::Sqlite(sqlite) => sqlite.commit(writes),
            #[cfg(test)]
            Self::Simulated(simulated) => simulated.commit(writes),
        }
    }

    /// How many pages the write-ahead log has, as of the last commit; 0 where there is none.
    pub(crate) fn logged_pages(&self) -> u64 {
        match self {
            Self::Memory(_) => 0,
            #[cfg(test)]
            Self::Simulated(_) => 0,
            Self::Sqlite(sqlite) => sqlite.logged_pages(),
        }
    }

    /// Moves what the write-ahead log has into the database file. Goes on beside reads and commits; when it has moved
    /// everything, the next commit begins the log anew.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(sqlite) => sqlite.checkpoint(),
            #[cfg(test)]
            Self::Simulated(_) => Ok(()),
        }
    }

    /// What signs the tokens of this store's tasks.
    pub(crate) fn token_key(&self) -> Result<[u8; 32], StoreError> {
        either!(self, store => store.token_key())
    }

    /// The highest keys that were given out, 0 for none.
    pub(crate) fn highest_keys(&self) -> Result<HighestKeys, StoreError> {
        either!(self, store => store.highest_keys())
    }

    /// A machine's current revision.
    pub(crate) fn machine(&self, arn: &str) -> Result<Option<StoredMachine>, StoreError> {
        either!(self, store => store.machine(arn))
    }

    /// All machines, by ARN.
    pub(crate) fn machines(&self) -> Result<Vec<StateMachine>, StoreError> {
        either!(self, store => store.machines())
    }

    /// A machine as it was at a revision.
    pub(crate) fn revision(&self, key: i64) -> Result<Option<StateMachine>, StoreError> {
        either!(self, store => store.revision(key))
    }

    /// A version by its ARN.
    pub(crate) fn version(&self, arn: &str) -> Result<Option<StateMachineVersion>, StoreError> {
        either!(self, store => store.version(arn))
    }

    /// The versions of a machine, newest first.
    pub(crate) fn versions(&self, machine: &str) -> Result<Vec<StateMachineVersion>, StoreError> {
        either!(self, store => store.versions(machine))
    }

    /// What was published of a machine, if anything.
    pub(crate) fn publications(&self, machine: &str) -> Result<Option<Publications>, StoreError> {
        either!(self, store => store.publications(machine))
    }

    /// An alias by its ARN.
    pub(crate) fn alias(&self, arn: &str) -> Result<Option<StateMachineAlias>, StoreError> {
        either!(self, store => store.alias(arn))
    }

    /// The aliases of a machine, oldest first.
    pub(crate) fn aliases(&self, machine: &str) -> Result<Vec<StateMachineAlias>, StoreError> {
        either!(self, store => store.aliases(machine))
    }

    /// An execution by its ARN.
    pub(crate) fn execution(&self, arn: &str) -> Result<Option<StoredExecution>, StoreError> {
        either!(self, store => store.execution(arn))
    }

    /// An execution by its key.
    pub(crate) fn execution_at(&self, key: i64) -> Result<Option<StoredExecution>, StoreError> {
        either!(self, store => store.execution_at(key))
    }

    /// Shows the keys of all running executions, oldest first, each with what was kept of its rest.
    pub(crate) fn running(&self, each: &mut dyn FnMut(i64, Option<&[u8]>)) -> Result<(), StoreError> {
        either!(self, store => store.running(each))
    }

    /// At most `limit` executions, newest first. Reads no payload.
    pub(crate) fn executions(
        &self,
        filter: &ExecutionFilter,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, StoreError> {
        either!(self, store => store.executions(filter, limit))
    }

    /// The first chunk of an execution's journal; nothing where there is none.
    pub(crate) fn journal_head(&self, key: i64) -> Result<Vec<u8>, StoreError> {
        either!(self, store => store.journal_head(key))
    }

    /// An execution's journal, its chunks joined.
    pub(crate) fn journal(&self, key: i64) -> Result<Vec<u8>, StoreError> {
        either!(self, store => store.journal(key))
    }

    /// Shows the chunks of an execution's journal that follow the one numbered `after` (0 for all), one by one; returns
    /// the number of the last chunk, `after` when there is none. Numbers ascend.
    ///
    /// # Errors
    /// Those of `each`, which end it.
    pub(crate) fn journal_after(
        &self,
        key: i64,
        after: i64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<i64, StoreError> {
        either!(self, store => store.journal_after(key, after, each))
    }

    /// A map run by its ARN.
    pub(crate) fn map_run(&self, arn: &str) -> Result<Option<MapRun>, StoreError> {
        either!(self, store => store.map_run(arn))
    }

    /// The map runs of an execution, newest first.
    pub(crate) fn map_runs(&self, execution: i64) -> Result<Vec<MapRun>, StoreError> {
        either!(self, store => store.map_runs(execution))
    }

    /// The status changes of which somebody is still to be told, in their order.
    pub(crate) fn status_changes(&self) -> Result<Vec<StoredChange>, StoreError> {
        either!(self, store => store.status_changes())
    }

    /// Everything that was registered under a kind, by name.
    pub(crate) fn registrations(&self, kind: &str) -> Result<Vec<(String, Value)>, StoreError> {
        either!(self, store => store.registrations(kind))
    }
}
