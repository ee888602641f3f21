-- Why: a DKIM key is published before it signs and stays published after, and no selector
-- is used twice. Cost on a full queue: none, a row per key.

ALTER TABLE dkim_key ADD COLUMN state INTEGER NOT NULL DEFAULT 2; -- enum store_key_state
ALTER TABLE dkim_key ADD COLUMN since_unix_ms INTEGER NOT NULL DEFAULT 0; -- in this state
UPDATE dkim_key SET state = CASE is_active WHEN 0 THEN 3 ELSE 2 END,
	since_unix_ms = created_unix_ms;
ALTER TABLE dkim_key DROP COLUMN is_active;
ALTER TABLE domain ADD COLUMN last_key_no INTEGER NOT NULL DEFAULT 1; -- of k1, k2, ...
