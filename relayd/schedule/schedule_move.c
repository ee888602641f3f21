/* schedule_move.c - what waits goes out by another pool of source addresses.
 *
 * It is about what waits when it is asked for: each recipient gets a label with the pool,
 * and its row in the store says so too. What comes later goes by its credential's
 * pool as before. Who was held stays held. What is being handed over goes on as it
 * began; what is not delivered of it comes back to where it was. Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <string.h>
#include "schedule/schedule_message.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_source.h"
#include "store/store_audit.h"

/* did - for the audit log; once for each pool they left by before */
static void
did(const struct schedule *s, struct schedule_ask *ask, const struct schedule_recipient *r)
{
	const char *was = schedule_source_pool(s, r->lane->credential, r->lane->label);
	const char *text = store_audit_change(ask->arena, "pool", was ? was : "default",
	                                      ask->pool);

	if (ask->did == NULL || strstr(ask->did, text) == NULL)
		ask->did = store_audit_add(ask->arena, ask->did, text);
}

static void
move_row(struct schedule *s, struct schedule_ask *ask, struct schedule_message_row *row,
         struct store_marks *marks, struct store_recipient_key *key)
{
	struct schedule_message *m = schedule_message_find(s, row->id);
	struct schedule_recipient *r;
	uint32_t place = 0;

	while (m && (r = schedule_message_next(m, row, &place)) != NULL) {
		if (r->state == SCHEDULE_ACTIVE)
			continue;
		did(s, ask, r);
		schedule_label_set(s, r, schedule_label_moved(s, r->lane->label, ask->pool));
		row->touched++;
		key[marks->recipients++] =
			(struct store_recipient_key){ .message_id = m->id, .no = r->no };
	}
}

bool
schedule_move_messages(struct schedule *s, struct schedule_ask *ask)
{
	struct store_recipient_key *key =
		arena_alloc(ask->arena, (ask->affected + 1) * sizeof *key);
	struct store_marks marks = { .kind = STORE_MARK_POOL, .text = ask->pool,
		                     .recipient = key };

	for (size_t i = 0; i < ask->messages; i++)
		move_row(s, ask, &ask->message[i], &marks, key);
	ask->affected = (uint32_t)marks.recipients;
	if (marks.recipients == 0)
		return true;
	schedule_mark_send(s, ask, NULL, &marks);
	return false;
}

/* list_queue - its recipients as rows; the queue's own list changes its lanes meanwhile. */
static void
list_queue(struct schedule_ask *ask, const struct schedule_queue *queue)
{
	for (struct list *l = queue->all.next; l != &queue->all; l = l->next) {
		const struct schedule_recipient *r =
			LIST_OWNER(l, struct schedule_recipient, in_queue);

		if (r->state != SCHEDULE_ACTIVE)
			ask->message[ask->messages++] = (struct schedule_message_row){
				.id = r->message->id, .no = r->no, .is_one = true, .waiting = 1 };
	}
}

void
schedule_move_list(struct schedule_ask *ask, struct schedule_queue *const *queue, size_t queues)
{
	size_t most = 0;

	for (size_t i = 0; i < queues; i++)
		most += schedule_queue_waiting(queue[i]);
	ask->affected = (uint32_t)most;
	ask->message = arena_alloc(ask->arena, (most + 1) * sizeof *ask->message);
	ask->messages = 0;
	for (size_t i = 0; i < queues; i++)
		list_queue(ask, queue[i]);
}

bool
schedule_move_queues(struct schedule *s, struct schedule_ask *ask,
                     struct schedule_queue *const *queue, size_t queues)
{
	schedule_move_list(ask, queue, queues);
	for (size_t i = 0; i < queues; i++)
		queue[i]->generation = ++s->generation;
	return schedule_move_messages(s, ask);
}
