-- Why: changes of alerts are gathered for some minutes into one mail; what was not mailed when
-- the relay stopped is mailed afterwards, once, and not sooner after the mail before it.
-- Cost on a full queue: none.

CREATE TABLE alert_change (
	no INTEGER PRIMARY KEY,         -- in the order in which they came about
	is_raised INTEGER NOT NULL,     -- 0: cleared
	at_unix_ms INTEGER NOT NULL,
	text TEXT NOT NULL,
	mailed_unix_ms INTEGER NOT NULL -- 0: not yet; those of the last mail stay and say when
) STRICT;
