/* schedule_message.c - messages, as small as they get: a hundred thousand of them wait
 * in a bad hour.
 *
 * The strings of a message are stored once. Bodies of just accepted messages stay for
 * a first attempt, under limits.body_memory. Thread: scheduler (loading: main, before
 * it starts). */
#include "schedule/schedule_message.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "smtp/smtp_command.h"
#include "schedule/schedule_credential.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

#define STUCK_MS 60000             /* a body that waited this long is not about to go */
#define LAST_ATTEMPT_MS 3600000    /* how long a last attempt may take, at most */

/* ---- bodies -------------------------------------------------------------------------- */

static void
keep_body(struct schedule *s, struct schedule_message *m, struct mail_body *body)
{
	struct schedule_kept *kept = mem_zero(1, sizeof *kept);

	*kept = (struct schedule_kept){ .message = m, .body = body,
		                        .bytes = mail_body_memory_bytes(body),
		                        .since_mono_ms = s->now_mono_ms };
	list_push_back(&s->kept, &kept->link);
	s->kept_bytes += kept->bytes;
	m->kept = kept;
}

void
schedule_message_drop_body(struct schedule *s, struct schedule_message *m)
{
	if (m->kept == NULL)
		return;
	s->kept_bytes -= m->kept->bytes;
	list_remove(&m->kept->link);
	mail_body_unref(&m->kept->body);
	mem_free(m->kept);
	m->kept = NULL;
}

/* Which to drop: one that is stuck, else the newest: the oldest are next in
 * line, and dropping those would have each fetched just before its turn. */
void
schedule_message_fit_bodies(struct schedule *s)
{
	while (s->kept_bytes > s->config->limits.body_memory_bytes) {
		struct schedule_kept *kept = LIST_OWNER(s->kept.next, struct schedule_kept, link);

		if (s->now_mono_ms - kept->since_mono_ms < STUCK_MS)
			kept = LIST_OWNER(s->kept.prev, struct schedule_kept, link);
		schedule_message_drop_body(s, kept->message);
	}
}

/* ---- messages ------------------------------------------------------------------------ */

struct schedule_message *
schedule_message_find(struct schedule *s, uint64_t id)
{
	struct schedule_table_node *node =
		schedule_table_first(&s->messages, schedule_table_hash(id, 0));

	for (; node; node = schedule_table_next(node)) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);

		if (m->id == id)
			return m;
	}
	return NULL;
}

const char *
schedule_message_return_path(const struct schedule_message *m)
{
	return (const char *)&m->recipient[m->places];
}

const char *
schedule_message_from_domain(const struct schedule_message *m)
{
	return schedule_message_return_path(m) + m->from_domain;
}

const char *
schedule_message_envid(const struct schedule_message *m)
{
	return m->envid ? schedule_message_return_path(m) + m->envid : NULL;
}

struct schedule_by
schedule_message_by(const struct schedule_message *m)
{
	struct schedule_by by = { 0 };

	if (m->by)
		memcpy(&by, schedule_message_return_path(m) + m->by, sizeof by);
	return by;
}

/* is_strict - what is late is not to be delivered at all. */
static bool
is_strict(const struct schedule_message *m)
{
	return schedule_message_by(m).by & SMTP_BY_RETURN;
}

/* struct facts - what submit and load have in common. */
struct facts {
	uint64_t id, credential_id;
	const char *credential, *return_path, *from_domain, *envid;
	int64_t expires_unix_ms, release_unix_ms;
	struct schedule_by by;
	unsigned char ret;
	bool smtputf8, is_bulk;
	size_t recipients;
};

static uint16_t
add_text(char *text, size_t *at, const char *more)
{
	size_t n = strlen(more) + 1, place = *at;

	must(place + n <= UINT16_MAX);
	memcpy(text + place, more, n);
	*at += n;
	return (uint16_t)place;
}

static struct schedule_message *
message_new(struct schedule *s, const struct facts *facts)
{
	const char *from_domain = facts->from_domain ? facts->from_domain : "";
	size_t array = facts->recipients * sizeof(struct schedule_recipient *), at = 0;
	size_t text_n = strlen(facts->return_path) + strlen(from_domain) + 2
		        + (facts->envid ? strlen(facts->envid) + 1 : 0)
		        + (facts->by.by ? sizeof facts->by : 0);
	struct schedule_message *m = mem_zero(1, sizeof *m + array + text_n);
	char *text = (char *)m + sizeof *m + array;

	must(facts->recipients > 0 && facts->recipients <= UINT32_MAX);
	m->id = facts->id;
	m->ret = facts->ret;
	m->smtputf8 = facts->smtputf8;
	m->is_bulk = facts->is_bulk;
	m->release_unix_ms = facts->release_unix_ms;
	m->places = (uint32_t)facts->recipients;
	add_text(text, &at, facts->return_path);
	m->from_domain = add_text(text, &at, from_domain);
	if (facts->envid)
		m->envid = add_text(text, &at, facts->envid);
	if (facts->by.by) { /* few ask for it: not a field for all */
		must(at <= UINT16_MAX);
		m->by = (uint16_t)at;
		memcpy(text + at, &facts->by, sizeof facts->by);
	}
	m->credential = schedule_credential_ref(s, facts->credential_id,
	                               facts->credential ? facts->credential : "");
	heap_node_init(&m->expiry);
	schedule_table_put(&s->messages, &m->node, schedule_table_hash(m->id, 0));
	if (facts->expires_unix_ms > s->now_unix_ms)
		heap_insert(&s->due[SCHEDULE_DUE_MESSAGE], &m->expiry,
		            schedule_mono_ms(s, facts->expires_unix_ms));
	else /* it expired while the relay was down: not without a try */
		schedule_message_extend(s, m);
	schedule_notice_expect(s, m);
	return m;
}

void
schedule_message_free(struct schedule *s, struct schedule_message *m)
{
	schedule_message_drop_body(s, m);
	heap_remove(&s->due[SCHEDULE_DUE_MESSAGE], &m->expiry);
	schedule_table_remove(&s->messages, &m->node);
	schedule_credential_unref(s, m->credential);
	mem_free(m);
}

void
schedule_message_extend(struct schedule *s, struct schedule_message *m)
{
	int64_t extra_ms = s->config->delivery.max_age_ms / 10;

	if (heap_has(&m->expiry))
		return;
	if (extra_ms > LAST_ATTEMPT_MS)
		extra_ms = LAST_ATTEMPT_MS;
	if (is_strict(m))
		extra_ms = 0; /* it is given up in this turn */
	m->is_overdue = true;
	heap_insert(&s->due[SCHEDULE_DUE_MESSAGE], &m->expiry, s->now_mono_ms + extra_ms);
}

/* note_expired - so that a release gives it its last attempt. */
static void
note_expired(const struct schedule_lane *lane)
{
	struct schedule_hold *hold = schedule_label_hold(lane->label);

	if (lane->credential->hold)
		lane->credential->has_expired = true;
	for (size_t i = 0; hold && i < lane->label->holds; i++)
		lane->label->hold[i]->has_expired = true;
}

/* Held mail does not expire while somebody holds it, unless its sender said by when;
 * a job under way decides about its recipients when it comes back. */
void
schedule_message_expire(struct schedule *s, struct schedule_message *m)
{
	heap_remove(&s->due[SCHEDULE_DUE_MESSAGE], &m->expiry);
	m->pending++; /* stays until the loop is over */
	for (uint32_t i = 0; i < m->places; i++) {
		struct schedule_recipient *r = m->recipient[i];

		if (r)
			note_expired(r->lane);
		if (r && r->state != SCHEDULE_ACTIVE
		    && (is_strict(m) || schedule_hold_of_lane(r->lane) == NULL))
			schedule_outcome_expire(s, r, NULL);
	}
	if (--m->pending == 0)
		schedule_message_free(s, m);
}

/* ---- coming in ----------------------------------------------------------------------- */

static bool
is_scheduled(const struct schedule *s, const struct schedule_message *m)
{
	return m->release_unix_ms > s->now_unix_ms;
}

/* The store has had the time since the message was accepted; this is for the log. */
static void
tell_scheduled(struct schedule *s, struct schedule_recipient *r)
{
	char at[CLOCK_RFC3339_SIZE], detail[64];
	struct mail_event event = { .kind = MAIL_EVENT_SCHEDULED, .at_unix_ms = s->now_unix_ms,
		                    .duration_ms = -1, .detail = detail,
		                    .next_attempt_unix_ms = r->message->release_unix_ms };

	clock_format_rfc3339(r->message->release_unix_ms, at);
	snprintf(detail, sizeof detail, "to be sent at %.19sZ, as its sender asked", at);
	schedule_record_add(s, schedule_outcome_fill(s, r, &event), MAIL_STATUS_SCHEDULED, false);
}

void
schedule_message_accept(struct schedule *s, struct mail_message **message)
{
	struct mail_message *from = *message;
	const struct schedule_origin origin = {
		.sender = from->sender, .from_domain = from->from_domain,
		.credential = from->credential, .tag = from->tag, .tags = from->tags };
	const struct schedule_decided by_domain = {
		.domain = schedule_source_domain(s->accounts, from->from_domain) };
	struct schedule_message *m;

	if (from->recipients == 0) { /* nobody to send it to */
		mail_message_free(message);
		return;
	}
	m = message_new(s, &(struct facts){
		.id = from->id, .credential_id = from->credential_id,
		.credential = from->credential, .return_path = from->return_path,
		.from_domain = from->from_domain, .envid = from->envid,
		.expires_unix_ms = from->expires_unix_ms,
		.release_unix_ms = from->release_unix_ms, .ret = from->ret,
		.by = { from->by_unix_ms, from->by },
		.smtputf8 = from->smtputf8, .is_bulk = from->is_bulk,
		.recipients = from->recipients });

	if (from->body && !is_scheduled(s, m)) {
		keep_body(s, m, from->body);
		from->body = NULL;
	}
	m->pending++;
	for (uint32_t i = 0; i < m->places; i++) {
		struct schedule_recipient *r = schedule_recipient_new(
			s, m, i, i, &from->recipient[i],
			schedule_hold_rule_label(s, &origin, &from->recipient[i], &by_domain));

		if (is_scheduled(s, m)) {
			schedule_recipient_start_scheduled(
				s, r, schedule_mono_ms(s, m->release_unix_ms));
			tell_scheduled(s, r);
		} else {
			schedule_recipient_start_waiting(s, r, SCHEDULE_READY, false);
			schedule_suppress_finish(s, r);
		}
	}
	if (--m->pending == 0) /* all are on the suppression list */
		schedule_message_free(s, m);
	mail_message_free(message);
}

/* load_label - what the store knows was decided. A hold that is gone is over. */
static struct schedule_label *
load_label(struct schedule *s, const struct schedule_origin *origin,
           const struct store_queued_recipient *q, const struct mail_recipient *from)
{
	struct schedule_hold *hold = q->hold ? map_get(s->holds, span_of(q->hold)) : NULL;
	const struct schedule_decided alone = { .hold = &hold, .holds = hold != NULL,
		                                .pool = q->pool,
		                                .domain = schedule_source_domain(
			                                s->accounts, origin->from_domain) };

	return schedule_hold_rule_label(s, origin, from, &alone);
}

void
schedule_message_load(struct schedule *s, const struct store_queued *queued)
{
	const struct schedule_origin origin = {
		.sender = queued->sender, .from_domain = queued->from_domain,
		.credential = queued->credential, .tag = queued->tag, .tags = queued->tags };
	struct schedule_message *m;
	bool is_delay_told = true, is_early = true;

	if (queued->recipients == 0)
		return;
	for (uint32_t i = 0; i < queued->recipients; i++)
		is_early &= queued->recipient[i].status != MAIL_STATUS_SCHEDULED;
	m = message_new(s, &(struct facts){
		.id = queued->id, .credential_id = queued->credential_id,
		.credential = queued->credential, .return_path = queued->return_path,
		.from_domain = queued->from_domain, .envid = queued->envid,
		.expires_unix_ms = queued->expires_unix_ms,
		/* an operator sent it before its time: its age counts from then at most */
		.release_unix_ms = is_early && queued->release_unix_ms > s->now_unix_ms
		                           ? s->now_unix_ms : queued->release_unix_ms,
		.ret = queued->ret,
		.by = { queued->by_unix_ms, queued->by },
		.smtputf8 = queued->smtputf8, .is_bulk = queued->is_bulk,
		.recipients = queued->recipients });
	for (uint32_t i = 0; i < m->places; i++) {
		const struct store_queued_recipient *q = &queued->recipient[i];
		struct mail_recipient from = { .address = q->address, .domain = q->domain,
			                       .orcpt = q->orcpt, .notify = q->notify };
		struct schedule_recipient *r = schedule_recipient_new(
			s, m, i, q->no, &from, load_label(s, &origin, q, &from));

		r->attempts = q->attempts < UINT16_MAX ? (uint16_t)q->attempts : UINT16_MAX;
		if (q->status == MAIL_STATUS_SCHEDULED && is_scheduled(s, m))
			schedule_recipient_start_scheduled(
				s, r, schedule_mono_ms(s, m->release_unix_ms));
		else if (q->next_attempt_unix_ms > s->now_unix_ms)
			schedule_recipient_start_deferred(
				s, r, schedule_mono_ms(s, q->next_attempt_unix_ms));
		else
			schedule_recipient_start_waiting(s, r, SCHEDULE_READY, false);
		is_delay_told &= q->is_delay_told;
	}
	m->is_delay_told = is_delay_told;
	m->is_loaded = true;
}

/* for schedule_free: the queues go afterwards */
void
schedule_message_free_all(struct schedule *s)
{
	for (size_t i = 0; i < s->queue_count; i++) {
		struct schedule_queue *queue = s->queue[i];

		while (!list_is_empty(&queue->all))
			schedule_recipient_leave(s, LIST_OWNER(
				queue->all.next, struct schedule_recipient, in_queue));
	}
}
