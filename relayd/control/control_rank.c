/* control_rank.c - see control_rank.h. */
#include "control/control_rank.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"

#define BLOCK 64 /* words of which the sum before is kept: 4096 ids */

void
control_rank_deinit(struct control_rank *rank)
{
	mem_free(rank->bits);
	mem_free(rank->before);
	*rank = (struct control_rank){ .count = 0 };
}

static unsigned
ones(uint64_t word)
{
	return (unsigned)__builtin_popcountll(word);
}

static void
count(struct control_rank *rank)
{
	size_t blocks = (rank->words + BLOCK - 1) / BLOCK;

	rank->before = mem_resize(rank->before, (blocks + 1) * sizeof *rank->before);
	rank->count = 0;
	for (size_t i = 0; i < rank->words; i++) {
		if (i % BLOCK == 0)
			rank->before[i / BLOCK] = rank->count;
		rank->count += ones(rank->bits[i]);
	}
}

void
control_rank_add(struct control_rank *rank, const uint64_t *bits, size_t words)
{
	if (words > rank->words) {
		rank->bits = mem_resize(rank->bits, words * sizeof *rank->bits);
		memset(rank->bits + rank->words, 0, (words - rank->words) * sizeof *rank->bits);
		rank->words = words;
	}
	for (size_t i = 0; i < words; i++)
		rank->bits[i] |= bits[i];
	count(rank);
}

uint64_t
control_rank_nth(const struct control_rank *rank, uint64_t n)
{
	size_t low = 0, high = (rank->words + BLOCK - 1) / BLOCK, word;
	uint64_t left;

	must(n < rank->count);
	while (high - low > 1) { /* the last block with no more than n before it */
		size_t middle = low + (high - low) / 2;

		if (rank->before[middle] <= n)
			low = middle;
		else
			high = middle;
	}
	left = n - rank->before[low];
	for (word = low * BLOCK; left >= ones(rank->bits[word]); word++)
		left -= ones(rank->bits[word]);
	for (unsigned bit = 0;; bit++)
		if (rank->bits[word] >> bit & 1 && left-- == 0)
			return (uint64_t)word * 64 + bit;
}
