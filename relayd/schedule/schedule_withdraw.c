/* schedule_withdraw.c - mail an operator takes out of the queue: bounced (its
 * senders hear of it) or cancelled (nobody does).
 *
 * What waited when he asked is taken out in slices, so that a hundred thousand
 * do not stop the others; what was accepted later stays, and what is being
 * handed over at its moment is left alone. The operator hears that it is done
 * when every outcome is in the store: each batch of outcomes has a number, and
 * a withdrawal counts those between its first and its last. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include "base/id.h"
#include "base/mem.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_turn.h"

#define SLICE 500                  /* recipients a turn */

struct withdrawal_queue {
	const char *domain;        /* a queue may go while we are at another */
	uint32_t left;             /* so many waited there */
};

struct schedule_withdrawal {
	struct list link;          /* schedule->withdrawals */
	struct schedule_ask *ask;  /* owned */
	struct mail_event event;   /* strings in the ask's arena */
	int64_t asked_unix_ms;
	struct withdrawal_queue *queue; /* in the ask's arena */
	size_t queues;             /* 0: the ask's messages */
	size_t at;                 /* the queue or message that is being emptied */
	uint32_t done;
	uint64_t first_batch, last_batch, stored; /* numbers of batches; how many of them */
};

/* ---- asking -------------------------------------------------------------------------- */

static struct mail_event
event_of(const struct schedule_ask *ask, enum mail_event_kind kind)
{
	const char *by = ask->by ? ask->by : "somebody";
	bool has_reason = ask->reason && *ask->reason;
	const char *detail =
		arena_printf(ask->arena, "%s by %s%s%s",
	                     kind == MAIL_EVENT_BOUNCED ? "bounced" : "cancelled", by,
	                     has_reason ? ": " : "", has_reason ? ask->reason : "");

	if (kind != MAIL_EVENT_BOUNCED)
		return (struct mail_event){ .kind = kind, .duration_ms = -1, .detail = detail };
	/* RFC 3463: 5.7.1, delivery not authorized. Soft: the address may be fine. */
	return (struct mail_event){ .kind = kind, .duration_ms = -1, .detail = detail,
		                    .enhanced = { 5, 7, 1 }, .category = VERDICT_POLICY,
		                    .reply = span_of(detail) };
}

static struct schedule_withdrawal *
withdrawal_new(struct schedule *s, struct schedule_ask *ask, enum mail_event_kind kind)
{
	struct schedule_withdrawal *w = mem_zero(1, sizeof *w);

	w->ask = ask;
	w->event = event_of(ask, kind);
	w->asked_unix_ms = s->now_unix_ms;
	w->first_batch = s->batches + (s->batch == NULL);
	list_push_back(&s->withdrawals, &w->link);
	schedule_wake(s);
	return w;
}

void
schedule_withdraw_messages(struct schedule *s, struct schedule_ask *ask)
{
	(void)withdrawal_new(s, ask,
	                     ask->act == SCHEDULE_CANCEL_MESSAGE ? MAIL_EVENT_CANCELLED
	                                                         : MAIL_EVENT_BOUNCED);
}

void
schedule_withdraw_queues(struct schedule *s, struct schedule_ask *ask,
                         struct schedule_queue *const *queue, size_t queues)
{
	struct schedule_withdrawal *w = withdrawal_new(s, ask, MAIL_EVENT_BOUNCED);

	w->queue = arena_alloc(ask->arena, queues * sizeof *w->queue);
	w->queues = queues;
	for (size_t i = 0; i < queues; i++) {
		queue[i]->generation = ++s->generation;
		w->queue[i] = (struct withdrawal_queue){
			.domain = arena_strdup(ask->arena, queue[i]->name),
			.left = schedule_queue_waiting(queue[i]) };
	}
}

/* ---- doing --------------------------------------------------------------------------- */

static void
finish_one(struct schedule *s, struct schedule_withdrawal *w, struct schedule_recipient *r)
{
	struct mail_event event = w->event;

	event.attempt = r->attempts;
	schedule_outcome_finish(s, r, &event);
	w->done++;
}

/* empty_queue - at most slice of them; true: nothing is left to do there. */
static bool
empty_queue(struct schedule *s, struct schedule_withdrawal *w, struct withdrawal_queue *from,
            int *slice)
{
	struct schedule_queue *queue = schedule_queue_find(s, span_of(from->domain));
	struct list *l, *next;

	if (queue == NULL)
		return true;
	for (l = queue->all.next; l != &queue->all && from->left > 0 && *slice > 0; l = next) {
		struct schedule_recipient *r =
			LIST_OWNER(l, struct schedule_recipient, in_queue);

		next = l->next;
		if (r->state == SCHEDULE_ACTIVE || id_unix_ms(r->message->id) > w->asked_unix_ms)
			continue;
		finish_one(s, w, r);
		from->left--;
		(*slice)--;
	}
	return *slice > 0 || from->left == 0;
}

/* empty_message - as empty_queue. Who was handed over meanwhile is no longer ours. */
static bool
empty_message(struct schedule *s, struct schedule_withdrawal *w,
              struct schedule_message_row *row, int *slice)
{
	struct schedule_message *m = schedule_message_find(s, row->id);
	struct schedule_recipient *r;
	uint32_t place = 0;

	while (m && (r = schedule_message_next(m, row, &place)) != NULL) {
		bool is_last = m->pending == 1; /* the message goes with it */

		if (r->state == SCHEDULE_ACTIVE)
			continue;
		if (*slice == 0)
			return false;
		finish_one(s, w, r);
		row->touched++;
		(*slice)--;
		if (is_last)
			break;
	}
	if (row->touched < row->waiting)
		row->active += row->waiting - row->touched;
	return true;
}

static bool
has_work(const struct schedule_withdrawal *w)
{
	return w->at < (w->queues ? w->queues : w->ask->messages);
}

static bool
empty_next(struct schedule *s, struct schedule_withdrawal *w, int *slice)
{
	if (w->queues)
		return empty_queue(s, w, &w->queue[w->at], slice);
	return empty_message(s, w, &w->ask->message[w->at], slice);
}

static void
end_if_stored(struct schedule *s, struct schedule_withdrawal *w)
{
	if (has_work(w) || w->stored < w->last_batch - w->first_batch + 1)
		return;
	w->ask->affected = w->done;
	list_remove(&w->link);
	mailbox_answer(&w->ask->back, &w->ask->item);
	mem_free(w);
	schedule_wake(s);
}

void
schedule_withdraw_run(struct schedule *s)
{
	int slice = SLICE;

	for (struct list *l = s->withdrawals.next, *next; l != &s->withdrawals; l = next) {
		struct schedule_withdrawal *w = LIST_OWNER(l, struct schedule_withdrawal, link);

		next = l->next;
		if (!has_work(w))
			continue; /* waits for the store */
		while (has_work(w) && slice > 0 && empty_next(s, w, &slice)) {
			w->at++;
			slice--; /* so that many empty queues do not count as nothing */
		}
		if (has_work(w)) {
			schedule_wake(s);
			return;
		}
		w->last_batch = w->done ? s->batches : w->first_batch - 1;
		end_if_stored(s, w);
	}
}

void
schedule_withdraw_recorded(struct schedule *s, uint64_t batch)
{
	for (struct list *l = s->withdrawals.next, *next; l != &s->withdrawals; l = next) {
		struct schedule_withdrawal *w = LIST_OWNER(l, struct schedule_withdrawal, link);

		next = l->next;
		if (batch < w->first_batch || (!has_work(w) && batch > w->last_batch))
			continue;
		w->stored++;
		end_if_stored(s, w);
	}
}

void
schedule_withdraw_free_all(struct schedule *s)
{
	while (!list_is_empty(&s->withdrawals)) {
		struct schedule_withdrawal *w =
			LIST_OWNER(s->withdrawals.next, struct schedule_withdrawal, link);

		list_remove(&w->link);
		schedule_ask_answer(&w->ask->item, NULL);
		mem_free(w);
	}
}
