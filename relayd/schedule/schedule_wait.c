/* schedule_wait.c - the one constraint that holds what waits, and about when it ends.
 *
 * The order of the questions is the order in which the scheduler asks them
 * itself: what comes first holds everything behind it. Nothing is kept for this;
 * it is found from the state that decides, when somebody asks (schedule_why.c makes
 * the sentence of it). Thread: scheduler. */
#include "schedule/schedule_wait.h"

#include <assert.h>
#include "schedule/schedule_hold.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

#define LINE_MAX 5000              /* recipients counted before one */
#define TAKERS_MAX 200             /* of those who take turns */
#define MINUTE_MS 60000
#define KNOWN_MS 5000              /* served for less than that: no pace to tell from */

static const char *const names[] = {
	[SCHEDULE_FREE] = "none",
	[SCHEDULE_BY_HOLD] = "held",
	[SCHEDULE_BY_SENDER] = "scheduled",
	[SCHEDULE_BY_OWN_RETRY] = "own_retry",
	[SCHEDULE_BY_LOOKUP] = "lookup",
	[SCHEDULE_BY_ROUTE] = "route",
	[SCHEDULE_BY_NO_ROUTE] = "route_failed",
	[SCHEDULE_BY_SOURCE] = "source",
	[SCHEDULE_BY_SOURCE_OFF] = "source_off",
	[SCHEDULE_BY_STORE] = "store",
	[SCHEDULE_BY_WARMUP] = "warmup_cap",
	[SCHEDULE_BY_PAUSE] = "paused",
	[SCHEDULE_BY_STOP] = "stopped",
	[SCHEDULE_BY_BACKOFF] = "backoff",
	[SCHEDULE_BY_PROBE] = "probing",
	[SCHEDULE_BY_RATE] = "rate",
	[SCHEDULE_BY_CONNECTIONS] = "connections",
	[SCHEDULE_BY_ALL_CONNECTIONS] = "total_connections",
	[SCHEDULE_BY_TURN] = "turn",
	[SCHEDULE_BY_NOTHING] = "active",
};
static_assert(sizeof names / sizeof names[0] == SCHEDULE_CONSTRAINT_COUNT, "a name for each");

const char *
schedule_constraint_name(enum schedule_constraint constraint)
{
	must(constraint >= 0 && constraint < SCHEDULE_CONSTRAINT_COUNT);
	return names[constraint];
}

/* ---- what holds it ------------------------------------------------------------------- */

static struct schedule_reason
reason(enum schedule_constraint constraint, int64_t until_mono_ms,
       const struct schedule_reply *reply)
{
	return (struct schedule_reason){ .constraint = constraint, .until_mono_ms = until_mono_ms,
		                         .reply = reply };
}

static struct schedule_reason
find_of_site(const struct schedule *s, const struct schedule_site *site)
{
	const struct pace_gate *gate = &site->gate;
	int64_t wait_ms = pace_bucket_wait_ms(&gate->bucket, s->now_mono_ms);
	struct schedule_reason found;
	int64_t opens;

	if (schedule_record_is_stuck(s) || s->store_is_broken)
		return reason(SCHEDULE_BY_STORE, 0, NULL);
	if (schedule_warmup_blocks(s, site, &opens))
		return reason(SCHEDULE_BY_WARMUP, opens, NULL);
	if (s->now_mono_ms < gate->pause_until_mono_ms && site->cause) {
		found = reason(SCHEDULE_BY_PAUSE, gate->pause_until_mono_ms, site->reply);
		found.rule = site->cause;
		return found;
	}
	if (schedule_site_is_waiting(s, site))
		return reason(SCHEDULE_BY_BACKOFF, pace_gate_until(gate), site->reply);
	if (gate->backoff.failures > 0)
		return reason(SCHEDULE_BY_PROBE, 0, site->reply);
	if (!heap_first(&site->flows[0]) && !heap_first(&site->flows[1]))
		return reason(SCHEDULE_FREE, 0, NULL);
	if (wait_ms > 0)
		return reason(SCHEDULE_BY_RATE, 0,
		              gate->control.target > 0 ? site->reply : NULL);
	if (site->slots >= site->max_connections)
		return reason(SCHEDULE_BY_CONNECTIONS, 0, NULL);
	if (!list_is_empty(&site->in_starved))
		return reason(SCHEDULE_BY_ALL_CONNECTIONS, 0, NULL);
	return reason(SCHEDULE_BY_TURN, 0, NULL);
}

struct schedule_reason
schedule_wait_site(const struct schedule *s, const struct schedule_site *site)
{
	struct schedule_reason found = find_of_site(s, site);

	found.site = site;
	return found;
}

struct schedule_reason
schedule_wait_stop(const struct schedule *s, const struct schedule_lane *lane)
{
	const struct schedule_site *site = lane->exchange ? lane->exchange->site : NULL;
	const struct schedule_stop *stop =
		site ? schedule_rule_stop_of(s, site, lane->credential->id) : NULL;
	struct schedule_reason found = { .constraint = SCHEDULE_FREE };

	if (stop == NULL)
		return found;
	found = reason(SCHEDULE_BY_STOP, stop->until_mono_ms, stop->reply);
	found.rule = stop->rule;
	found.site = site;
	found.lane = lane;
	return found;
}

static struct schedule_reason
find_of_lane(const struct schedule *s, const struct schedule_lane *lane)
{
	const struct schedule_site *site = lane->exchange ? lane->exchange->site : NULL;
	const struct schedule_source *off;
	struct schedule_reason found;

	if (site) {
		found = schedule_wait_stop(s, lane);
		if (found.constraint == SCHEDULE_FREE)
			found = find_of_site(s, site);
		found.site = site;
		found.lane = lane;
		return found;
	}
	off = schedule_source_off(s, lane);
	found = reason(off ? SCHEDULE_BY_SOURCE_OFF : SCHEDULE_BY_SOURCE,
	               lane->queue->route_until_mono_ms, lane->reply);
	if (off) {
		const struct heap_node *due = &off->off[SCHEDULE_OFF_ALL].due;

		found.source = off;
		found.until_mono_ms = heap_has(due) ? due->key : 0;
	}
	return found;
}

static struct schedule_reason
wait_of_first(const struct schedule_queue *queue)
{
	struct heap_node *first = heap_first(&queue->deferred);

	if (first)
		return reason(SCHEDULE_BY_OWN_RETRY, first->key,
		              LIST_OWNER(first, struct schedule_recipient, due)->reply);
	first = heap_first(&queue->scheduled);
	return reason(first ? SCHEDULE_BY_SENDER : SCHEDULE_FREE, first ? first->key : 0, NULL);
}

static bool
holds_it(const struct schedule_reason *found)
{
	return found->constraint != SCHEDULE_FREE && found->constraint != SCHEDULE_BY_TURN;
}

/* find_of_routed - of the lanes with something to send the first that something holds;
 * else of its sites one that is in trouble, though nothing is ready for it now. */
static struct schedule_reason
find_of_routed(const struct schedule *s, const struct schedule_queue *queue)
{
	struct schedule_reason found = reason(SCHEDULE_FREE, 0, NULL);
	bool has_ready = false;

	for (struct list *l = queue->lanes.next; l != &queue->lanes && !holds_it(&found);
	     l = l->next) {
		const struct schedule_lane *lane = LIST_OWNER(l, struct schedule_lane, in_queue);

		if (lane->credential->hold || !schedule_lane_has_ready(lane))
			continue;
		found = find_of_lane(s, lane);
		has_ready = true;
	}
	for (struct list *l = queue->paths.next; l != &queue->paths && !holds_it(&found);
	     l = l->next) {
		const struct schedule_site *site =
			LIST_OWNER(l, struct schedule_path, in_queue)->exchange->site;

		if (site->gate.backoff.failures > 0)
			return schedule_wait_site(s, site);
	}
	return has_ready ? found : wait_of_first(queue);
}

static struct schedule_reason
by_hold(const struct schedule_hold *hold)
{
	struct schedule_reason found =
		reason(SCHEDULE_BY_HOLD, heap_has(&hold->due) ? hold->due.key : 0, NULL);

	found.hold = hold;
	return found;
}

static struct schedule_reason
find_of_queue(const struct schedule *s, const struct schedule_queue *queue)
{
	bool has_ready = queue->count[SCHEDULE_READY] + queue->count[SCHEDULE_TOLD] > 0;

	if (schedule_hold_of_queue(queue))
		return by_hold(schedule_hold_of_queue(queue));
	if (queue->state == SCHEDULE_FAILED)
		return reason(SCHEDULE_BY_NO_ROUTE, 0, queue->reply);
	if (queue->state == SCHEDULE_LOOKUP)
		return reason(SCHEDULE_BY_LOOKUP, queue->lookup.until_mono_ms, queue->reply);
	if (queue->state == SCHEDULE_ASKING && has_ready)
		return reason(SCHEDULE_BY_ROUTE, 0, NULL);
	if (queue->state == SCHEDULE_ROUTED)
		return find_of_routed(s, queue);
	return has_ready ? reason(SCHEDULE_FREE, 0, NULL) : wait_of_first(queue);
}

/* ---- when its turn comes ------------------------------------------------------------- */

void
schedule_wait_served(const struct schedule *s, struct schedule_site *site, size_t recipients)
{
	int64_t age_ms = s->now_mono_ms - site->served_mono_ms;

	if (site->served_mono_ms == 0 || age_ms >= 2 * MINUTE_MS) {
		site->served_before = site->served_now = 0;
		site->served_mono_ms = s->now_mono_ms;
	} else if (age_ms >= MINUTE_MS) {
		site->served_before = site->served_now;
		site->served_now = 0;
		site->served_mono_ms += MINUTE_MS;
	}
	site->served_now += (uint32_t)recipients;
}

/* served_per_ms - over the last minute; 0: not known. */
static double
served_per_ms(const struct schedule *s, const struct schedule_site *site)
{
	int64_t age_ms = s->now_mono_ms - site->served_mono_ms;

	if (site->served_mono_ms == 0 || age_ms >= MINUTE_MS)
		return 0; /* it stood still, or has only begun: whatever it was is over */
	if (site->served_before > 0)
		return (site->served_now
		        + (double)site->served_before * (double)(MINUTE_MS - age_ms) / MINUTE_MS)
		       / MINUTE_MS;
	return age_ms >= KNOWN_MS ? (double)site->served_now / (double)age_ms : 0;
}

/* count_list - its members up to `to` (or all); 0: more than anybody wants to count. */
static uint64_t
count_list(const struct list *list, const struct list *to, uint64_t most)
{
	uint64_t n = 0;

	for (const struct list *l = list->next; l != list && n <= most; l = l->next) {
		n++;
		if (l == to)
			break;
	}
	return n <= most ? n : 0;
}

/* place_of - how many the site takes until r is one of them: lanes, streams and flows
 * take turns, one each, so that is its place in its lane times those who take turns
 * with it. An upper bound: others may run dry. 0: not known. */
static uint64_t
place_of(const struct schedule_recipient *r)
{
	const struct schedule_lane *lane = r->lane;
	const struct schedule_stream *stream = lane->stream;
	uint64_t in_lane, told = 0, lanes, streams, place;

	if (stream == NULL)
		return 0;
	in_lane = count_list(&lane->waiting[r->state], &r->in_lane, LINE_MAX);
	if (r->state == SCHEDULE_READY && !list_is_empty(&lane->waiting[SCHEDULE_TOLD])) {
		told = count_list(&lane->waiting[SCHEDULE_TOLD], NULL, LINE_MAX);
		in_lane = told > 0 && in_lane > 0 ? told + in_lane : 0; /* those go before */
	}
	lanes = count_list(&stream->lanes, NULL, TAKERS_MAX);
	streams = count_list(&stream->flow->streams, NULL, TAKERS_MAX);
	place = in_lane * lanes * streams * stream->flow->site->flows[lane->class].count;
	if (lane->class == SCHEDULE_BULK
	    && heap_first(&stream->flow->site->flows[SCHEDULE_TRANSACTIONAL]))
		place *= SCHEDULE_BULK_EVERY;
	return place;
}

/* turn_of - by what the site took lately. Its rule alone tells nothing while all its
 * connections wait for it. */
static int64_t
turn_of(const struct schedule *s, const struct schedule_recipient *r,
        enum schedule_constraint constraint)
{
	const struct schedule_site *site = r->lane->exchange->site;
	double by_rule = pace_control_rate(&site->gate.control) / 1000;
	double per_ms = served_per_ms(s, site);
	int64_t first_ms = pace_bucket_wait_ms(&site->gate.bucket, s->now_mono_ms), turn;
	uint64_t place = place_of(r);

	if (per_ms <= 0 && (constraint == SCHEDULE_BY_CONNECTIONS ||
			    constraint == SCHEDULE_BY_ALL_CONNECTIONS))
		return 0;
	if (per_ms <= 0 || (by_rule > 0 && by_rule < per_ms))
		per_ms = by_rule;
	if (place == 0 || per_ms <= 0)
		return 0;
	turn = schedule_throttle_project(s, site, place, per_ms, s->now_mono_ms + first_ms);
	return turn < INT64_MAX ? turn : 0;
}

/* Those without a provider take turns, a site after the other. */
static int64_t
opening_of(const struct schedule *s, const struct schedule_recipient *r)
{
	const struct schedule_warmup *warmup = r->lane->exchange->site->warmup;
	const struct pace_warmup_plan plan = schedule_warmup_plan(s);
	uint64_t sites = count_list(&warmup->waiting, NULL, TAKERS_MAX), place = place_of(r);
	int64_t unix_ms;

	if (place == 0 || sites == 0)
		return 0;
	unix_ms = pace_warmup_project(&warmup->state, &plan, place * sites, s->now_unix_ms);
	return unix_ms ? schedule_mono_ms(s, unix_ms) : 0;
}

/* What has an end of its own is tried then. A site in trouble, a store that cannot write
 * and a hold without an end promise nothing. */
static void
project(const struct schedule *s, const struct schedule_recipient *r,
        struct schedule_reason *found)
{
	switch (found->constraint) {
	case SCHEDULE_BY_HOLD:
	case SCHEDULE_BY_SENDER:
	case SCHEDULE_BY_OWN_RETRY:
	case SCHEDULE_BY_LOOKUP:
	case SCHEDULE_BY_STOP:
	case SCHEDULE_BY_SOURCE_OFF:
		found->projected_mono_ms = found->until_mono_ms;
		break;
	case SCHEDULE_BY_WARMUP:
		found->projected_mono_ms = r && r->lane->exchange ? opening_of(s, r)
		                                                  : found->until_mono_ms;
		break;
	case SCHEDULE_BY_RATE:
	case SCHEDULE_BY_CONNECTIONS:
	case SCHEDULE_BY_ALL_CONNECTIONS:
	case SCHEDULE_BY_TURN:
		if (r == NULL || r->lane->exchange == NULL)
			break;
		found->projected_mono_ms = turn_of(s, r, found->constraint);
		found->ahead = place_of(r);
		found->is_far = found->ahead == 0;
		found->ahead -= !found->is_far;
		break;
	case SCHEDULE_BY_NOTHING:
		found->projected_mono_ms = s->now_mono_ms;
		break;
	default:
		break;
	}
}

static struct schedule_reason
find(const struct schedule *s, const struct schedule_recipient *r)
{
	const struct schedule_queue *queue = r->lane->queue;
	struct schedule_reason found;

	if (r->state == SCHEDULE_ACTIVE) {
		found = reason(SCHEDULE_BY_NOTHING, 0, NULL);
		found.since_mono_ms = r->due.key;
		found.site = r->lane->exchange ? r->lane->exchange->site : NULL;
		return found;
	}
	if (schedule_hold_of_lane(r->lane))
		return by_hold(schedule_hold_of_lane(r->lane));
	if (r->state == SCHEDULE_DEFERRED)
		return reason(SCHEDULE_BY_OWN_RETRY, r->due.key, r->reply);
	if (r->state == SCHEDULE_SCHEDULED)
		return reason(SCHEDULE_BY_SENDER, r->due.key, NULL);
	found = queue->state == SCHEDULE_ROUTED ? find_of_lane(s, r->lane)
	                                        : find_of_queue(s, queue);
	if (found.constraint == SCHEDULE_FREE && queue->state == SCHEDULE_ROUTED)
		found.constraint = SCHEDULE_BY_TURN;
	return found;
}

struct schedule_reason
schedule_wait_recipient(const struct schedule *s, const struct schedule_recipient *r)
{
	struct schedule_reason found = find(s, r);

	project(s, r, &found);
	return found;
}

/* next_of - who is tried first when the queue's turn comes, or NULL. */
static const struct schedule_recipient *
next_of(const struct schedule_queue *queue)
{
	const struct schedule_lane *lane;

	if (list_is_empty(&queue->lanes))
		return NULL;
	lane = LIST_OWNER(queue->lanes.next, struct schedule_lane, in_queue);
	return lane->stream ? schedule_lane_first(lane) : NULL;
}

struct schedule_reason
schedule_wait_queue(const struct schedule *s, const struct schedule_queue *queue)
{
	struct schedule_reason found = find_of_queue(s, queue);

	project(s, next_of(queue), &found);
	return found;
}
