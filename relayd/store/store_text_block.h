/* store_text_block.h - what is searched of some hundred finished messages, by columns.
 *
 * A part of a subject is found by reading texts, not rows: a row of the log is read at a
 * million a second, text side by side at gigabytes, and most blocks are passed over by their
 * grams (store_needle.h). So each day's file has, beside its rows, blocks of
 *   subject, tags, message_id   a folded line a message
 *   number                      its id, origin, sender and recipients' addresses
 *   grams                       of the three texts
 * A block says which messages may be meant; their rows decide. It may name a message twice,
 * or one that is gone, never lack one. Pure; one thread each. */
#ifndef STORE_STORE_TEXT_BLOCK_H
#define STORE_STORE_TEXT_BLOCK_H

#include "store/store_needle.h"

#define STORE_TEXT_MESSAGES 512      /* of one block: in a larger one are all numbers' grams */
#define STORE_TEXT_BYTES (64 * 1024) /* ... and what makes it full before */

struct store_text_row { /* borrowed by _add */
	uint64_t id;
	int64_t origin_id, sender_id;
	const int64_t *address;
	size_t addresses;
	const char *subject, *tags, *message_id; /* NULL: none */
};

struct store_text_block { /* embedded in its owner */
	uint64_t lowest_id, highest_id;
	size_t messages;
	struct buf subject, tags, message_id, number;
	uint64_t last_id;              /* numbers are differences to the one before */
	int64_t last_origin, last_sender;
};

void store_text_block_init(struct store_text_block *block);
void store_text_block_deinit(struct store_text_block *block);
void store_text_block_clear(struct store_text_block *block);
bool store_text_block_is_full(const struct store_text_block *block);
void store_text_block_add(struct store_text_block *block, const struct store_text_row *row);
/* store_text_block_grams - Returns owned (mem_free), *bytes_out of them. */
unsigned char *store_text_block_grams(const struct store_text_block *block, size_t *bytes_out);
/* store_text_block_load - as it was stored, to add more. -1: it is damaged, and empty now. */
int store_text_block_load(struct store_text_block *block, size_t messages, struct span number,
                          struct span subject, struct span tags, struct span message_id);

struct store_text_numbers { /* a walk over `number` */
	const char *p, *end;
	bool is_damaged;
	uint64_t id;                   /* of the message under way */
	int64_t origin_id, sender_id;
	size_t addresses;              /* of it, not read yet */
};

void store_text_numbers_init(struct store_text_numbers *numbers, struct span number);
/* store_text_numbers_next - false: there is none any more, or is_damaged. */
bool store_text_numbers_next(struct store_text_numbers *numbers);
bool store_text_numbers_address(struct store_text_numbers *numbers, int64_t *id_out);

#endif
