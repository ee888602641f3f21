-- Why: an alert is raised once and cleared once, over restarts too, so that nobody is
-- mailed about the same thing again. Cost on a full queue: none.

CREATE TABLE alert (
	key TEXT PRIMARY KEY,           -- quota:shop:day
	level INTEGER NOT NULL,         -- 0 warning, 1 error
	text TEXT NOT NULL,             -- as it was said first
	since_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
