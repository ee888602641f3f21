/* control_rank.h - a set of ids that knows its n-th: what a list of a million rows is
 * paged by, at one bit a row. Pure. One thread. */
#ifndef CONTROL_CONTROL_RANK_H
#define CONTROL_CONTROL_RANK_H

#include <stddef.h>
#include <stdint.h>

struct control_rank { /* empty when all zero */
	uint64_t *bits;            /* owned: bit id % 64 of word id / 64 */
	size_t words;
	uint64_t *before;          /* owned: how many are in the blocks before this one */
	uint64_t count;
};

void control_rank_deinit(struct control_rank *rank);
/* control_rank_add - those too; bits are copied. O(all words). */
void control_rank_add(struct control_rank *rank, const uint64_t *bits, size_t words);
/* control_rank_nth - the n-th smallest id, from 0; n < count. O(log words). */
uint64_t control_rank_nth(const struct control_rank *rank, uint64_t n);

#endif
