/* schedule_signed.c - does mail wait that was signed as a domain before some time? Its keys'
 * records are needed until it has gone. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include "base/id.h"
#include "schedule/schedule_message.h"

#define LOOK_MAX 200000 /* recipients; more, and some are assumed */

/* is_signed_as - the From domain is it, or lies below it (account_snapshot_domain_above) */
static bool
is_signed_as(const struct schedule_message *m, struct span domain)
{
	struct span from = span_of(schedule_message_from_domain(m));

	while (from.n > domain.n)
		(void)span_cut(from, '.', &from);
	return span_equals_nocase(from, domain);
}

/* find_in - a queue is in order of acceptance: what is younger ends the walk. */
static bool
find_in(const struct schedule_queue *queue, struct span domain, int64_t before_unix_ms,
	uint32_t *left)
{
	for (struct list *l = queue->all.next; l != &queue->all; l = l->next) {
		const struct schedule_message *m =
			LIST_OWNER(l, struct schedule_recipient, in_queue)->message;

		if (id_unix_ms(m->id) >= before_unix_ms)
			return false;
		if (*left == 0 || is_signed_as(m, domain))
			return true;
		(*left)--;
	}
	return false;
}

void
schedule_signed_find(struct schedule *s, struct schedule_ask *ask)
{
	struct span domain = span_of(ask->match);
	uint32_t left = LOOK_MAX;

	for (size_t i = 0; i < s->queue_count && ask->affected == 0; i++)
		ask->affected = find_in(s->queue[i], domain, ask->until_unix_ms, &left);
	ask->is_rough = left == 0;
}
