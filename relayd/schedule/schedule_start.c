/* schedule_start.c - starting jobs: while a site has something ready, a
 * connection for it and its pace allows, the next recipient and those of the
 * same message that go the same way become one transaction.
 *
 * Only sites on the dirty list are looked at. A job whose body is not in memory
 * first goes to the store's body thread, holding its connection.
 * Thread: scheduler. */
#include "schedule/schedule_turn.h"

#include "base/mem.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_site.h"

#define LOOK_AHEAD 4               /* siblings looked at per place in a transaction */

static struct schedule_lane *
first_lane(const struct schedule_stream *stream)
{
	return LIST_OWNER(stream->lanes.next, struct schedule_lane, in_stream);
}

/* ---- filling a job ------------------------------------------------------------------- */

static void
add_recipient(struct schedule *s, struct deliver_job *job, struct schedule_recipient *r)
{
	job->recipient[job->recipients++] = (struct deliver_recipient){
		.no = r->no, .address = r->address, .notify = r->notify,
		.orcpt = r->orcpt ? r->address + r->orcpt : NULL, .context = r };
	schedule_recipient_activate(s, r);
}

static bool
may_join(const struct schedule_recipient *r, const struct schedule_exchange *exchange)
{
	return r && (r->state == SCHEDULE_READY || r->state == SCHEDULE_TOLD)
	       && r->lane->exchange == exchange && schedule_queue_is_open(r->lane->queue)
	       && schedule_hold_beside_queue(r->lane) == NULL;
}

/* In the order of the envelope, from first on: siblings that go the same way are
 * near each other, and looking at all of a thousand for each would be too slow. */
static void
add_siblings(struct schedule *s, struct deliver_job *job, const struct schedule_recipient *first,
             const struct schedule_exchange *exchange, uint32_t max)
{
	const struct schedule_message *m = first->message;
	uint32_t end = m->places - first->place > max * LOOK_AHEAD
	                       ? first->place + max * LOOK_AHEAD : m->places;

	for (uint32_t i = first->place + 1; i < end && job->recipients < max; i++)
		if (may_join(m->recipient[i], exchange)
		    && !schedule_suppress_finish(s, m->recipient[i]))
			add_recipient(s, job, m->recipient[i]);
}

static uint32_t
recipients_max(struct schedule *s, const struct schedule_exchange *exchange,
               const struct schedule_message *m)
{
	uint32_t max = s->config->delivery.recipients_per_message;
	uint32_t room = schedule_warmup_room(s, exchange->site);

	if (exchange->recipients_max && exchange->recipients_max < max)
		max = exchange->recipients_max;
	if (max > DELIVER_RECIPIENTS_MAX)
		max = DELIVER_RECIPIENTS_MAX;
	if (room < max)
		max = room;
	return max < m->pending ? max : m->pending;
}

static struct deliver_job *
make_job(struct schedule *s, struct schedule_slot *slot, struct schedule_stream *stream)
{
	struct schedule_lane *lane = first_lane(stream);
	struct schedule_recipient *first = schedule_lane_first(lane);
	struct schedule_exchange *exchange = stream->exchange;
	struct schedule_message *m = first->message;
	struct schedule_queue *queue = lane->queue;
	uint32_t max = recipients_max(s, exchange, m);
	struct deliver_job *job = mem_zero(1, sizeof *job);

	job->back = (struct mailbox_return){ s->mailbox, schedule_outcome_job };
	job->context = schedule_slot_handle(s, slot);
	job->conn_id = slot->conn_id;
	job->route = resolve_route_ref(queue->route);
	job->source_address = exchange->site->source;
	job->message_id = m->id;
	job->return_path = schedule_message_return_path(m);
	job->envid = schedule_message_envid(m);
	job->ret = m->ret;
	job->smtputf8 = m->smtputf8;
	job->by = schedule_message_by(m).by;
	job->by_unix_ms = schedule_message_by(m).at_unix_ms;
	job->recipient = mem_zero(max, sizeof *job->recipient);
	schedule_pick_charge(stream);
	schedule_queue_refresh(s, queue);
	add_recipient(s, job, first);
	add_siblings(s, job, first, exchange, max);
	if (lane->stream)
		schedule_pick_add_work(lane->stream->flow, (uint32_t)job->recipients - 1);
	return job;
}

/* ---- sending it off ------------------------------------------------------------------ */

static void
send_job(struct schedule *s, struct schedule_slot *slot, struct deliver_job *job)
{
	s->jobs++;
	deliver_send(s->deliver[slot->worker], &job);
}

/* The body could not be read: as if a server had said "try again later", for
 * these recipients only. Bodies are never given up for that. */
static void
body_failed(struct schedule *s, struct deliver_job *job, const struct err *err)
{
	struct mail_event event = {
		.kind = MAIL_EVENT_DEFERRED, .at_unix_ms = s->now_unix_ms,
		.message_id = job->message_id, .category = VERDICT_SYSTEM_ERROR,
		.enhanced = { 4, 3, 0 }, .reply = span_of(err->text), .detail = err->text,
		.duration_ms = -1 };
	struct verdict verdict = { .category = VERDICT_SYSTEM_ERROR };

	for (size_t i = 0; i < job->recipients; i++)
		schedule_outcome_defer(s, job->recipient[i].context, &event, &verdict,
		                       rand_next(&s->rand));
}

static void
put_back(struct schedule *s, struct deliver_job *job)
{
	for (size_t i = job->recipients; i-- > 0;)
		schedule_recipient_wait(s, job->recipient[i].context, SCHEDULE_READY, true);
}

static void
on_body(struct mailbox_item *item, void *owner)
{
	struct store_fetch *fetch = (struct store_fetch *)(void *)item;
	struct schedule *s = owner;
	struct schedule_slot *slot = s ? fetch->context : NULL;
	struct deliver_job *job = slot ? slot->job : NULL;

	if (s == NULL) { /* we are gone: the slot's end frees the job */
		mail_body_unref(&fetch->body);
		mem_free(fetch);
		return;
	}
	schedule_read_clock(s);
	s->fetches--;
	slot->job = NULL;
	if (fetch->result == 0 && !s->is_stopping) {
		job->body = fetch->body;
		send_job(s, slot, job);
	} else {
		mail_body_unref(&fetch->body);
		schedule_warmup_refund(s, slot, job->recipients);
		if (fetch->result == 0)
			put_back(s, job);
		else
			body_failed(s, job, &fetch->err);
		deliver_job_free(&job);
		schedule_slot_set_idle(s, slot);
	}
	mem_free(fetch);
	schedule_wake(s);
}

static void
fetch_body(struct schedule *s, struct schedule_slot *slot, struct deliver_job *job)
{
	struct store_fetch *fetch = mem_zero(1, sizeof *fetch);

	fetch->back = (struct mailbox_return){ s->mailbox, on_body };
	fetch->context = slot;
	fetch->id = job->message_id;
	slot->job = job;
	s->fetches++;
	store_fetch_send(s->store, &fetch);
}

static void
start_job(struct schedule *s, struct schedule_slot *slot, struct schedule_stream *stream)
{
	struct schedule_lane *lane = first_lane(stream);
	struct schedule_message *m = schedule_lane_first(lane)->message;
	struct deliver_job *job;

	schedule_slot_set_busy(s, slot, stream->flow->class == SCHEDULE_BULK);
	job = make_job(s, slot, stream); /* stream may be gone now */
	pace_gate_take(&slot->exchange->site->gate, s->now_mono_ms);
	schedule_warmup_take(s, slot, job->recipients);
	slot->messages++;
	if (m->kept) {
		job->body = mail_body_ref(m->kept->body);
		send_job(s, slot, job);
	} else {
		fetch_body(s, slot, job);
	}
}

/* ---- choosing the connection --------------------------------------------------------- */

static struct schedule_slot *
idle_of(const struct schedule_exchange *exchange)
{
	return list_is_empty(&exchange->idle)
	               ? NULL
	               : LIST_OWNER(exchange->idle.next, struct schedule_slot, in_exchange);
}

/* find_slot - for *stream; at the site's cap an idle connection to another
 * exchange of the provider serves its own mail (then *stream changes), unless
 * *stream is far behind: then it makes room. NULL: not now. */
static struct schedule_slot *
find_slot(struct schedule *s, struct schedule_site *site, struct schedule_stream **stream)
{
	struct schedule_slot *slot = idle_of((*stream)->exchange);
	struct schedule_stream *own;

	if (slot == NULL)
		slot = schedule_slot_open(s, (*stream)->exchange);
	if (slot || list_is_empty(&site->idle))
		return slot;
	slot = LIST_OWNER(site->idle.next, struct schedule_slot, in_site);
	do
		own = schedule_pick_own(slot->exchange);
	while (own && schedule_suppress_finish(s, schedule_lane_first(first_lane(own))));
	if (own && !schedule_pick_is_ahead(*stream, own)) {
		*stream = own;
		return slot;
	}
	schedule_slot_close(s, slot);
	return schedule_slot_open(s, (*stream)->exchange);
}

/* may_go_on - is it the site's moment? Sets its timer when it is not. */
static bool
may_go_on(struct schedule *s, struct schedule_site *site)
{
	int64_t wait_ms = pace_gate_wait_ms(&site->gate, s->now_mono_ms);

	if (wait_ms > 0) {
		schedule_site_wait_until(s, site, s->now_mono_ms + wait_ms);
		return false;
	}
	schedule_site_refresh(s, site);
	/* after a back-off one connection tries, the others wait for what it learns */
	return site->busy == 0 || !pace_gate_is_probing(&site->gate, s->now_mono_ms);
}

static void
run_site(struct schedule *s, struct schedule_site *site)
{
	for (;;) {
		struct schedule_stream *stream = schedule_pick_stream(site);
		struct schedule_slot *slot;

		if (stream == NULL || !schedule_warmup_lets(s, site) || !may_go_on(s, site)) {
			list_remove(&site->in_starved);
			return;
		}
		if (schedule_suppress_finish(s, schedule_lane_first(first_lane(stream))))
			continue; /* put on the list while it waited */
		slot = find_slot(s, site, &stream);
		if (slot == NULL)
			return;
		start_job(s, slot, stream);
	}
}

void
schedule_start_ready(struct schedule *s)
{
	while (schedule_may_start(s)) {
		struct schedule_site *site;

		if (list_is_empty(&s->dirty) && !list_is_empty(&s->starved)
		    && (s->slots < s->config->delivery.total_connections
		        || !list_is_empty(&s->idle_slots)))
			schedule_site_dirty(s, LIST_OWNER(s->starved.next, struct schedule_site,
			                                  in_starved));
		if (list_is_empty(&s->dirty))
			return;
		site = LIST_OWNER(s->dirty.next, struct schedule_site, in_dirty);
		list_remove(&site->in_dirty);
		run_site(s, site);
	}
}
