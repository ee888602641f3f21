/* schedule_source.c - from which of our addresses: pools, shares, and the way of a lane.
 *
 * A message's mail to one domain goes from one address of its pool (the one it was moved
 * to, else its credential's, else its sending domain's): its share, given by smooth
 * weighted round robin for each queue, credential and pool. The first turn is drawn by the
 * domain's hash, so that many domains with one message each keep the weights too. While
 * the share's own address cannot be used another of the pool has its mail, then the
 * overflow pool; else the lane waits and says why. It cannot be used while it is switched
 * off, missing, stopped by a rule or, for this provider, has sent what its warm-up allows.
 *
 *   lane (share) --assign--> path of its queue --> exchange (MX set x address) --> site
 *
 * Thread: scheduler. */
#include "schedule/schedule_source.h"

#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_site.h"

#define OBSTACLES_MAX 180          /* bytes of text why none can be used */

/* ---- pools --------------------------------------------------------------------------- */

const char *
schedule_source_pool(const struct schedule *s, const struct schedule_credential *credential,
                     const struct schedule_label *label)
{
	const struct account_domain *domain;

	if (label && label->pool)
		return strcmp(label->pool, CONFIG_POOL_DEFAULT) == 0 ? NULL : label->pool;
	if (credential->account && credential->account->pool)
		return credential->account->pool;
	domain = label && label->domain
	                 ? account_snapshot_domain(s->accounts, span_of(label->domain)) : NULL;
	return domain ? domain->pool : NULL;
}

/* As with its keys, a domain chooses for what lies below it too. */
const char *
schedule_source_domain(const struct account_snapshot *accounts, const char *from_domain)
{
	const struct account_domain *domain;

	if (accounts->pooled_domains == 0 || from_domain == NULL)
		return NULL;
	domain = account_snapshot_domain_above(accounts, span_of(from_domain));
	return domain && domain->pool ? domain->name : NULL;
}

/* What goes by a smarthost leaves by the address the system chooses: pools, their turns and
 * warm-ups are about the mail that providers see from us. */
static const struct config_pool *
pool_of(const struct schedule *s, const struct schedule_credential *credential,
        const struct schedule_label *label)
{
	return config_find_pool(s->config, schedule_source_pool(s, credential, label));
}

/* ---- shares -------------------------------------------------------------------------- */

/* struct turns - whose turn it is, of one credential and pool in one queue. Gone with a new
 * configuration, so that pool cannot dangle. */
struct turns {
	struct list in_queue;      /* queue->turns */
	uint64_t credential_id;
	const struct config_pool *pool;
	int64_t credit[];          /* one per address; smooth weighted round robin */
};

static struct turns *
find_turns(const struct schedule_queue *queue, uint64_t credential_id,
           const struct config_pool *pool)
{
	for (struct list *l = queue->turns.next; l != &queue->turns; l = l->next) {
		struct turns *turns = LIST_OWNER(l, struct turns, in_queue);

		if (turns->credential_id == credential_id && turns->pool == pool)
			return turns;
	}
	return NULL;
}

static void
drop_turns(struct turns *turns)
{
	list_remove(&turns->in_queue);
	mem_free(turns);
}

void
schedule_source_drop_turns(struct schedule_queue *queue)
{
	while (!list_is_empty(&queue->turns))
		drop_turns(LIST_OWNER(queue->turns.next, struct turns, in_queue));
}

static uint64_t
hash_domain(const struct schedule_queue *queue)
{
	uint64_t hash = span_hash(span_of(queue->domain));

	return hash ^ hash >> 29; /* mixed: few values are wanted of it */
}

/* advance - everybody gets his weight, the one whose turn it is pays for all. */
static void
advance(struct turns *turns, size_t winner, int64_t total)
{
	for (size_t i = 0; i < turns->pool->addresses; i++)
		turns->credit[i] += config_pool_weight(turns->pool, i);
	turns->credit[winner] -= total;
}

static size_t
first_turn(const struct turns *turns, uint64_t hash, int64_t total)
{
	int64_t drawn = (int64_t)(hash % (uint64_t)total);
	size_t i = 0;

	while (drawn >= config_pool_weight(turns->pool, i))
		drawn -= config_pool_weight(turns->pool, i++);
	return i;
}

static size_t
next_turn(const struct turns *turns)
{
	size_t best = 0;

	for (size_t i = 1; i < turns->pool->addresses; i++)
		if (turns->credit[i] + config_pool_weight(turns->pool, i)
		    > turns->credit[best] + config_pool_weight(turns->pool, best))
			best = i;
	return best;
}

static uint16_t
take_turn(struct schedule_queue *queue, uint64_t credential_id, const struct config_pool *pool)
{
	struct turns *turns = find_turns(queue, credential_id, pool);
	int64_t total = 0;
	size_t winner;

	for (size_t i = 0; i < pool->addresses; i++)
		total += config_pool_weight(pool, i);
	if (turns == NULL) {
		turns = mem_zero(1, sizeof *turns + pool->addresses * sizeof turns->credit[0]);
		turns->credential_id = credential_id;
		turns->pool = pool;
		list_push_back(&queue->turns, &turns->in_queue);
		winner = first_turn(turns, hash_domain(queue), total);
	} else {
		winner = next_turn(turns);
	}
	advance(turns, winner, total);
	return (uint16_t)winner;
}

uint16_t
schedule_source_share(struct schedule *s, struct schedule_queue *queue,
                      const struct schedule_message *m, const struct schedule_label *label)
{
	const struct config_pool *pool = pool_of(s, m->credential, label);

	if (queue->smarthost || pool == NULL || pool->addresses < 2)
		return 0;
	if (queue->shared_message != m->id || queue->shared_pool != pool) {
		queue->shared_message = m->id;
		queue->shared_pool = pool;
		queue->share = take_turn(queue, m->credential->id, pool);
	}
	return queue->share;
}

/* ---- paths --------------------------------------------------------------------------- */

static struct schedule_exchange *
path_get(struct schedule *s, struct schedule_queue *queue, const char *source)
{
	struct schedule_path *path;

	for (struct list *l = queue->paths.next; l != &queue->paths; l = l->next) {
		path = LIST_OWNER(l, struct schedule_path, in_queue);
		if (path->exchange->site->source == source)
			return path->exchange;
	}
	path = mem_zero(1, sizeof *path);
	path->queue = queue;
	path->exchange = schedule_exchange_get(s, queue->route, source);
	list_push_back(&queue->paths, &path->in_queue);
	list_push_back(&path->exchange->paths, &path->in_exchange);
	if (!list_is_empty(&s->throttles)) /* one may be for this domain */
		schedule_site_configure(s, path->exchange->site);
	return path->exchange;
}

void
schedule_source_drop_paths(struct schedule *s, struct schedule_queue *queue)
{
	while (!list_is_empty(&queue->paths)) {
		struct schedule_path *path =
			LIST_OWNER(queue->paths.next, struct schedule_path, in_queue);
		struct schedule_exchange *exchange = path->exchange;

		list_remove(&path->in_queue);
		list_remove(&path->in_exchange);
		mem_free(path);
		schedule_exchange_release(s, exchange);
	}
}

bool
schedule_source_is_same_way(struct schedule *s, const struct schedule_queue *queue,
                            const struct resolve_route *route)
{
	for (struct list *l = queue->paths.next; l != &queue->paths; l = l->next) {
		struct schedule_exchange *old =
			LIST_OWNER(l, struct schedule_path, in_queue)->exchange;
		struct schedule_exchange *new = schedule_exchange_get(s, route, old->site->source);

		if (new != old) {
			schedule_exchange_release(s, new); /* if nobody else uses it */
			return false;
		}
	}
	return true;
}

/* ---- which address ------------------------------------------------------------------- */

static bool
source_serves(const char *address, const struct resolve_route *route)
{
	sa_family_t family = strchr(address, ':') ? AF_INET6 : AF_INET;

	for (size_t i = 0; i < route->hosts; i++)
		for (size_t j = 0; j < route->host[i].addresses; j++)
			if (route->host[i].address[j].sa.sa_family == family)
				return true;
	return false;
}

bool
schedule_source_is_stopped(const struct schedule *s, const struct schedule_site *site)
{
	if (site->cause == NULL || s->now_mono_ms >= site->gate.pause_until_mono_ms)
		return false;
	for (size_t i = 0; i < s->config->reply_rules; i++)
		if (strcmp(s->config->reply_rule[i].name, site->cause) == 0)
			return s->config->reply_rule[i].action == CONFIG_ACTION_STOP_SOURCE;
	return false;
}

/* struct search - for a lane's exchange */
struct search {
	struct schedule_queue *queue;
	struct schedule_exchange *stopped; /* would do, but for a rule or its warm-up: the
	                                    * first found */
	struct buf obstacles;
};

static struct schedule_exchange *
try_address(struct schedule *s, struct search *search, const char *address)
{
	const struct schedule_source *source =
		address ? map_get(s->sources, span_of(address)) : NULL;
	struct schedule_exchange *exchange;
	const char *obstacle = NULL;

	if (source && schedule_off_is_set(source, SCHEDULE_OFF_ALL))
		obstacle = "is switched off";
	else if (source && source->is_missing)
		obstacle = "is not an address of this host";
	else if (source && !source_serves(address, search->queue->route))
		obstacle = "is of a kind that its servers have not";
	if (obstacle) {
		buf_printf(&search->obstacles, "%s%s %s", search->obstacles.len ? ", " : "",
		           address, obstacle);
		return NULL;
	}
	exchange = path_get(s, search->queue, source ? source->address : NULL);
	if (schedule_source_is_stopped(s, exchange->site)) {
		exchange->site->is_avoided = true;
		if (!heap_has(&exchange->site->due)) /* its end brings the mail back */
			schedule_site_wait_until(s, exchange->site,
			                         pace_gate_until(&exchange->site->gate));
	} else if (!schedule_warmup_is_closed(s, exchange->site)) {
		return exchange;
	}
	if (search->stopped == NULL)
		search->stopped = exchange;
	return NULL;
}

/* try_pool - share's own address, then the others from a place that the domain chooses:
 * what one address cannot take is spread, not the next one's burden. */
static struct schedule_exchange *
try_pool(struct schedule *s, struct search *search, const struct config_pool *pool, size_t share)
{
	size_t own, others = pool->addresses - 1, offset;
	struct schedule_exchange *exchange;

	if (pool->addresses == 0)
		return try_address(s, search, NULL);
	own = share % pool->addresses;
	exchange = try_address(s, search, pool->address[own]);
	offset = others > 0 ? hash_domain(search->queue) % others : 0;
	for (size_t i = 0; i < others && exchange == NULL; i++) {
		size_t place = (own + 1 + (offset + i) % others) % pool->addresses;

		exchange = try_address(s, search, pool->address[place]);
	}
	return exchange;
}

static const struct schedule_source *
off_of_pool(const struct schedule *s, const struct config_pool *pool)
{
	for (size_t i = 0; pool && i < pool->addresses; i++) {
		const struct schedule_source *source =
			map_get(s->sources, span_of(pool->address[i]));

		if (source && schedule_off_is_set(source, SCHEDULE_OFF_ALL))
			return source;
	}
	return NULL;
}

const struct schedule_source *
schedule_source_off(const struct schedule *s, const struct schedule_lane *lane)
{
	const struct config_pool *pool = pool_of(s, lane->credential, lane->label);
	const struct schedule_source *source = off_of_pool(s, pool);

	if (lane->queue->smarthost)
		return NULL;
	return source || pool == NULL || pool->overflow == NULL
	               ? source : off_of_pool(s, config_find_pool(s->config, pool->overflow));
}

struct stopped { /* addresses, to be said */
	struct arena *arena;
	const char *text, *last;   /* last: not yet in text */
	int64_t until_mono_ms;
};

static void
add_stopped(const struct schedule *s, const struct schedule_site *site, struct stopped *stopped)
{
	if (!schedule_source_is_stopped(s, site))
		return;
	if (stopped->last)
		stopped->text = arena_printf(stopped->arena, "%s%s%s",
		                             stopped->text ? stopped->text : "",
		                             stopped->text ? ", " : "", stopped->last);
	stopped->last = site->source;
	if (site->gate.pause_until_mono_ms < stopped->until_mono_ms)
		stopped->until_mono_ms = site->gate.pause_until_mono_ms;
}

/* add_pool - those that the queue had a way by, in the order of the pool. */
static void
add_pool(const struct schedule *s, const struct schedule_queue *queue,
         const struct config_pool *pool, struct stopped *stopped)
{
	for (size_t i = 0; pool && i < pool->addresses; i++) {
		for (struct list *l = queue->paths.next; l != &queue->paths; l = l->next) {
			const struct schedule_site *site =
				LIST_OWNER(l, struct schedule_path, in_queue)->exchange->site;

			if (site->source && strcmp(site->source, pool->address[i]) == 0)
				add_stopped(s, site, stopped);
		}
	}
}

const char *
schedule_source_stopped(const struct schedule *s, const struct schedule_lane *lane,
                        struct arena *arena, int64_t *until_mono_ms_out)
{
	const struct config_pool *pool = pool_of(s, lane->credential, lane->label);
	struct stopped stopped = { .arena = arena, .until_mono_ms = INT64_MAX };

	add_pool(s, lane->queue, pool, &stopped);
	if (pool && pool->overflow)
		add_pool(s, lane->queue, config_find_pool(s->config, pool->overflow), &stopped);
	*until_mono_ms_out = stopped.until_mono_ms;
	if (stopped.text == NULL)
		return stopped.last;
	return arena_printf(arena, "%s and %s", stopped.text, stopped.last);
}

static struct schedule_reply *
no_address(const struct search *search, const char *pool_name)
{
	const struct verdict_status status = { 4, 3, 5 }; /* RFC 3463: incorrectly configured */
	const struct span obstacles = buf_span(&search->obstacles);
	struct schedule_reply *reply;
	struct buf text;

	buf_init(&text, OBSTACLES_MAX + 100);
	if (obstacles.n > 0)
		buf_printf(&text, "no address of pool %.40s can be used: %.*s", pool_name,
		           (int)obstacles.n, obstacles.p);
	else
		buf_printf(&text, "its pool %.40s is not in relayd.conf", pool_name);
	reply = schedule_reply_new(0, status, VERDICT_SYSTEM_ERROR, buf_span(&text));
	buf_deinit(&text);
	return reply;
}

/* find - the lane's exchange, or NULL and why there is none. */
static struct schedule_exchange *
find(struct schedule *s, const struct schedule_lane *lane, struct schedule_reply **reply_out)
{
	const struct config_pool *pool = pool_of(s, lane->credential, lane->label), *more;
	struct search search = { .queue = lane->queue };
	struct schedule_exchange *exchange = NULL;

	if (lane->queue->smarthost)
		return path_get(s, lane->queue, NULL);
	buf_init(&search.obstacles, OBSTACLES_MAX);
	if (pool) {
		exchange = try_pool(s, &search, pool, lane->share);
		more = exchange == NULL && pool->overflow
		               ? config_find_pool(s->config, pool->overflow) : NULL;
		if (more)
			exchange = try_pool(s, &search, more, lane->share);
		if (exchange == NULL) /* it waits at its own site, which says until when */
			exchange = search.stopped;
	}
	if (exchange == NULL)
		*reply_out = no_address(&search,
		                        pool ? pool->name : schedule_source_pool(
							s, lane->credential, lane->label));
	buf_deinit(&search.obstacles);
	return exchange;
}

void
schedule_source_assign(struct schedule *s, struct schedule_lane *lane)
{
	struct schedule_queue *queue = lane->queue;
	struct schedule_reply *old = lane->reply, *reply = NULL;

	lane->exchange = queue->state == SCHEDULE_ROUTED ? find(s, lane, &reply) : NULL;
	lane->reply = reply;
	queue->stuck += (uint32_t)(reply != NULL) - (uint32_t)(old != NULL);
	schedule_reply_unref(&old);
	schedule_pick_update(s, lane);
	if (reply)
		schedule_sweep_queue(s, queue);
}

void
schedule_source_assign_all(struct schedule *s, struct schedule_queue *queue)
{
	for (struct list *l = queue->lanes.next; l != &queue->lanes; l = l->next)
		schedule_source_assign(s, LIST_OWNER(l, struct schedule_lane, in_queue));
}

void
schedule_source_reassign(struct schedule *s)
{
	for (size_t i = 0; i < s->queue_count; i++) {
		schedule_source_assign_all(s, s->queue[i]);
		schedule_queue_changed(s, s->queue[i]); /* its timer */
	}
}

/* Only paths to other sites are made meanwhile, and none goes. */
void
schedule_source_rejoin(struct schedule *s, struct schedule_site *site)
{
	site->is_avoided = false; /* set again when it still is */
	for (struct list *e = site->exchanges.next; e != &site->exchanges; e = e->next) {
		struct list *paths = &LIST_OWNER(e, struct schedule_exchange, in_site)->paths;

		for (struct list *p = paths->next; p != paths; p = p->next)
			schedule_source_assign_all(
				s, LIST_OWNER(p, struct schedule_path, in_exchange)->queue);
	}
}
