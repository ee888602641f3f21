/* schedule_best.c - see schedule_best.h. */
#include "schedule/schedule_best.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *a, const void *b)
{
	const struct schedule_best_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
sift_down(struct schedule_best *best, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;
		struct schedule_best_entry swap = best->entry[i];

		if (child >= best->count)
			return;
		if (child + 1 < best->count
		    && compare(&best->entry[child + 1], &best->entry[child]) > 0)
			child++;
		if (compare(&best->entry[child], &swap) <= 0)
			return;
		best->entry[i] = best->entry[child];
		best->entry[child] = swap;
		i = child;
	}
}

static void
sift_up(struct schedule_best *best, size_t i)
{
	while (i > 0 && compare(&best->entry[i], &best->entry[(i - 1) / 2]) > 0) {
		struct schedule_best_entry swap = best->entry[i];

		best->entry[i] = best->entry[(i - 1) / 2];
		best->entry[(i - 1) / 2] = swap;
		i = (i - 1) / 2;
	}
}

void
schedule_best_offer(struct schedule_best *best, const struct schedule_best_entry *entry)
{
	if (best->count < best->cap) {
		best->entry[best->count++] = *entry;
		sift_up(best, best->count - 1);
	} else if (best->cap > 0 && compare(entry, &best->entry[0]) < 0) {
		best->entry[0] = *entry;
		sift_down(best, 0);
	}
}

struct schedule_best
schedule_best_new(const struct schedule_ask *ask, size_t candidates)
{
	uint64_t limit = ask->limit && ask->limit < SCHEDULE_BEST_MAX ? ask->limit
	                                                              : SCHEDULE_BEST_MAX;
	struct schedule_best best = {
		.cap = ask->offset + limit < candidates ? ask->offset + limit : candidates };

	best.entry = arena_alloc(ask->arena, (best.cap + 1) * sizeof *best.entry);
	return best;
}

size_t
schedule_best_window(struct schedule_best *best, const struct schedule_ask *ask)
{
	size_t rows;

	qsort(best->entry, best->count, sizeof *best->entry, compare);
	if (ask->offset >= best->count)
		return 0;
	rows = best->count - ask->offset;
	if (rows > SCHEDULE_BEST_MAX)
		rows = SCHEDULE_BEST_MAX;
	memmove(best->entry, best->entry + ask->offset, rows * sizeof *best->entry);
	return rows;
}
