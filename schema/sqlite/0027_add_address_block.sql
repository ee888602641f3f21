-- Why: part of an address, and addresses that look like one, are found by reading the texts
-- of all addresses side by side, which takes a fifth of the time rows do; grams, read first,
-- say which of them to pass over (store_needle.h). Cost on a full log: none at once; blocks
-- of what is there are made in the background, and until then its rows are read as before.
-- On disk 1.13 times the length of each address and a byte.

CREATE TABLE address_block (
	no INTEGER PRIMARY KEY,         -- of ids no * 1024 to no * 1024 + 1023
	grams BLOB NOT NULL,
	text BLOB NOT NULL              -- address.folded, a line an id; empty: none of them is left
) STRICT;
