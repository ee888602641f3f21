-- Why: that SPF, DKIM and DMARC pass on a credential's real messages is what receivers say,
-- in reports and headers given by operators; a report counts once however often it is given.
-- Cost on a full queue: none.

CREATE TABLE migration_evidence (
	credential TEXT NOT NULL,
	method INTEGER NOT NULL,        -- enum migrate_method
	by TEXT NOT NULL,               -- whose word: authserv-id or reporter
	report TEXT NOT NULL,           -- its id, or a hash of the header
	passed INTEGER NOT NULL,        -- messages
	failed INTEGER NOT NULL,
	at_unix_ms INTEGER NOT NULL,
	PRIMARY KEY (credential, method, by, report)
) STRICT, WITHOUT ROWID;
