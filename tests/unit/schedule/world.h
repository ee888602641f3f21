/* world.h - the scheduler among doubles of resolve, deliver and store.
 *
 * The scheduler's loop runs on the test's own thread, and the doubles answer
 * into its mailbox, so a test is one thread: it says how the world behaves,
 * submits, runs the loop until a condition holds, and looks. Intervals are
 * milliseconds; a deadline fails the test instead of hanging it. */
#ifndef TESTS_UNIT_SCHEDULE_WORLD_H
#define TESTS_UNIT_SCHEDULE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account/account_rows.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_credential.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"

#define DEADLINE_MS 20000

struct world_route { /* a route in one piece, as the resolver's answer */
	struct resolve_route route;
	struct resolve_host host;
	union resolve_address address;
	char domain[256], name[256];
};

/* what a deliver double does with a job: fill in its result; true: answer it
 * now, false: the test keeps it in world.kept and answers with world_answer */
typedef bool (*world_deliver_fn)(struct deliver_job *job);
/* what the resolver says: fill in route (host is "mx.<domain>", found) */
typedef void (*world_resolve_fn)(struct world_route *route);

#define WORLD_JOBS_MAX 4096
#define WORLD_EVENTS_MAX 65536

struct world_outcome {
	uint64_t message_id;
	uint32_t no, attempt;
	enum mail_event_kind kind;
	enum mail_status status;
	bool is_final;
	int code;
	int64_t next_attempt_unix_ms, at_unix_ms;
	char recipient[64], reply[64], site[64], credential[32], sender_domain[64], detail[128];
};

static struct world {
	struct config config;
	struct account_snapshot *accounts;
	int64_t retry_ms[4];
	struct schedule *s;
	struct notify *notify;
	struct loop *main_loop;
	struct id_gen ids;             /* of messages: the test's thread */
	struct id_gen event_ids;       /* the store's: the scheduler's thread */
	struct rand rand;
	world_deliver_fn deliver;
	world_resolve_fn resolve;
	struct deliver_job *kept[WORLD_JOBS_MAX];
	size_t kept_count;
	uint64_t jobs, opened, closed, last_conn, fetches, asked;
	uint32_t open, open_max;
	bool fetch_fails, store_refuses, store_is_broken;
	struct world_outcome *outcome; /* WORLD_EVENTS_MAX */
	size_t outcomes, finals, deferrals, refused;
	struct store_change *write; /* the last one's first change, strings copied */
	size_t writes;
	char written[256];
	size_t marks, mark_writes; /* recipients' rows, in so many writes */
	char marked[64];           /* the last hold, or pool, that they name */
	struct store_warmup warmup[8]; /* those written, the newest of each pair */
	size_t warmups;
	struct store_source_stop source_stop; /* the last one put; what "": deleted again */
	char kept_text[32][64];    /* of both */
	size_t kept_texts;
	char suppressed[512]; /* the last address noted */
	char blocked_for[64]; /* credential of the last send the list stopped */
	bool (*until)(void); /* ends world_run */
	struct loop_timer deadline, poll;
	bool is_late, is_threaded;
	struct mailbox_return gone;
	int workers;
} world;

/* ---- doubles ----------------------------------------------------------------------- */

struct resolve_route *
resolve_route_ref(struct resolve_route *route)
{
	ref_add(&route->ref);
	return route;
}

void
resolve_route_unref(struct resolve_route **route)
{
	if (*route && ref_drop(&(*route)->ref))
		mem_free(*route);
	*route = NULL;
}

static inline void
found_at_once(struct world_route *r)
{
	(void)r;
}

void
resolve_send(struct resolve *resolve, struct resolve_request **request)
{
	struct world_route *r = mem_zero(1, sizeof *r);
	struct resolve_request *asked = *request;

	(void)resolve;
	world.asked++;
	ref_init(&r->route.ref);
	snprintf(r->domain, sizeof r->domain, "%s", asked->domain);
	snprintf(r->name, sizeof r->name, "mx.%.250s", asked->domain);
	r->route.domain = r->domain;
	r->host.name = r->name;
	r->host.address = &r->address;
	r->host.addresses = 1;
	r->address.in.sin_family = AF_INET;
	r->address.in.sin_port = htons(25);
	r->route.host = &r->host;
	r->route.hosts = 1;
	r->route.expires_mono_ms = clock_mono_ms() + 60000;
	world.resolve(r);
	if (r->route.failed)
		r->route.hosts = 0;
	asked->route = &r->route;
	*request = NULL;
	mailbox_answer(&asked->back, &asked->item);
}

void
deliver_job_free(struct deliver_job **job)
{
	struct deliver_job *j = *job;

	resolve_route_unref(&j->route);
	mail_body_unref(&j->body);
	for (size_t i = 0; i < j->recipients; i++)
		mem_free(j->recipient[i].event);
	mem_free(j->recipient);
	mem_free(j->failure);
	mem_free(j);
	*job = NULL;
}

static inline void
world_answer(struct deliver_job *job)
{
	if (!job->is_open && job->conn_id)
		world.open--;
	job->ended_unix_ms = clock_unix_ms();
	mailbox_answer(&job->back, &job->item);
}

void
deliver_send(struct deliver *deliver, struct deliver_job **job)
{
	struct deliver_job *j = *job;

	(void)deliver;
	*job = NULL;
	world.jobs++;
	assert_non_null(j->body);
	assert_true(j->recipients > 0);
	if (j->conn_id == 0) {
		j->conn_id = ++world.last_conn;
		world.opened++;
		world.open++;
		if (world.open > world.open_max)
			world.open_max = world.open;
	}
	j->is_open = true;
	j->started_unix_ms = clock_unix_ms();
	if (world.deliver(j)) {
		world_answer(j);
	} else {
		assert_true(world.kept_count < WORLD_JOBS_MAX);
		world.kept[world.kept_count++] = j;
	}
}

void
deliver_close(struct deliver *deliver, uint64_t conn_id)
{
	(void)deliver;
	assert_true(conn_id != 0);
	world.open--;
	world.closed++;
}

void
deliver_set_gone(struct deliver *deliver, const struct mailbox_return *to)
{
	(void)deliver;
	world.gone = *to;
}

void
store_record_free(struct store_record **request)
{
	for (size_t i = 0; i < (*request)->outcomes; i++)
		mem_free((*request)->outcome[i].event);
	mem_free((*request)->outcome);
	mem_free(*request);
	*request = NULL;
}

static inline void
copy_text(char *to, size_t n, const char *from)
{
	snprintf(to, n, "%s", from ? from : "");
}

static inline void
note_outcome(const struct store_outcome *from)
{
	const struct mail_event *event = from->event;
	struct world_outcome *o = &world.outcome[world.outcomes];

	assert_true(world.outcomes < WORLD_EVENTS_MAX);
	if (event->message_id == 0)
		return;
	world.outcomes++;
	world.finals += from->is_final;
	world.deferrals += event->kind == MAIL_EVENT_DEFERRED;
	*o = (struct world_outcome){ .message_id = event->message_id,
				     .no = event->recipient_no,
				     .attempt = event->attempt,
				     .kind = event->kind,
				     .status = from->status,
				     .is_final = from->is_final,
				     .code = event->code,
				     .at_unix_ms = event->at_unix_ms,
				     .next_attempt_unix_ms = event->next_attempt_unix_ms };
	copy_text(o->recipient, sizeof o->recipient, event->recipient);
	copy_text(o->site, sizeof o->site, event->site);
	copy_text(o->credential, sizeof o->credential, event->credential);
	copy_text(o->sender_domain, sizeof o->sender_domain, event->sender_domain);
	copy_text(o->detail, sizeof o->detail, event->detail);
	snprintf(o->reply, sizeof o->reply, "%.*s", (int)event->reply.n,
		 event->reply.p ? event->reply.p : "");
}

void
store_record_send(struct store *store, struct store_record **request)
{
	struct store_record *r = *request;

	(void)store;
	*request = NULL;
	r->result = world.store_refuses ? -1 : 0;
	if (r->result == 0) {
		for (size_t i = 0; i < r->outcomes; i++) {
			note_outcome(&r->outcome[i]);
			r->outcome[i].event->id =
				id_gen_next(&world.event_ids, r->outcome[i].event->at_unix_ms);
		}
	} else {
		world.refused++;
		err_set(&r->err, ERR_SYSTEM, 0, "disk on fire");
	}
	mailbox_answer(&r->back, &r->item);
}

static inline struct mail_body *
small_body(void)
{
	return mail_body_new(mem_strdup("A: b\r\n\r\n"), 8, mem_strdup("text\r\n"), 6, 0);
}

void
store_fetch_send(struct store *store, struct store_fetch **request)
{
	struct store_fetch *fetch = *request;

	(void)store;
	*request = NULL;
	world.fetches++;
	fetch->result = world.fetch_fails ? -1 : 0;
	if (world.fetch_fails)
		err_set(&fetch->err, ERR_SYSTEM, 0, "cannot read the body");
	else
		fetch->body = small_body();
	mailbox_answer(&fetch->back, &fetch->item);
}

static inline const char *
keep_text(const char *text)
{
	for (size_t i = 0; i < world.kept_texts; i++)
		if (strcmp(world.kept_text[i], text) == 0)
			return world.kept_text[i];
	assert_true(world.kept_texts < sizeof world.kept_text / sizeof world.kept_text[0]);
	copy_text(world.kept_text[world.kept_texts], sizeof world.kept_text[0], text);
	return world.kept_text[world.kept_texts++];
}

static inline void
keep_warmup(const struct store_warmup *row)
{
	size_t i = 0;

	while (i < world.warmups
	       && (strcmp(world.warmup[i].address, row->address) != 0
	           || strcmp(world.warmup[i].provider, row->provider) != 0))
		i++;
	assert_true(i < sizeof world.warmup / sizeof world.warmup[0]);
	world.warmups += i == world.warmups;
	world.warmup[i] = *row;
	world.warmup[i].address = keep_text(row->address);
	world.warmup[i].provider = keep_text(row->provider);
}

static inline void
keep_change(const struct store_change *change)
{
	const struct store_source_stop *stop = &change->row.source_stop;

	if (change->kind == STORE_PUT_WARMUP) {
		keep_warmup(&change->row.warmup);
	} else if (change->kind == STORE_DELETE_SOURCE_STOP) {
		world.source_stop.what = "";
	} else if (change->kind == STORE_PUT_SOURCE_STOP) {
		world.source_stop = *stop;
		world.source_stop.address = keep_text(stop->address);
		world.source_stop.what = keep_text(stop->what);
		world.source_stop.reason = keep_text(stop->reason);
		world.source_stop.by = keep_text(stop->by);
	}
}

void
store_write_send(struct store *store, struct store_write **request)
{
	struct store_write *write = *request;

	(void)store;
	*request = NULL;
	world.writes += write->changes;
	if (write->changes && write->change[0].kind == STORE_MARK_RECIPIENTS) {
		const struct store_marks *row = &write->change[0].row.marks;

		world.marks += row->recipients;
		world.mark_writes++;
		copy_text(world.marked, sizeof world.marked, row->text);
	} else if (write->changes)
		snprintf(world.written, sizeof world.written, "%s %s",
			 write->change[0].kind == STORE_PUT_HOLD ? "put" : "delete",
			 write->change[0].row.hold.scope);
	for (size_t i = 0; i < write->changes; i++)
		keep_change(&write->change[i]);
	mailbox_answer(&write->back, &write->item);
}

void
suppress_note(struct suppress *suppress, const char *address, enum mail_suppression reason,
              int64_t since_unix_ms, int64_t until_unix_ms)
{
	(void)suppress, (void)reason, (void)since_unix_ms, (void)until_unix_ms;
	snprintf(world.suppressed, sizeof world.suppressed, "%s", address);
}

void
suppress_note_blocked(struct suppress *suppress, const char *credential)
{
	(void)suppress;
	snprintf(world.blocked_for, sizeof world.blocked_for, "%s", credential);
}

void
store_stats_read(struct store *store, struct store_stats *stats_out)
{
	(void)store;
	*stats_out = (struct store_stats){ .is_broken = world.store_is_broken };
}

/* ---- results a server may give ----------------------------------------------------- */

struct answer {
	int code; /* 0: no event, not tried */
	struct verdict_status enhanced;
	enum verdict_category category;
	enum verdict_phase phase; /* in which it was said */
	int retry_after_sec;
	const char *text;
};

static const struct answer accepted = { .code = 250, .text = "ok" };
static const struct answer greylisted = {
	451, { 4, 7, 1 }, VERDICT_GREYLISTED, VERDICT_PHASE_RCPT, 0, "4.7.1 greylisted"
};
static const struct answer unknown = {
	550, { 5, 1, 1 }, VERDICT_MAILBOX_UNKNOWN, VERDICT_PHASE_RCPT, 0, "5.1.1 no such user"
};
static const struct answer slow_down = {
	421, { 4, 7, 0 }, VERDICT_RATE_LIMITED, VERDICT_PHASE_RCPT, 0, "4.7.0 slow down"
};

static inline struct mail_event *
make_event(const struct answer *answer)
{
	struct mail_event event = { .at_unix_ms = clock_unix_ms(),
				    .code = answer->code,
				    .enhanced = answer->enhanced,
				    .category = answer->category,
				    .reply = span_of(answer->text),
				    .duration_ms = 1,
				    .remote_host = "mx.test" };

	event.kind = answer->code / 100 == 2   ? MAIL_EVENT_DELIVERED
		     : answer->code / 100 == 5 ? MAIL_EVENT_BOUNCED
					       : MAIL_EVENT_DEFERRED;
	return mail_event_dup(&event);
}

static inline const struct record_ruling *
ruling_of(const struct answer *answer)
{
	return record_ruling_of(&(struct record_case){
		answer->phase, record_answer_of(answer->code, false), answer->category,
		VERDICT_SCOPE_SOURCE });
}

static inline void
answer_one(struct deliver_recipient *r, const struct answer *answer)
{
	r->event = make_event(answer);
	r->ruling = ruling_of(answer);
	r->phase = answer->phase;
	r->verdict = (struct verdict){ .category = answer->category,
				       .retry_after_sec = answer->retry_after_sec };
}

static inline void
answer_all(struct deliver_job *job, const struct answer *answer)
{
	job->end = DELIVER_DONE;
	for (size_t i = 0; i < job->recipients; i++)
		answer_one(&job->recipient[i], answer);
}

static inline void
fail_job(struct deliver_job *job, enum deliver_end end, const struct answer *answer)
{
	job->end = end;
	job->is_open = false;
	if (job->conn_id)
		world.open--; /* world_answer counts only with a number */
	job->conn_id = 0;
	if (answer == NULL)
		return;
	job->failure = make_event(answer);
	job->failure->kind = MAIL_EVENT_DEFERRED;
	job->ruling = ruling_of(answer);
	job->phase = answer->phase;
}

static const struct answer unreachable = {
	0, { 4, 4, 1 }, VERDICT_NETWORK_ERROR, VERDICT_PHASE_CONNECT, 0, "connection refused"
};

static inline bool
accept_all(struct deliver_job *job)
{
	answer_all(job, &accepted);
	return true;
}

static inline bool
keep_all(struct deliver_job *job)
{
	(void)job;
	return false;
}

static size_t world_wanted;        /* what the conditions below wait for */

/* ---- behaviours that several tests want -------------------------------------------- */

static inline void
answer_kept(size_t i)
{
	struct deliver_job *job = world.kept[i];

	world.kept[i] = NULL;
	answer_all(job, &accepted);
	world_answer(job);
}

static inline bool
greylist_first(struct deliver_job *job)
{
	if (world.jobs <= 2)
		answer_all(job, &greylisted);
	else
		answer_all(job, &accepted);
	return true;
}

static inline void
nxdomain(struct world_route *r)
{
	r->route.failed = r->route.permanent = true;
	err_set(&r->route.err, ERR_PERM, 0, "DNS: gone.example does not exist (NXDOMAIN)");
	r->route.category = VERDICT_DOMAIN_NOT_FOUND;
	r->route.enhanced = (struct verdict_status){ 5, 1, 2 };
}

static inline bool
has_deferred(void)
{
	return world.deferrals >= world_wanted;
}

static inline bool
greylist_always(struct deliver_job *job)
{
	answer_all(job, &greylisted);
	return true;
}

static bool site_is_down;

static inline bool
down_or_fine(struct deliver_job *job)
{
	if (site_is_down)
		fail_job(job, DELIVER_NO_CONNECTION, &unreachable);
	else
		answer_all(job, &accepted);
	return true;
}

/* ---- running ----------------------------------------------------------------------------------
 */

static inline void
world_open(void)
{
	struct schedule_options options = { .config = &world.config, .accounts = world.accounts,
	                                    .delivers = 2 };
	struct deliver *deliver[2] = { NULL, NULL };
	struct err err;

	options.deliver = deliver;
	options.notify = world.notify;
	world.s = schedule_new(&options, &err);
	assert_non_null(world.s);
	world.gone = (struct mailbox_return){ world.s->mailbox, schedule_slot_gone };
}

static inline int
world_setup(void **state)
{
	struct account_rows *rows;
	struct err err;

	(void)state;
	memset(&world, 0, sizeof world);
	ref_init(&world.config.ref);
	world.retry_ms[0] = 20;
	world.retry_ms[1] = 40;
	world.config.delivery.retry_ms = world.retry_ms;
	world.config.delivery.retries = 2;
	world.config.delivery.max_age_ms = 60000;
	world.config.delivery.max_connections = 4;
	world.config.delivery.messages_per_connection = 1000;
	world.config.delivery.recipients_per_message = 50;
	world.config.delivery.total_connections = 1000;
	world.config.limits.body_memory_bytes = 1 << 20;
	rows = account_rows_new();
	world.accounts = account_rows_build(rows, 1);
	account_rows_free(&rows);
	world.outcome = mem_alloc(WORLD_EVENTS_MAX * sizeof *world.outcome);
	world.deliver = accept_all;
	world.resolve = found_at_once;
	id_gen_init(&world.ids, 0, 0, 0);
	id_gen_init(&world.event_ids, 0, 9, 0);
	rand_init(&world.rand, 1);
	log_set_level(LOG_ERROR);
	world.main_loop = loop_new("main", &err);
	assert_non_null(world.main_loop);
	world.notify = notify_new(world.main_loop, &err);
	assert_non_null(world.notify);
	world_open();
	return 0;
}

static inline void
world_close(void)
{
	if (loop_timer_is_set(&world.deadline) || world.deadline.event)
		loop_timer_deinit(&world.deadline);
	if (world.poll.event)
		loop_timer_deinit(&world.poll);
	schedule_free(&world.s);
}

static inline int
world_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < world.kept_count; i++)
		if (world.kept[i])
			deliver_job_free(&world.kept[i]);
	world_close();
	notify_free(&world.notify);
	loop_free(&world.main_loop);
	account_snapshot_unref(&world.accounts);
	mem_free(world.outcome);
	return 0;
}

static inline void
on_deadline(void *arg)
{
	(void)arg;
	world.is_late = true;
	loop_stop(world.s->loop);
}

static inline void
on_poll(void *arg)
{
	(void)arg;
	if (world.until())
		loop_stop(world.s->loop);
	else
		loop_timer_set(&world.poll, 1);
}

/* world_run - the scheduler's turns, until the condition holds. */
static inline void
world_run(bool (*until)(void))
{
	world.until = until;
	if (world.deadline.loop != world.s->loop) {
		loop_timer_init(&world.deadline, world.s->loop, on_deadline, NULL);
		loop_timer_init(&world.poll, world.s->loop, on_poll, NULL);
	}
	loop_timer_set(&world.deadline, DEADLINE_MS);
	loop_timer_set(&world.poll, 0);
	loop_run(world.s->loop);
	loop_timer_clear(&world.deadline);
	assert_false(world.is_late);
}

static int world_turns_left;

static inline bool
turns_are_over(void)
{
	return world_turns_left-- <= 0;
}

/* world_settle - long enough for every message between the doubles to arrive */
static inline void
world_settle(void)
{
	world_turns_left = 8;
	world_run(turns_are_over);
}

static inline bool
has_finals(void)
{
	return world.finals >= world_wanted;
}

static inline void
world_run_finals(size_t finals)
{
	world_wanted = finals;
	world_run(has_finals);
	assert_int_equal(world.finals, finals);
}

static inline bool
has_kept(void)
{
	return world.kept_count >= world_wanted;
}

static inline void
world_run_kept(size_t kept)
{
	world_wanted = kept;
	world_run(has_kept);
}

/* world_meet - sites as if they had taken enough to get all their connections at once */
static inline void
world_meet(void)
{
	for (struct list *l = world.s->all_sites.next; l != &world.s->all_sites; l = l->next) {
		struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);

		site->gate.control.earned = UINT16_MAX;
		schedule_site_refresh(world.s, site);
		schedule_site_dirty(world.s, site);
	}
	schedule_wake(world.s);
}

/* ---- messages
 * ------------------------------------------------------------------------------------ */

#define LETTER_TO 12

struct letter { /* how a test says what it submits */
	const char *credential;
	bool is_bulk;
	int64_t lives_ms, later_ms;
	unsigned char by;          /* SMTP_BY_ bits */
	int64_t by_ms;
	const char *from, *tag;    /* from: the envelope's; the From field stays */
	const char *to[LETTER_TO];
};

static inline struct mail_recipient
recipient_of(struct arena *arena, const char *address)
{
	const char *at = strchr(address, '@');

	assert_non_null(at);
	return (struct mail_recipient){ .address = arena_strdup(arena, address),
					.domain = arena_strdup(arena, at + 1) };
}

static inline uint64_t
credential_number(const char *name)
{
	uint64_t id = 1;

	for (; *name; name++)
		id = id * 31 + (unsigned char)*name;
	return id;
}

static inline uint64_t
world_submit(const struct letter *letter)
{
	struct mail_message *m = mail_message_new();
	const char *credential = letter->credential ? letter->credential : "shop";
	int64_t now = clock_unix_ms();
	uint64_t id;

	m->id = id = id_gen_next(&world.ids, now);
	m->expires_unix_ms = now + (letter->lives_ms ? letter->lives_ms : 60000);
	m->release_unix_ms = letter->later_ms ? now + letter->later_ms : 0;
	m->credential_id = credential_number(credential);
	m->credential = arena_strdup(m->arena, credential);
	m->return_path = m->sender = letter->from ? letter->from : "bounce@shop.example";
	m->by = letter->by;
	m->by_unix_ms = letter->by ? now + letter->by_ms : 0;
	if (letter->tag)
		m->tag[m->tags++] = letter->tag;
	m->from_domain = "shop.example";
	m->is_bulk = letter->is_bulk;
	m->body = small_body();
	m->recipient = arena_alloc(m->arena, LETTER_TO * sizeof *m->recipient);
	for (size_t i = 0; i < LETTER_TO && letter->to[i]; i++)
		m->recipient[m->recipients++] = recipient_of(m->arena, letter->to[i]);
	schedule_submit(world.s, &m);
	return id;
}

static inline uint64_t
submit_to(const char *address)
{
	return world_submit(&(struct letter){ .to = { address } });
}

/* ---- asking
 * -------------------------------------------------------------------------------------- */

static struct schedule_ask *world_answered;

static inline void
on_answer(struct mailbox_item *item, void *owner)
{
	(void)owner;
	world_answered = (struct schedule_ask *)(void *)item;
}

static inline bool
is_answered(void)
{
	return world_answered != NULL;
}

static inline struct schedule_ask *
world_ask(const struct schedule_ask *question)
{
	struct schedule_ask *ask = mem_copy(question, sizeof *question);

	ask->back = (struct mailbox_return){ world.s->mailbox, on_answer };
	ask->arena = arena_new(0);
	world_answered = NULL;
	assert_true(schedule_ask_send(world.s, &ask));
	world_run(is_answered);
	return world_answered;
}

static inline void
ask_free(struct schedule_ask **ask)
{
	arena_free(&(*ask)->arena);
	mem_free(*ask);
	*ask = NULL;
}

static inline const struct world_outcome *
outcome_of(const char *recipient, size_t nth)
{
	for (size_t i = 0; i < world.outcomes; i++)
		if (strcmp(world.outcome[i].recipient, recipient) == 0 && nth-- == 0)
			return &world.outcome[i];
	return NULL;
}

#endif
