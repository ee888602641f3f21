/* pace_warmup.h - a new source address earns its standing: how much mail one provider
 * gets from it a day, and more each day that goes well.
 *
 *   none --adopt--> cold --first message--> warming --its last day ends well--> warm
 *                    ^                                                           |
 *                    '-------------- 30 days without a message -----------------'
 *
 * A day is 24 hours from its first message, so downtime burns none. Its cap is spread
 * over it: what is left of the cap over what is left of the day, at most four times the
 * even rate, an hour's share at once. A day ends in the next one when at least half its
 * cap was used and nothing froze it; else it comes again. Refusals that are about the
 * address (its standing, its rate) freeze the day above 5 %, complaints above 0.1 %; at
 * twice that the day before comes again at once, once a day, and never for one single
 * complaint. What was sent in a day counts against its cap whatever becomes of the stage.
 *
 * Times are of the wall clock: all of it outlives a restart. Pure. Thread: the owner's. */
#ifndef PACE_PACE_WARMUP_H
#define PACE_PACE_WARMUP_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_WARMUP_DAY_MS (24LL * 3600 * 1000)
#define PACE_WARMUP_IDLE_MS (30 * PACE_WARMUP_DAY_MS)
#define PACE_WARMUP_CAP_MAX 1000000000u
#define PACE_WARMUP_ANY UINT32_MAX /* room without a cap */
#define PACE_WARMUP_DEFERRALS_MAX 0.05   /* shares above which a day does not count */
#define PACE_WARMUP_COMPLAINTS_MAX 0.001

struct pace_warmup_plan {
	uint32_t first;            /* recipients on day 1 */
	uint32_t growth_percent;   /* more on each day */
	uint32_t days;             /* after them it is warm */
};

enum pace_warmup_state {
	PACE_WARMUP_NONE,          /* not under warm-up: only its use is counted */
	PACE_WARMUP_COLD, PACE_WARMUP_WARMING, PACE_WARMUP_WARM,
	PACE_WARMUP_STATE_COUNT
};

enum pace_warmup_freeze {
	PACE_WARMUP_FREE, PACE_WARMUP_BY_DEFERRALS, PACE_WARMUP_BY_COMPLAINTS,
	PACE_WARMUP_FREEZE_COUNT
};

enum pace_warmup_change { /* what became of it */
	PACE_WARMUP_SAME,
	PACE_WARMUP_FROZE,         /* this day comes again */
	PACE_WARMUP_THAWED,        /* it does not: refusals are few again */
	PACE_WARMUP_BACK,          /* the day before comes again, at once */
	PACE_WARMUP_NEXT,          /* a day ended well */
	PACE_WARMUP_AGAIN,         /* a day ended, and comes again */
	PACE_WARMUP_DONE,          /* the last one ended well: warm */
	PACE_WARMUP_COOLED         /* idle for too long: cold */
};

struct pace_warmup {
	enum pace_warmup_state state;
	enum pace_warmup_freeze freeze;
	bool is_paused;            /* by an operator: nothing goes, and no day ends */
	bool is_closed;            /* the allowance is used up, and not back yet */
	bool has_stepped_back;     /* today */
	uint32_t day;              /* 1.. while warming */
	uint32_t serial;           /* of the day; refunds name it. Not for after a restart */
	/* of the day that began then (0: with the next message); in every state */
	int64_t began_unix_ms;
	uint32_t sent, tried, deferred, complaints;
	uint32_t tried_before;     /* on the day before: whom today's complaints are from */
	double allowance;          /* recipients that may go, as of ... */
	int64_t filled_unix_ms;    /* ... then */
	int64_t used_unix_ms;      /* last message, or set by hand; 0: never */
	int64_t first_unix_ms;     /* first message ever; 0: none */
	double mean;               /* recipients a day, decayed over 30 days, as of ... */
	int64_t mean_unix_ms;      /* ... then */
};

/* pace_warmup_cap - recipients on that day (1..). */
uint32_t pace_warmup_cap(const struct pace_warmup_plan *plan, uint32_t day);

/* pace_warmup_adopt - under warm-up from now on: warm when it is in use, else cold.
 * _release: no more; its use goes on being counted. */
void pace_warmup_adopt(struct pace_warmup *warmup, int64_t now_unix_ms);
void pace_warmup_release(struct pace_warmup *warmup);
/* pace_warmup_set - by hand: at that day, above plan->days warm. What was sent today counts,
 * what was answered before is forgotten. */
void pace_warmup_set(struct pace_warmup *warmup, const struct pace_warmup_plan *plan,
                     uint32_t day, int64_t now_unix_ms);
void pace_warmup_pause(struct pace_warmup *warmup);
/* pace_warmup_resume - a day that ended meanwhile comes again. */
void pace_warmup_resume(struct pace_warmup *warmup, int64_t now_unix_ms);

/* pace_warmup_tick - time has passed: to be called before the questions below. */
enum pace_warmup_change pace_warmup_tick(struct pace_warmup *warmup,
                                         const struct pace_warmup_plan *plan,
                                         int64_t now_unix_ms);
bool pace_warmup_is_capped(const struct pace_warmup *warmup);
/* pace_warmup_today - its cap today; 0: none. */
uint32_t pace_warmup_today(const struct pace_warmup *warmup,
                           const struct pace_warmup_plan *plan);
/* pace_warmup_room - recipients that may go now, or PACE_WARMUP_ANY. */
uint32_t pace_warmup_room(const struct pace_warmup *warmup, const struct pace_warmup_plan *plan);
/* pace_warmup_opens - when room is more than 0 again; 0: nobody can tell (paused). */
int64_t pace_warmup_opens(const struct pace_warmup *warmup, const struct pace_warmup_plan *plan,
                          int64_t now_unix_ms);
/* pace_warmup_project - about when the place-th (1..) of those that wait may go, if all
 * goes well; 0: as above. */
int64_t pace_warmup_project(const struct pace_warmup *warmup,
                            const struct pace_warmup_plan *plan, uint64_t place,
                            int64_t now_unix_ms);

/* pace_warmup_take - that many go, at most as there is room for. */
void pace_warmup_take(struct pace_warmup *warmup, const struct pace_warmup_plan *plan,
                      uint32_t recipients, int64_t now_unix_ms);
/* pace_warmup_refund - so many of those taken on that day (its serial then) never went. */
void pace_warmup_refund(struct pace_warmup *warmup, const struct pace_warmup_plan *plan,
                        uint32_t recipients, uint32_t serial);
/* pace_warmup_tell - so many were answered, and of them so many refused because of the
 * address. */
enum pace_warmup_change pace_warmup_tell(struct pace_warmup *warmup,
                                         const struct pace_warmup_plan *plan, uint32_t tried,
                                         uint32_t deferred);
enum pace_warmup_change pace_warmup_complain(struct pace_warmup *warmup,
                                             const struct pace_warmup_plan *plan,
                                             uint32_t complaints);

double pace_warmup_deferral_share(const struct pace_warmup *warmup);  /* today, 0..1 */
double pace_warmup_complaint_share(const struct pace_warmup *warmup); /* today's, of two days */
/* pace_warmup_mean - recipients a day, over about the last 30 days it was in use. */
double pace_warmup_mean(const struct pace_warmup *warmup, int64_t now_unix_ms);
/* pace_warmup_tomorrow - the next day's cap when today ends well, today's when it is
 * frozen; 0: none. */
uint32_t pace_warmup_tomorrow(const struct pace_warmup *warmup,
                              const struct pace_warmup_plan *plan);
/* pace_warmup_warm_on - when it is warm if all goes well from now on; 0: it is, or is
 * not under warm-up. */
int64_t pace_warmup_warm_on(const struct pace_warmup *warmup,
                            const struct pace_warmup_plan *plan, int64_t now_unix_ms);
const char *pace_warmup_state_name(enum pace_warmup_state state); /* "warming" */

#endif
