//! The store of `--memory`: the same answers as SQLite's, and nothing afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use serde_json::Value;

use crate::engine::api::{ExecutionStatus, ExecutionSummary, NewStateMachine, StateMachine};
use crate::engine::clock::Timestamp;
use crate::engine::driver::ExecutionFilter;
use crate::engine::map_run::MapRun;
use crate::engine::published::{Publish, StateMachineAlias, StateMachineVersion};
use crate::engine::redrive::Redriven;
use crate::engine::store::{
    HighestKeys, Publications, StoreError, StoredChange, StoredExecution, StoredMachine, Write,
};

/// One way into tables that all ways share. A commit holds the lock, so nobody sees half of one.
#[derive(Debug)]
pub(crate) struct Memory {
    token_key: [u8; 32],
    tables: Arc<RwLock<Tables>>,
}

#[derive(Debug, Default)]
struct Tables {
    machines: BTreeMap<Arc<str>, i64>,
    revisions: BTreeMap<i64, StateMachine>,
    versions: BTreeMap<Arc<str>, StateMachineVersion>,
    publications: BTreeMap<Arc<str>, Publications>,
    aliases: BTreeMap<Arc<str>, StateMachineAlias>,
    executions: BTreeMap<i64, Row>,
    by_arn: BTreeMap<Arc<str>, i64>,
    map_runs: BTreeMap<Arc<str>, MapRun>,
    registrations: BTreeMap<(&'static str, String), Value>,
    status_changes: BTreeMap<i64, StoredChange>,
}

#[derive(Debug)]
struct Row {
    execution: StoredExecution,
    /// In chunks as they came, numbered from 1.
    journal: Vec<Arc<[u8]>>,
    rest: Option<Box<[u8]>>,
}

impl Memory {
    pub(super) fn new(token_key: [u8; 32]) -> Self {
        Self { token_key, tables: Arc::default() }
    }

    pub(super) fn second(&self) -> Self {
        Self { token_key: self.token_key, tables: Arc::clone(&self.tables) }
    }

    pub(super) fn commit(&mut self, writes: &[Write]) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for write in writes {
            tables.apply(write.clone());
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }
}

// Nothing here can fail; the results are those of the face that SQLite shares.
#[expect(clippy::unnecessary_wraps, reason = "the face of both stores")]
impl Memory {
    pub(super) fn token_key(&self) -> Result<[u8; 32], StoreError> {
        Ok(self.token_key)
    }

    pub(super) fn highest_keys(&self) -> Result<HighestKeys, StoreError> {
        let tables = self.read();
        let execution = tables.executions.last_key_value().map_or(0, |(key, _)| *key);
        let revision = tables.revisions.last_key_value().map_or(0, |(key, _)| *key);
        let change = tables.status_changes.last_key_value().map_or(0, |(key, _)| *key);
        Ok(HighestKeys { execution, revision, change })
    }

    pub(super) fn machine(&self, arn: &str) -> Result<Option<StoredMachine>, StoreError> {
        let tables = self.read();
        let Some(&revision) = tables.machines.get(arn) else { return Ok(None) };
        Ok(tables.revisions.get(&revision).map(|machine| StoredMachine { machine: machine.clone(), revision }))
    }

    pub(super) fn machines(&self) -> Result<Vec<StateMachine>, StoreError> {
        let tables = self.read();
        Ok(tables.machines.values().filter_map(|revision| tables.revisions.get(revision).cloned()).collect())
    }

    pub(super) fn revision(&self, key: i64) -> Result<Option<StateMachine>, StoreError> {
        Ok(self.read().revisions.get(&key).cloned())
    }

    pub(super) fn version(&self, arn: &str) -> Result<Option<StateMachineVersion>, StoreError> {
        Ok(self.read().versions.get(arn).cloned())
    }

    pub(super) fn versions(&self, machine: &str) -> Result<Vec<StateMachineVersion>, StoreError> {
        let tables = self.read();
        let versions = tables.versions.values().filter(|version| &*version.state_machine_arn == machine);
        let mut versions: Vec<_> = versions.cloned().collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        Ok(versions)
    }

    pub(super) fn publications(&self, machine: &str) -> Result<Option<Publications>, StoreError> {
        Ok(self.read().publications.get(machine).cloned())
    }

    pub(super) fn alias(&self, arn: &str) -> Result<Option<StateMachineAlias>, StoreError> {
        Ok(self.read().aliases.get(arn).cloned())
    }

    pub(super) fn aliases(&self, machine: &str) -> Result<Vec<StateMachineAlias>, StoreError> {
        let tables = self.read();
        let aliases = tables.aliases.values().filter(|alias| &*alias.state_machine_arn == machine);
        let mut aliases: Vec<_> = aliases.cloned().collect();
        aliases.sort_by(|left, right| (left.created, &left.name).cmp(&(right.created, &right.name)));
        Ok(aliases)
    }

    pub(super) fn execution(&self, arn: &str) -> Result<Option<StoredExecution>, StoreError> {
        let tables = self.read();
        Ok(tables.by_arn.get(arn).and_then(|key| tables.executions.get(key)).map(|row| row.execution.clone()))
    }

    pub(super) fn execution_at(&self, key: i64) -> Result<Option<StoredExecution>, StoreError> {
        Ok(self.read().executions.get(&key).map(|row| row.execution.clone()))
    }

    pub(super) fn running(&self, each: &mut dyn FnMut(i64, Option<&[u8]>)) -> Result<(), StoreError> {
        let tables = self.read();
        let running =
            tables.executions.iter().filter(|(_, row)| row.execution.summary.status == ExecutionStatus::Running);
        running.for_each(|(key, row)| each(*key, row.rest.as_deref()));
        Ok(())
    }

    pub(super) fn executions(
        &self,
        filter: &ExecutionFilter,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, StoreError> {
        let tables = self.read();
        let older = tables.executions.range(..filter.before.unwrap_or(i64::MAX)).rev();
        Ok(older
            .map(|(_, row)| &row.execution.summary)
            .filter(|summary| filter.state_machine_arn.as_ref().is_none_or(|arn| *arn == summary.state_machine_arn))
            .filter(|summary| filter.status.is_none_or(|status| status == summary.status && !summary.redriven.pending))
            .filter(|summary| !filter.pending || summary.redriven.pending)
            .filter(|summary| filter.redriven.is_none_or(|redriven| redriven == (summary.redriven.count > 0)))
            .filter(|summary| filter.version_arn.is_none() || filter.version_arn == summary.qualified.version_arn)
            .filter(|summary| filter.alias_arn.is_none() || filter.alias_arn == summary.qualified.alias_arn)
            .filter(|summary| {
                let run = summary.child_of.as_ref().map(|child_of| &child_of.map_run_arn);
                filter.map_run_arn.is_none() || filter.map_run_arn.as_ref() == run
            })
            .take(limit)
            .cloned()
            .collect())
    }

    pub(super) fn journal_head(&self, key: i64) -> Result<Vec<u8>, StoreError> {
        let head = |row: &Row| row.journal.first().map(|chunk| chunk.to_vec());
        Ok(self.read().executions.get(&key).and_then(head).unwrap_or_default())
    }

    pub(super) fn journal(&self, key: i64) -> Result<Vec<u8>, StoreError> {
        Ok(self.read().executions.get(&key).map(|row| row.journal.concat()).unwrap_or_default())
    }

    pub(super) fn journal_after(
        &self,
        key: i64,
        after: i64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<i64, StoreError> {
        let skipped = usize::try_from(after).unwrap_or(0);
        // A commit does not wait for those who are shown the chunks.
        let chunks =
            self.read().executions.get(&key).map(|row| row.journal.get(skipped..).unwrap_or_default().to_vec());
        let mut last = after;
        for chunk in chunks.unwrap_or_default() {
            each(&chunk)?;
            last += 1;
        }
        Ok(last)
    }

    pub(super) fn map_run(&self, arn: &str) -> Result<Option<MapRun>, StoreError> {
        Ok(self.read().map_runs.get(arn).cloned())
    }

    pub(super) fn map_runs(&self, execution: i64) -> Result<Vec<MapRun>, StoreError> {
        let tables = self.read();
        let mut runs: Vec<MapRun> =
            tables.map_runs.values().filter(|run| run.execution == execution).cloned().collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.event));
        Ok(runs)
    }

    pub(super) fn status_changes(&self) -> Result<Vec<StoredChange>, StoreError> {
        Ok(self.read().status_changes.values().cloned().collect())
    }

    pub(super) fn registrations(&self, kind: &str) -> Result<Vec<(String, Value)>, StoreError> {
        let tables = self.read();
        let of_kind = tables.registrations.iter().filter(|((other, _), _)| *other == kind);
        Ok(of_kind.map(|((_, name), value)| (name.clone(), value.clone())).collect())
    }
}

impl Tables {
    fn apply(&mut self, write: Write) {
        match write {
            Write::Machine { revision, machine } => {
                self.machines.insert(Arc::clone(&machine.spec.arn), revision);
                self.revisions.insert(revision, machine);
            }
            Write::Tags { revision, tags } => {
                if let Some(machine) = self.revisions.get_mut(&revision) {
                    machine.spec = Arc::new(NewStateMachine { tags, ..NewStateMachine::clone(&machine.spec) });
                }
            }
            Write::DeleteMachine { arn } => {
                self.machines.remove(&arn);
                self.versions.retain(|_, version| version.state_machine_arn != arn);
                self.publications.remove(&arn);
                self.aliases.retain(|_, alias| alias.state_machine_arn != arn);
            }
            Write::Publish { version, at_creation } => self.publish(version, at_creation),
            Write::DeleteVersion { arn } => {
                self.versions.remove(&arn);
            }
            Write::Alias(alias) => {
                self.aliases.insert(Arc::clone(&alias.arn), alias);
            }
            Write::DeleteAlias { arn } => {
                self.aliases.remove(&arn);
            }
            Write::Start { execution } => self.start(execution),
            Write::Append { execution, bytes } => {
                if let Some(row) = self.executions.get_mut(&execution) {
                    row.journal.push(bytes.into());
                }
            }
            Write::End { execution, status, stopped, events } => self.end(execution, status, stopped, events),
            Write::Rest { execution, rest } => {
                if let Some(row) = self.executions.get_mut(&execution) {
                    row.rest = rest.map(Vec::into_boxed_slice);
                }
            }
            Write::Redrive { execution, count, at } => self.redrive(execution, count, at),
            Write::MarkPending { execution, pending } => {
                if let Some(row) = self.executions.get_mut(&execution) {
                    row.execution.summary.redriven.pending = pending;
                }
            }
            Write::Forget { execution } => {
                if let Some(row) = self.executions.remove(&execution) {
                    self.by_arn.remove(&row.execution.summary.arn);
                }
                self.status_changes.retain(|_, change| change.execution != execution);
                self.map_runs.retain(|_, run| run.execution != execution);
            }
            Write::Register { kind, name, value } => {
                self.registrations.insert((kind, name), value);
            }
            Write::ChangeStatus(change) => {
                self.status_changes.insert(change.key, change);
            }
            Write::MapRun(run) => {
                self.map_runs.insert(Arc::clone(&run.arn), run);
            }
            Write::Told { change } => {
                self.status_changes.remove(&change);
            }
            Write::Unregister { kind, name } => {
                self.registrations.remove(&(kind, name));
            }
        }
    }

    fn end(&mut self, execution: i64, status: ExecutionStatus, stopped: Timestamp, events: u64) {
        if let Some(row) = self.executions.get_mut(&execution) {
            row.execution.summary.status = status;
            row.execution.summary.redriven.events = events;
            row.execution.summary.stopped = Some(stopped);
        }
    }

    fn redrive(&mut self, execution: i64, count: u32, at: Timestamp) {
        if let Some(row) = self.executions.get_mut(&execution) {
            let summary = &mut row.execution.summary;
            (summary.status, summary.stopped) = (ExecutionStatus::Running, None);
            summary.redriven = Redriven { count, at: Some(at), pending: false, ..summary.redriven };
        }
    }

    fn publish(&mut self, version: StateMachineVersion, at_creation: bool) {
        let first = || Publications {
            latest: 0,
            at_creation: at_creation.then(|| Publish { description: version.description.clone() }),
        };
        self.publications.entry(Arc::clone(&version.state_machine_arn)).or_insert_with(first).latest = version.number;
        self.versions.insert(Arc::clone(&version.arn), version);
    }

    fn start(&mut self, execution: StoredExecution) {
        let key = execution.summary.key;
        self.by_arn.insert(Arc::clone(&execution.summary.arn), key);
        let row = Row { execution, journal: Vec::new(), rest: None };
        self.executions.insert(key, row);
    }
}
