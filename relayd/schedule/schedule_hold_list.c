/* schedule_hold_list.c - all holds that stand, with what waits under each: also those under
 * which nothing waits, which nobody would come across in a list of queues.
 *
 * Two walks: over the holds, and once over all lanes, each of which knows who holds it.
 * What two hold is counted for both. Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 10000

/* the longest standing first: what was forgotten is on top */
static int
by_age(const void *a, const void *b)
{
	const struct schedule_hold_row *x = a, *y = b;

	if (x->held.since_unix_ms != y->held.since_unix_ms)
		return x->held.since_unix_ms < y->held.since_unix_ms ? -1 : 1;
	return strcmp(x->held.scope, y->held.scope);
}

static void
count_lane(const struct schedule_lane *lane)
{
	uint32_t waiting = schedule_lane_waiting(lane);

	if (lane->queue->hold)
		lane->queue->hold->waiting += waiting;
	if (lane->credential->hold)
		lane->credential->hold->waiting += waiting;
	for (size_t i = 0; lane->label && i < lane->label->holds; i++)
		lane->label->hold[i]->waiting += waiting;
}

void
schedule_hold_list(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_table_node *node = NULL;
	struct span scope;
	size_t cursor = 0;
	void *value;

	while (map_next(s->holds, &cursor, &scope, &value))
		((struct schedule_hold *)value)->waiting = 0;
	while ((node = schedule_table_walk(&s->lanes, node)) != NULL)
		count_lane(LIST_OWNER(node, struct schedule_lane, node));
	ask->total = map_count(s->holds);
	ask->hold = arena_zero(ask->arena, (ask->total + 1) * sizeof *ask->hold);
	cursor = 0;
	while (map_next(s->holds, &cursor, &scope, &value)) {
		const struct schedule_hold *hold = value;

		ask->hold[ask->rows++] = (struct schedule_hold_row){
			.held = schedule_hold_words(hold, ask->arena), .waiting = hold->waiting };
	}
	qsort(ask->hold, ask->rows, sizeof *ask->hold, by_age);
	if (ask->rows > ROWS_MAX)
		ask->rows = ROWS_MAX;
}
