/* pace_sim.h - a backlog, a provider with a limit it does not tell, and a sender:
 * no sockets, a clock of its own, nothing at random but what the seed gives.
 *
 * The sender is the relay's pace_gate, or what it is compared with: a fixed rate
 * somebody guessed, or no pace at all. A job takes LATENCY_MS; its answer is
 * decided when it arrives, half way. What is refused goes back to the head of the
 * line (adaptive: the site's trouble is no attempt of a message's) or waits for its
 * retry interval (the others). One thread. */
#ifndef TESTS_SIM_PACE_SIM_H
#define TESTS_SIM_PACE_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/must.h"
#include "pace/pace_gate.h"

#define SIM_CONNECTIONS_MAX 20
#define SIM_LATENCY_MS 100
#define SIM_LEVELS 7 /* of retry intervals */
#define SIM_MINUTE 60000

enum sim_policy { SIM_ADAPTIVE, SIM_FIXED, SIM_UNTHROTTLED, SIM_POLICY_COUNT };

struct sim;

struct sim_provider {
	const char *name;
	/* messages a second it tolerates then; 0: none */
	double (*limit)(int64_t now_ms);
	double capacity;           /* a second, where it is not the limit that binds; 0: limit */
	int64_t burst_ms;          /* so much of it may come at once */
	int64_t window_ms;         /* counted by the clock, not as a bucket; 0: a bucket */
	uint32_t connections;      /* 0: any number */
	uint32_t session;          /* messages over one connection; 0: any number */
	int64_t greylist_ms;       /* each message's first attempt waits for that long; 0: no */
	int64_t incident_ms, incident_end_ms; /* limit is 0 in between */
	uint32_t backlog;
	double fixed;              /* the rate that somebody guessed */
};

struct sim_result {
	double share;              /* of what the provider would have taken meanwhile */
	double deferred;           /* per attempt, after the first minute */
	double deferred_all;       /* per attempt, all */
	int64_t drain_ms;
	int64_t recovery_ms;       /* incident's end to 90 % of the limit; -1: does not apply */
};

struct sim_connection {
	bool is_open, is_busy;
	uint32_t messages;
};

struct sim_job {
	int64_t began_ms, arrives_ms, ends_ms;
	uint32_t connection;
	uint16_t level;            /* attempts before */
	bool is_grey;              /* not seen before */
	enum pace_news answer;
	bool is_greylisted;
};

struct sim_line { /* first in, first out: all of it waits equally long */
	uint32_t *count;           /* per due_ms slot of a second */
	int64_t first, last;
};

struct sim {
	const struct sim_provider *provider;
	enum sim_policy policy;
	struct rand rand;
	int64_t now_ms;
	struct pace_gate gate;
	struct sim_connection connection[SIM_CONNECTIONS_MAX];
	struct sim_job job[SIM_CONNECTIONS_MAX];
	double bucket;             /* of the provider's limit */
	int64_t bucket_ms;
	uint32_t fresh;            /* never tried */
	uint32_t ready[SIM_LEVELS];/* by attempts made */
	uint32_t *due[SIM_LEVELS]; /* that many come back in that second */
	uint32_t left;             /* not accepted yet */
	uint64_t attempts, refused, attempts_later, refused_later;
	uint32_t second_count[16];
	int64_t recovered_ms;
};

static const int64_t sim_retry_ms[SIM_LEVELS] = { 60000,   300000,  900000, 1800000,
	                                          3600000, 7200000, 14400000 };
static const struct pace_backoff_plan sim_plan = { 60000, 90000 };
#define SIM_SECONDS_MAX 200000

static inline double
sim_limit(const struct sim *sim)
{
	const struct sim_provider *p = sim->provider;

	if (p->incident_end_ms && sim->now_ms >= p->incident_ms &&
	    sim->now_ms < p->incident_end_ms)
		return 0;
	return p->limit(sim->now_ms);
}

static inline void
sim_fill_bucket(struct sim *sim)
{
	double limit = sim_limit(sim), most = limit * sim->provider->burst_ms / 1000.0;
	int64_t window_ms = sim->provider->window_ms;

	if (window_ms) {
		if (sim->now_ms / window_ms != sim->bucket_ms / window_ms || sim->bucket > 1e8)
			sim->bucket = limit * window_ms / 1000.0;
		sim->bucket_ms = sim->now_ms;
		return;
	}
	sim->bucket += limit * (double)(sim->now_ms - sim->bucket_ms) / 1000.0;
	sim->bucket_ms = sim->now_ms;
	if (most < 1)
		most = limit > 0 ? 1 : 0;
	if (sim->bucket > most)
		sim->bucket = most;
}

static inline uint32_t
sim_open(const struct sim *sim)
{
	uint32_t open = 0;

	for (uint32_t i = 0; i < SIM_CONNECTIONS_MAX; i++)
		open += sim->connection[i].is_open;
	return open;
}

/* sim_arrive - the provider decides. */
static inline void
sim_arrive(struct sim *sim, struct sim_job *job)
{
	const struct sim_provider *p = sim->provider;
	struct sim_connection *c = &sim->connection[job->connection];

	sim_fill_bucket(sim);
	if (p->connections && c->messages == 0 && sim_open(sim) > p->connections) {
		job->answer = PACE_CROWDED;
	} else if (p->session && c->messages >= p->session) {
		job->answer = PACE_SESSION_FULL;
	} else if (sim->bucket < 1) {
		job->answer = PACE_THROTTLED;
	} else if (p->greylist_ms && job->is_grey) {
		job->is_greylisted = true;
		sim->bucket -= 1;
		job->answer = PACE_ACCEPTED;
	} else {
		sim->bucket -= 1;
		job->answer = PACE_ACCEPTED;
	}
}

static inline uint32_t
sim_ready(const struct sim *sim)
{
	uint32_t ready = sim->fresh;

	for (int i = 0; i < SIM_LEVELS; i++)
		ready += sim->ready[i];
	return ready;
}

static inline void
sim_put_back(struct sim *sim, const struct sim_job *job)
{
	uint16_t level = job->level < SIM_LEVELS - 1 ? job->level + 1 : job->level;
	int64_t due_ms;

	if (sim->policy == SIM_ADAPTIVE) { /* no attempt of its own */
		if (job->is_grey)
			sim->fresh++;
		else
			sim->ready[job->level]++;
		return;
	}
	due_ms = sim->now_ms + rand_jitter(&sim->rand, sim_retry_ms[job->level], 20);
	must(due_ms / 1000 < SIM_SECONDS_MAX);
	sim->due[level][due_ms / 1000]++;
}

static inline void
sim_finish(struct sim *sim, struct sim_job *job)
{
	struct sim_connection *c = &sim->connection[job->connection];
	struct pace_report report = { .news = job->answer, .began_mono_ms = job->began_ms,
		                      .connections = sim_open(sim) - 1, .messages = c->messages };
	bool is_later = sim->now_ms >= SIM_MINUTE;

	c->is_busy = false;
	sim->attempts++;
	sim->attempts_later += is_later;
	if (sim->policy == SIM_ADAPTIVE)
		pace_gate_hear(&sim->gate, &sim_plan, &report, sim->now_ms, &sim->rand);
	if (job->is_greylisted) { /* the message's own: it comes back by itself */
		int64_t due_ms = sim->now_ms + sim->provider->greylist_ms * 12 / 10;

		sim->due[1][due_ms / 1000]++;
		c->messages++;
	} else if (job->answer == PACE_ACCEPTED) {
		sim->left--;
		c->messages++;
		sim->second_count[sim->now_ms / 1000 % 16]++;
	} else {
		sim->refused++;
		sim->refused_later += is_later;
		c->is_open = false;
		sim_put_back(sim, job);
	}
}

static inline bool
sim_may_start(struct sim *sim)
{
	if (sim_ready(sim) == 0)
		return false;
	if (sim->policy == SIM_UNTHROTTLED)
		return true;
	return pace_gate_wait_ms(&sim->gate, sim->now_ms) == 0;
}

/* sim_find - a connection: an open one that is idle, or a new one within the cap. */
static inline struct sim_connection *
sim_find(struct sim *sim)
{
	uint32_t cap = sim->policy == SIM_ADAPTIVE
	                       ? pace_gate_connections(&sim->gate, sim->now_ms)
	                       : sim->gate.control.limits.connections_max;
	struct sim_connection *closed = NULL;

	for (uint32_t i = 0; i < SIM_CONNECTIONS_MAX; i++) {
		struct sim_connection *c = &sim->connection[i];

		if (c->is_open && !c->is_busy &&
		    sim->policy == SIM_ADAPTIVE &&
		    c->messages >= pace_control_session(&sim->gate.control, sim->now_ms))
			c->is_open = false;
		if (c->is_open && !c->is_busy && sim_open(sim) <= cap)
			return c;
		if (!c->is_open && !c->is_busy && closed == NULL)
			closed = c;
	}
	if (closed == NULL || sim_open(sim) >= cap)
		return NULL;
	*closed = (struct sim_connection){ .is_open = true };
	return closed;
}

static inline void
sim_start(struct sim *sim, struct sim_connection *c)
{
	uint32_t i = (uint32_t)(c - sim->connection);
	struct sim_job *job = &sim->job[i];
	int64_t greeting_ms = c->messages == 0 ? SIM_LATENCY_MS : 0;

	*job = (struct sim_job){ .connection = i, .began_ms = sim->now_ms };
	if (sim->policy != SIM_UNTHROTTLED)
		pace_gate_take(&sim->gate, sim->now_ms);
	for (int level = SIM_LEVELS - 1; level >= 0 && job->arrives_ms == 0; level--) {
		if (sim->ready[level] == 0)
			continue;
		sim->ready[level]--;
		job->level = (uint16_t)level;
		job->arrives_ms = 1;
	}
	if (job->arrives_ms == 0) {
		sim->fresh--;
		job->is_grey = true;
	}
	job->arrives_ms = sim->now_ms + greeting_ms + SIM_LATENCY_MS / 2;
	job->ends_ms = sim->now_ms + greeting_ms + SIM_LATENCY_MS;
	c->is_busy = true;
}

static inline void
sim_watch_recovery(struct sim *sim)
{
	int64_t second = sim->now_ms / 1000;
	uint32_t sum = 0;

	for (int64_t s = second > 10 ? second - 10 : 0; s < second; s++)
		sum += sim->second_count[s % 16];
	if (sim->provider->incident_end_ms && sim->recovered_ms == 0 &&
	    sim->now_ms > sim->provider->incident_end_ms + 10000 &&
	    sum >= 9 * sim_limit(sim))
		sim->recovered_ms = sim->now_ms - 10000;
	sim->second_count[(second + 1) % 16] = 0;
}

static inline void
sim_tick(struct sim *sim)
{
	struct sim_connection *c;

	for (uint32_t i = 0; i < SIM_CONNECTIONS_MAX; i++) {
		if (!sim->connection[i].is_busy)
			continue;
		if (sim->job[i].arrives_ms == sim->now_ms)
			sim_arrive(sim, &sim->job[i]);
		if (sim->job[i].ends_ms == sim->now_ms)
			sim_finish(sim, &sim->job[i]);
	}
	if (sim->now_ms % 1000 == 0) {
		sim_watch_recovery(sim);
		for (int level = 0; level < SIM_LEVELS; level++)
			sim->ready[level] += sim->due[level][sim->now_ms / 1000];
	}
	while (sim_may_start(sim) && (c = sim_find(sim)) != NULL)
		sim_start(sim, c);
}

/* what it would take a second */
static inline double
sim_capacity(const struct sim *sim)
{
	return sim->provider->capacity > 0 ? sim->provider->capacity : sim_limit(sim);
}

static inline struct sim_result
sim_run(const struct sim_provider *provider, enum sim_policy policy, uint64_t seed)
{
	const struct pace_limits limits = {
		.rate_max = policy == SIM_FIXED ? provider->fixed : 0, .rate_min = PACE_RATE_MIN,
		.connections_max = 10, .session_max = 100 };
	struct sim *sim = mem_zero(1, sizeof *sim);
	struct sim_result result;
	double capacity = 0;

	*sim = (struct sim){ .provider = provider, .policy = policy, .fresh = provider->backlog,
		             .left = provider->backlog, .bucket = 1e9 };
	rand_init(&sim->rand, seed);
	pace_gate_init(&sim->gate, &limits);
	for (int i = 0; i < SIM_LEVELS; i++)
		sim->due[i] = mem_zero(SIM_SECONDS_MAX, sizeof *sim->due[i]);
	for (sim->now_ms = 1; sim->left > 0; sim->now_ms++) {
		must(sim->now_ms < SIM_SECONDS_MAX * 1000LL);
		capacity += sim_capacity(sim) / 1000.0;
		sim_tick(sim);
	}
	result = (struct sim_result){
		.share = provider->backlog * (provider->greylist_ms ? 2 : 1) / capacity,
		.deferred = sim->attempts_later ? (double)sim->refused_later
		                                          / (double)sim->attempts_later : 0,
		.deferred_all = (double)sim->refused / (double)sim->attempts,
		.drain_ms = sim->now_ms,
		.recovery_ms = provider->incident_end_ms
		                       ? sim->recovered_ms - provider->incident_end_ms : -1,
	};
	for (int i = 0; i < SIM_LEVELS; i++)
		mem_free(sim->due[i]);
	mem_free(sim);
	return result;
}

/* ---- the providers ------------------------------------------------------------------- */

static inline double
sim_fifty(int64_t now_ms)
{
	(void)now_ms;
	return 50;
}

static inline double
sim_plenty(int64_t now_ms)
{
	(void)now_ms;
	return 1000;
}

static inline double
sim_trickle(int64_t now_ms)
{
	(void)now_ms;
	return 0.5;
}

/* wary of who it has not met: a tenth at first */
static inline double
sim_wary(int64_t now_ms)
{
	return now_ms < 10000 ? 5 : 50;
}

static inline double
sim_tightening(int64_t now_ms)
{
	return now_ms < 10 * SIM_MINUTE ? 60 : now_ms < 20 * SIM_MINUTE ? 30 : 12;
}

/* slack at night, tight by day: a triangle from 20 to 80 and back within two hours */
static inline double
sim_time_of_day(int64_t now_ms)
{
	int64_t at = now_ms % (120 * SIM_MINUTE);
	int64_t from_noon = at < 60 * SIM_MINUTE ? 60 * SIM_MINUTE - at : at - 60 * SIM_MINUTE;

	return 20 + 60.0 * (double)from_noon / (60 * SIM_MINUTE);
}

static const struct sim_provider sim_providers[] = {
	{ .name = "steady", .limit = sim_fifty, .burst_ms = 1000, .backlog = 100000, .fixed = 30 },
	{ .name = "a trickle", .limit = sim_trickle, .burst_ms = 4000, .backlog = 2000,
	  .fixed = 30 },
	{ .name = "by the minute", .limit = sim_fifty, .window_ms = 60000, .backlog = 60000,
	  .fixed = 30 },
	{ .name = "wary at first", .limit = sim_wary, .burst_ms = 1000, .backlog = 100000,
	  .fixed = 30 },
	{ .name = "tightening", .limit = sim_tightening, .burst_ms = 1000, .backlog = 75000,
	  .fixed = 30 },
	{ .name = "time of day", .limit = sim_time_of_day, .burst_ms = 1000, .backlog = 350000,
	  .fixed = 30 },
	{ .name = "per connection", .limit = sim_plenty, .burst_ms = 1000, .connections = 4,
	  .session = 20, .capacity = 4 * 20 / 2.1, .backlog = 50000, .fixed = 30 },
	{ .name = "greylisting", .limit = sim_fifty, .burst_ms = 1000, .greylist_ms = 60000,
	  .backlog = 50000, .fixed = 30 },
	{ .name = "incident", .limit = sim_fifty, .burst_ms = 1000, .incident_ms = 10 * SIM_MINUTE,
	  .incident_end_ms = 25 * SIM_MINUTE, .backlog = 100000, .fixed = 30 },
};
#define SIM_PROVIDERS (sizeof sim_providers / sizeof sim_providers[0])

#endif
