-- Why: mail that is to be sent later (RFC 4865). Its recipients wait as "scheduled"
-- until then, and its age counts from there. Cost on a full queue: none, a column
-- with a default is not written to rows.

ALTER TABLE message ADD COLUMN release_unix_ms INTEGER NOT NULL DEFAULT 0;  -- 0: at once
