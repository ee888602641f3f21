-- Why: what the operator changes while the relay runs. Cost on a full queue: none.

CREATE TABLE credential (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	is_revoked INTEGER NOT NULL,
	is_bulk INTEGER NOT NULL,
	fix_bare_line_ends INTEGER NOT NULL,
	may_send_null INTEGER NOT NULL,
	from_patterns TEXT NOT NULL,    -- one a line
	salt BLOB NOT NULL,
	iterations INTEGER NOT NULL,
	created_unix_ms INTEGER NOT NULL,
	revoked_unix_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE secret (
	id INTEGER PRIMARY KEY,
	credential_id INTEGER NOT NULL,
	label TEXT NOT NULL,
	sha256 BLOB NOT NULL,
	stored_key BLOB NOT NULL,
	server_key BLOB NOT NULL,
	created_unix_ms INTEGER NOT NULL,
	ends_unix_ms INTEGER NOT NULL,
	last_used_unix_ms INTEGER NOT NULL DEFAULT 0,
	last_used_address TEXT,
	UNIQUE (credential_id, label)
) STRICT;
CREATE TABLE domain (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	created_unix_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE dkim_key (
	id INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL,
	selector TEXT NOT NULL,
	pem TEXT NOT NULL,
	is_active INTEGER NOT NULL,
	created_unix_ms INTEGER NOT NULL,
	UNIQUE (domain_id, selector)
) STRICT;
CREATE TABLE hold (             -- recipient domains somebody stopped
	domain TEXT PRIMARY KEY,
	reason TEXT NOT NULL,
	by TEXT NOT NULL,
	since_unix_ms INTEGER NOT NULL,
	until_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
	id INTEGER PRIMARY KEY,
	at_unix_ms INTEGER NOT NULL,
	uid INTEGER NOT NULL,
	who TEXT NOT NULL,
	via TEXT NOT NULL,
	action TEXT NOT NULL,
	object TEXT NOT NULL,
	detail TEXT NOT NULL
) STRICT;
