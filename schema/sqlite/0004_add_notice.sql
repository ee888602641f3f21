-- Why: delivery status notices. What a sender still has to be told is noted in the
-- transaction that records the outcome and taken back in the one that accepts the
-- notice, so that a crash loses none and doubles none; a message stays here until
-- then, for its header goes into the notice. Cost on a full queue: none, columns with
-- a default are not written to rows, and the index is empty.

ALTER TABLE recipient ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;  -- enum mail_notice: owed
ALTER TABLE recipient ADD COLUMN delay_told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX recipient_by_notice ON recipient(message_id) WHERE notice <> 0;
