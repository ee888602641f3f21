-- Why: what waits can be moved to another pool of source addresses; the row says to
-- which. Cost on a full queue: none, a column with a default is not written to rows.

ALTER TABLE recipient ADD COLUMN pool TEXT;
