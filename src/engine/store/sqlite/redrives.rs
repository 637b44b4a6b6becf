//! What is known of executions' redrives.

use rusqlite::{Row, Transaction, params};

use crate::engine::clock::Timestamp;
use crate::engine::redrive::Redriven;
use crate::engine::store::StoreError;

pub(super) fn redrive(
    transaction: &Transaction<'_>,
    execution: i64,
    count: u32,
    at: Timestamp,
) -> Result<(), StoreError> {
    let update = "UPDATE executions SET status = 'RUNNING', stopped = NULL, redrives = ?2, redriven = ?3, pending = 0
        WHERE key = ?1";
    transaction.prepare_cached(update)?.execute(params![execution, count, at.0])?;
    Ok(())
}

pub(super) fn mark_pending(transaction: &Transaction<'_>, execution: i64, pending: bool) -> Result<(), StoreError> {
    let update = "UPDATE executions SET pending = ?2 WHERE key = ?1";
    transaction.prepare_cached(update)?.execute(params![execution, pending])?;
    Ok(())
}

/// What a row has of redrives, in its columns from `first` on.
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Redriven> {
    let events: i64 = row.get(first + 3)?;
    Ok(Redriven {
        count: row.get(first)?,
        at: row.get::<_, Option<i64>>(first + 1)?.map(Timestamp),
        pending: row.get(first + 2)?,
        events: events.cast_unsigned(),
    })
}
