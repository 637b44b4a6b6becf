-- A store of version 1, as SQLite's shell dumps it: one execution that ended and one that waits for a day.
PRAGMA application_id = 1769419056;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE executions (
        key INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, name TEXT NOT NULL,
        revision INTEGER NOT NULL, status TEXT NOT NULL, started INTEGER NOT NULL, stopped INTEGER
    ) STRICT;
INSERT INTO "executions" VALUES(1,'arn:aws:states:us-east-1:000000000000:execution:kept:ended','arn:aws:states:us-east-1:000000000000:stateMachine:kept','ended',1,'SUCCEEDED',1795445855214,1795445855214);
INSERT INTO "executions" VALUES(2,'arn:aws:states:us-east-1:000000000000:execution:kept:waits','arn:aws:states:us-east-1:000000000000:stateMachine:kept','waits',1,'RUNNING',1795445855275,NULL);
CREATE TABLE inputs (execution INTEGER PRIMARY KEY, input TEXT NOT NULL) STRICT;
INSERT INTO "inputs" VALUES(1,'{"seconds":0}');
INSERT INTO "inputs" VALUES(2,'{"seconds":86400}');
CREATE TABLE journal (
        execution INTEGER NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (execution, seq)
    ) WITHOUT ROWID, STRICT;
INSERT INTO "journal" VALUES(1,1,X'0101DCCFCC8EC16801C39585D3CFDAB4A9FF01010D7B227365636F6E6473223A307D06000200000207000100020206000100010207000100000202000102');
INSERT INTO "journal" VALUES(2,1,X'0101D6D0CC8EC168019E94C1CC8891CA93A30101117B227365636F6E6473223A38363430307D0600020000021A0000D6C0FFE0C168');
CREATE TABLE machines (arn TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "machines" VALUES('arn:aws:states:us-east-1:000000000000:stateMachine:kept',1);
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "meta" VALUES('token_key',X'4EAE0267DACB48008B6A00D79E8E8045BDF06A276F604CD7B95433E039743B04');
CREATE TABLE outcomes (execution INTEGER PRIMARY KEY, output TEXT, error TEXT, cause TEXT) STRICT;
INSERT INTO "outcomes" VALUES(1,'{"seconds":0}',NULL,NULL);
CREATE TABLE registrations (
        kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)
    ) WITHOUT ROWID, STRICT;
INSERT INTO "registrations" VALUES('loaded','machines','["arn:aws:states:us-east-1:000000000000:stateMachine:kept"]');
INSERT INTO "registrations" VALUES('page-key','1','"-8F459alh74HcI2rNF8AML1Pyz0qqpfrF4edqCVGL1I"');
CREATE TABLE revisions (
        key INTEGER PRIMARY KEY, machine TEXT NOT NULL, id TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,
        type TEXT NOT NULL, role_arn TEXT NOT NULL, settings TEXT NOT NULL, tags TEXT NOT NULL, definition TEXT NOT NULL
    ) STRICT;
INSERT INTO "revisions" VALUES(1,'arn:aws:states:us-east-1:000000000000:stateMachine:kept',NULL,1795445855193,1795445855193,'STANDARD','arn:aws:iam::000000000000:role/kept-dev-states','{"loggingConfiguration":{"level":"OFF","includeExecutionData":false},"tracingConfiguration":{"enabled":false}}','{}','{"StartAt":"A","States":{"A":{"Type":"Wait","SecondsPath":"$.seconds","Next":"B"},"B":{"Type":"Pass","End":true}}}');
CREATE INDEX executions_by_machine ON executions (machine, key);
CREATE INDEX executions_by_status ON executions (status, key);
COMMIT;
