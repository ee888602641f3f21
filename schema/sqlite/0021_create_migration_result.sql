-- Why: a trial is judged by what became of a credential's mail by each way, over restarts
-- too; and one that went back to the old system by itself says why until an operator raises
-- it again. Cost on a full queue: none.

ALTER TABLE migration ADD COLUMN returned TEXT NOT NULL DEFAULT '';
ALTER TABLE migration ADD COLUMN returned_unix_ms INTEGER NOT NULL DEFAULT 0; -- 0: it did not
ALTER TABLE migration ADD COLUMN returned_percent INTEGER NOT NULL DEFAULT 0;

CREATE TABLE migration_result (
	credential TEXT NOT NULL,
	way INTEGER NOT NULL,           -- enum migrate_way
	since_unix_ms INTEGER NOT NULL, -- of migration; else out of date
	delivered INTEGER NOT NULL,     -- recipients
	deferrals INTEGER NOT NULL,     -- attempts
	bounced_hard INTEGER NOT NULL,
	bounced_refused INTEGER NOT NULL,
	bounced_other INTEGER NOT NULL,
	tried INTEGER NOT NULL,         -- first attempts
	refused INTEGER NOT NULL,       -- of those
	broken INTEGER NOT NULL,
	times TEXT NOT NULL,            -- deliveries by class of time: 4:12 17:3
	PRIMARY KEY (credential, way)
) STRICT, WITHOUT ROWID;
