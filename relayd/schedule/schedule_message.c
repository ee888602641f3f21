/* schedule_message.c - messages and their recipients, as small as they get:
 * a hundred thousand of them wait in a bad hour.
 *
 * The strings of a message are stored once, a recipient is one allocation with
 * its address. A recipient is in exactly one state; changing it here keeps the
 * counts, the lane's list and the queue's heap right. Bodies of just accepted
 * messages stay for a first attempt, under limits.body_memory.
 * Thread: scheduler (loading: main, before it starts). */
#include "schedule/schedule_hold.h"
#include "schedule/schedule_migrate.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "smtp/smtp_command.h"

#define STUCK_MS 60000             /* a body that waited this long is not about to go */
#define LAST_ATTEMPT_MS 3600000    /* how long a last attempt may take, at most */

/* ---- replies ------------------------------------------------------------------------- */

#define REPLY_MAX_BYTES 200

struct schedule_reply *
schedule_reply_new(int code, struct verdict_status enhanced, enum verdict_category category,
                   struct span text)
{
	size_t n = text.n < REPLY_MAX_BYTES ? text.n : REPLY_MAX_BYTES;
	struct schedule_reply *reply = mem_alloc(sizeof *reply + n + 1);

	*reply = (struct schedule_reply){ .refs = 1, .code = code, .enhanced = enhanced,
		                          .category = category, .n = n };
	if (n > 0)
		memcpy(reply->text, text.p, n);
	reply->text[n] = '\0';
	return reply;
}

struct schedule_reply *
schedule_reply_of(const struct mail_event *event)
{
	return schedule_reply_new(event->code, event->enhanced, event->category, event->reply);
}

struct schedule_reply *
schedule_reply_ref(struct schedule_reply *reply)
{
	if (reply)
		reply->refs++;
	return reply;
}

void
schedule_reply_unref(struct schedule_reply **reply)
{
	if (*reply && --(*reply)->refs == 0)
		mem_free(*reply);
	*reply = NULL;
}

void
schedule_recipient_set_reply(struct schedule_recipient *r, struct schedule_reply *reply)
{
	struct schedule_reply *old = r->reply;

	r->reply = schedule_reply_ref(reply);
	schedule_reply_unref(&old);
}

/* ---- credentials --------------------------------------------------------------------- */

static struct schedule_credential *
credential_ref(struct schedule *s, uint64_t id, const char *name)
{
	uint64_t hash = schedule_table_hash(id, 0);
	struct schedule_table_node *node = schedule_table_first(&s->credentials, hash);
	struct schedule_credential *credential;
	size_t n = strlen(name) + 1;

	for (; node; node = schedule_table_next(node)) {
		credential = LIST_OWNER(node, struct schedule_credential, node);
		if (credential->id != id)
			continue;
		credential->messages++;
		return credential;
	}
	credential = mem_zero(1, sizeof *credential + n);
	credential->id = id;
	credential->account = account_snapshot_credential_by_id(s->accounts, id);
	credential->messages = 1;
	memcpy(credential->name, name, n);
	credential->hold = schedule_hold_find_credential(s, credential->name);
	credential->migration = schedule_migrate_find(s, credential->name);
	schedule_table_put(&s->credentials, &credential->node, hash);
	return credential;
}

static void
credential_unref(struct schedule *s, struct schedule_credential *credential)
{
	if (--credential->messages > 0)
		return;
	schedule_table_remove(&s->credentials, &credential->node);
	mem_free(credential);
}

static bool
is_same(const char *a, const char *b) /* texts or NULL */
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* domains_choose_alike - do the same domains have the same pools? */
static bool
domains_choose_alike(const struct account_snapshot *a, const struct account_snapshot *b)
{
	if (a->pooled_domains != b->pooled_domains)
		return false;
	for (size_t i = 0; a->pooled_domains > 0 && i < a->domains; i++) {
		const struct account_domain *other =
			account_snapshot_domain(b, span_of(a->domain[i]->name));

		if (!is_same(a->domain[i]->pool, other ? other->pool : NULL))
			return false;
	}
	return true;
}

/* choose_domains - a domain chose a pool, for what waits too; all messages are looked at,
 * but only then. */
static bool
choose_domains(struct schedule *s, const struct account_snapshot *old)
{
	struct schedule_table_node *node = NULL;

	if (domains_choose_alike(old, s->accounts))
		return false;
	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);
		const char *domain =
			schedule_source_domain(s->accounts, schedule_message_from_domain(m));

		for (uint32_t i = 0; i < m->places; i++)
			if (m->recipient[i])
				schedule_label_set(s, m->recipient[i],
				                   schedule_label_from(
							s, m->recipient[i]->lane->label, domain));
	}
	return true;
}

void
schedule_message_renew_credentials(struct schedule *s,
                                   const struct account_snapshot *old_accounts)
{
	struct schedule_table_node *node = NULL;
	bool has_moved = choose_domains(s, old_accounts);

	while ((node = schedule_table_walk(&s->credentials, node)) != NULL) {
		struct schedule_credential *credential =
			LIST_OWNER(node, struct schedule_credential, node);
		const char *old = schedule_source_pool(s, credential, NULL);

		credential->account =
			account_snapshot_credential_by_id(s->accounts, credential->id);
		has_moved |= !is_same(old, schedule_source_pool(s, credential, NULL));
	}
	if (has_moved)
		schedule_source_reassign(s);
}

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
	m->credential = credential_ref(s, facts->credential_id,
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

static void
message_free(struct schedule *s, struct schedule_message *m)
{
	schedule_message_drop_body(s, m);
	heap_remove(&s->due[SCHEDULE_DUE_MESSAGE], &m->expiry);
	schedule_table_remove(&s->messages, &m->node);
	credential_unref(s, m->credential);
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
		message_free(s, m);
}

/* ---- recipients ---------------------------------------------------------------------- */

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

static void
start_waiting(struct schedule *s, struct schedule_recipient *r, enum schedule_state state,
              bool first)
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

static void
start_deferred(struct schedule *s, struct schedule_recipient *r, int64_t due_mono_ms)
{
	enter_state(s, r, SCHEDULE_DEFERRED);
	heap_node_init(&r->due);
	heap_insert(&r->lane->queue->deferred, &r->due, due_mono_ms);
	schedule_queue_changed(s, r->lane->queue);
}

static void
start_scheduled(struct schedule *s, struct schedule_recipient *r)
{
	enter_state(s, r, SCHEDULE_SCHEDULED);
	heap_node_init(&r->due);
	heap_insert(&r->lane->queue->scheduled, &r->due,
	            schedule_mono_ms(s, r->message->release_unix_ms));
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
	start_waiting(s, r, state, first);
}

void
schedule_recipient_defer(struct schedule *s, struct schedule_recipient *r, int64_t due_mono_ms)
{
	leave_state(s, r);
	keep_way(s, r);
	start_deferred(s, r, due_mono_ms);
}

void
schedule_recipient_activate(struct schedule *s, struct schedule_recipient *r)
{
	leave_state(s, r);
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
		message_free(s, m);
}

void
schedule_recipient_move(struct schedule *s, struct schedule_recipient *r,
                        struct schedule_lane *lane)
{
	enum schedule_state state = r->state;
	int64_t due = state == SCHEDULE_DEFERRED ? r->due.key : 0;

	leave_state(s, r);
	hang_over(s, r, lane);
	if (state == SCHEDULE_DEFERRED)
		start_deferred(s, r, due);
	else if (state == SCHEDULE_SCHEDULED)
		start_scheduled(s, r);
	else if (state == SCHEDULE_ACTIVE)
		enter_state(s, r, state);
	else
		start_waiting(s, r, state, false);
}

static struct schedule_recipient *
recipient_new(struct schedule *s, struct schedule_message *m, uint32_t place, uint32_t no,
              const struct mail_recipient *from, struct schedule_label *label)
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
		struct schedule_recipient *r = recipient_new(
			s, m, i, i, &from->recipient[i],
			schedule_hold_rule_label(s, &origin, &from->recipient[i], &by_domain));

		if (is_scheduled(s, m)) {
			start_scheduled(s, r);
			tell_scheduled(s, r);
		} else {
			start_waiting(s, r, SCHEDULE_READY, false);
			schedule_suppress_finish(s, r);
		}
	}
	if (--m->pending == 0) /* all are on the suppression list */
		message_free(s, m);
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
	bool is_delay_told = true;

	if (queued->recipients == 0)
		return;
	m = message_new(s, &(struct facts){
		.id = queued->id, .credential_id = queued->credential_id,
		.credential = queued->credential, .return_path = queued->return_path,
		.from_domain = queued->from_domain, .envid = queued->envid,
		.expires_unix_ms = queued->expires_unix_ms,
		.release_unix_ms = queued->release_unix_ms, .ret = queued->ret,
		.by = { queued->by_unix_ms, queued->by },
		.smtputf8 = queued->smtputf8, .is_bulk = queued->is_bulk,
		.recipients = queued->recipients });
	for (uint32_t i = 0; i < m->places; i++) {
		const struct store_queued_recipient *q = &queued->recipient[i];
		struct mail_recipient from = { .address = q->address, .domain = q->domain,
			                       .orcpt = q->orcpt, .notify = q->notify };
		struct schedule_recipient *r = recipient_new(
			s, m, i, q->no, &from, load_label(s, &origin, q, &from));

		r->attempts = q->attempts < UINT16_MAX ? (uint16_t)q->attempts : UINT16_MAX;
		if (q->status == MAIL_STATUS_SCHEDULED && is_scheduled(s, m))
			start_scheduled(s, r);
		else if (q->next_attempt_unix_ms > s->now_unix_ms)
			start_deferred(s, r, schedule_mono_ms(s, q->next_attempt_unix_ms));
		else
			start_waiting(s, r, SCHEDULE_READY, false);
		is_delay_told &= q->is_delay_told;
	}
	m->is_delay_told = is_delay_told;
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
