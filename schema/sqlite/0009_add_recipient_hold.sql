-- Why: single messages can be held, and some recipients of one. The row says which hold
-- it is (scope of a row in hold; one that is not there any more holds nothing). Cost on
-- a full queue: none, a column with a default is not written to rows.

ALTER TABLE recipient ADD COLUMN hold TEXT;
