/* store_address_block.h - all addresses as lines of text, 1024 ids to a block: how parts of
 * them, and what looks like one, are found (store_needle.h).
 *
 * A block's line is an id's address, folded, or empty when the id has none. Lines are made
 * alike by the writer for its blocks and by a reader for the addresses that are in none yet. */
#ifndef STORE_STORE_ADDRESS_BLOCK_H
#define STORE_STORE_ADDRESS_BLOCK_H

#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

#define STORE_ADDRESS_BLOCK 1024

struct store_address_lines { /* one block in the making */
	int64_t next_id;
	struct buf text;
};

void store_address_lines_init(struct store_address_lines *lines, int64_t no);
/* store_address_lines_add - ids ascend and are the block's. */
void store_address_lines_add(struct store_address_lines *lines, int64_t id, const char *folded);

struct store_needle;
struct store_reader;
/* Lines of the addresses first_id, first_id + 1 ...; borrowed. */
typedef void (*store_address_fn)(void *arg, int64_t first_id, struct span lines);

/* store_address_walk - all addresses, a block at a time; but for blocks that have none of the
 * needles for sure, if some are given. -1: err, or the reader timed out. */
int store_address_walk(struct store_reader *reader, const struct store_needle *needle,
                       size_t needles, store_address_fn fn, void *arg, struct err *err);

#endif
