-- Why: what a credential asks of delivery: which pool of source addresses its mail
-- leaves from, whether its senders get notices, what a suppressed recipient is
-- told. Cost on a full queue: none, the new columns are not written to rows.

ALTER TABLE credential ADD COLUMN pool TEXT NOT NULL DEFAULT '';  -- '': the default one
ALTER TABLE credential ADD COLUMN mutes_notices INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN refuses_suppressed INTEGER NOT NULL DEFAULT 0;
