-- Why: lists say who revoked a credential beside when, without a search of the audit log.
-- What was revoked before is taken from there. Cost on a full queue: none; one row a credential.

ALTER TABLE credential ADD COLUMN revoked_by TEXT NOT NULL DEFAULT '';
UPDATE credential SET revoked_by = coalesce((SELECT who FROM audit
	WHERE object = credential.name AND action IN ('credential.revoke', 'credential.compromised')
	ORDER BY id DESC LIMIT 1), '') WHERE is_revoked AND name <> '*';
