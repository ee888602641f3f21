-- Why: a credential may want a client certificate, beside its password or instead of it.
-- Cost on a full queue: none; one row a credential.

ALTER TABLE credential ADD COLUMN certificates TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN certificate_only INTEGER NOT NULL DEFAULT 0;
