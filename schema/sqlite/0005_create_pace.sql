-- Why: what a site tolerates was found out by asking, and a pause was asked for: both
-- must outlive a restart, and so must the limits operators set for a while. Cost on
-- a full queue: none, both are empty at first. Rates are messages in a million seconds.

CREATE TABLE pace (
	site TEXT PRIMARY KEY,          -- provider or MX set, with its source address
	target_micro INTEGER NOT NULL,  -- 0: no limit found
	settled_micro INTEGER NOT NULL,
	crowd INTEGER NOT NULL,         -- connections when one more was refused; 0: never
	window_low INTEGER NOT NULL,
	session INTEGER NOT NULL,       -- messages of one connection; 0: not known
	crowd_unix_ms INTEGER NOT NULL,
	session_unix_ms INTEGER NOT NULL,
	pause_until_unix_ms INTEGER NOT NULL,
	single_until_unix_ms INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	backoff_until_unix_ms INTEGER NOT NULL,
	code INTEGER NOT NULL,          -- the reply behind it
	enhanced INTEGER NOT NULL,
	category INTEGER NOT NULL,
	reply BLOB,
	cause TEXT NOT NULL             -- the rule that acted, or ''
) STRICT, WITHOUT ROWID;

CREATE TABLE throttle (         -- limits set at run time, each with an end
	scope TEXT NOT NULL,            -- provider:google, domain:x.example, ip:192.0.2.1
	quantity TEXT NOT NULL,         -- rate, max_connections, messages_per_connection
	value INTEGER NOT NULL,         -- rate: micro
	reason TEXT NOT NULL,
	by TEXT NOT NULL,
	since_unix_ms INTEGER NOT NULL,
	until_unix_ms INTEGER NOT NULL,
	PRIMARY KEY (scope, quantity)
) STRICT, WITHOUT ROWID;
