/* pace_warmup.c - see pace_warmup.h. */
#include "pace/pace_warmup.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include "base/must.h"

#define HOURS 24.0                 /* a day's share in one burst */
#define PORTIONS 96.0              /* of a day: what has to be there to begin again */
#define CATCH_UP 4.0               /* times the even rate, after a quiet time */
#define SPARE_MS (PACE_WARMUP_DAY_MS / 96) /* before its end all of the cap may have gone */
#define MEAN_DAYS 30.0
#define TRIED_MIN 10               /* before a share of them says something */
#define DEFERRALS_THAW 0.025
#define PROJECT_DAYS 400           /* nobody looks further ahead */

static const char *const names[] = {
	[PACE_WARMUP_NONE] = "none",
	[PACE_WARMUP_COLD] = "cold",
	[PACE_WARMUP_WARMING] = "warming",
	[PACE_WARMUP_WARM] = "warm",
};
static_assert(sizeof names / sizeof names[0] == PACE_WARMUP_STATE_COUNT, "a name for each");

const char *
pace_warmup_state_name(enum pace_warmup_state state)
{
	must(state >= 0 && state < PACE_WARMUP_STATE_COUNT);
	return names[state];
}

/* ---- caps ---------------------------------------------------------------------------- */

uint32_t
pace_warmup_cap(const struct pace_warmup_plan *plan, uint32_t day)
{
	double growth = 1 + plan->growth_percent / 100.0;
	double cap = plan->first * pow(growth, day > 1 ? day - 1.0 : 0);

	return cap < PACE_WARMUP_CAP_MAX ? (uint32_t)(cap + 0.5) : PACE_WARMUP_CAP_MAX;
}

bool
pace_warmup_is_capped(const struct pace_warmup *w)
{
	return w->state == PACE_WARMUP_COLD || w->state == PACE_WARMUP_WARMING;
}

uint32_t
pace_warmup_today(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	if (!pace_warmup_is_capped(w))
		return 0;
	return pace_warmup_cap(plan, w->state == PACE_WARMUP_COLD ? 1 : w->day);
}

static double
at_least_one(double recipients)
{
	return recipients > 1 ? recipients : 1;
}

static uint32_t
left_today(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	uint32_t cap = pace_warmup_today(w, plan);

	return w->sent < cap ? cap - w->sent : 0;
}

static double
burst(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	return at_least_one(pace_warmup_today(w, plan) / HOURS);
}

/* what has to be there before it opens again; the day's last ones need no whole portion */
static double
portion(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	double whole = ceil(pace_warmup_today(w, plan) / PORTIONS);
	uint32_t left = left_today(w, plan);

	return left < whole ? left : whole;
}

/* rate - recipients a millisecond, from the moment it was filled last */
static double
rate(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	double most = CATCH_UP * pace_warmup_today(w, plan) / (double)PACE_WARMUP_DAY_MS;
	int64_t left_ms = w->began_unix_ms + PACE_WARMUP_DAY_MS - SPARE_MS - w->filled_unix_ms;
	double spread = (left_today(w, plan) - w->allowance) / (left_ms > 1 ? (double)left_ms : 1);

	return spread < 0 ? 0 : spread < most ? spread : most;
}

/* settle - open or closed, by what is there */
static void
settle(struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	double most = burst(w, plan);
	uint32_t left = left_today(w, plan);

	if (w->allowance > most)
		w->allowance = most;
	if (w->allowance > left)
		w->allowance = left;
	if (left == 0 || w->allowance < 1)
		w->is_closed = true;
	else if (w->allowance >= portion(w, plan))
		w->is_closed = false;
}

static void
fill(struct pace_warmup *w, const struct pace_warmup_plan *plan, int64_t now_unix_ms)
{
	if (w->filled_unix_ms < now_unix_ms)
		w->allowance += rate(w, plan) * (double)(now_unix_ms - w->filled_unix_ms);
	w->filled_unix_ms = now_unix_ms;
	settle(w, plan);
}

/* ---- by hand ------------------------------------------------------------------------- */

static void
forget_day(struct pace_warmup *w)
{
	w->tried_before = w->tried;
	w->sent = w->tried = w->deferred = w->complaints = 0;
	w->began_unix_ms = 0;
	w->freeze = PACE_WARMUP_FREE;
	w->has_stepped_back = w->is_closed = false;
	w->allowance = 0;
	w->serial++;
}

static bool
is_idle(const struct pace_warmup *w, int64_t now_unix_ms)
{
	return w->used_unix_ms == 0 || now_unix_ms - w->used_unix_ms >= PACE_WARMUP_IDLE_MS;
}

void
pace_warmup_adopt(struct pace_warmup *w, int64_t now_unix_ms)
{
	if (w->state == PACE_WARMUP_NONE)
		w->state = is_idle(w, now_unix_ms) ? PACE_WARMUP_COLD : PACE_WARMUP_WARM;
}

void
pace_warmup_release(struct pace_warmup *w)
{
	w->state = PACE_WARMUP_NONE;
	w->day = 0;
	w->freeze = PACE_WARMUP_FREE;
	w->has_stepped_back = w->is_closed = false;
}

void
pace_warmup_set(struct pace_warmup *w, const struct pace_warmup_plan *plan, uint32_t day,
                int64_t now_unix_ms)
{
	w->state = day > plan->days ? PACE_WARMUP_WARM : PACE_WARMUP_WARMING;
	w->day = day > plan->days ? 0 : day;
	w->freeze = PACE_WARMUP_FREE;
	w->has_stepped_back = w->is_closed = false;
	/* whoever sets it has looked at them: the next answer must not undo it */
	w->tried = w->deferred = w->complaints = w->tried_before = 0;
	w->used_unix_ms = now_unix_ms;
	if (w->began_unix_ms)
		fill(w, plan, now_unix_ms);
}

void
pace_warmup_pause(struct pace_warmup *w)
{
	w->is_paused = true;
}

void
pace_warmup_resume(struct pace_warmup *w, int64_t now_unix_ms)
{
	w->is_paused = false;
	if (w->began_unix_ms && now_unix_ms - w->began_unix_ms >= PACE_WARMUP_DAY_MS)
		forget_day(w);
}

/* ---- time passes --------------------------------------------------------------------- */

static enum pace_warmup_change
end_day(struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	bool is_well = w->freeze == PACE_WARMUP_FREE
	               && w->sent >= (pace_warmup_today(w, plan) + 1) / 2;

	forget_day(w);
	if (w->state != PACE_WARMUP_WARMING)
		return PACE_WARMUP_SAME;
	if (!is_well)
		return PACE_WARMUP_AGAIN;
	if (++w->day <= plan->days)
		return PACE_WARMUP_NEXT;
	w->state = PACE_WARMUP_WARM;
	w->day = 0;
	return PACE_WARMUP_DONE;
}

enum pace_warmup_change
pace_warmup_tick(struct pace_warmup *w, const struct pace_warmup_plan *plan, int64_t now_unix_ms)
{
	if (w->began_unix_ms > now_unix_ms)
		w->began_unix_ms = now_unix_ms; /* the clock was put back: a longer day */
	if ((w->state == PACE_WARMUP_WARMING || w->state == PACE_WARMUP_WARM)
	    && is_idle(w, now_unix_ms)) {
		forget_day(w);
		w->state = PACE_WARMUP_COLD;
		w->day = 0;
		return PACE_WARMUP_COOLED;
	}
	if (w->began_unix_ms == 0 || (w->is_paused && pace_warmup_is_capped(w)))
		return PACE_WARMUP_SAME;
	if (now_unix_ms - w->began_unix_ms >= PACE_WARMUP_DAY_MS)
		return end_day(w, plan);
	if (pace_warmup_is_capped(w))
		fill(w, plan, now_unix_ms);
	return PACE_WARMUP_SAME;
}

/* ---- may it, and when ---------------------------------------------------------------- */

uint32_t
pace_warmup_room(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	if (!pace_warmup_is_capped(w))
		return PACE_WARMUP_ANY;
	if (w->is_paused)
		return 0;
	if (w->began_unix_ms == 0)
		return (uint32_t)burst(w, plan);
	return w->is_closed ? 0 : (uint32_t)w->allowance;
}

int64_t
pace_warmup_opens(const struct pace_warmup *w, const struct pace_warmup_plan *plan,
                  int64_t now_unix_ms)
{
	int64_t end = w->began_unix_ms + PACE_WARMUP_DAY_MS;
	double per_ms, wait_ms;

	if (w->is_paused && pace_warmup_is_capped(w))
		return 0;
	if (pace_warmup_room(w, plan) > 0)
		return now_unix_ms;
	per_ms = rate(w, plan);
	if (left_today(w, plan) == 0 || per_ms <= 0)
		return end;
	wait_ms = ceil((portion(w, plan) - w->allowance) / per_ms) + 1;
	return wait_ms < (double)(end - w->filled_unix_ms) ? w->filled_unix_ms + (int64_t)wait_ms
	                                                   : end;
}

/* of a day that goes well, as many each hour */
static int64_t
project_later(const struct pace_warmup_plan *plan, uint32_t day, uint64_t place, int64_t unix_ms)
{
	for (int i = 0; i < PROJECT_DAYS && day <= plan->days; i++, day++) {
		uint32_t cap = pace_warmup_cap(plan, day);

		if (place <= cap)
			return unix_ms
			       + (int64_t)((double)place / cap * (double)PACE_WARMUP_DAY_MS);
		place -= cap;
		unix_ms += PACE_WARMUP_DAY_MS;
	}
	return unix_ms;
}

int64_t
pace_warmup_project(const struct pace_warmup *w, const struct pace_warmup_plan *plan,
                    uint64_t place, int64_t now_unix_ms)
{
	uint32_t day = w->state == PACE_WARMUP_COLD ? 1 : w->day, left = left_today(w, plan);
	double per_ms;

	if (!pace_warmup_is_capped(w))
		return now_unix_ms;
	if (w->is_paused)
		return 0;
	if (w->began_unix_ms == 0)
		return place <= burst(w, plan) ? now_unix_ms
		                               : project_later(plan, day, place, now_unix_ms);
	if (place > left)
		return project_later(plan, w->freeze == PACE_WARMUP_FREE ? day + 1 : day,
		                     place - left, w->began_unix_ms + PACE_WARMUP_DAY_MS);
	per_ms = rate(w, plan);
	if (!w->is_closed && (double)place <= w->allowance)
		return now_unix_ms;
	if (place == 1 || per_ms <= 0)
		return pace_warmup_opens(w, plan, now_unix_ms);
	return now_unix_ms + (int64_t)(((double)place - w->allowance) / per_ms);
}

/* ---- what goes ----------------------------------------------------------------------- */

static double
decayed(const struct pace_warmup *w, int64_t now_unix_ms)
{
	double days = (double)(now_unix_ms - w->mean_unix_ms) / PACE_WARMUP_DAY_MS;

	return days > 0 ? w->mean * exp(-days / MEAN_DAYS) : w->mean;
}

static void
begin_day(struct pace_warmup *w, const struct pace_warmup_plan *plan, int64_t now_unix_ms)
{
	if (w->state == PACE_WARMUP_COLD) {
		w->state = PACE_WARMUP_WARMING;
		w->day = 1;
	}
	w->began_unix_ms = w->filled_unix_ms = now_unix_ms;
	w->allowance = burst(w, plan);
}

/* A clock that is put back and forth (a machine that boots in 1970) ages nothing. */
static void
count_use(struct pace_warmup *w, uint32_t recipients, int64_t now_unix_ms)
{
	w->mean = decayed(w, now_unix_ms) + recipients / MEAN_DAYS;
	if (w->mean_unix_ms < now_unix_ms)
		w->mean_unix_ms = now_unix_ms;
	if (w->used_unix_ms < now_unix_ms)
		w->used_unix_ms = now_unix_ms;
	if (w->first_unix_ms == 0)
		w->first_unix_ms = now_unix_ms;
}

void
pace_warmup_take(struct pace_warmup *w, const struct pace_warmup_plan *plan, uint32_t recipients,
                 int64_t now_unix_ms)
{
	must(recipients <= pace_warmup_room(w, plan));
	if (w->began_unix_ms == 0)
		begin_day(w, plan, now_unix_ms);
	w->sent += recipients;
	count_use(w, recipients, now_unix_ms);
	if (!pace_warmup_is_capped(w))
		return;
	w->allowance -= recipients;
	settle(w, plan);
}

void
pace_warmup_refund(struct pace_warmup *w, const struct pace_warmup_plan *plan,
                   uint32_t recipients, uint32_t serial)
{
	if (serial != w->serial) /* of a day that is over: this one owes nothing */
		return;
	if (recipients > w->sent)
		recipients = w->sent;
	w->sent -= recipients;
	w->mean -= w->mean < recipients / MEAN_DAYS ? w->mean : recipients / MEAN_DAYS;
	if (!pace_warmup_is_capped(w))
		return;
	w->allowance += recipients;
	settle(w, plan);
}

/* ---- what is said of it -------------------------------------------------------------- */

double
pace_warmup_deferral_share(const struct pace_warmup *w)
{
	return w->tried ? (double)w->deferred / w->tried : 0;
}

/* Whoever complains today has mail of yesterday, too. */
double
pace_warmup_complaint_share(const struct pace_warmup *w)
{
	double tried = (double)w->tried + w->tried_before;

	if (w->complaints == 0)
		return 0;
	return tried > w->complaints ? w->complaints / tried : 1;
}

static enum pace_warmup_change
freeze(struct pace_warmup *w, enum pace_warmup_freeze why)
{
	bool was_free = w->freeze == PACE_WARMUP_FREE;

	if (why > w->freeze)
		w->freeze = why; /* complaints do not pass within the day */
	return was_free ? PACE_WARMUP_FROZE : PACE_WARMUP_SAME;
}

static enum pace_warmup_change
judge(struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	double deferred = w->tried >= TRIED_MIN ? pace_warmup_deferral_share(w) : 0;
	double complained = pace_warmup_complaint_share(w);
	bool is_worse = deferred > 2 * PACE_WARMUP_DEFERRALS_MAX
	                || (w->complaints > 1 && complained > 2 * PACE_WARMUP_COMPLAINTS_MAX);
	enum pace_warmup_change change = PACE_WARMUP_SAME;

	if (w->state != PACE_WARMUP_WARMING)
		return PACE_WARMUP_SAME;
	if (deferred > PACE_WARMUP_DEFERRALS_MAX)
		change = freeze(w, PACE_WARMUP_BY_DEFERRALS);
	if (complained > PACE_WARMUP_COMPLAINTS_MAX) {
		enum pace_warmup_change more = freeze(w, PACE_WARMUP_BY_COMPLAINTS);

		change = change == PACE_WARMUP_SAME ? more : change;
	}
	if (is_worse && !w->has_stepped_back && w->day > 1) {
		w->has_stepped_back = true;
		w->day--;
		settle(w, plan);
		return PACE_WARMUP_BACK;
	}
	if (w->freeze == PACE_WARMUP_BY_DEFERRALS && deferred <= DEFERRALS_THAW
	    && !w->has_stepped_back) {
		w->freeze = PACE_WARMUP_FREE;
		return PACE_WARMUP_THAWED;
	}
	return change;
}

enum pace_warmup_change
pace_warmup_tell(struct pace_warmup *w, const struct pace_warmup_plan *plan, uint32_t tried,
                 uint32_t deferred)
{
	must(deferred <= tried);
	w->tried += tried;
	w->deferred += deferred;
	return judge(w, plan);
}

enum pace_warmup_change
pace_warmup_complain(struct pace_warmup *w, const struct pace_warmup_plan *plan,
                     uint32_t complaints)
{
	w->complaints += complaints;
	return judge(w, plan);
}

/* ---- what becomes of it -------------------------------------------------------------- */

double
pace_warmup_mean(const struct pace_warmup *w, int64_t now_unix_ms)
{
	double days = (double)(now_unix_ms - w->first_unix_ms) / PACE_WARMUP_DAY_MS;

	if (w->first_unix_ms == 0)
		return 0;
	/* known for a shorter time than it decays over: as if it had always been so */
	return decayed(w, now_unix_ms) / (1 - exp(-at_least_one(days) / MEAN_DAYS));
}

uint32_t
pace_warmup_tomorrow(const struct pace_warmup *w, const struct pace_warmup_plan *plan)
{
	uint32_t day = w->state == PACE_WARMUP_COLD ? 1 : w->day;

	if (w->freeze == PACE_WARMUP_FREE)
		day++;
	return pace_warmup_is_capped(w) && day <= plan->days ? pace_warmup_cap(plan, day) : 0;
}

int64_t
pace_warmup_warm_on(const struct pace_warmup *w, const struct pace_warmup_plan *plan,
                    int64_t now_unix_ms)
{
	uint32_t day = w->state == PACE_WARMUP_COLD ? 1 : w->day;
	int64_t from = w->began_unix_ms ? w->began_unix_ms : now_unix_ms;

	if (!pace_warmup_is_capped(w))
		return 0;
	if (w->freeze != PACE_WARMUP_FREE)
		from += PACE_WARMUP_DAY_MS;
	return from + (int64_t)(day <= plan->days ? plan->days - day + 1 : 0) * PACE_WARMUP_DAY_MS;
}
