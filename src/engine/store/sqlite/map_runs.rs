//! Map runs and their children.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::Value;

use crate::engine::clock::Timestamp;
use crate::engine::map_run::{ChildOf, Counts, MapRun, MapRunStatus, Tolerance};
use crate::engine::store::StoreError;
use crate::engine::store::sqlite::{Sqlite, json};

const MAP_RUN: &str = "SELECT arn, execution, execution_arn, machine, event, status, started, stopped, max_concurrency,
    failures, percentage, items, executions, redrives, redriven FROM map_runs";

impl Sqlite {
    pub(in crate::engine::store) fn map_run(&self, arn: &str) -> Result<Option<MapRun>, StoreError> {
        let query = format!("{MAP_RUN} WHERE arn = ?1");
        let row = self.connection.prepare_cached(&query)?.query_row([arn], MapRunRow::read).optional()?;
        row.map(MapRunRow::into_map_run).transpose()
    }

    pub(in crate::engine::store) fn map_runs(&self, execution: i64) -> Result<Vec<MapRun>, StoreError> {
        let query = format!("{MAP_RUN} WHERE execution = ?1 ORDER BY event DESC");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([execution], MapRunRow::read)?;
        rows.map(|row| row?.into_map_run()).collect()
    }
}

pub(super) fn keep(transaction: &Transaction<'_>, run: &MapRun) -> Result<(), StoreError> {
    let insert = "INSERT OR REPLACE INTO map_runs
        (arn, execution, execution_arn, machine, event, status, started, stopped, max_concurrency, failures, percentage,
        items, executions, redrives, redriven)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    transaction.prepare_cached(insert)?.execute(params![
        run.arn,
        run.execution,
        run.execution_arn,
        run.state_machine_arn,
        run.event.cast_signed(),
        run.status.as_str(),
        run.started.0,
        run.stopped.map(|at| at.0),
        run.tolerance.max_concurrency,
        run.tolerance.failures.map(u64::cast_signed),
        run.tolerance.percentage,
        run.items.to_json().to_string(),
        run.executions.to_json().to_string(),
        run.redrives,
        run.redriven.map(|at| at.0),
    ])?;
    Ok(())
}

pub(super) fn keep_child(transaction: &Transaction<'_>, key: i64, child_of: &ChildOf) -> Result<(), StoreError> {
    let insert = "INSERT INTO children (child, map_run, parent, event, place, scope, items, express)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let ChildOf { map_run_arn, parent, event, index, scope, items, express } = child_of;
    let event = event.cast_signed();
    let row = params![key, map_run_arn, parent, event, index, scope, items, express];
    transaction.prepare_cached(insert)?.execute(row)?;
    Ok(())
}

/// The child in a row's columns from `first` on.
pub(super) fn read_child(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<ChildOf>> {
    let map_run_arn: Option<Arc<str>> = row.get(first)?;
    let Some(map_run_arn) = map_run_arn else { return Ok(None) };
    let event: i64 = row.get(first + 2)?;
    Ok(Some(ChildOf {
        map_run_arn,
        parent: row.get(first + 1)?,
        event: event.cast_unsigned(),
        index: row.get(first + 3)?,
        scope: row.get(first + 4)?,
        items: row.get(first + 5)?,
        express: row.get(first + 6)?,
    }))
}

/// A row of `map_runs`, as SQLite has it.
struct MapRunRow {
    run: MapRun,
    status: String,
    items: String,
    executions: String,
}

impl MapRunRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (event, failures): (i64, Option<i64>) = (row.get(4)?, row.get(9)?);
        let run = MapRun {
            arn: row.get(0)?,
            execution: row.get(1)?,
            execution_arn: row.get(2)?,
            state_machine_arn: row.get(3)?,
            event: event.cast_unsigned(),
            status: MapRunStatus::Running,
            started: Timestamp(row.get(6)?),
            stopped: row.get::<_, Option<i64>>(7)?.map(Timestamp),
            tolerance: Tolerance {
                max_concurrency: row.get(8)?,
                failures: failures.map(i64::cast_unsigned),
                percentage: row.get(10)?,
            },
            redrives: row.get(13)?,
            redriven: row.get::<_, Option<i64>>(14)?.map(Timestamp),
            items: Counts::default(),
            executions: Counts::default(),
        };
        Ok(Self { run, status: row.get(5)?, items: row.get(11)?, executions: row.get(12)? })
    }

    fn into_map_run(self) -> Result<MapRun, StoreError> {
        let counts = |text: &str| json(text).map(|value: Value| Counts::from_json(&value));
        let status = MapRunStatus::parse(&self.status)
            .ok_or_else(|| StoreError::Damaged(format!("a map run's status is {:?}", self.status)))?;
        Ok(MapRun { status, items: counts(&self.items)?, executions: counts(&self.executions)?, ..self.run })
    }
}
