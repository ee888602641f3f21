-- Why: a sender may say by when his message is to be delivered (BY in MAIL FROM, RFC 2852),
-- and what is due when it is not. Cost on a full queue: none, columns with a default are
-- not written to rows.

ALTER TABLE message ADD COLUMN by_unix_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN by_mode INTEGER NOT NULL DEFAULT 0;  -- notify 1, return 2, trace 4
