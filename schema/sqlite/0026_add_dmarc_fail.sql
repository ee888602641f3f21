-- Why: a domain may have its mail held while it would fail DMARC; that the relay has acted on
-- a failure must outlive a restart, or a hold that somebody released would be placed again.
-- Cost on a full queue: none, domains are few.

ALTER TABLE domain ADD COLUMN dmarc_fail INTEGER NOT NULL DEFAULT 0; -- 0: send, 1: hold
CREATE TABLE dmarc_hold (
	domain TEXT PRIMARY KEY,        -- acted on; until its check is right
	since_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
