-- Why: addresses that get no mail, each with what was the reason, and mailboxes that
-- keep being full. Cost on a full queue: none, both are empty at first.

CREATE TABLE suppression (
	id INTEGER PRIMARY KEY,         -- in order of insertion
	address TEXT NOT NULL,          -- as looked up: folded, A-label; '*@domain'
	scope TEXT NOT NULL,            -- '' everywhere, 'domain:x', 'cred:NAME'
	reason INTEGER NOT NULL,        -- enum mail_suppression
	since_unix_ms INTEGER NOT NULL,
	until_unix_ms INTEGER NOT NULL, -- 0: no end
	by TEXT NOT NULL,               -- who, '' when it came about by itself
	detail TEXT NOT NULL,
	-- the evidence, where there is any
	message_id INTEGER NOT NULL,
	site TEXT NOT NULL,
	code INTEGER NOT NULL,
	enhanced INTEGER NOT NULL,
	category INTEGER NOT NULL,
	reply BLOB,
	UNIQUE (address, scope)
) STRICT;

CREATE TABLE soft_failure (     -- gave up on a full mailbox, and nothing got through since
	address TEXT PRIMARY KEY,
	first_unix_ms INTEGER NOT NULL,
	last_unix_ms INTEGER NOT NULL,
	count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
