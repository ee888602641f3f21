/* schedule_sweep.c - what is to be said to many at once, said in slices.
 *
 * When a site or a domain's look-ups are in trouble, everybody who waits there
 * gets one deferred event with the reason (who asks for his mail must not read
 * "queued" while we know better), and no other until it was tried itself. When
 * a domain has no mail servers for good, everybody is bounced. A hundred
 * thousand of them must not stop the others, hence slices.
 * Thread: scheduler. */
#include "schedule/schedule_outcome.h"

#include "schedule/schedule_hold.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_turn.h"

#define SLICE 500                  /* recipients a turn */

static const struct schedule_reply *
reason_of(const struct schedule *s, const struct schedule_lane *lane)
{
	const struct schedule_queue *queue = lane->queue;

	if (schedule_hold_of_lane(lane))
		return NULL;
	if (queue->state == SCHEDULE_LOOKUP || queue->state == SCHEDULE_FAILED)
		return queue->reply;
	if (lane->exchange && schedule_site_is_waiting(s, lane->exchange->site))
		return lane->exchange->site->reply;
	return lane->reply;
}

/* next_of - the first that still has to hear it, or NULL. */
static struct schedule_recipient *
next_of(const struct schedule *s, const struct schedule_queue *queue)
{
	bool is_bounce = queue->state == SCHEDULE_FAILED;

	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);
		struct list *told = &lane->waiting[SCHEDULE_TOLD];
		struct list *ready = &lane->waiting[SCHEDULE_READY];

		if (reason_of(s, lane) == NULL)
			continue;
		if (!list_is_empty(ready))
			return LIST_OWNER(ready->next, struct schedule_recipient, in_lane);
		if (is_bounce && !list_is_empty(told))
			return LIST_OWNER(told->next, struct schedule_recipient, in_lane);
	}
	return NULL;
}

void
schedule_sweep_queue(struct schedule *s, struct schedule_queue *queue)
{
	if (list_is_empty(&queue->in_sweep) && next_of(s, queue))
		list_push_back(&s->sweep, &queue->in_sweep);
}

void
schedule_sweep_site(struct schedule *s, struct schedule_site *site)
{
	for (struct list *e = site->exchanges.next; e != &site->exchanges; e = e->next) {
		struct list *paths = &LIST_OWNER(e, struct schedule_exchange, in_site)->paths;

		for (struct list *p = paths->next; p != paths; p = p->next) {
			struct schedule_queue *queue =
				LIST_OWNER(p, struct schedule_path, in_exchange)->queue;

			if (queue->count[SCHEDULE_READY] > 0)
				schedule_sweep_queue(s, queue);
		}
	}
}

static struct mail_event
event_of(const struct schedule *s, const struct schedule_reply *reply)
{
	return (struct mail_event){ .at_unix_ms = s->now_unix_ms, .code = reply->code,
		                    .enhanced = reply->enhanced, .category = reply->category,
		                    .reply = { reply->text, reply->n }, .duration_ms = -1 };
}

static void
bounce(struct schedule *s, struct schedule_recipient *r, const struct schedule_reply *reply)
{
	struct mail_event event = event_of(s, reply);

	event.kind = MAIL_EVENT_BOUNCED;
	/* the address cannot work (RFC 3463: X.1.x), as against a loop of ours */
	event.is_hard = reply->enhanced.class == 5 && reply->enhanced.subject == 1;
	event.attempt = r->attempts + 1u;
	event.detail = reply->text;
	schedule_outcome_finish(s, r, &event);
}

/* struct wait - until when, and the words for it */
struct wait {
	int64_t until_mono_ms;
	const char *detail;
};

static struct wait
wait_of(const struct schedule_lane *lane)
{
	const struct schedule_queue *queue = lane->queue;

	if (queue->state == SCHEDULE_LOOKUP)
		return (struct wait){ queue->lookup.until_mono_ms,
			              "waits until the name servers answer" };
	if (lane->exchange)
		return (struct wait){ pace_gate_until(&lane->exchange->site->gate),
			              "was not tried itself: its site was told this and all wait" };
	return (struct wait){ queue->route_until_mono_ms,
		              "waits for a source address that can be used" };
}

static void
tell(struct schedule *s, struct schedule_recipient *r, const struct schedule_reply *reply)
{
	const struct wait wait = wait_of(r->lane);
	struct mail_event event = event_of(s, reply);

	event.kind = MAIL_EVENT_DEFERRED;
	event.attempt = r->attempts;
	event.next_attempt_unix_ms = schedule_unix_ms(s, wait.until_mono_ms);
	event.detail = wait.detail;
	schedule_record_add(s, schedule_outcome_fill(s, r, &event), MAIL_STATUS_DEFERRED, false);
	schedule_recipient_wait(s, r, SCHEDULE_TOLD, false);
}

/* sweep_queue - returns how many it spoke to; takes the queue off the list when done. */
static int
sweep_queue(struct schedule *s, struct schedule_queue *queue, int slice)
{
	struct schedule_reply *reason;
	int done = 0;

	for (; done < slice; done++) {
		struct schedule_recipient *r = next_of(s, queue);

		if (r == NULL) {
			list_remove(&queue->in_sweep);
			break;
		}
		if (queue->state == SCHEDULE_FAILED) {
			reason = schedule_reply_ref(queue->reply);
			bounce(s, r, reason);
			schedule_reply_unref(&reason);
		} else {
			tell(s, r, reason_of(s, r->lane));
		}
	}
	return done;
}

void
schedule_sweep_run(struct schedule *s)
{
	int slice = SLICE;

	while (slice > 0 && !list_is_empty(&s->sweep)) {
		struct schedule_queue *queue =
			LIST_OWNER(s->sweep.next, struct schedule_queue, in_sweep);

		slice -= 1 + sweep_queue(s, queue, slice);
	}
	if (!list_is_empty(&s->sweep))
		schedule_wake(s);
}
