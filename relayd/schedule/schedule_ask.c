/* schedule_ask.c - the operator's questions, answered from memory.
 *
 * A list over 100,000 queues must not stop deliveries: one pass reads a key of
 * each and keeps the best offset + limit in a heap; words are made only for
 * the rows that are shown. Thread: scheduler. */
#include "schedule/schedule_act.h"

#include <string.h>
#include "api/api_text.h"
#include "base/id.h"
#include "base/mem.h"
#include "schedule/schedule_best.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"

#define GUESSES_MAX 3000           /* names compared for "did you mean" */
#define AGES_WALK 50000            /* recipients looked at from each end */

/* ---- queues -------------------------------------------------------------------------- */

bool
schedule_ask_shows(const struct schedule_queue *queue)
{
	return queue->hold || !list_is_empty(&queue->all);
}

static uint64_t
oldest_id(const struct schedule_queue *queue)
{
	return list_is_empty(&queue->all)
	               ? 0
	               : LIST_OWNER(queue->all.next, struct schedule_recipient, in_queue)
	                         ->message->id;
}

static int64_t
oldest_of(const struct schedule_queue *queue)
{
	uint64_t id = oldest_id(queue);

	return id ? id_unix_ms(id) : 0;
}

/* lanes_next - of a routed queue: when the first lane with something to send may go */
static int64_t
lanes_next(const struct schedule *s, const struct schedule_queue *queue)
{
	const struct schedule_stop *stop;
	int64_t next = INT64_MAX;
	bool has_ready = false;

	for (struct list *l = queue->lanes.next; l != &queue->lanes && next > 0; l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);
		int64_t at = 0;

		if (!schedule_lane_has_ready(lane))
			continue;
		has_ready = true;
		if (lane->exchange == NULL)
			at = queue->route_until_mono_ms;
		else if (schedule_warmup_blocks(s, lane->exchange->site, &at))
			at = at ? at : INT64_MAX; /* paused: until somebody resumes it */
		else if ((stop = schedule_rule_stop_of(s, lane->exchange->site,
		                                       lane->credential->id)) != NULL)
			at = stop->until_mono_ms;
		else if (schedule_site_is_waiting(s, lane->exchange->site))
			at = pace_gate_until(&lane->exchange->site->gate);
		if (at < next)
			next = at;
	}
	return has_ready ? next : 0;
}

/* next_of - mono ms of the next attempt; 0: now, INT64_MAX: not before released */
static int64_t
next_of(const struct schedule *s, const struct schedule_queue *queue)
{
	struct heap_node *first = heap_first(&queue->deferred);
	struct heap_node *scheduled = heap_first(&queue->scheduled);

	if (first == NULL || (scheduled && scheduled->key < first->key))
		first = scheduled;
	if (schedule_hold_of_queue(queue))
		return INT64_MAX;
	if (queue->count[SCHEDULE_READY] + queue->count[SCHEDULE_TOLD] == 0)
		return first ? first->key : 0;
	if (queue->state == SCHEDULE_LOOKUP)
		return queue->lookup.until_mono_ms;
	return queue->state == SCHEDULE_ROUTED ? lanes_next(s, queue) : 0;
}

static uint32_t
size_of(const struct schedule_queue *queue)
{
	return schedule_queue_waiting(queue) + queue->count[SCHEDULE_ACTIVE];
}

static int64_t
queue_key(const struct schedule *s, const struct schedule_queue *queue, enum schedule_sort sort)
{
	uint64_t id;

	switch (sort) {
	case SCHEDULE_SORT_OLDEST:
		id = oldest_id(queue);
		return id ? (int64_t)(id >> 1) : INT64_MAX;
	case SCHEDULE_SORT_SIZE:
		return -(int64_t)size_of(queue);
	case SCHEDULE_SORT_NEXT:
		return next_of(s, queue);
	case SCHEDULE_SORT_NAME:
		break;
	}
	return 0;
}

/* take_held - some lanes may be held for their credential's sake, or their label's. */
static void
take_held(const struct schedule_queue *queue, struct schedule_queue_row *row)
{
	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);

		if (schedule_hold_beside_queue(lane) == NULL)
			continue;
		row->held += schedule_lane_waiting(lane);
		row->ready -= lane->count[SCHEDULE_READY];
		row->scheduled -= lane->count[SCHEDULE_SCHEDULED];
		row->deferred -= lane->count[SCHEDULE_DEFERRED] + lane->count[SCHEDULE_TOLD];
	}
}

static void
take_moved(const struct schedule_queue *queue, struct arena *arena,
           struct schedule_queue_row *row)
{
	const char *pool = NULL;
	bool is_one = true;

	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);

		if (lane->label == NULL || lane->label->pool == NULL)
			continue;
		is_one &= pool == NULL || strcmp(pool, lane->label->pool) == 0;
		pool = lane->label->pool;
		row->moved += schedule_lane_waiting(lane);
	}
	row->pool = is_one ? arena_strdup(arena, pool) : NULL;
}

static void
fill_queue(struct schedule *s, struct schedule_queue *queue, struct arena *arena,
           struct schedule_queue_row *row)
{
	const struct schedule_hold *hold = schedule_hold_of_queue(queue);
	struct schedule_words words;
	int64_t next = next_of(s, queue);

	schedule_why_queue(s, queue, arena, &words);
	*row = (struct schedule_queue_row){
		.domain = arena_strdup(arena, queue->name), .provider = "-",
		.generation = queue->generation, .active = queue->count[SCHEDULE_ACTIVE],
		.oldest_unix_ms = oldest_of(queue), .state = words.state, .why = words.why,
		.last_reply = words.last_reply, .wait = words.wait };
	if (!list_is_empty(&queue->paths)) { /* all of them lead to the same provider */
		const struct schedule_path *path =
			LIST_OWNER(queue->paths.next, struct schedule_path, in_queue);
		const struct schedule_site *site = path->exchange->site;

		if (site->is_provider)
			row->provider = arena_strdup(arena, site->name);
	}
	take_moved(queue, arena, row);
	if (next == INT64_MAX)
		row->next_unix_ms = -1;
	else if (next > s->now_mono_ms)
		row->next_unix_ms = schedule_unix_ms(s, next);
	if (hold) {
		row->held = schedule_queue_waiting(queue);
		if (schedule_hold_count(queue) == 1) /* else none is the queue's: see why */
			row->hold = schedule_hold_words(hold, arena);
	} else {
		row->ready = queue->count[SCHEDULE_READY];
		row->scheduled = queue->count[SCHEDULE_SCHEDULED];
		row->deferred = queue->count[SCHEDULE_DEFERRED] + queue->count[SCHEDULE_TOLD];
		take_held(queue, row);
	}
}

static void
list_queues(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_best best = schedule_best_new(ask, s->queue_count);
	struct span match = span_of(ask->match);

	for (size_t i = 0; i < s->queue_count; i++) {
		struct schedule_queue *queue = s->queue[i];

		if (!schedule_ask_shows(queue)
		    || (ask->match && !span_match_nocase(span_of(queue->domain), match)
		        && !span_match_nocase(span_of(queue->name), match)))
			continue;
		ask->total++;
		schedule_best_offer(&best, &(struct schedule_best_entry){
			queue_key(s, queue, ask->sort), queue->name, queue });
	}
	ask->rows = schedule_best_window(&best, ask);
	ask->queue = arena_zero(ask->arena, (ask->rows + 1) * sizeof *ask->queue);
	for (size_t i = 0; i < ask->rows; i++)
		fill_queue(s, best.entry[i].object, ask->arena, &ask->queue[i]);
}

/* ---- one queue ----------------------------------------------------------------------- */

static int
age_bucket(const struct schedule *s, const struct schedule_recipient *r)
{
	static const int64_t end_ms[SCHEDULE_AGES - 1] = {
		60000, 300000, 900000, 3600000, 4 * 3600000LL, 86400000LL, 3 * 86400000LL };
	int64_t age_ms = s->now_unix_ms - id_unix_ms(r->message->id);
	int i = 0;

	while (i < SCHEDULE_AGES - 1 && age_ms >= end_ms[i])
		i++;
	return i;
}

/* The list is in order of acceptance: both ends are counted, and what is between
 * them falls where the older end stopped, which is exact unless a very long
 * queue changes its age in the middle. */
static void
count_ages(const struct schedule *s, const struct schedule_queue *queue, uint32_t walk,
           uint32_t ages[SCHEDULE_AGES])
{
	struct list *from = queue->all.next, *to = queue->all.prev;
	const struct list *end = &queue->all;
	uint32_t left = size_of(queue);
	int bucket = 0;

	for (uint32_t i = 0; left > 0 && i < walk && from != end; i++, from = from->next) {
		bucket = age_bucket(s, LIST_OWNER(from, struct schedule_recipient, in_queue));
		ages[bucket]++;
		left--;
	}
	for (uint32_t i = 0; left > 0 && i < walk; i++, to = to->prev) {
		ages[age_bucket(s, LIST_OWNER(to, struct schedule_recipient, in_queue))]++;
		left--;
	}
	ages[bucket] += left;
}

struct guess {
	const struct schedule *s;
};

static const char *
guess_name(size_t i, const void *arg)
{
	const struct guess *guess = arg;

	if (i >= guess->s->queue_count || i >= GUESSES_MAX)
		return NULL;
	return schedule_ask_shows(guess->s->queue[i]) ? guess->s->queue[i]->name : "";
}

const char *
schedule_ask_near(const struct schedule *s, const char *name)
{
	const struct guess guess = { s };

	return api_text_suggest(span_of(name), guess_name, &guess);
}

int
schedule_ask_no_queue(struct schedule *s, struct schedule_ask *ask)
{
	const char *name = ask->match ? ask->match : "";
	const char *near = schedule_ask_near(s, name);

	ask->result = -1;
	if (near)
		return err_set(&ask->err, ERR_INPUT, 0, "nothing waits for %s; did you mean %s?",
		               name, near);
	return err_set(&ask->err, ERR_INPUT, 0, "nothing waits for %s", name);
}

/* show_all - without a name: the ages of everything that waits. */
static void
show_all(struct schedule *s, struct schedule_ask *ask)
{
	uint32_t budget = 4 * AGES_WALK;

	for (size_t i = 0; i < s->queue_count; i++) {
		if (!schedule_ask_shows(s->queue[i]))
			continue;
		uint32_t walk = budget / 4 + 1; /* from each end: exact first, rough later */

		count_ages(s, s->queue[i], walk, ask->ages);
		budget -= size_of(s->queue[i]) < 2 * walk ? size_of(s->queue[i]) : 2 * walk - 2;
		ask->total++;
	}
}

/* find_shown - by its name, else the first that has mail for that domain by a smarthost. */
static struct schedule_queue *
find_shown(struct schedule *s, struct span name)
{
	struct schedule_queue *queue = schedule_queue_find(s, name);

	for (struct list *l = s->ways.next;
	     (queue == NULL || !schedule_ask_shows(queue)) && l != &s->ways; l = l->next)
		queue = schedule_queue_of_way(s, name, LIST_OWNER(l, struct schedule_way, link));
	return queue && schedule_ask_shows(queue) ? queue : NULL;
}

static void
show_queue(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_queue *queue;

	if (ask->match == NULL) {
		show_all(s, ask);
		return;
	}
	queue = find_shown(s, span_of(ask->match));
	if (queue == NULL) {
		schedule_ask_no_queue(s, ask);
		return;
	}
	ask->rows = ask->total = 1;
	ask->queue = arena_zero(ask->arena, sizeof *ask->queue);
	fill_queue(s, queue, ask->arena, &ask->queue[0]);
	count_ages(s, queue, AGES_WALK, ask->ages);
}

/* ---- sites --------------------------------------------------------------------------- */

/* sum_path - what of a queue goes to the site. oldest: of the whole queue, of which
 * other source addresses may have a part. */
static void
sum_path(const struct schedule_path *path, struct schedule_site_row *row)
{
	const struct schedule_queue *queue = path->queue;
	uint32_t queued = 0;

	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);

		if (lane->exchange != path->exchange)
			continue;
		queued += lane->recipients;
		row->deferred += lane->count[SCHEDULE_DEFERRED] + lane->count[SCHEDULE_TOLD];
	}
	if (queued == 0)
		return;
	row->domains++;
	row->queued += queued;
	if (row->oldest_unix_ms == 0 || oldest_of(queue) < row->oldest_unix_ms)
		row->oldest_unix_ms = oldest_of(queue);
}

static void
sum_site(const struct schedule_site *site, struct schedule_site_row *row)
{
	for (struct list *e = site->exchanges.next; e != &site->exchanges; e = e->next) {
		struct list *paths = &LIST_OWNER(e, struct schedule_exchange, in_site)->paths;

		for (struct list *p = paths->next; p != paths; p = p->next)
			sum_path(LIST_OWNER(p, struct schedule_path, in_exchange), row);
	}
}

uint32_t
schedule_ask_queued(const struct schedule_site *site)
{
	struct schedule_site_row sum = { .queued = 0 };

	sum_site(site, &sum);
	return sum.queued;
}

static void
fill_site(struct schedule *s, struct schedule_site *site, struct arena *arena,
          struct schedule_site_row *row)
{
	struct schedule_words words;

	schedule_why_site(s, site, arena, &words);
	*row = (struct schedule_site_row){
		.name = arena_strdup(arena, site->name), .is_provider = site->is_provider,
		.connections = site->slots, .max_connections = site->max_connections,
		.delivered = site->delivered, .deferrals = site->deferrals,
		.bounces = site->bounces, .state = words.state, .why = words.why,
		.last_reply = words.last_reply, .wait = words.wait };
	sum_site(site, row);
	if (schedule_site_is_waiting(s, site))
		row->backoff_until_unix_ms = schedule_unix_ms(s, pace_gate_until(&site->gate));
}

static int64_t
site_key(const struct schedule_site_row *sum, enum schedule_sort sort)
{
	if (sort == SCHEDULE_SORT_SIZE)
		return -(int64_t)sum->queued;
	if (sort == SCHEDULE_SORT_OLDEST)
		return sum->oldest_unix_ms ? sum->oldest_unix_ms : INT64_MAX;
	return 0;
}

static void
list_sites(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_best best = schedule_best_new(ask, map_count(s->sites));
	struct span match = span_of(ask->match);

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);
		struct schedule_site_row sum = { 0 };

		if (ask->match && !span_match_nocase(span_of(site->name), match))
			continue;
		sum_site(site, &sum);
		if (sum.queued == 0 && site->slots == 0 && site->gate.backoff.failures == 0
		    && !site->is_provider)
			continue;
		ask->total++;
		schedule_best_offer(&best, &(struct schedule_best_entry){
			site_key(&sum, ask->sort), site->name, site });
	}
	ask->rows = schedule_best_window(&best, ask);
	ask->site = arena_zero(ask->arena, (ask->rows + 1) * sizeof *ask->site);
	for (size_t i = 0; i < ask->rows; i++)
		fill_site(s, best.entry[i].object, ask->arena, &ask->site[i]);
}

/* ---- one message --------------------------------------------------------------------- */

static void
explain_message(struct schedule *s, struct schedule_ask *ask)
{
	struct schedule_message *m = schedule_message_find(s, ask->message_id);

	if (m == NULL) /* nothing of it waits: no rows */
		return;
	ask->sentence = arena_zero(ask->arena, m->pending * sizeof *ask->sentence);
	ask->waiting = arena_zero(ask->arena, m->pending * sizeof *ask->waiting);
	ask->total = m->pending;
	for (uint32_t i = 0; i < m->places && ask->rows < SCHEDULE_BEST_MAX; i++) {
		struct schedule_recipient *r = m->recipient[i];
		struct schedule_waiting *one = &ask->waiting[ask->rows];

		if (r == NULL)
			continue;
		one->recipient = arena_strdup(ask->arena, r->address);
		one->no = r->no;
		one->pool = schedule_source_pool(s, r->lane->credential, r->lane->label);
		one->pool = arena_strdup(ask->arena, one->pool ? one->pool : CONFIG_POOL_DEFAULT);
		one->is_moved = r->lane->label && r->lane->label->pool;
		one->smarthost = arena_strdup(ask->arena, r->lane->queue->smarthost);
		if (r->state != SCHEDULE_ACTIVE)
			one->held = schedule_hold_words(schedule_hold_of_lane(r->lane),
			                                ask->arena);
		ask->sentence[ask->rows++] =
			schedule_why_recipient(s, r, ask->arena, &one->wait);
	}
}

/* ---- the dispatcher ------------------------------------------------------------------ */

static void (*const questions[SCHEDULE_ACT_COUNT])(struct schedule *s, struct schedule_ask *ask) = {
	[SCHEDULE_LIST_QUEUES] = list_queues,
	[SCHEDULE_LIST_SITES] = list_sites,
	[SCHEDULE_SHOW_QUEUE] = show_queue,
	[SCHEDULE_EXPLAIN_MESSAGE] = explain_message,
	[SCHEDULE_LIST_THROTTLES] = schedule_throttle_list,
	[SCHEDULE_LIST_STOPS] = schedule_stop_list,
	[SCHEDULE_LIST_HOLDS] = schedule_hold_list,
	[SCHEDULE_LIST_SOURCES] = schedule_warmup_list,
	[SCHEDULE_LIST_MIGRATIONS] = schedule_migrate_list,
	[SCHEDULE_FIND_SIGNED] = schedule_signed_find,
};

struct schedule_ask *
schedule_ask_new(enum schedule_act act, struct mailbox_return back)
{
	struct schedule_ask *ask = mem_zero(1, sizeof *ask);

	ask->back = back;
	ask->arena = arena_new(0);
	ask->act = act;
	return ask;
}

void
schedule_ask_free(struct schedule_ask **ask)
{
	struct schedule_ask *a = *ask;

	*ask = NULL;
	if (a == NULL)
		return;
	arena_free(&a->arena);
	mem_free(a);
}

void
schedule_ask_answer(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct schedule *s = owner;

	if (s == NULL) {
		schedule_ask_free(&ask);
		return;
	}
	schedule_read_clock(s);
	must(ask->act < SCHEDULE_ACT_COUNT);
	if (questions[ask->act])
		questions[ask->act](s, ask);
	else if (!schedule_act_run(s, ask))
		return;
	mailbox_answer(&ask->back, &ask->item);
}
