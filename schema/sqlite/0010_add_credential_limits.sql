-- Why: a credential has a scope (networks, protocols, an end) and limits (rate, quota,
-- recipients, size), and what it used of its quota outlives a restart, counted in the
-- transaction of each message. Cost on a full queue: none, rows are not rewritten.

ALTER TABLE credential ADD COLUMN env TEXT NOT NULL DEFAULT '';       -- operators' label
ALTER TABLE credential ADD COLUMN networks TEXT NOT NULL DEFAULT '';  -- one a line; '': any
ALTER TABLE credential ADD COLUMN protocols INTEGER NOT NULL DEFAULT 0; -- bits; 0: all
ALTER TABLE credential ADD COLUMN rate_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN rate_period_ms INTEGER NOT NULL DEFAULT 0; -- 0: no limit
ALTER TABLE credential ADD COLUMN quota_day INTEGER NOT NULL DEFAULT 0;   -- 0: no limit
ALTER TABLE credential ADD COLUMN quota_month INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN recipients_max INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN size_max_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN expires_unix_ms INTEGER NOT NULL DEFAULT 0; -- 0: never

CREATE TABLE credential_use (   -- recipients accepted, in UTC
	credential_id INTEGER PRIMARY KEY,
	day INTEGER NOT NULL,           -- since 1970
	day_used INTEGER NOT NULL,
	month INTEGER NOT NULL,         -- since January 1900
	month_used INTEGER NOT NULL
) STRICT;
