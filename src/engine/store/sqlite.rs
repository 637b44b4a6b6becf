//! The store on disk: one SQLite file in write-ahead mode, every commit synced.
//!
//! Reads and commits have a connection each: SQLite lets them go on at the same time, and a reader sees what was
//! committed before it began.

mod map_runs;
mod published;
mod redrives;

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde_json::Value;

use crate::engine::api::{ExecutionStatus, ExecutionSummary, NewStateMachine, StateMachine, StateMachineType};
use crate::engine::clock::Timestamp;
use crate::engine::driver::ExecutionFilter;
use crate::engine::map_run::ChildOf;
use crate::engine::published::Qualified;
use crate::engine::redrive::Redriven;
use crate::engine::store::{HighestKeys, StoreError, StoredChange, StoredExecution, StoredMachine, Write, schema};

/// The database's name in the store's folder.
const FILE: &str = "store.sqlite3";

/// How long a commit waits for another process that reads the file with SQLite's own shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A log that had to grow further is cut to so many bytes when it begins anew.
const LOG_BYTES_KEPT: i64 = 32 << 20;

const EXECUTION: &str = "SELECT key, arn, machine, name, revision, status, started, stopped, version, alias,
    map_run, parent, event, place, scope, items, express, redrives, redriven, pending, events
    FROM executions LEFT JOIN qualified ON execution = key LEFT JOIN children ON child = key";
const REVISION: &str =
    "SELECT key, machine, id, created, updated, type, role_arn, settings, tags, definition FROM revisions";

/// One connection to the store's file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: Connection,
    file: PathBuf,
    logged_pages: Arc<AtomicU64>,
}

impl Sqlite {
    pub(super) fn open(folder: &Path, token_key: [u8; 32]) -> Result<Self, StoreError> {
        let file = folder.join(FILE);
        make_private(folder, &file)?;
        let opened = connect(&file).and_then(|mut connection| {
            if schema::prepare(&mut connection, &file.display().to_string(), token_key)? {
                // What the file is stands in the file itself from the beginning, and not in its log only.
                checkpoint(&connection)?;
            }
            Ok(connection)
        });
        let mut connection = opened.map_err(|error| unreadable(folder, &file, error))?;
        let logged_pages = Arc::default();
        count_logged_pages(&mut connection, Arc::clone(&logged_pages))?;
        Ok(Self { connection, file, logged_pages })
    }

    pub(super) fn second(&self) -> Result<Self, StoreError> {
        let logged_pages = Arc::clone(&self.logged_pages);
        Ok(Self { connection: connect(&self.file)?, file: self.file.clone(), logged_pages })
    }

    pub(super) fn logged_pages(&self) -> u64 {
        self.logged_pages.load(Ordering::Relaxed)
    }

    pub(super) fn commit(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for write in writes {
            apply(&transaction, write)?;
        }
        transaction.commit()?;
        Ok(())
    }

    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        checkpoint(&self.connection)
    }

    /// Bounds the file, as a full disk does.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self, pages: i64) {
        self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), (), |_| Ok(())).unwrap();
    }

    pub(super) fn token_key(&self) -> Result<[u8; 32], StoreError> {
        let query = "SELECT value FROM meta WHERE name = 'token_key'";
        let bytes: Vec<u8> = self.connection.query_row(query, (), |row| row.get(0))?;
        bytes.try_into().map_err(|_| StoreError::Damaged("the token key has not 32 bytes".to_owned()))
    }

    pub(super) fn highest_keys(&self) -> Result<HighestKeys, StoreError> {
        let highest = |table: &str| {
            let query = format!("SELECT coalesce(max(key), 0) FROM {table}");
            self.connection.query_row(&query, (), |row| row.get(0))
        };
        Ok(HighestKeys {
            execution: highest("executions")?,
            revision: highest("revisions")?,
            change: highest("status_changes")?,
        })
    }

    pub(super) fn machine(&self, arn: &str) -> Result<Option<StoredMachine>, StoreError> {
        let query = format!("{REVISION} WHERE key = (SELECT revision FROM machines WHERE arn = ?1)");
        let row = self.connection.prepare_cached(&query)?.query_row([arn], RevisionRow::read).optional()?;
        row.map(|row| Ok(StoredMachine { revision: row.key, machine: row.into_machine()? })).transpose()
    }

    pub(super) fn machines(&self) -> Result<Vec<StateMachine>, StoreError> {
        let query = format!("{REVISION} WHERE key IN (SELECT revision FROM machines) ORDER BY machine");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map((), RevisionRow::read)?;
        rows.map(|row| row?.into_machine()).collect()
    }

    pub(super) fn revision(&self, key: i64) -> Result<Option<StateMachine>, StoreError> {
        let query = format!("{REVISION} WHERE key = ?1");
        let row = self.connection.prepare_cached(&query)?.query_row([key], RevisionRow::read).optional()?;
        row.map(RevisionRow::into_machine).transpose()
    }

    pub(super) fn execution(&self, arn: &str) -> Result<Option<StoredExecution>, StoreError> {
        let query = format!("{EXECUTION} WHERE arn = ?1");
        let row = self.connection.prepare_cached(&query)?.query_row([arn], ExecutionRow::read).optional()?;
        row.map(ExecutionRow::into_execution).transpose()
    }

    pub(super) fn execution_at(&self, key: i64) -> Result<Option<StoredExecution>, StoreError> {
        let query = format!("{EXECUTION} WHERE key = ?1");
        let row = self.connection.prepare_cached(&query)?.query_row([key], ExecutionRow::read).optional()?;
        row.map(ExecutionRow::into_execution).transpose()
    }

    pub(super) fn running(&self, each: &mut dyn FnMut(i64, Option<&[u8]>)) -> Result<(), StoreError> {
        let query = "SELECT key, rest FROM executions WHERE status = 'RUNNING' ORDER BY key";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let rest = row.get_ref(1)?.as_blob_or_null().map_err(|error| StoreError::Damaged(error.to_string()))?;
            each(row.get(0)?, rest);
        }
        Ok(())
    }

    pub(super) fn executions(
        &self,
        filter: &ExecutionFilter,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, StoreError> {
        // Conditions that do not apply are left away, for SQLite picks its index by the text.
        let mut query = format!("{EXECUTION} WHERE key < ?1");
        query.push_str(if filter.state_machine_arn.is_some() { " AND machine = ?2" } else { " AND ?2 IS NULL" });
        query.push_str(if filter.status.is_some() { " AND status = ?3 AND pending = 0" } else { " AND ?3 IS NULL" });
        query.push_str(if filter.version_arn.is_some() { " AND version = ?5" } else { " AND ?5 IS NULL" });
        query.push_str(if filter.alias_arn.is_some() { " AND alias = ?6" } else { " AND ?6 IS NULL" });
        query.push_str(if filter.map_run_arn.is_some() { " AND map_run = ?7" } else { " AND ?7 IS NULL" });
        query.push_str(if filter.pending { " AND pending = 1" } else { "" });
        query.push_str(match filter.redriven {
            Some(true) => " AND redrives > 0",
            Some(false) => " AND redrives = 0",
            None => "",
        });
        query.push_str(" ORDER BY key DESC LIMIT ?4");
        let before = filter.before.unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let status = filter.status.map(ExecutionStatus::as_str);
        let mut statement = self.connection.prepare_cached(&query)?;
        let machine = filter.state_machine_arn.as_deref();
        let (version, alias) = (filter.version_arn.as_deref(), filter.alias_arn.as_deref());
        let given = params![before, machine, status, limit, version, alias, filter.map_run_arn.as_deref()];
        let rows = statement.query_map(given, ExecutionRow::read)?;
        rows.map(|row| Ok(row?.into_execution()?.summary)).collect()
    }

    pub(super) fn journal_head(&self, key: i64) -> Result<Vec<u8>, StoreError> {
        let query = "SELECT bytes FROM journal WHERE execution = ?1 ORDER BY seq LIMIT 1";
        let head = self.connection.prepare_cached(query)?.query_row([key], |row| row.get(0)).optional()?;
        Ok(head.unwrap_or_default())
    }

    pub(super) fn journal(&self, key: i64) -> Result<Vec<u8>, StoreError> {
        let mut journal = Vec::new();
        self.journal_after(key, 0, &mut |chunk| {
            journal.extend_from_slice(chunk);
            Ok(())
        })?;
        Ok(journal)
    }

    pub(super) fn journal_after(
        &self,
        key: i64,
        after: i64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<i64, StoreError> {
        let query = "SELECT seq, bytes FROM journal WHERE execution = ?1 AND seq > ?2 ORDER BY seq";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([key, after])?;
        let mut last = after;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            each(row.get_ref(1)?.as_blob().map_err(|error| StoreError::Damaged(error.to_string()))?)?;
        }
        Ok(last)
    }

    pub(super) fn status_changes(&self) -> Result<Vec<StoredChange>, StoreError> {
        let query = "SELECT key, id, execution, status FROM status_changes ORDER BY key";
        let mut statement = self.connection.prepare_cached(query)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        rows.map(|row| {
            let (key, id, execution, text): (i64, Arc<str>, i64, String) = row?;
            Ok(StoredChange { key, id, execution, status: status(&text)? })
        })
        .collect()
    }

    pub(super) fn registrations(&self, kind: &str) -> Result<Vec<(String, Value)>, StoreError> {
        let query = "SELECT name, value FROM registrations WHERE kind = ?1 ORDER BY name";
        let mut statement = self.connection.prepare_cached(query)?;
        let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (name, text): (String, String) = row?;
            Ok((name, json(&text)?))
        })
        .collect()
    }
}

/// What the folder holds is for its owner only: inputs may be secret, and the token key answers tasks. What is made is named
/// durably: a file that was synced is lost with a folder that was not.
fn make_private(folder: &Path, file: &Path) -> Result<(), StoreError> {
    let failed = |path: &Path, source| StoreError::Folder { path: path.display().to_string(), source };
    let new: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|source| failed(folder, source))?;
    let is_new = !file.exists();
    // SQLite gives the log and its index the mode of the database file.
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file);
    made.map_err(|source| failed(file, source))?;
    let named_in = new.into_iter().chain(is_new.then_some(file)).filter_map(Path::parent);
    for folder in named_in {
        // The parent of a single name is no name.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| failed(folder, source))?;
    }
    Ok(())
}

/// Tells apart what will not go away by itself, so that somebody can say what to do about it.
fn unreadable(folder: &Path, file: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Sqlite(error)
            if matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt)
            ) =>
        {
            StoreError::Unreadable { folder: folder.to_owned(), file: file.to_owned(), reason: error.to_string() }
        }
        other => other,
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS `fsync` alone leaves the bytes in the disk's own memory. Elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // A commit never checkpoints: somebody waits for it. See `Store::checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    // Nor does an end: a command that only looked would wait for what others wrote.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?)
}

fn count_logged_pages(connection: &mut Connection, logged_pages: Arc<AtomicU64>) -> Result<(), StoreError> {
    let count = move |_: &mut Wal, pages| {
        logged_pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    };
    Ok(connection.wal_hook(Some(count))?)
}

fn apply(transaction: &Transaction<'_>, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Machine { revision, machine } => return put_machine(transaction, *revision, machine),
        Write::Tags { revision, tags } => {
            let update = "UPDATE revisions SET tags = ?2 WHERE key = ?1";
            transaction.prepare_cached(update)?.execute(params![revision, tags_text(tags)])?;
        }
        Write::DeleteMachine { arn } => {
            transaction.prepare_cached("DELETE FROM machines WHERE arn = ?1")?.execute([arn])?;
            published::delete_of_machine(transaction, arn)?;
        }
        Write::Start { execution } => return start(transaction, execution),
        Write::Append { execution, bytes } => {
            let insert = "INSERT INTO journal (execution, seq, bytes)
                SELECT ?1, coalesce(max(seq), 0) + 1, ?2 FROM journal WHERE execution = ?1";
            transaction.prepare_cached(insert)?.execute(params![execution, bytes])?;
        }
        Write::End { execution, status, stopped, events } => {
            let update = "UPDATE executions SET status = ?2, stopped = ?3, events = ?4 WHERE key = ?1";
            let row = params![execution, status.as_str(), stopped.0, events.cast_signed()];
            transaction.prepare_cached(update)?.execute(row)?;
        }
        Write::Rest { execution, rest } => {
            let update = "UPDATE executions SET rest = ?2 WHERE key = ?1";
            transaction.prepare_cached(update)?.execute(params![execution, rest])?;
        }
        Write::Redrive { execution, count, at } => redrives::redrive(transaction, *execution, *count, *at)?,
        Write::MarkPending { execution, pending } => redrives::mark_pending(transaction, *execution, *pending)?,
        Write::Forget { execution } => forget(transaction, *execution)?,
        Write::Register { kind, name, value } => {
            let insert = "INSERT OR REPLACE INTO registrations (kind, name, value) VALUES (?1, ?2, ?3)";
            transaction.prepare_cached(insert)?.execute(params![kind, name, value.to_string()])?;
        }
        Write::ChangeStatus(StoredChange { key, id, execution, status }) => {
            let insert = "INSERT INTO status_changes (key, id, execution, status) VALUES (?1, ?2, ?3, ?4)";
            transaction.prepare_cached(insert)?.execute(params![key, id, execution, status.as_str()])?;
        }
        Write::Publish { version, at_creation } => return published::publish(transaction, version, *at_creation),
        Write::DeleteVersion { arn } => {
            transaction.prepare_cached("DELETE FROM versions WHERE arn = ?1")?.execute([arn])?;
        }
        Write::Alias(alias) => return published::put_alias(transaction, alias),
        Write::DeleteAlias { arn } => {
            transaction.prepare_cached("DELETE FROM aliases WHERE arn = ?1")?.execute([arn])?;
        }
        Write::MapRun(run) => map_runs::keep(transaction, run)?,
        Write::Told { change } => {
            transaction.prepare_cached("DELETE FROM status_changes WHERE key = ?1")?.execute([change])?;
        }
        Write::Unregister { kind, name } => {
            let delete = "DELETE FROM registrations WHERE kind = ?1 AND name = ?2";
            transaction.prepare_cached(delete)?.execute(params![kind, name])?;
        }
    }
    Ok(())
}

/// Everything of an execution goes.
fn forget(transaction: &Transaction<'_>, execution: i64) -> Result<(), StoreError> {
    for (table, column) in [
        ("executions", "key"),
        ("journal", "execution"),
        ("status_changes", "execution"),
        ("qualified", "execution"),
        ("map_runs", "execution"),
        ("children", "child"),
    ] {
        let delete = format!("DELETE FROM {table} WHERE {column} = ?1");
        transaction.prepare_cached(&delete)?.execute([execution])?;
    }
    Ok(())
}

fn put_machine(transaction: &Transaction<'_>, revision: i64, machine: &StateMachine) -> Result<(), StoreError> {
    let insert = "INSERT INTO revisions
        (key, machine, id, created, updated, type, role_arn, settings, tags, definition)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let spec = &machine.spec;
    transaction.prepare_cached(insert)?.execute(params![
        revision,
        spec.arn,
        machine.revision_id,
        machine.created.0,
        machine.updated.0,
        spec.machine_type.as_str(),
        spec.role_arn,
        spec.settings.to_string(),
        tags_text(&spec.tags),
        spec.definition,
    ])?;
    let point = "INSERT OR REPLACE INTO machines (arn, revision) VALUES (?1, ?2)";
    transaction.prepare_cached(point)?.execute(params![spec.arn, revision])?;
    Ok(())
}

fn tags_text(tags: &BTreeMap<String, String>) -> String {
    let tags: Value = tags.iter().map(|(name, tag)| (name.clone(), Value::from(tag.as_str()))).collect();
    tags.to_string()
}

fn start(transaction: &Transaction<'_>, execution: &StoredExecution) -> Result<(), StoreError> {
    let insert = "INSERT INTO executions (key, arn, machine, name, revision, status, started, stopped, redrives)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let summary = &execution.summary;
    transaction.prepare_cached(insert)?.execute(params![
        summary.key,
        summary.arn,
        summary.state_machine_arn,
        summary.name,
        execution.revision,
        summary.status.as_str(),
        summary.started.0,
        summary.stopped.map(|at| at.0),
        summary.redriven.count,
    ])?;
    if let Some(child_of) = &summary.child_of {
        map_runs::keep_child(transaction, summary.key, child_of)?;
    }
    published::qualify(transaction, summary.key, &summary.qualified)
}

/// A row of `executions`, as SQLite has it.
struct ExecutionRow {
    key: i64,
    arn: Arc<str>,
    machine: Arc<str>,
    name: Arc<str>,
    revision: i64,
    status: String,
    started: i64,
    stopped: Option<i64>,
    qualified: Qualified,
    child_of: Option<ChildOf>,
    redriven: Redriven,
}

impl ExecutionRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            arn: row.get(1)?,
            machine: row.get(2)?,
            name: row.get(3)?,
            revision: row.get(4)?,
            status: row.get(5)?,
            started: row.get(6)?,
            stopped: row.get(7)?,
            qualified: Qualified { version_arn: row.get(8)?, alias_arn: row.get(9)? },
            child_of: map_runs::read_child(row, 10)?,
            redriven: redrives::read(row, 17)?,
        })
    }

    fn into_execution(self) -> Result<StoredExecution, StoreError> {
        let summary = ExecutionSummary {
            key: self.key,
            arn: self.arn,
            state_machine_arn: self.machine,
            name: self.name,
            status: status(&self.status)?,
            started: Timestamp(self.started),
            stopped: self.stopped.map(Timestamp),
            qualified: self.qualified,
            child_of: self.child_of,
            redriven: self.redriven,
        };
        Ok(StoredExecution { summary, revision: self.revision })
    }
}

/// A row of `revisions`, as SQLite has it.
struct RevisionRow {
    key: i64,
    machine: Arc<str>,
    id: Option<Arc<str>>,
    created: i64,
    updated: i64,
    machine_type: String,
    role_arn: Arc<str>,
    settings: String,
    tags: String,
    definition: Arc<str>,
}

impl RevisionRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            machine: row.get(1)?,
            id: row.get(2)?,
            created: row.get(3)?,
            updated: row.get(4)?,
            machine_type: row.get(5)?,
            role_arn: row.get(6)?,
            settings: row.get(7)?,
            tags: row.get(8)?,
            definition: row.get(9)?,
        })
    }

    fn into_machine(self) -> Result<StateMachine, StoreError> {
        let machine_type = [StateMachineType::Standard, StateMachineType::Express]
            .into_iter()
            .find(|known| known.as_str() == self.machine_type)
            .ok_or_else(|| StoreError::Damaged(format!("a machine's type is {:?}", self.machine_type)))?;
        let tags: BTreeMap<String, String> = serde_json::from_str(&self.tags)
            .map_err(|error| StoreError::Damaged(format!("a machine's tags: {error}")))?;
        let spec = NewStateMachine {
            arn: self.machine,
            definition: self.definition,
            role_arn: self.role_arn,
            machine_type,
            settings: json(&self.settings)?,
            tags,
        };
        Ok(StateMachine {
            spec: Arc::new(spec),
            created: Timestamp(self.created),
            updated: Timestamp(self.updated),
            revision_id: self.id,
        })
    }
}

fn status(text: &str) -> Result<ExecutionStatus, StoreError> {
    use ExecutionStatus::{Aborted, Failed, Running, Succeeded, TimedOut};
    [Running, Succeeded, Failed, TimedOut, Aborted]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| StoreError::Damaged(format!("an execution's status is {text:?}")))
}

fn json(text: &str) -> Result<Value, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("a value is no JSON: {error}")))
}
