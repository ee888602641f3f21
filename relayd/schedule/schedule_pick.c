/* schedule_pick.c - who is next: fairness inside a site.
 *
 * Credentials take turns by work done: each flow (credential at a site) counts
 * the recipients it sent, and the flow that sent least goes next. One that was
 * away joins at the site's present count, so absence earns nothing and 100,000
 * waiting messages are worth no more than one. That is deficit round robin
 * without rounds: a password reset is never more than one job behind.
 *
 * Transactional mail goes before bulk; bulk keeps one job in SCHEDULE_BULK_EVERY, and in
 * return leaves some connections free at every moment, so that a campaign to
 * a slow server cannot occupy them all.
 *
 * Thread: scheduler. All O(log n). */
#include "schedule/schedule_pick.h"

#include "base/mem.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_site.h"

#define BULK_LEAVES 8              /* an eighth of the connections, at least one of two */
#define AHEAD 20                   /* recipients; what opening a connection is worth */

/* ---- hanging in and out -------------------------------------------------------------- */

static struct schedule_flow *
flow_get(struct schedule *s, struct schedule_site *site, struct schedule_credential *credential,
         enum schedule_class class)
{
	uint64_t hash = schedule_table_hash((uintptr_t)site, (uintptr_t)credential + class);
	struct schedule_table_node *node = schedule_table_first(&s->flows, hash);
	struct schedule_flow *flow;

	for (; node; node = schedule_table_next(node)) {
		flow = LIST_OWNER(node, struct schedule_flow, node);
		if (flow->site == site && flow->credential == credential && flow->class == class)
			return flow;
	}
	flow = mem_zero(1, sizeof *flow);
	flow->site = site;
	flow->credential = credential;
	flow->class = class;
	flow->work = site->work[class];
	list_init(&flow->streams);
	heap_node_init(&flow->turn);
	heap_insert(&site->flows[class], &flow->turn, flow->work);
	schedule_table_put(&s->flows, &flow->node, hash);
	return flow;
}

static struct schedule_stream *
stream_get(struct schedule *s, struct schedule_exchange *exchange, struct schedule_flow *flow)
{
	uint64_t hash = schedule_table_hash((uintptr_t)exchange, (uintptr_t)flow);
	struct schedule_table_node *node = schedule_table_first(&s->streams, hash);
	struct schedule_stream *stream;

	for (; node; node = schedule_table_next(node)) {
		stream = LIST_OWNER(node, struct schedule_stream, node);
		if (stream->exchange == exchange && stream->flow == flow)
			return stream;
	}
	stream = mem_zero(1, sizeof *stream);
	stream->exchange = exchange;
	stream->flow = flow;
	list_init(&stream->lanes);
	heap_node_init(&stream->turn);
	list_push_back(&flow->streams, &stream->in_flow);
	heap_insert(&exchange->streams[flow->class], &stream->turn, flow->work);
	schedule_table_put(&s->streams, &stream->node, hash);
	return stream;
}

static void
drop_stream(struct schedule *s, struct schedule_stream *stream)
{
	struct schedule_flow *flow = stream->flow;

	if (!list_is_empty(&stream->lanes))
		return;
	list_remove(&stream->in_flow);
	heap_remove(&stream->exchange->streams[flow->class], &stream->turn);
	schedule_table_remove(&s->streams, &stream->node);
	mem_free(stream);
	if (!list_is_empty(&flow->streams))
		return;
	heap_remove(&flow->site->flows[flow->class], &flow->turn);
	schedule_table_remove(&s->flows, &flow->node);
	mem_free(flow);
}

static void
hang_in(struct schedule *s, struct schedule_lane *lane)
{
	struct schedule_exchange *exchange = lane->exchange;

	lane->stream = stream_get(s, exchange,
	                          flow_get(s, exchange->site, lane->credential, lane->class));
	list_push_back(&lane->stream->lanes, &lane->in_stream);
}

static void
hang_out(struct schedule *s, struct schedule_lane *lane)
{
	struct schedule_stream *stream = lane->stream;

	lane->stream = NULL;
	list_remove(&lane->in_stream);
	drop_stream(s, stream);
}

bool
schedule_lane_has_ready(const struct schedule_lane *lane)
{
	return !list_is_empty(&lane->waiting[SCHEDULE_READY])
	       || !list_is_empty(&lane->waiting[SCHEDULE_TOLD]);
}

void
schedule_pick_update(struct schedule *s, struct schedule_lane *lane)
{
	struct schedule_exchange *exchange = lane->exchange;
	bool may_go = exchange && schedule_hold_beside_queue(lane) == NULL
		      && schedule_queue_is_open(lane->queue)
		      && schedule_lane_has_ready(lane);

	if (may_go && !list_is_empty(&exchange->site->stops))
		may_go = schedule_rule_stop_of(s, exchange->site, lane->credential->id) == NULL;
	if (lane->stream && (!may_go || lane->stream->exchange != exchange))
		hang_out(s, lane);
	if (may_go && lane->stream == NULL)
		hang_in(s, lane);
	if (may_go)
		schedule_site_dirty(s, exchange->site);
}

/* ---- picking ------------------------------------------------------------------------- */

struct schedule_recipient *
schedule_lane_first(const struct schedule_lane *lane)
{
	/* those that were told wait longer already */
	int which = list_is_empty(&lane->waiting[SCHEDULE_TOLD]) ? SCHEDULE_READY : SCHEDULE_TOLD;

	must(!list_is_empty(&lane->waiting[which]));
	return LIST_OWNER(lane->waiting[which].next, struct schedule_recipient, in_lane);
}

static bool
bulk_may_go(const struct schedule_site *site)
{
	uint32_t cap = site->max_connections, left = cap / BULK_LEAVES;

	if (left == 0)
		left = cap > 1;
	return site->busy_bulk < cap - left;
}

/* choose_class - of those that have something; COUNT: none may go. */
static enum schedule_class
choose_class(const struct schedule_site *site, bool has_transactional, bool has_bulk)
{
	has_bulk = has_bulk && bulk_may_go(site);
	if (has_bulk && (!has_transactional || site->since_bulk + 1 >= SCHEDULE_BULK_EVERY))
		return SCHEDULE_BULK;
	return has_transactional ? SCHEDULE_TRANSACTIONAL : SCHEDULE_CLASS_COUNT;
}

struct schedule_stream *
schedule_pick_stream(struct schedule_site *site)
{
	enum schedule_class class = choose_class(site,
	                                         heap_first(&site->flows[SCHEDULE_TRANSACTIONAL]),
	                                         heap_first(&site->flows[SCHEDULE_BULK]));
	struct schedule_flow *flow;

	if (class == SCHEDULE_CLASS_COUNT)
		return NULL;
	flow = LIST_OWNER(heap_first(&site->flows[class]), struct schedule_flow, turn);
	return LIST_OWNER(flow->streams.next, struct schedule_stream, in_flow);
}

/* The exchange's heap is put right only where it is looked at: a flow's work
 * grows with every job, wherever it went. Keys are never too large. */
static struct schedule_stream *
settle_first(struct heap *heap)
{
	for (;;) {
		struct heap_node *first = heap_first(heap);
		struct schedule_stream *stream = LIST_OWNER(first, struct schedule_stream, turn);

		if (first->key >= stream->flow->work)
			return stream;
		heap_move(heap, first, stream->flow->work);
	}
}

struct schedule_stream *
schedule_pick_own(struct schedule_exchange *exchange)
{
	enum schedule_class class =
		choose_class(exchange->site, heap_first(&exchange->streams[SCHEDULE_TRANSACTIONAL]),
	                     heap_first(&exchange->streams[SCHEDULE_BULK]));

	return class == SCHEDULE_CLASS_COUNT ? NULL : settle_first(&exchange->streams[class]);
}

bool
schedule_pick_is_ahead(const struct schedule_stream *stream, const struct schedule_stream *own)
{
	if (stream->flow->class != own->flow->class)
		return stream->flow->class == SCHEDULE_TRANSACTIONAL;
	return stream->flow->work + AHEAD < own->flow->work;
}

void
schedule_pick_add_work(struct schedule_flow *flow, uint32_t recipients)
{
	flow->work += recipients;
	heap_move(&flow->site->flows[flow->class], &flow->turn, flow->work);
}

void
schedule_pick_charge(struct schedule_stream *stream)
{
	struct schedule_flow *flow = stream->flow;
	struct schedule_site *site = flow->site;
	struct list *lane = stream->lanes.next;

	site->since_bulk = flow->class == SCHEDULE_BULK ? 0 : site->since_bulk + 1;
	site->work[flow->class] = flow->work;
	schedule_pick_add_work(flow, 1);
	heap_move(&stream->exchange->streams[flow->class], &stream->turn, flow->work);
	list_remove(lane);
	list_push_back(&stream->lanes, lane);
	list_remove(&stream->in_flow);
	list_push_back(&flow->streams, &stream->in_flow);
}
