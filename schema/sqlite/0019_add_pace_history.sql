-- Why: `throttle history` began anew with each restart. Cost on a full queue: none, a column
-- with a default is not written to rows.

ALTER TABLE pace ADD COLUMN history TEXT NOT NULL DEFAULT '';  -- "UNIX_MS WORDS" lines, oldest first
