-- Why: not only a recipient domain can be held, but all mail of a credential
-- ("cred:NAME"; no domain has a colon). Cost on a full queue: none, only a name changes.

ALTER TABLE hold RENAME COLUMN domain TO scope;
