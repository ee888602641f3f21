-- Why: the hot database, everything that is alive. Finished messages leave it
-- for log/YYYY-MM-DD.db (schema/sqlite/day). Cost on a full queue: none, first.
--
-- Rows are lean. The time of acceptance is in the id; "accepted" has no event
-- row, the message row says it; the last outcome is in the recipient row, and
-- only what it replaced (earlier deferrals) goes to event. Texts that repeat
-- are interned (address, origin, remote); last_day says when they may go.

CREATE TABLE state (            -- single numbers of the database itself
	name TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO state VALUES
	('created_unix_ms', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
	('expired_until_unix_ms', 0),   -- the log before this was removed by age
	('largest_id', 0),              -- of any message or event, ever
	('probe', 0);                   -- written to find out whether writing works

CREATE TABLE address_domain (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE       -- A-label, lower case
) STRICT;
CREATE TABLE address (          -- senders and recipients, interned
	id INTEGER PRIMARY KEY,
	folded TEXT NOT NULL,           -- ASCII lower case: what searches compare
	given TEXT,                     -- NULL: same as folded
	domain_id INTEGER NOT NULL,
	last_day INTEGER NOT NULL       -- days since 1970: last message of it
) STRICT;
CREATE INDEX address_by_folded ON address(folded);
CREATE INDEX address_by_domain ON address(domain_id);

CREATE TABLE origin (           -- how a message came in, interned
	id INTEGER PRIMARY KEY,
	credential_id INTEGER NOT NULL,
	secret_id INTEGER NOT NULL,
	credential TEXT NOT NULL,       -- its name at that time
	from_domain TEXT NOT NULL,
	client_address TEXT NOT NULL,
	client_name TEXT NOT NULL,
	tls TEXT NOT NULL,
	signature TEXT NOT NULL,
	last_day INTEGER NOT NULL,
	UNIQUE (credential_id, secret_id, credential, from_domain, client_address,
	        client_name, tls, signature)
) STRICT;
CREATE TABLE remote (           -- where an attempt went, interned
	id INTEGER PRIMARY KEY,
	site TEXT NOT NULL,
	host TEXT NOT NULL,
	address TEXT NOT NULL,
	source_address TEXT NOT NULL,
	tls_version TEXT NOT NULL,      -- '': does not apply, '-': plain
	tls_verified TEXT NOT NULL,
	last_day INTEGER NOT NULL,
	UNIQUE (site, host, address, source_address, tls_version, tls_verified)
) STRICT;

CREATE TABLE message (
	id INTEGER PRIMARY KEY,
	instance INTEGER NOT NULL,      -- who owns it: installation
	node INTEGER NOT NULL,          -- ... and relay
	origin_id INTEGER NOT NULL,
	sender_id INTEGER NOT NULL,     -- as given in MAIL FROM
	return_path TEXT,               -- as sent on; NULL: same as the sender
	message_id TEXT NOT NULL,       -- without angle brackets
	message_hash INTEGER NOT NULL,  -- FNV-1a of it: a short index for long ids
	subject TEXT,
	tags TEXT,                      -- joined by U+001F
	envid TEXT,
	ret INTEGER NOT NULL,
	flags INTEGER NOT NULL,         -- smtputf8 1, bulk 2, head 8 bit 4, text 8 bit 8
	size_bytes INTEGER NOT NULL,
	recipients INTEGER NOT NULL,
	expires_unix_ms INTEGER NOT NULL,
	spool_id INTEGER NOT NULL       -- 0: text is in body
) STRICT;
CREATE INDEX message_by_hash ON message(message_hash);
CREATE INDEX message_by_spool ON message(spool_id) WHERE spool_id <> 0;

CREATE TABLE body (
	message_id INTEGER PRIMARY KEY,
	text_bytes INTEGER NOT NULL,
	head BLOB NOT NULL,
	text BLOB                       -- NULL: in spool/
) STRICT;

CREATE TABLE recipient (
	message_id INTEGER NOT NULL,
	no INTEGER NOT NULL,
	address_id INTEGER NOT NULL,
	is_pending INTEGER NOT NULL,
	status INTEGER NOT NULL,        -- enum mail_status
	attempts INTEGER NOT NULL,
	next_attempt_unix_ms INTEGER NOT NULL,
	notify INTEGER NOT NULL,
	orcpt TEXT,
	-- the last outcome; event_id 0: none yet
	event_id INTEGER NOT NULL,
	at_unix_ms INTEGER NOT NULL,
	kind INTEGER NOT NULL,          -- enum mail_event_kind
	code INTEGER NOT NULL,
	enhanced INTEGER NOT NULL,      -- class * 1000000 + subject * 1000 + detail
	category INTEGER NOT NULL,      -- enum verdict_category
	is_hard INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	duration_ms INTEGER NOT NULL,
	remote_id INTEGER NOT NULL,
	reply BLOB,
	detail TEXT,
	PRIMARY KEY (message_id, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_by_address ON recipient(address_id);

CREATE TABLE event (            -- outcomes that a later one replaced
	message_id INTEGER NOT NULL,
	no INTEGER NOT NULL,
	event_id INTEGER NOT NULL,
	at_unix_ms INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	code INTEGER NOT NULL,
	enhanced INTEGER NOT NULL,
	category INTEGER NOT NULL,
	is_hard INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	duration_ms INTEGER NOT NULL,
	remote_id INTEGER NOT NULL,
	reply BLOB,
	detail TEXT,
	next_attempt_unix_ms INTEGER NOT NULL,
	PRIMARY KEY (message_id, no, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE relay_event (      -- of no message: rejections, failed logins, changes
	event_id INTEGER PRIMARY KEY,
	at_unix_ms INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	address_id INTEGER,             -- the recipient that was refused
	credential TEXT,
	sender_domain TEXT,
	code INTEGER NOT NULL,
	enhanced INTEGER NOT NULL,
	category INTEGER NOT NULL,
	is_hard INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	duration_ms INTEGER NOT NULL,
	remote_id INTEGER NOT NULL,
	reply BLOB,
	detail TEXT
) STRICT;
CREATE INDEX relay_event_by_address ON relay_event(address_id) WHERE address_id IS NOT NULL;

CREATE TABLE log_day (day INTEGER PRIMARY KEY) STRICT;  -- files that must be in log/
CREATE TABLE gap (              -- when nothing could be recorded
	from_unix_ms INTEGER PRIMARY KEY,
	until_unix_ms INTEGER NOT NULL,
	reason TEXT NOT NULL
) STRICT;
