/* schedule_best.h - of very many, the window that was asked for: a heap of the best
 * offset + limit. Pure. Thread: any. */
#ifndef SCHEDULE_SCHEDULE_BEST_H
#define SCHEDULE_SCHEDULE_BEST_H

#include "schedule/schedule.h"

#define SCHEDULE_BEST_MAX 10000    /* rows of an answer */

struct schedule_best_entry {
	int64_t key;               /* smallest first */
	const char *name;          /* then by name */
	void *object;
};

struct schedule_best { /* a heap, worst on top */
	struct schedule_best_entry *entry;       /* in an arena */
	size_t count, cap;
};

/* schedule_best_new - for the window of ask, out of so many candidates.
 * Memory is ask's. */
struct schedule_best schedule_best_new(const struct schedule_ask *ask, size_t candidates);
void schedule_best_offer(struct schedule_best *best, const struct schedule_best_entry *entry);
/* schedule_best_window - the rows, best first, moved to the front of best->entry; how many. */
size_t schedule_best_window(struct schedule_best *best, const struct schedule_ask *ask);

#endif
