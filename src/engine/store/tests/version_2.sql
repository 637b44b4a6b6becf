-- What version 2 added to a store, as SQLite's shell dumps it: somebody is still to be told that an execution waits.
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE status_changes (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, execution INTEGER NOT NULL, status TEXT NOT NULL
    ) STRICT;
INSERT INTO "status_changes" VALUES(4,'kept',2,'RUNNING');
CREATE INDEX status_changes_by_execution ON status_changes (execution);
COMMIT;
