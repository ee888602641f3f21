/* schedule_recipient.c - a recipient is in exactly one state; changing it here keeps
 * the counts, the lane's list and the queue's heap right. One allocation with its
 * address: a hundred thousand of them wait in a bad hour. Thread: scheduler (loading:
 * main, before it starts). */
#include "schedule/schedule_recipient.h"

#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

static void
count(struct schedule *s, struct schedule_recipient *r, int by)
{
	struct schedule_queue *queue = r->lane->queue;

	queue->count[r->state] += (uint32_t)by;
	r->lane->count[r->state] += (uint32_t)by;
	if (r->state == SCHEDULE_READY)
		r->message->ready += (uint32_t)by;
	if (schedule_hold_of_lane(r->lane) && r->state != SCHEDULE_ACTIVE)
		s->held += (uint64_t)(int64_t)by;
	else
		s->recipients[r->state] += (uint64_t)(int64_t)by;
}

static void
leave_state(struct schedule *s, struct schedule_recipient *r)
{
	count(s, r, -1);
	if (r->state == SCHEDULE_DEFERRED) {
		heap_remove(&r->lane->queue->deferred, &r->due);
	} else if (r->state == SCHEDULE_SCHEDULED) {
		heap_remove(&r->lane->queue->scheduled, &r->due);
	} else if (r->state != SCHEDULE_ACTIVE) {
		list_remove(&r->in_lane);
		schedule_pick_update(s, r->lane);
	}
}

static void
enter_state(struct schedule *s, struct schedule_recipient *r, enum schedule_state state)
{
	r->state = (unsigned char)state;
	count(s, r, 1);
}

void
schedule_recipient_start_waiting(struct schedule *s, struct schedule_recipient *r,
                                 enum schedule_state state, bool first)
{
	struct list *waiting = &r->lane->waiting[state];

	must(state == SCHEDULE_READY || state == SCHEDULE_TOLD);
	enter_state(s, r, state);
	if (first)
		list_push_front(waiting, &r->in_lane);
	else
		list_push_back(waiting, &r->in_lane);
	schedule_pick_update(s, r->lane);
	schedule_queue_changed(s, r->lane->queue);
	schedule_queue_needs(s, r->lane->queue);
}

void
schedule_recipient_start_deferred(struct schedule *s, struct schedule_recipient *r,
                                  int64_t due_mono_ms)
{
	enter_state(s, r, SCHEDULE_DEFERRED);
	heap_node_init(&r->due);
	heap_insert(&r->lane->queue->deferred, &r->due, due_mono_ms);
	schedule_queue_changed(s, r->lane->queue);
}

void
schedule_recipient_start_scheduled(struct schedule *s, struct schedule_recipient *r,
                                   int64_t due_mono_ms)
{
	enter_state(s, r, SCHEDULE_SCHEDULED);
	heap_node_init(&r->due);
	heap_insert(&r->lane->queue->scheduled, &r->due, due_mono_ms);
	schedule_queue_changed(s, r->lane->queue);
}

/* hang_over - between two states, into another lane; both may be in other queues. */
static void
hang_over(struct schedule *s, struct schedule_recipient *r, struct schedule_lane *lane)
{
	struct schedule_queue *queue = r->lane->queue;
	struct schedule_lane *old = r->lane;

	r->lane = lane;
	if (lane->queue != queue) {
		list_remove(&r->in_queue);
		list_push_back(&lane->queue->all, &r->in_queue);
	}
	schedule_lane_drop(s, old);
	if (lane->queue != queue)
		schedule_queue_changed(s, queue);
}

/* other_way - a place in the lane that r should be in; NULL: it is there. */
static struct schedule_lane *
other_way(struct schedule *s, const struct schedule_recipient *r)
{
	const char *smarthost = schedule_migrate_way(r->message->credential, r->message->id);
	const struct schedule_lane *lane = r->lane;
	struct schedule_queue *queue;

	if (lane->queue->smarthost == smarthost)
		return NULL;
	queue = schedule_queue_get(s, span_of(lane->queue->domain), smarthost);
	return schedule_lane_get(s, &(struct schedule_lane_key){
		.queue = queue, .credential = lane->credential, .class = lane->class,
		.share = schedule_source_share(s, queue, r->message, lane->label),
		.label = lane->label });
}

/* keep_way - the share may have changed while it was in a job. */
static void
keep_way(struct schedule *s, struct schedule_recipient *r)
{
	struct schedule_lane *lane = other_way(s, r);

	if (lane)
		hang_over(s, r, lane);
}

void
schedule_recipient_settle(struct schedule *s, struct schedule_recipient *r)
{
	struct schedule_lane *lane = other_way(s, r);

	if (lane)
		schedule_recipient_move(s, r, lane);
}

void
schedule_recipient_wait(struct schedule *s, struct schedule_recipient *r,
                        enum schedule_state state, bool first)
{
	leave_state(s, r);
	keep_way(s, r);
	schedule_recipient_start_waiting(s, r, state, first);
}

void
schedule_recipient_defer(struct schedule *s, struct schedule_recipient *r, int64_t due_mono_ms)
{
	leave_state(s, r);
	keep_way(s, r);
	schedule_recipient_start_deferred(s, r, due_mono_ms);
}

void
schedule_recipient_activate(struct schedule *s, struct schedule_recipient *r)
{
	leave_state(s, r);
	heap_node_init(&r->due);
	r->due.key = s->now_mono_ms;
	enter_state(s, r, SCHEDULE_ACTIVE);
}

void
schedule_recipient_leave(struct schedule *s, struct schedule_recipient *r)
{
	struct schedule_message *m = r->message;
	struct schedule_lane *lane = r->lane;
	struct schedule_queue *queue = lane->queue;

	leave_state(s, r);
	must(m->recipient[r->place] == r);
	m->recipient[r->place] = NULL;
	list_remove(&r->in_queue);
	schedule_reply_unref(&r->reply);
	mem_free(r);
	schedule_lane_drop(s, lane);
	schedule_queue_changed(s, queue);
	if (--m->pending == 0)
		schedule_message_free(s, m);
}

void
schedule_recipient_move(struct schedule *s, struct schedule_recipient *r,
                        struct schedule_lane *lane)
{
	enum schedule_state state = r->state;
	/* its own, not its message's: one may have been sent early, and the others not */
	int64_t due = state == SCHEDULE_DEFERRED || state == SCHEDULE_SCHEDULED ? r->due.key : 0;

	leave_state(s, r);
	hang_over(s, r, lane);
	if (state == SCHEDULE_DEFERRED)
		schedule_recipient_start_deferred(s, r, due);
	else if (state == SCHEDULE_SCHEDULED)
		schedule_recipient_start_scheduled(s, r, due);
	else if (state == SCHEDULE_ACTIVE)
		enter_state(s, r, state);
	else
		schedule_recipient_start_waiting(s, r, state, false);
}

struct schedule_recipient *
schedule_recipient_new(struct schedule *s, struct schedule_message *m, uint32_t place,
                       uint32_t no, const struct mail_recipient *from,
                       struct schedule_label *label)
{
	size_t address_n = strlen(from->address) + 1;
	size_t orcpt_n = from->orcpt ? strlen(from->orcpt) + 1 : 0;
	struct schedule_recipient *r = mem_zero(1, sizeof *r + address_n + orcpt_n);
	struct schedule_queue *queue = schedule_queue_get(
		s, span_of(from->domain), schedule_migrate_way(m->credential, m->id));

	must(address_n <= UINT16_MAX && from->notify <= UINT8_MAX);
	memcpy(r->address, from->address, address_n);
	if (orcpt_n) {
		memcpy(r->address + address_n, from->orcpt, orcpt_n);
		r->orcpt = (uint16_t)address_n;
	}
	r->notify = (unsigned char)from->notify;
	r->no = no;
	r->place = place;
	r->message = m;
	m->recipient[place] = r;
	m->pending++;
	r->lane = schedule_lane_get(s, &(struct schedule_lane_key){
		.queue = queue, .credential = m->credential, .label = label,
		.class = m->is_bulk ? SCHEDULE_BULK : SCHEDULE_TRANSACTIONAL,
		.share = schedule_source_share(s, queue, m, label) });
	list_push_back(&queue->all, &r->in_queue);
	return r;
}

void
schedule_recipient_set_reply(struct schedule_recipient *r, struct schedule_reply *reply)
{
	struct schedule_reply *old = r->reply;

	r->reply = schedule_reply_ref(reply);
	schedule_reply_unref(&old);
}
