-- Why: a source address earns its standing over days, provider by provider, and neither
-- that nor an address somebody switched off may be forgotten by a restart. Cost on a full
-- queue: none, both are empty at first.

CREATE TABLE warmup (           -- every pair of source address and provider that was used
	address TEXT NOT NULL,
	provider TEXT NOT NULL,         -- "others": all that no provider rule is about
	state INTEGER NOT NULL,         -- enum pace_warmup_state
	freeze INTEGER NOT NULL,        -- enum pace_warmup_freeze
	is_closed INTEGER NOT NULL,
	has_stepped_back INTEGER NOT NULL,
	is_by_hand INTEGER NOT NULL,    -- an operator put it under warm-up
	day INTEGER NOT NULL,
	began_unix_ms INTEGER NOT NULL, -- the day; 0: with the next message
	sent INTEGER NOT NULL,          -- recipients of the day
	tried INTEGER NOT NULL,
	deferred INTEGER NOT NULL,
	complaints INTEGER NOT NULL,
	tried_before INTEGER NOT NULL,  -- on the day before
	allowance_micro INTEGER NOT NULL, -- recipients that may go, in millionths
	filled_unix_ms INTEGER NOT NULL,
	used_unix_ms INTEGER NOT NULL,
	first_unix_ms INTEGER NOT NULL,
	mean_micro INTEGER NOT NULL,    -- recipients a day, in millionths
	mean_unix_ms INTEGER NOT NULL,
	PRIMARY KEY (address, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_stop (      -- what operators stopped about a source address
	address TEXT NOT NULL,
	what TEXT NOT NULL,             -- "off": it sends nothing; "warmup": nothing to warming providers
	reason TEXT NOT NULL,
	by TEXT NOT NULL,
	since_unix_ms INTEGER NOT NULL,
	until_unix_ms INTEGER NOT NULL, -- 0: until somebody ends it
	PRIMARY KEY (address, what)
) STRICT, WITHOUT ROWID;
