//! The form of the database file, by version.

use rusqlite::Connection;

use crate::engine::store::StoreError;

/// The version that this program writes, in SQLite's `user_version`: the last step's.
pub(super) const VERSION: i64 = STEPS[STEPS.len() - 1].0;

/// Marks the file as ours, in SQLite's `application_id`: `iw10`.
const APPLICATION_ID: i64 = 0x6977_3130;

/// What each version adds to the one before. A change of the tables adds a step; those that are there stay as they are, for
/// files of their versions are read for ever.
const STEPS: [(i64, &str); 6] =
    [(1, TABLES), (2, STATUS_CHANGES), (3, PUBLISHED), (4, MAP_RUNS), (5, REDRIVES), (6, RESTS)];

/// Payloads have tables of their own, so that a list of executions reads none; journals are clustered by execution.
const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
    CREATE TABLE revisions (
        key INTEGER PRIMARY KEY, machine TEXT NOT NULL, id TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,
        type TEXT NOT NULL, role_arn TEXT NOT NULL, settings TEXT NOT NULL, tags TEXT NOT NULL, definition TEXT NOT NULL
    ) STRICT;
    CREATE TABLE machines (arn TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID, STRICT;
    CREATE TABLE executions (
        key INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, name TEXT NOT NULL,
        revision INTEGER NOT NULL, status TEXT NOT NULL, started INTEGER NOT NULL, stopped INTEGER
    ) STRICT;
    CREATE INDEX executions_by_machine ON executions (machine, key);
    CREATE INDEX executions_by_status ON executions (status, key);
    CREATE TABLE inputs (execution INTEGER PRIMARY KEY, input TEXT NOT NULL) STRICT;
    CREATE TABLE outcomes (execution INTEGER PRIMARY KEY, output TEXT, error TEXT, cause TEXT) STRICT;
    CREATE TABLE journal (
        execution INTEGER NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (execution, seq)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE registrations (
        kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)
    ) WITHOUT ROWID, STRICT;
";

/// Status changes that somebody is still to be told. Only their executions are named: the rest is in their tables.
const STATUS_CHANGES: &str = "
    CREATE TABLE status_changes (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, execution INTEGER NOT NULL, status TEXT NOT NULL
    ) STRICT;
    CREATE INDEX status_changes_by_execution ON status_changes (execution);
";

/// Versions and aliases of machines, and which executions were started by them. `publications` has the highest number that
/// was given, for numbers of deleted versions are not given again, and whether the machine was published as it was made.
/// Journals may also hold records that older programs do not know: variables, credentials, failed evaluations.
const PUBLISHED: &str = "
    CREATE TABLE versions (
        arn TEXT PRIMARY KEY, machine TEXT NOT NULL, number INTEGER NOT NULL, revision INTEGER NOT NULL, description TEXT,
        created INTEGER NOT NULL
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX versions_by_machine ON versions (machine, number);
    CREATE TABLE publications (
        machine TEXT PRIMARY KEY, latest INTEGER NOT NULL, at_creation INTEGER NOT NULL, description TEXT
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE aliases (
        arn TEXT PRIMARY KEY, machine TEXT NOT NULL, name TEXT NOT NULL, description TEXT, routes TEXT NOT NULL,
        created INTEGER NOT NULL, updated INTEGER NOT NULL
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX aliases_by_machine ON aliases (machine, created, name);
    CREATE TABLE qualified (execution INTEGER PRIMARY KEY, version TEXT, alias TEXT) STRICT;
    CREATE INDEX qualified_by_version ON qualified (version, execution);
    CREATE INDEX qualified_by_alias ON qualified (alias, execution);
";

/// Map runs, and which executions are children of which. Journals may hold records of map runs, which older programs do not
/// know.
const MAP_RUNS: &str = "
    CREATE TABLE map_runs (
        arn TEXT PRIMARY KEY, execution INTEGER NOT NULL, execution_arn TEXT NOT NULL, machine TEXT NOT NULL,
        event INTEGER NOT NULL, status TEXT NOT NULL, started INTEGER NOT NULL, stopped INTEGER,
        max_concurrency INTEGER NOT NULL, failures INTEGER, percentage REAL, items TEXT NOT NULL, executions TEXT NOT NULL
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX map_runs_by_execution ON map_runs (execution, event);
    CREATE TABLE children (
        child INTEGER PRIMARY KEY, map_run TEXT NOT NULL, parent INTEGER NOT NULL, event INTEGER NOT NULL,
        place INTEGER NOT NULL, scope INTEGER NOT NULL, items INTEGER NOT NULL, express INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX children_by_map_run ON children (map_run, child);
";

/// What is known of redrives: how often and when, whether a map run's child waits for its own, and how long the history was
/// at the end. Journals may hold records of redrives, which older programs do not know.
const REDRIVES: &str = "
    ALTER TABLE executions ADD COLUMN redrives INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE executions ADD COLUMN redriven INTEGER;
    ALTER TABLE executions ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE executions ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE map_runs ADD COLUMN redrives INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE map_runs ADD COLUMN redriven INTEGER;
";

/// What a running execution waits for while nothing of it goes on by itself, so that it need not be read when the store is
/// opened; nothing where it is to be read. Inputs and outcomes are in the journals, and nowhere else any more.
const RESTS: &str = "
    ALTER TABLE executions ADD COLUMN rest BLOB;
    DROP TABLE inputs;
    DROP TABLE outcomes;
";

/// Makes the tables of a new file, and adds to an older one what it lacks; refuses files of others and of newer versions. Gives
/// whether anything was made.
pub(super) fn prepare(connection: &mut Connection, file: &str, token_key: [u8; 32]) -> Result<bool, StoreError> {
    let found: i64 = pragma(connection, "user_version")?;
    let application: i64 = pragma(connection, "application_id")?;
    if application != APPLICATION_ID && !is_empty(connection)? {
        return Err(StoreError::Foreign { file: file.to_owned() });
    }
    if found > VERSION {
        return Err(StoreError::Newer { file: file.to_owned(), found, known: VERSION });
    }
    if found < VERSION {
        step_from(connection, found, token_key)?;
    }
    Ok(found < VERSION)
}

/// All steps or none: a file that was killed in between is as it was.
fn step_from(connection: &mut Connection, found: i64, token_key: [u8; 32]) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    for (_, tables) in STEPS.iter().filter(|(version, _)| *version > found) {
        transaction.execute_batch(tables)?;
    }
    if found == 0 {
        transaction.execute("INSERT INTO meta (name, value) VALUES ('token_key', ?1)", (token_key.as_slice(),))?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok(tables == 0)
}
