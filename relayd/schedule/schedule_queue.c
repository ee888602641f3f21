/* schedule_queue.c - a queue: what waits for one recipient domain by one way, directly
 * or through a smarthost, and the route of that way.
 *
 *   UNROUTED --ask--> ASKING --route_found--> ROUTED --(too old)--> asked again beside
 *                        |  \--lookup_failed-> LOOKUP --(until)--> ASKING
 *                        \-----route_failed--> FAILED --(its TTL)--> UNROUTED
 *
 * One request to the resolver at a time. An empty queue stays for as long as
 * its route is good, so that the next message goes at once.
 * Thread: scheduler. */
#include "schedule/schedule_queue.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

#define ASKED_MAX 2000             /* look-ups under way */
#define IDLE_MAX 10000             /* empty queues kept */
#define IDLE_MS 60000              /* without a route */
#define IDLE_MAX_MS 600000
#define ROUTE_MIN_MS 1000          /* a TTL of 0 is used for this long */
#define STALE_MS 3600000           /* while look-ups fail an old route serves on */
#define STALE_AGAIN_MS 60000
#define LOOKUP_BOUND_MS 3600000    /* between look-ups that fail */
#define DUE_SLICE 1000
#define NAME_SIZE (256 + CONFIG_SMARTHOST_MAX + 1)

/* ---- lanes --------------------------------------------------------------------------- */

static bool
lane_is(const struct schedule_lane *lane, const struct schedule_lane_key *key)
{
	return lane->queue == key->queue && lane->credential == key->credential
	       && lane->class == key->class && lane->share == key->share
	       && lane->label == key->label;
}

struct schedule_lane *
schedule_lane_get(struct schedule *s, const struct schedule_lane_key *key)
{
	uint64_t hash = schedule_table_hash(
		(uintptr_t)key->queue ^ (uintptr_t)key->label << 16,
		(uintptr_t)key->credential + key->class + key->share * 31u);
	struct schedule_table_node *node = schedule_table_first(&s->lanes, hash);
	struct schedule_lane *lane;

	for (; node; node = schedule_table_next(node)) {
		lane = LIST_OWNER(node, struct schedule_lane, node);
		if (lane_is(lane, key)) {
			lane->recipients++;
			return lane;
		}
	}
	lane = mem_zero(1, sizeof *lane);
	lane->queue = key->queue;
	lane->credential = key->credential;
	lane->class = key->class;
	lane->share = key->share;
	lane->label = key->label;
	if (lane->label)
		lane->label->lanes++;
	lane->recipients = 1;
	list_init(&lane->in_stream);
	list_init(&lane->waiting[SCHEDULE_READY]);
	list_init(&lane->waiting[SCHEDULE_TOLD]);
	list_push_back(&lane->queue->lanes, &lane->in_queue);
	schedule_table_put(&s->lanes, &lane->node, hash);
	schedule_source_assign(s, lane);
	return lane;
}

void
schedule_lane_drop(struct schedule *s, struct schedule_lane *lane)
{
	if (--lane->recipients > 0)
		return;
	must(lane->stream == NULL);
	lane->queue->stuck -= lane->reply != NULL;
	schedule_reply_unref(&lane->reply);
	list_remove(&lane->in_queue);
	schedule_table_remove(&s->lanes, &lane->node);
	schedule_label_drop(s, lane->label);
	mem_free(lane);
}

static void
update_lanes(struct schedule *s, struct schedule_queue *queue)
{
	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next)
		schedule_pick_update(s, LIST_OWNER(l, struct schedule_lane, in_queue));
}

/* ---- queues -------------------------------------------------------------------------- */

struct schedule_queue *
schedule_queue_find(struct schedule *s, struct span name)
{
	return map_get(s->queues, name);
}

static struct span
name_of(struct span domain, const char *smarthost, char out[NAME_SIZE])
{
	int n = snprintf(out, NAME_SIZE, "%.*s%s%s", (int)domain.n, domain.p,
	                 smarthost ? "/" : "", smarthost ? smarthost : "");

	must(n > 0 && n < NAME_SIZE);
	return (struct span){ out, (size_t)n };
}

struct schedule_queue *
schedule_queue_of_way(struct schedule *s, struct span domain, const struct schedule_way *way)
{
	char name[NAME_SIZE];

	if (domain.n + CONFIG_SMARTHOST_MAX + 2 > sizeof name)
		return NULL; /* of no domain */
	return schedule_queue_find(s, name_of(domain, way->smarthost, name));
}

static void
add_place(struct schedule *s, struct schedule_queue *queue)
{
	if (s->queue_count == s->queue_cap) {
		s->queue_cap = s->queue_cap ? s->queue_cap * 2 : 64;
		s->queue = mem_resize(s->queue, s->queue_cap * sizeof(struct schedule_queue *));
	}
	queue->place = s->queue_count;
	s->queue[s->queue_count++] = queue;
}

static struct schedule_queue *
queue_new(struct span domain, struct span name, const char *smarthost)
{
	struct schedule_queue *queue = mem_zero(1, sizeof *queue + domain.n + name.n + 2);
	char *own = queue->domain;

	memcpy(own, domain.p, domain.n);
	if (smarthost)
		own = memcpy(own + domain.n + 1, name.p, name.n);
	queue->name = own;
	queue->smarthost = smarthost;
	return queue;
}

struct schedule_queue *
schedule_queue_get(struct schedule *s, struct span domain, const char *smarthost)
{
	char text[NAME_SIZE];
	struct span name = smarthost ? name_of(domain, smarthost, text) : domain;
	struct schedule_queue *queue = map_get(s->queues, name);

	if (queue)
		return queue;
	queue = queue_new(domain, name, smarthost);
	heap_node_init(&queue->due);
	heap_init(&queue->deferred);
	heap_init(&queue->scheduled);
	list_init(&queue->paths);
	list_init(&queue->turns);
	list_init(&queue->link);
	list_init(&queue->in_sweep);
	list_init(&queue->lanes);
	list_init(&queue->all);
	queue->generation = ++s->generation;
	queue->hold = schedule_hold_find_queue(s, queue);
	map_put(s->queues, span_of(queue->name), queue);
	add_place(s, queue);
	return queue;
}

static void
leave_route(struct schedule *s, struct schedule_queue *queue)
{
	must(queue->state != SCHEDULE_ROUTED);
	schedule_source_assign_all(s, queue); /* out of their exchanges' streams */
	schedule_source_drop_paths(s, queue);
	resolve_route_unref(&queue->route);
}

static void
leave_link(struct schedule *s, struct schedule_queue *queue)
{
	if (queue->is_idle)
		s->idle_queue_count--;
	queue->is_idle = false;
	list_remove(&queue->link);
}

void
schedule_queue_free(struct schedule *s, struct schedule_queue *queue)
{
	must(list_is_empty(&queue->all) && !queue->is_asked);
	leave_link(s, queue);
	list_remove(&queue->in_sweep);
	queue->state = SCHEDULE_UNROUTED;
	leave_route(s, queue);
	schedule_source_drop_turns(queue);
	schedule_reply_unref(&queue->reply);
	heap_remove(&s->due[SCHEDULE_DUE_QUEUE], &queue->due);
	heap_deinit(&queue->deferred);
	heap_deinit(&queue->scheduled);
	map_remove(s->queues, span_of(queue->name));
	s->queue[queue->place] = s->queue[--s->queue_count];
	s->queue[queue->place]->place = queue->place;
	mem_free(queue);
}

uint32_t
schedule_queue_waiting(const struct schedule_queue *queue)
{
	return queue->count[SCHEDULE_READY] + queue->count[SCHEDULE_TOLD]
	       + queue->count[SCHEDULE_DEFERRED] + queue->count[SCHEDULE_SCHEDULED];
}

bool
schedule_queue_is_open(const struct schedule_queue *queue)
{
	return queue->state == SCHEDULE_ROUTED && queue->hold == NULL;
}

/* ---- timers -------------------------------------------------------------------------- */

static int64_t
idle_end(const struct schedule_queue *queue)
{
	int64_t most = queue->idle_mono_ms + IDLE_MAX_MS, end = queue->idle_mono_ms + IDLE_MS;

	if (queue->route)
		end = queue->route_until_mono_ms;
	else if (queue->state == SCHEDULE_LOOKUP)
		end = queue->lookup.until_mono_ms;
	return end < most ? end : most;
}

static void
set_due(struct schedule *s, struct schedule_queue *queue)
{
	struct heap_node *first = heap_first(&queue->deferred);
	struct heap_node *scheduled = heap_first(&queue->scheduled);
	int64_t due = first ? first->key : INT64_MAX;

	if (scheduled && scheduled->key < due)
		due = scheduled->key;
	if (queue->is_idle)
		due = queue->is_asked ? INT64_MAX : idle_end(queue);
	else if (queue->state == SCHEDULE_LOOKUP && queue->lookup.until_mono_ms < due)
		due = queue->lookup.until_mono_ms;
	else if (queue->stuck > 0 && !queue->is_asked && queue->route_until_mono_ms < due)
		due = queue->route_until_mono_ms; /* its servers may have others then */
	if (due == INT64_MAX)
		heap_remove(&s->due[SCHEDULE_DUE_QUEUE], &queue->due);
	else if (!heap_has(&queue->due) || queue->due.key != due)
		heap_move(&s->due[SCHEDULE_DUE_QUEUE], &queue->due, due);
}

void
schedule_queue_changed(struct schedule *s, struct schedule_queue *queue)
{
	bool is_empty = list_is_empty(&queue->all);

	if (is_empty && !queue->is_idle) {
		if (queue->state == SCHEDULE_ASKING && !queue->is_asked)
			queue->state = SCHEDULE_UNROUTED; /* nobody needs the answer any more */
		leave_link(s, queue);
		queue->is_idle = true;
		queue->idle_mono_ms = s->now_mono_ms;
		list_push_back(&s->idle_queues, &queue->link);
		s->idle_queue_count++;
	} else if (!is_empty && queue->is_idle) {
		leave_link(s, queue);
	}
	set_due(s, queue);
}

void
schedule_queue_free_idle(struct schedule *s)
{
	struct list *l = s->idle_queues.next, *next;

	for (; s->idle_queue_count > IDLE_MAX && l != &s->idle_queues; l = next) {
		struct schedule_queue *queue = LIST_OWNER(l, struct schedule_queue, link);

		next = l->next;
		if (!queue->is_asked)
			schedule_queue_free(s, queue);
	}
}

/* ---- asking the resolver ------------------------------------------------------------- */

static void
send_request(struct schedule *s, struct schedule_queue *queue)
{
	struct resolve_request *request = mem_zero(1, sizeof *request);

	request->back = (struct mailbox_return){ s->mailbox, schedule_queue_routed };
	request->context = queue;
	snprintf(request->domain, sizeof request->domain, "%s%s",
	         queue->smarthost ? RESOLVE_SMARTHOST : "",
	         queue->smarthost ? queue->smarthost : queue->domain);
	queue->is_asked = true;
	s->asked++;
	resolve_send(s->resolve, &request);
}

static void
ask(struct schedule *s, struct schedule_queue *queue)
{
	queue->state = SCHEDULE_ASKING;
	set_due(s, queue);
	if (queue->is_asked)
		return; /* its answer will do, or it is asked again then */
	if (s->asked < ASKED_MAX)
		send_request(s, queue);
	else
		list_push_back(&s->to_ask, &queue->link);
}

void
schedule_queue_ask_waiting(struct schedule *s)
{
	while (s->asked < ASKED_MAX && !list_is_empty(&s->to_ask)) {
		struct schedule_queue *queue =
			LIST_OWNER(s->to_ask.next, struct schedule_queue, link);

		list_remove(&queue->link);
		send_request(s, queue);
	}
}

static bool
has_ready(const struct schedule_queue *queue)
{
	return queue->count[SCHEDULE_READY] + queue->count[SCHEDULE_TOLD] > 0;
}

void
schedule_queue_needs(struct schedule *s, struct schedule_queue *queue)
{
	bool too_old = queue->state == SCHEDULE_FAILED
		       && s->now_mono_ms >= queue->route_until_mono_ms;

	if (queue->hold || s->is_stopping)
		return;
	if (queue->state == SCHEDULE_UNROUTED || too_old
	    || (queue->state == SCHEDULE_LOOKUP
	        && !pace_backoff_is_waiting(&queue->lookup, s->now_mono_ms)))
		ask(s, queue);
	else
		schedule_sweep_queue(s, queue);
}

void
schedule_queue_refresh(struct schedule *s, struct schedule_queue *queue)
{
	if (s->now_mono_ms >= queue->route_until_mono_ms && !queue->is_asked
	    && s->asked < ASKED_MAX)
		send_request(s, queue);
}

void
schedule_queue_unroute(struct schedule *s, struct schedule_queue *queue)
{
	queue->ask_again = queue->is_asked;
	schedule_source_drop_turns(queue); /* of pools that may be others now */
	if (queue->state == SCHEDULE_ASKING)
		return;
	queue->state = SCHEDULE_UNROUTED;
	queue->lookup = (struct pace_backoff){ 0 };
	leave_route(s, queue);
	if (has_ready(queue))
		schedule_queue_needs(s, queue);
	set_due(s, queue);
}

/* ---- the answer ---------------------------------------------------------------------- */

static void
note_failure(struct schedule_queue *queue, const struct resolve_route *route, const char *text)
{
	schedule_reply_unref(&queue->reply);
	queue->reply = schedule_reply_new(0, route->enhanced, route->category, span_of(text));
}

static void
route_failed(struct schedule *s, struct schedule_queue *queue, struct resolve_route *route)
{
	note_failure(queue, route, route->err.text);
	queue->state = SCHEDULE_FAILED;
	leave_route(s, queue);
	queue->route = resolve_route_ref(route);
}

static void
lookup_failed(struct schedule *s, struct schedule_queue *queue, const struct resolve_route *route,
              const char *text)
{
	int64_t began_mono_ms = s->now_mono_ms + 1; /* one at a time: each counts */
	const struct pace_backoff_plan plan = schedule_site_plan(s, LOOKUP_BOUND_MS);

	if (queue->state == SCHEDULE_ROUTED
	    && s->now_mono_ms < queue->route->expires_mono_ms + STALE_MS) {
		queue->route_until_mono_ms = s->now_mono_ms + STALE_AGAIN_MS;
		return;
	}
	note_failure(queue, route, text);
	pace_backoff_fail(&queue->lookup, &plan, 0, began_mono_ms, s->now_mono_ms, &s->rand);
	queue->state = SCHEDULE_LOOKUP;
	leave_route(s, queue);
}

static void
route_found(struct schedule *s, struct schedule_queue *queue, struct resolve_route *route)
{
	if (route->hosts == 0) {
		lookup_failed(s, queue, route, "its mail servers have no address");
		return;
	}
	if (queue->state == SCHEDULE_ROUTED && schedule_source_is_same_way(s, queue, route)) {
		resolve_route_unref(&queue->route);
	} else {
		queue->state = SCHEDULE_ASKING;
		leave_route(s, queue);
	}
	queue->route = resolve_route_ref(route);
	queue->state = SCHEDULE_ROUTED;
	queue->lookup = (struct pace_backoff){ 0 };
	schedule_reply_unref(&queue->reply);
	schedule_source_assign_all(s, queue);
}

static void
apply_route(struct schedule *s, struct schedule_queue *queue, struct resolve_route *route)
{
	queue->route_until_mono_ms = route->expires_mono_ms;
	if (queue->route_until_mono_ms < s->now_mono_ms + ROUTE_MIN_MS)
		queue->route_until_mono_ms = s->now_mono_ms + ROUTE_MIN_MS;
	if (!route->failed)
		route_found(s, queue, route);
	else if (route->permanent)
		route_failed(s, queue, route);
	else
		lookup_failed(s, queue, route, route->err.text);
}

void
schedule_queue_routed(struct mailbox_item *item, void *owner)
{
	struct resolve_request *request = (struct resolve_request *)(void *)item;
	struct schedule_queue *queue = request->context;
	struct resolve_route *route = request->route;
	struct schedule *s = owner;

	mem_free(request);
	if (s == NULL) { /* we are gone */
		resolve_route_unref(&route);
		return;
	}
	schedule_read_clock(s);
	queue->is_asked = false;
	s->asked--;
	if (queue->ask_again)
		queue->state = SCHEDULE_UNROUTED; /* the configuration changed: not this one */
	else
		apply_route(s, queue, route);
	queue->ask_again = false;
	resolve_route_unref(&route);
	if (has_ready(queue))
		schedule_queue_needs(s, queue);
	schedule_queue_changed(s, queue);
	schedule_queue_ask_waiting(s);
	schedule_wake(s);
}

/* ---- acts and timers ----------------------------------------------------------------- */

static void
move_totals(struct schedule *s, struct schedule_queue *queue, bool to_held)
{
	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next) {
		struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);

		if (schedule_hold_beside_queue(lane) == NULL) /* else held all the time */
			schedule_lane_move_totals(s, lane, to_held);
	}
}

/* What expired meanwhile gets a last attempt: a hold is nobody's fault. */
static void
extend_expired(struct schedule *s, struct schedule_queue *queue)
{
	for (struct list *l = queue->all.next; l != &queue->all; l = l->next)
		schedule_message_extend(
			s, LIST_OWNER(l, struct schedule_recipient, in_queue)->message);
}

void
schedule_queue_set_hold(struct schedule *s, struct schedule_queue *queue,
                        struct schedule_hold *hold)
{
	if (!queue->hold != !hold)
		move_totals(s, queue, hold != NULL);
	queue->hold = hold;
	queue->generation = ++s->generation;
	update_lanes(s, queue);
	if (hold)
		return;
	extend_expired(s, queue);
	if (has_ready(queue))
		schedule_queue_needs(s, queue);
}

void
schedule_queue_flush(struct schedule *s, struct schedule_queue *queue)
{
	struct heap_node *node;

	queue->generation = ++s->generation;
	while ((node = heap_first(&queue->deferred)) != NULL)
		schedule_recipient_wait(s, LIST_OWNER(node, struct schedule_recipient, due),
		                        SCHEDULE_READY, false);
	queue->lookup.until_mono_ms = s->now_mono_ms;
	for (struct list *l = queue->paths.next; l != &queue->paths; l = l->next)
		schedule_site_flush(
			s, LIST_OWNER(l, struct schedule_path, in_queue)->exchange->site);
	if (has_ready(queue))
		schedule_queue_needs(s, queue);
	set_due(s, queue);
}

/* take_due - those whose time has come; a slice of them. */
static void
take_due(struct schedule *s, struct heap *heap)
{
	for (int i = 0; i < DUE_SLICE; i++) {
		struct heap_node *node = heap_first(heap);

		if (node == NULL || node->key > s->now_mono_ms)
			break;
		schedule_recipient_wait(s, LIST_OWNER(node, struct schedule_recipient, due),
		                        SCHEDULE_READY, false);
	}
}

void
schedule_queue_due(struct schedule *s, struct schedule_queue *queue)
{
	if (queue->is_idle) {
		schedule_queue_free(s, queue);
		return;
	}
	take_due(s, &queue->deferred);
	take_due(s, &queue->scheduled);
	if (queue->stuck > 0 && !queue->is_asked
	    && s->now_mono_ms >= queue->route_until_mono_ms) {
		queue->route_until_mono_ms = s->now_mono_ms + ROUTE_MIN_MS;
		if (s->asked < ASKED_MAX)
			send_request(s, queue);
	}
	if (queue->state == SCHEDULE_LOOKUP && s->now_mono_ms >= queue->lookup.until_mono_ms) {
		if (has_ready(queue) && queue->hold == NULL)
			ask(s, queue);
		else
			queue->state = SCHEDULE_UNROUTED; /* asked when somebody needs it */
	}
	set_due(s, queue);
}
