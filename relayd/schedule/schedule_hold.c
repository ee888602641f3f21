/* schedule_hold.c - what operators stop: a recipient domain's queue, all mail of a
 * credential ("cred:NAME"), all that terms mean (schedule_hold_rule.c), or what waits of
 * some messages (schedule_hold_message.c).
 *
 * A hold outlives its queue and a restart; it is in the store before the operator
 * hears that it is done, and so is its end. While it stands nothing of it is tried
 * and nothing expires. On the way of a message it costs a look at three pointers:
 * its queue's hold, its credential's, its label. Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_turn.h"
#include "store/store_audit.h"

#define CREDENTIAL_SCOPE "cred:"
#define MESSAGES_SCOPE "messages:"
#define SCOPE_SIZE 320
#define RULES_MAX 1000             /* each is looked at for each message that comes */

/* A name of a credential has no space: with one it is a rule of several terms. */
bool
schedule_hold_is_of_credential(const char *scope)
{
	return scope && strncmp(scope, CREDENTIAL_SCOPE, strlen(CREDENTIAL_SCOPE)) == 0
	       && strchr(scope, ' ') == NULL;
}

enum schedule_hold_kind
schedule_hold_kind_of(const char *scope)
{
	if (schedule_hold_is_of_credential(scope))
		return SCHEDULE_HOLD_CREDENTIAL;
	if (scope && strncmp(scope, MESSAGES_SCOPE, strlen(MESSAGES_SCOPE)) == 0)
		return SCHEDULE_HOLD_MESSAGES;
	if (scope && scope[0] != '[' && strchr(scope, ':'))
		return SCHEDULE_HOLD_RULE;
	return SCHEDULE_HOLD_QUEUE; /* "[ipv6:::1]" too */
}

static const char *
credential_name(const char *scope)
{
	return scope + strlen(CREDENTIAL_SCOPE);
}

struct schedule_hold *
schedule_hold_find_credential(const struct schedule *s, const char *name)
{
	char scope[SCOPE_SIZE];

	if (map_count(s->holds) == 0)
		return NULL;
	snprintf(scope, sizeof scope, CREDENTIAL_SCOPE "%s", name);
	return map_get(s->holds, span_of(scope));
}

struct schedule_hold *
schedule_hold_find_queue(const struct schedule *s, const struct schedule_queue *queue)
{
	struct schedule_hold *hold = map_get(s->holds, span_of(queue->name));

	return hold || queue->smarthost == NULL ? hold
	                                        : map_get(s->holds, span_of(queue->domain));
}

struct schedule_hold *
schedule_hold_of_queue(const struct schedule_queue *queue)
{
	struct schedule_hold *hold = queue->hold;

	if (hold)
		return hold;
	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		hold = schedule_hold_beside_queue(LIST_OWNER(l, struct schedule_lane, in_queue));
		if (hold == NULL)
			return NULL;
	}
	return hold;
}

/* is_first - no lane with mail before this one has the hold that keeps it. */
static bool
is_first(const struct schedule_queue *queue, const struct schedule_lane *lane)
{
	const struct schedule_hold *hold = schedule_hold_beside_queue(lane);

	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		const struct schedule_lane *other = LIST_OWNER(l, struct schedule_lane, in_queue);

		if (other == lane)
			return true;
		if (schedule_lane_waiting(other) > 0 && schedule_hold_beside_queue(other) == hold)
			return false;
	}
	return true;
}

size_t
schedule_hold_count(const struct schedule_queue *queue)
{
	size_t count = 0;

	if (queue->hold)
		return 1;
	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);

		count += schedule_hold_beside_queue(lane) != NULL
		         && schedule_lane_waiting(lane) > 0 && is_first(queue, lane);
	}
	return count;
}

struct schedule_held
schedule_hold_words(const struct schedule_hold *hold, struct arena *arena)
{
	if (hold == NULL)
		return (struct schedule_held){ .scope = NULL };
	return (struct schedule_held){ .scope = arena_strdup(arena, hold->scope),
		                       .by = arena_strdup(arena, hold->by),
		                       .reason = arena_strdup(arena, hold->reason),
		                       .since_unix_ms = hold->since_unix_ms,
		                       .until_unix_ms = hold->until_unix_ms };
}

void
schedule_hold_did(struct schedule_ask *ask, const struct schedule_hold *was, const char *is)
{
	const char *old = was ? store_audit_state(ask->arena, "held", was->by, was->reason,
	                                          was->until_unix_ms) : "not held";
	const char *what = was && strcmp(was->scope, ask->match ? ask->match : "") != 0
	                           ? was->scope : NULL;
	const char *text = store_audit_change(ask->arena, what, old, is);

	if (ask->did == NULL || strstr(ask->did, text) == NULL) /* of many the same, once */
		ask->did = store_audit_add(ask->arena, ask->did, text);
}

/* ---- a credential's mail ----------------------------------------------------------------- */

uint32_t
schedule_lane_waiting(const struct schedule_lane *lane)
{
	return lane->recipients - lane->count[SCHEDULE_ACTIVE];
}

void
schedule_lane_move_totals(struct schedule *s, const struct schedule_lane *lane, bool to_held)
{
	for (int i = 0; i < SCHEDULE_ACTIVE; i++) {
		uint64_t n = lane->count[i];

		s->held += to_held ? n : -n;
		s->recipients[i] -= to_held ? n : -n;
	}
}

/* What expired meanwhile gets a last attempt. All messages are looked at, but only
 * if some did. */
static void
extend_expired(struct schedule *s, struct schedule_credential *credential)
{
	struct schedule_table_node *node = NULL;

	if (!credential->has_expired)
		return;
	credential->has_expired = false;
	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);

		if (m->credential == credential)
			schedule_message_extend(s, m);
	}
}

void
schedule_hold_set_on_lane(struct schedule *s, struct schedule_lane *lane, bool was_held)
{
	struct schedule_queue *queue = lane->queue;
	bool is_held = schedule_hold_beside_queue(lane) != NULL;

	if (was_held != is_held && queue->hold == NULL)
		schedule_lane_move_totals(s, lane, is_held);
	queue->generation = ++s->generation;
	schedule_pick_update(s, lane);
	if (!is_held && lane->count[SCHEDULE_READY] + lane->count[SCHEDULE_TOLD] > 0)
		schedule_queue_needs(s, queue);
}

static void
set_on_credential(struct schedule *s, struct schedule_credential *credential,
                  struct schedule_hold *hold)
{
	bool was_held = credential->hold != NULL;
	struct schedule_table_node *node = NULL;

	credential->hold = hold;
	while ((node = schedule_table_walk(&s->lanes, node)) != NULL) {
		struct schedule_lane *lane = LIST_OWNER(node, struct schedule_lane, node);

		if (lane->credential == credential)
			schedule_hold_set_on_lane(
				s, lane, was_held || schedule_label_hold(lane->label));
	}
	if (hold == NULL)
		extend_expired(s, credential);
}

static void
set_on_queue(struct schedule *s, struct schedule_queue *queue)
{
	if (queue)
		schedule_queue_set_hold(s, queue, schedule_hold_find_queue(s, queue));
}

/* A domain's hold is of all its ways; one of a single way may stand beside it. */
static void
set_on_queues(struct schedule *s, const char *scope)
{
	set_on_queue(s, schedule_queue_find(s, span_of(scope)));
	for (struct list *l = s->ways.next; l != &s->ways; l = l->next)
		set_on_queue(s, schedule_queue_of_way(s, span_of(scope),
		                                      LIST_OWNER(l, struct schedule_way, link)));
}

/* set - puts hold (or NULL) on what this scope means. */
static void
set(struct schedule *s, const char *scope, struct schedule_hold *hold)
{
	struct schedule_table_node *node = NULL;

	if (schedule_hold_kind_of(scope) == SCHEDULE_HOLD_QUEUE)
		set_on_queues(s, scope);
	if (!schedule_hold_is_of_credential(scope))
		return;
	while ((node = schedule_table_walk(&s->credentials, node)) != NULL) {
		struct schedule_credential *credential =
			LIST_OWNER(node, struct schedule_credential, node);

		if (strcmp(credential->name, credential_name(scope)) == 0)
			set_on_credential(s, credential, hold);
	}
}

/* ---- holds --------------------------------------------------------------------------- */

static void
hold_free(struct schedule *s, struct schedule_hold *hold)
{
	schedule_hold_rule_end(s, hold);
	heap_remove(&s->due[SCHEDULE_DUE_HOLD], &hold->due);
	mem_free(hold->scope);
	mem_free(hold->reason);
	mem_free(hold->by);
	mem_free(hold);
}

static struct schedule_hold *
hold_new(struct schedule *s, const char *scope)
{
	struct schedule_hold *hold = mem_zero(1, sizeof *hold);
	struct err err;

	hold->scope = mem_strdup(scope);
	hold->kind = schedule_hold_kind_of(scope);
	heap_node_init(&hold->due);
	map_put(s->holds, span_of(hold->scope), hold);
	if (hold->kind == SCHEDULE_HOLD_RULE && schedule_hold_rule_start(s, hold, &err) < 0)
		LOG(LOG_ERROR, "schedule.hold_unreadable", LOG_TEXT("scope", scope),
		    LOG_TEXT("reason", err.text));
	return hold;
}

/* hold_put - one that is there already gets the new owner, reason and end: labels may
 * name it. */
static struct schedule_hold *
hold_put(struct schedule *s, const struct store_hold *row)
{
	struct schedule_hold *hold = map_get(s->holds, span_of(row->scope));

	if (hold == NULL)
		hold = hold_new(s, row->scope);
	mem_free(hold->reason);
	mem_free(hold->by);
	hold->reason = mem_strdup(row->reason ? row->reason : "");
	hold->by = mem_strdup(row->by ? row->by : "");
	hold->since_unix_ms = row->since_unix_ms;
	hold->until_unix_ms = row->until_unix_ms;
	if (row->until_unix_ms)
		heap_move(&s->due[SCHEDULE_DUE_HOLD], &hold->due,
		          schedule_mono_ms(s, row->until_unix_ms));
	else
		heap_remove(&s->due[SCHEDULE_DUE_HOLD], &hold->due);
	set(s, hold->scope, hold);
	return hold;
}

void
schedule_hold_remove(struct schedule *s, struct schedule_hold *hold)
{
	schedule_grace_withdraw(hold);
	map_remove(s->holds, span_of(hold->scope));
	schedule_label_release(s, hold);
	set(s, hold->scope, NULL);
	hold_free(s, hold);
}

void
schedule_hold_load(struct schedule *s, const struct store_hold *row)
{
	if (row->until_unix_ms == 0 || row->until_unix_ms > s->now_unix_ms)
		(void)hold_put(s, row);
	s->has_spent_hold = true; /* what it held may have left while it was written */
}

void
schedule_hold_free_all(struct schedule *s)
{
	struct span scope;
	size_t cursor = 0;
	void *hold;

	while (map_next(s->holds, &cursor, &scope, &hold)) {
		map_remove(s->holds, scope);
		hold_free(s, hold);
	}
}

/* ---- for the log and the store ------------------------------------------------------- */

static void
record_act(struct schedule *s, enum mail_event_kind kind, const char *detail)
{
	schedule_record_act(s, &(struct mail_event){ .kind = kind, .detail = detail });
}

static void
add_change(struct store_write *write, enum store_change_kind kind, const struct store_hold *hold)
{
	struct store_change *change = store_write_add(write, kind);

	change->row.hold = *hold;
	change->row.hold.scope = arena_strdup(write->arena, hold->scope);
	change->row.hold.reason = arena_strdup(write->arena, hold->reason);
	change->row.hold.by = arena_strdup(write->arena, hold->by);
}

/* The time somebody gave is over. */
void
schedule_hold_due(struct schedule *s, struct schedule_hold *hold)
{
	struct store_write *write;
	struct arena *words;

	if (hold->grace) {
		schedule_grace_due(s, hold);
		return;
	}
	write = schedule_write_new(s, NULL, 1);
	words = arena_new(0);
	add_change(write, STORE_DELETE_HOLD, &(struct store_hold){ .scope = hold->scope });
	record_act(s, MAIL_EVENT_QUEUE_RELEASED,
	           arena_printf(words, "%s: the hold by %s ended by its time", hold->scope,
	                        hold->by));
	schedule_write_audit(s, write, "queue.release", hold->scope,
	                     store_audit_change(words, NULL,
	                                        store_audit_state(words, "held", hold->by,
	                                                          hold->reason,
	                                                          hold->until_unix_ms),
	                                        "released; reason: its time is over"));
	schedule_hold_remove(s, hold);
	schedule_write_send(s, write);
	arena_free(&words);
}

void
schedule_hold_tidy(struct schedule *s)
{
	struct span scope;
	size_t cursor = 0;
	void *value;

	if (!s->has_spent_hold || s->is_stopping)
		return;
	s->has_spent_hold = false;
	while (map_next(s->holds, &cursor, &scope, &value)) {
		struct schedule_hold *hold = value;
		struct store_write *write;

		if (hold->kind != SCHEDULE_HOLD_MESSAGES || hold->labels > 0 || hold->grace)
			continue;
		write = schedule_write_new(s, NULL, 1);
		add_change(write, STORE_DELETE_HOLD, &(struct store_hold){ .scope = hold->scope });
		schedule_hold_remove(s, hold);
		schedule_write_send(s, write);
	}
}

/* ---- the acts ------------------------------------------------------------------------ */

struct schedule_hold *
schedule_hold_start(struct schedule *s, struct schedule_ask *ask, struct store_write *write,
                    const char *scope)
{
	struct schedule_hold *hold;
	const struct store_hold row = {
		.scope = scope, .reason = ask->reason ? ask->reason : "",
		.by = ask->by ? ask->by : "somebody", .since_unix_ms = s->now_unix_ms,
		.until_unix_ms = ask->until_unix_ms };

	schedule_hold_did(ask, map_get(s->holds, span_of(scope)),
	                  store_audit_state(ask->arena, "held", NULL, NULL, ask->until_unix_ms));
	hold = hold_put(s, &row);
	add_change(write, STORE_PUT_HOLD, &row);
	record_act(s, MAIL_EVENT_QUEUE_HELD,
	           arena_printf(ask->arena, "%s held by %s%s%s", row.scope, row.by,
	                        *row.reason ? ": " : "", row.reason));
	return hold;
}

static bool
is_last(const struct store_write *write, const char *scope)
{
	return write->changes > 0
	       && strcmp(write->change[write->changes - 1].row.hold.scope, scope) == 0;
}

void
schedule_hold_queues(struct schedule *s, struct schedule_ask *ask,
                     struct schedule_queue *const *queue, size_t queues)
{
	struct store_write *write = schedule_write_new(s, ask, queues);

	for (size_t i = 0; i < queues; i++) {
		bool is_by_domain = schedule_act_means_domain(queue[i], ask->match);
		const char *scope = is_by_domain ? queue[i]->domain : queue[i]->name;

		ask->affected += schedule_queue_waiting(queue[i]);
		if (!is_last(write, scope)) /* else another way of the same domain */
			(void)schedule_hold_start(s, ask, write, scope);
	}
	schedule_write_send(s, write);
}

/* waiting_of - of a credential, wherever it goes. */
static uint32_t
waiting_of(const struct schedule *s, const char *name)
{
	struct schedule_table_node *node = NULL;
	uint32_t waiting = 0;

	while ((node = schedule_table_walk(&s->lanes, node)) != NULL) {
		const struct schedule_lane *lane = LIST_OWNER(node, struct schedule_lane, node);

		if (strcmp(lane->credential->name, name) == 0)
			waiting += schedule_lane_waiting(lane);
	}
	return waiting;
}

static uint32_t
waiting_under(struct schedule *s, const struct schedule_hold *hold)
{
	const struct span scope = span_of(hold->scope);
	struct schedule_queue *queue = schedule_queue_find(s, scope);
	uint32_t waiting = queue ? schedule_queue_waiting(queue) : 0;

	if (hold->kind == SCHEDULE_HOLD_MESSAGES || hold->kind == SCHEDULE_HOLD_RULE)
		return schedule_label_waiting(s, hold);
	if (hold->kind == SCHEDULE_HOLD_CREDENTIAL)
		return waiting_of(s, credential_name(hold->scope));
	for (struct list *l = s->ways.next; l != &s->ways; l = l->next) {
		queue = schedule_queue_of_way(s, scope, LIST_OWNER(l, struct schedule_way, link));
		if (queue && queue->hold == hold)
			waiting += schedule_queue_waiting(queue);
	}
	return waiting;
}

/* is_meant - "*" is every domain; others are asked for as such: "cred:*". */
static bool
is_meant(const struct schedule_hold *hold, const char *match)
{
	if (hold->kind != schedule_hold_kind_of(match))
		return false;
	return match == NULL || span_match_nocase(span_of(hold->scope), span_of(match));
}

/* A hold may stand without a queue, so the holds are looked through. */
bool
schedule_hold_release(struct schedule *s, struct schedule_ask *ask)
{
	struct store_write *write = schedule_write_new(s, ask, map_count(s->holds) + 1);
	struct span scope;
	size_t cursor = 0;
	void *value;

	while (map_next(s->holds, &cursor, &scope, &value)) {
		struct schedule_hold *hold = value;

		if (!is_meant(hold, ask->match)
		    || (ask->is_only_own && strcmp(hold->by, ask->by) != 0))
			continue;
		ask->affected += waiting_under(s, hold);
		add_change(write, STORE_DELETE_HOLD, &(struct store_hold){ .scope = hold->scope });
		record_act(s, MAIL_EVENT_QUEUE_RELEASED,
		           arena_printf(ask->arena, "%s released by %s", hold->scope,
		                        ask->by ? ask->by : "somebody"));
		schedule_hold_did(ask, hold, "released");
		schedule_hold_remove(s, hold);
	}
	if (write->changes == 0) { /* nobody held it: that is what was asked for */
		store_write_free(&write);
		return true;
	}
	schedule_write_send(s, write);
	return false;
}

/* ---- by terms ------------------------------------------------------------------------ */

bool
schedule_hold_start_rule(struct schedule *s, struct schedule_ask *ask)
{
	const struct schedule_hold *old = map_get(s->holds, span_of(ask->match));
	struct store_write *write;

	if (old != NULL && ask->is_only_own && strcmp(old->by, ask->by) != 0) {
		ask->result = err_set(&ask->err, ERR_INPUT, 0, "%.60s holds it already", old->by);
		return true;
	}
	if (s->hold_rule_count >= RULES_MAX && old == NULL) {
		ask->result = err_set(&ask->err, ERR_INPUT, 0,
		                      "%d holds stand that are asked for in terms: release some",
		                      RULES_MAX);
		return true;
	}
	write = schedule_write_new(s, ask, 1);
	(void)schedule_hold_start(s, ask, write, ask->match);
	schedule_write_send(s, write);
	return false;
}

/* ---- by credential ------------------------------------------------------------------- */

static void
survey(struct schedule *s, struct schedule_ask *ask, const char *name)
{
	struct schedule_table_node *node = NULL;
	struct schedule_survey survey;

	schedule_survey_init(&survey, ask);
	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);

		if (strcmp(m->credential->name, name) != 0)
			continue;
		for (uint32_t i = 0; i < m->places; i++)
			if (m->recipient[i] && m->recipient[i]->state != SCHEDULE_ACTIVE)
				schedule_survey_recipient(&survey, m->recipient[i]);
	}
	schedule_survey_deinit(&survey);
}

static bool
has_mail(const struct schedule *s, const char *name)
{
	struct schedule_table_node *node = NULL;

	while ((node = schedule_table_walk(&s->credentials, node)) != NULL)
		if (strcmp(LIST_OWNER(node, struct schedule_credential, node)->name, name) == 0)
			return true;
	return false;
}

/* check - -1: ask failed. */
static int
check(const struct schedule *s, struct schedule_ask *ask, const char *name)
{
	bool is_known = account_snapshot_credential(s->accounts, span_of(name)) != NULL
		        || has_mail(s, name); /* also of one that is revoked */

	if (ask->act == SCHEDULE_FLUSH)
		return err_set(&ask->err, ERR_INPUT, 0,
		               "a credential's mail is held, released or bounced; flush queues");
	if (ask->act == SCHEDULE_BOUNCE && !has_mail(s, name))
		return err_set(&ask->err, ERR_INPUT, 0, "nothing of credential %s waits", name);
	if (ask->act == SCHEDULE_HOLD && !is_known)
		return err_set(&ask->err, ERR_INPUT, 0, "there is no credential %s", name);
	if (ask->act == SCHEDULE_RELEASE && strchr(name, '*') == NULL
	    && schedule_hold_find_credential(s, name) == NULL)
		return err_set(&ask->err, ERR_INPUT, 0, "credential %s is not held", name);
	return 0;
}

/* bounce - message by message; true: none is there. */
static bool
bounce(struct schedule *s, struct schedule_ask *ask, const char *name)
{
	struct schedule_table_node *node = NULL;

	ask->message = arena_zero(ask->arena, (s->messages.count + 1) * sizeof *ask->message);
	ask->affected = waiting_of(s, name);
	while ((node = schedule_table_walk(&s->messages, node)) != NULL) {
		struct schedule_message *m = LIST_OWNER(node, struct schedule_message, node);

		if (strcmp(m->credential->name, name) == 0)
			ask->message[ask->messages++].id = m->id;
	}
	if (ask->messages == 0)
		return true;
	if (schedule_grace_takes(s, ask))
		return true;
	schedule_withdraw_messages(s, ask);
	return false;
}

bool
schedule_hold_credential_act(struct schedule *s, struct schedule_ask *ask)
{
	const char *name = credential_name(ask->match);
	struct store_write *write;

	ask->result = check(s, ask, name);
	if (ask->result < 0)
		return true;
	if (ask->is_dry || ask->count) {
		survey(s, ask, name);
		if (schedule_survey_answers(ask))
			return true;
		ask->affected = 0;
	}
	schedule_wake(s);
	if (ask->act == SCHEDULE_RELEASE)
		return schedule_hold_release(s, ask);
	if (ask->act == SCHEDULE_BOUNCE)
		return bounce(s, ask, name);
	write = schedule_write_new(s, ask, 1);
	ask->affected = waiting_of(s, name);
	(void)schedule_hold_start(s, ask, write, ask->match);
	schedule_write_send(s, write);
	return false;
}
