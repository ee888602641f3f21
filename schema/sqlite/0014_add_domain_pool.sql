-- Why: a sending domain chooses which pool of source addresses its mail leaves by, where
-- the credential says nothing. Cost on a full queue: none, domains are few.

ALTER TABLE domain ADD COLUMN pool TEXT NOT NULL DEFAULT '';  -- '': none chosen
