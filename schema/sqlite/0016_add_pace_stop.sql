-- Why: a credential that a reply rule stopped at a site was free again after a restart.
-- Cost on a full queue: none, a column with a default is not written to rows.

ALTER TABLE pace ADD COLUMN stop TEXT NOT NULL DEFAULT '';  -- "CREDENTIAL_ID UNTIL_UNIX_MS;" each
