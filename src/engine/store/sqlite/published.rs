//! Versions, aliases, and which executions were started by them.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Value, json};

use super::Sqlite;
use crate::engine::clock::Timestamp;
use crate::engine::published::{Publish, Qualified, Route, StateMachineAlias, StateMachineVersion};
use crate::engine::store::{Publications, StoreError};

const VERSION: &str = "SELECT arn, machine, number, revision, description, created FROM versions";
const ALIAS: &str = "SELECT arn, machine, name, description, routes, created, updated FROM aliases";

impl Sqlite {
    pub(in crate::engine::store) fn version(&self, arn: &str) -> Result<Option<StateMachineVersion>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{VERSION} WHERE arn = ?1"))?;
        Ok(statement.query_row([arn], version).optional()?)
    }

    pub(in crate::engine::store) fn versions(&self, machine: &str) -> Result<Vec<StateMachineVersion>, StoreError> {
        let query = format!("{VERSION} WHERE machine = ?1 ORDER BY number DESC");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([machine], version)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(in crate::engine::store) fn publications(&self, machine: &str) -> Result<Option<Publications>, StoreError> {
        let query = "SELECT latest, at_creation, description FROM publications WHERE machine = ?1";
        let mut statement = self.connection.prepare_cached(query)?;
        let found = statement.query_row([machine], |row| {
            let description = row.get(2)?;
            let at_creation = row.get::<_, bool>(1)?.then_some(Publish { description });
            Ok(Publications { latest: row.get(0)?, at_creation })
        });
        Ok(found.optional()?)
    }

    pub(in crate::engine::store) fn alias(&self, arn: &str) -> Result<Option<StateMachineAlias>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{ALIAS} WHERE arn = ?1"))?;
        statement.query_row([arn], AliasRow::read).optional()?.map(AliasRow::into_alias).transpose()
    }

    pub(in crate::engine::store) fn aliases(&self, machine: &str) -> Result<Vec<StateMachineAlias>, StoreError> {
        let query = format!("{ALIAS} WHERE machine = ?1 ORDER BY created, name");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([machine], AliasRow::read)?;
        rows.map(|row| row?.into_alias()).collect()
    }
}

fn version(row: &Row<'_>) -> rusqlite::Result<StateMachineVersion> {
    Ok(StateMachineVersion {
        arn: row.get(0)?,
        state_machine_arn: row.get(1)?,
        number: row.get(2)?,
        revision: row.get(3)?,
        description: row.get(4)?,
        created: Timestamp(row.get(5)?),
    })
}

/// A row of `aliases`, as SQLite has it.
struct AliasRow {
    alias: StateMachineAlias,
    routes: String,
}

impl AliasRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let alias = StateMachineAlias {
            arn: row.get(0)?,
            state_machine_arn: row.get(1)?,
            name: row.get(2)?,
            description: row.get(3)?,
            routes: Vec::new(),
            created: Timestamp(row.get(5)?),
            updated: Timestamp(row.get(6)?),
        };
        Ok(Self { alias, routes: row.get(4)? })
    }

    fn into_alias(self) -> Result<StateMachineAlias, StoreError> {
        let damaged = || StoreError::Damaged(format!("an alias's routes are {:?}", self.routes));
        let pairs: Vec<(String, u8)> = serde_json::from_str(&self.routes).map_err(|_| damaged())?;
        let routes = pairs.into_iter().map(|(arn, weight)| Route { version_arn: Arc::from(arn), weight });
        Ok(StateMachineAlias { routes: routes.collect(), ..self.alias })
    }
}

pub(super) fn publish(
    transaction: &Transaction<'_>,
    version: &StateMachineVersion,
    at_creation: bool,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO versions (arn, machine, number, revision, description, created)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    transaction.prepare_cached(insert)?.execute(params![
        version.arn,
        version.state_machine_arn,
        version.number,
        version.revision,
        version.description,
        version.created.0,
    ])?;
    let count = "INSERT INTO publications (machine, latest, at_creation, description) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (machine) DO UPDATE SET latest = excluded.latest";
    let description = version.description.as_ref().filter(|_| at_creation);
    transaction.prepare_cached(count)?.execute(params![
        version.state_machine_arn,
        version.number,
        at_creation,
        description
    ])?;
    Ok(())
}

pub(super) fn put_alias(transaction: &Transaction<'_>, alias: &StateMachineAlias) -> Result<(), StoreError> {
    let insert = "INSERT OR REPLACE INTO aliases (arn, machine, name, description, routes, created, updated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let routes: Vec<Value> = alias.routes.iter().map(|route| json!([&*route.version_arn, route.weight])).collect();
    transaction.prepare_cached(insert)?.execute(params![
        alias.arn,
        alias.state_machine_arn,
        alias.name,
        alias.description,
        Value::from(routes).to_string(),
        alias.created.0,
        alias.updated.0,
    ])?;
    Ok(())
}

pub(super) fn delete_of_machine(transaction: &Transaction<'_>, machine: &str) -> Result<(), StoreError> {
    for table in ["versions", "publications", "aliases"] {
        transaction.prepare_cached(&format!("DELETE FROM {table} WHERE machine = ?1"))?.execute([machine])?;
    }
    Ok(())
}

pub(super) fn qualify(transaction: &Transaction<'_>, execution: i64, qualified: &Qualified) -> Result<(), StoreError> {
    if *qualified != Qualified::default() {
        let insert = "INSERT INTO qualified (execution, version, alias) VALUES (?1, ?2, ?3)";
        transaction.prepare_cached(insert)?.execute(params![execution, qualified.version_arn, qualified.alias_arn])?;
    }
    Ok(())
}
