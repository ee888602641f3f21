-- Why: part of a subject, tag or Message-ID is found by reading texts side by side, not
-- rows: 10 million rows took more than 5 s. The format of the columns is relayd's
-- (store_text_block.h). Cost on a full log: none at once; what is there already is read
-- in the background, from text_block_todo on, and meanwhile searched as before. On disk
-- about 1.3 times the texts and 11 bytes a message.

CREATE TABLE text_block (
	no INTEGER PRIMARY KEY,
	lowest_id INTEGER NOT NULL,     -- of its messages
	highest_id INTEGER NOT NULL,
	messages INTEGER NOT NULL,
	grams BLOB NOT NULL,            -- read for each block, the others for few: first
	subject BLOB NOT NULL,
	number BLOB NOT NULL,
	tags BLOB NOT NULL,
	message_id BLOB NOT NULL
) STRICT;
CREATE INDEX text_block_by_highest ON text_block(highest_id);

CREATE TABLE text_block_todo (next_id INTEGER PRIMARY KEY) STRICT;  -- no row: all are in blocks
INSERT INTO text_block_todo SELECT id FROM message ORDER BY id LIMIT 1;
