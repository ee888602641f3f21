-- Why: what is usual for a credential is learned over days and must outlive a restart,
-- and so must what was noticed. Cost on a full queue: none.

ALTER TABLE credential ADD COLUMN tripwire INTEGER NOT NULL DEFAULT 0; -- 0: warn
CREATE TABLE tripwire (
	credential TEXT PRIMARY KEY,
	state TEXT NOT NULL,            -- lines, as tripwire_baseline_write makes them
	breaches TEXT NOT NULL          -- lines: number, end in unix ms, words
) STRICT, WITHOUT ROWID;
