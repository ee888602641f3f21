-- Why: the log of one day of acceptance: finished messages as they left the hot
-- database, never changed again. address_id, origin_id and remote_id point into
-- relay.db. Cost: none, first.

CREATE TABLE message (
	id INTEGER PRIMARY KEY,
	origin_id INTEGER NOT NULL,
	sender_id INTEGER NOT NULL,
	return_path TEXT,
	message_id TEXT NOT NULL,
	message_hash INTEGER NOT NULL,
	subject TEXT,
	tags TEXT,
	envid TEXT,
	ret INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	size_bytes INTEGER NOT NULL,
	recipients INTEGER NOT NULL,
	expires_unix_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_hash ON message(message_hash);
CREATE INDEX message_by_sender ON message(sender_id);

CREATE TABLE recipient (
	message_id INTEGER NOT NULL,
	no INTEGER NOT NULL,
	address_id INTEGER NOT NULL,
	status INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	next_attempt_unix_ms INTEGER NOT NULL,
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
	PRIMARY KEY (message_id, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_by_address ON recipient(address_id);
-- what was not simply delivered (4): a few percent, and what people look for
CREATE INDEX recipient_failed ON recipient(message_id, no) WHERE status <> 4;

CREATE TABLE event (
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

CREATE TABLE tag (
	tag TEXT NOT NULL,
	message_id INTEGER NOT NULL,
	PRIMARY KEY (tag, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE relay_event (
	event_id INTEGER PRIMARY KEY,
	at_unix_ms INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	address_id INTEGER,
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
