/* warmup_sim.h - months of one source address's warm-up with one provider in a moment: a
 * sender with so much mail a day, a provider that refuses some of it, minutes for ticks.
 *
 * What may not go in its minute goes by another address. Answers come a minute later, a
 * restart keeps what the store keeps. No sockets, nothing at random. One thread. */
#ifndef TESTS_SIM_WARMUP_SIM_H
#define TESTS_SIM_WARMUP_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/must.h"
#include "pace/pace_warmup.h"

#define WARMUP_SIM_MINUTES (24 * 60)
#define WARMUP_SIM_DAYS 120
#define WARMUP_SIM_START 1700000000000LL

struct warmup_sim_scenario {
	const char *name;
	double (*demand)(int day);       /* recipients of that day, from 0 */
	double (*refused)(int day);      /* share of what is sent, because of the address */
	double (*complained)(int day);   /* share, told a day later */
	int restart_minutes;             /* between restarts; 0: never */
};

struct warmup_sim_result {
	int warm_day;                    /* 1..; 0: not within WARMUP_SIM_DAYS */
	uint64_t sent, overflow;
	double used;                     /* of the caps of its days */
	double most;                     /* of one day's cap, at most 1 */
	uint32_t most_openings;          /* of a day: how often mail came back to it */
	uint32_t again, back, froze;
};

struct warmup_sim {
	struct pace_warmup state;
	struct pace_warmup_plan plan;
	struct warmup_sim_result result;
	int64_t now_ms;
	double owed, refused, complained; /* parts of recipients */
	uint64_t caps, ended;            /* of the days that ended; sent in them */
	uint32_t answers, openings;      /* on the way; of this day */
	bool was_open;
};

static inline void
warmup_sim_note(struct warmup_sim *sim, enum pace_warmup_change change)
{
	struct warmup_sim_result *r = &sim->result;

	r->again += change == PACE_WARMUP_AGAIN;
	r->back += change == PACE_WARMUP_BACK;
	r->froze += change == PACE_WARMUP_FROZE;
}

/* warmup_sim_end - the day before is over: what was it like? */
static inline void
warmup_sim_end(struct warmup_sim *sim, const struct pace_warmup *before)
{
	uint32_t cap = pace_warmup_today(before, &sim->plan);
	double used = cap ? (double)before->sent / cap : 0;

	if (before->began_unix_ms == 0 || sim->state.began_unix_ms)
		return;
	sim->caps += cap;
	sim->ended += before->sent;
	if (!before->has_stepped_back && used > sim->result.most)
		sim->result.most = used;
	if (sim->openings > sim->result.most_openings)
		sim->result.most_openings = sim->openings;
	sim->openings = 0;
}

static inline void
warmup_sim_hear(struct warmup_sim *sim, const struct warmup_sim_scenario *scenario, int day)
{
	uint32_t refused;

	sim->refused += sim->answers * scenario->refused(day);
	refused = sim->refused > sim->answers ? sim->answers : (uint32_t)sim->refused;
	sim->refused -= refused;
	warmup_sim_note(sim, pace_warmup_tell(&sim->state, &sim->plan, sim->answers, refused));
	sim->complained += sim->answers * scenario->complained(day);
	sim->answers = 0;
	if (sim->complained < 1)
		return;
	warmup_sim_note(sim, pace_warmup_complain(&sim->state, &sim->plan,
	                                          (uint32_t)sim->complained));
	sim->complained -= (uint32_t)sim->complained;
}

static inline void
warmup_sim_send(struct warmup_sim *sim, double demand)
{
	uint32_t room = pace_warmup_room(&sim->state, &sim->plan), mail, going;

	sim->owed += demand / WARMUP_SIM_MINUTES;
	mail = (uint32_t)sim->owed;
	sim->owed -= mail;
	going = mail < room ? mail : room;
	sim->openings += going > 0 && !sim->was_open;
	sim->was_open = room > 0;
	if (going > 0)
		pace_warmup_take(&sim->state, &sim->plan, going, sim->now_ms);
	sim->answers += going;
	sim->result.sent += going;
	sim->result.overflow += mail - going;
}

static inline void
warmup_sim_restart(struct warmup_sim *sim)
{
	struct pace_warmup kept = sim->state;

	kept.serial = 0;
	kept.allowance = (double)(int64_t)(kept.allowance * 1e6) / 1e6;
	kept.mean = (double)(int64_t)(kept.mean * 1e6) / 1e6;
	sim->state = kept;
	sim->answers = 0; /* a crash: those were sent, and nobody knows what became of them */
}

static inline struct warmup_sim_result
warmup_sim_run(const struct warmup_sim_scenario *scenario)
{
	struct warmup_sim sim = { .plan = { 50, 40, 30 }, .now_ms = WARMUP_SIM_START };

	pace_warmup_adopt(&sim.state, sim.now_ms);
	for (int minute = 0; minute < WARMUP_SIM_DAYS * WARMUP_SIM_MINUTES; minute++) {
		int day = minute / WARMUP_SIM_MINUTES;
		struct pace_warmup before = sim.state;

		warmup_sim_note(&sim, pace_warmup_tick(&sim.state, &sim.plan, sim.now_ms));
		warmup_sim_end(&sim, &before);
		if (sim.state.state == PACE_WARMUP_WARM) {
			sim.result.warm_day = day + 1;
			break;
		}
		warmup_sim_hear(&sim, scenario, day);
		warmup_sim_send(&sim, scenario->demand(day));
		if (scenario->restart_minutes && minute % scenario->restart_minutes == 0)
			warmup_sim_restart(&sim);
		sim.now_ms += 60000;
	}
	sim.result.used = sim.caps ? (double)sim.ended / (double)sim.caps : 0;
	return sim.result;
}

/* ---- what may happen ---------------------------------------------------------------------- */

static inline double
warmup_sim_none(int day)
{
	(void)day;
	return 0;
}

static inline double
warmup_sim_plenty(int day)
{
	(void)day;
	return 2e6;
}

static inline double
warmup_sim_weekdays(int day)
{
	return day % 7 < 5 ? 2e6 : 0;
}

static inline double
warmup_sim_newsletter(int day) /* all of it on one day of the week */
{
	return day % 7 == 0 ? 2e6 : 0;
}

static inline double
warmup_sim_small(int day)
{
	(void)day;
	return 300;
}

static inline double
warmup_sim_blocked(int day) /* three days of trouble */
{
	return day >= 9 && day < 12 ? 0.3 : 0.005;
}

static inline double
warmup_sim_grumbling(int day) /* it does not like more than a few */
{
	(void)day;
	return 0.07;
}

static inline double
warmup_sim_complaints(int day) /* a bad campaign */
{
	return day == 7 ? 0.004 : 0.0002;
}

static const struct warmup_sim_scenario warmup_sim_scenarios[] = {
	{ "plenty", warmup_sim_plenty, warmup_sim_none, warmup_sim_none, 0 },
	{ "restarts", warmup_sim_plenty, warmup_sim_none, warmup_sim_none, 37 },
	{ "weekdays", warmup_sim_weekdays, warmup_sim_none, warmup_sim_none, 0 },
	{ "weekly newsletter", warmup_sim_newsletter, warmup_sim_none, warmup_sim_none, 0 },
	{ "small", warmup_sim_small, warmup_sim_none, warmup_sim_none, 0 },
	{ "blocked for a while", warmup_sim_plenty, warmup_sim_blocked, warmup_sim_none, 0 },
	{ "always refused some", warmup_sim_plenty, warmup_sim_grumbling, warmup_sim_none, 0 },
	{ "a bad campaign", warmup_sim_plenty, warmup_sim_none, warmup_sim_complaints, 0 },
};
#define WARMUP_SIM_SCENARIOS (sizeof warmup_sim_scenarios / sizeof warmup_sim_scenarios[0])

#endif
