-- Why: credentials are moved here from an old system in steps; the row says in which
-- stage one is, and through which smarthost the rest of its mail goes. Which way a single
-- message goes follows from its id. Cost on a full queue: none.

CREATE TABLE migration (
	credential TEXT PRIMARY KEY,    -- its name
	stage INTEGER NOT NULL,         -- enum migrate_stage
	percent INTEGER NOT NULL,       -- of a trial: so much goes directly
	smarthost TEXT NOT NULL,        -- of relayd.conf; '': none was needed yet
	reason TEXT NOT NULL,
	by TEXT NOT NULL,               -- who set it
	since_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
