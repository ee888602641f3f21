/* pace_control.c - see pace_control.h for the curve and its reasons.
 *
 * The numbers were chosen with the simulation (make sim): a wider margin wastes
 * capacity, a narrower one or a faster growth costs deferrals. */
#include "pace/pace_control.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/must.h"

#define RECOVER_MS 8000.0          /* from half to the target ... */
#define RECOVER_MESSAGES 8         /* ... or as long as these take */
#define GROW_MS 60000.0            /* then GROW_SHARE above it, 4 times that in twice the time */
#define GROW_MESSAGES 150          /* at least: one refusal for so many */
#define GROW_SHARE 0.05
#define GUESS_TIMES 3              /* so much faster while target is a guess */
#define MARGIN 0.95                /* the target below the rate that was refused */
#define MARGIN_EARLY 0.85          /* ... when it was refused again before it could grow */
#define SHRINK_MOST 0.7            /* one cut leaves at least this of the target */
#define FORGET_SHARE 10.0          /* grown to this many times the target: no limit any more */
#define USELESS_CUTS 4
#define RESUME_SHARE 0.25
#define OPENING 2                  /* connections to a site before it took anything */
#define WINDOW_STEP_MS 5000        /* one connection more, up to what was refused */
#define WINDOW_PROBE_MS 300000     /* and then one more than that */
#define SESSION_FORGET_MS 3600000

void
pace_control_init(struct pace_control *control, const struct pace_limits *limits)
{
	memset(control, 0, sizeof *control);
	pace_control_set_limits(control, limits);
}

void
pace_control_set_limits(struct pace_control *control, const struct pace_limits *limits)
{
	must(limits->connections_max > 0 && limits->session_max > 0);
	control->limits = *limits;
	if (control->limits.rate_min < PACE_RATE_MIN)
		control->limits.rate_min = PACE_RATE_MIN;
}

/* ---- the rate ------------------------------------------------------------------------ */

static double
clamp_rate(const struct pace_control *control, double rate)
{
	const struct pace_limits *limits = &control->limits;

	if (rate < limits->rate_min)
		rate = limits->rate_min;
	if (limits->rate_max > 0 && rate > limits->rate_max)
		rate = limits->rate_max;
	return rate;
}

/* slow sites need longer: it is answers that teach, not seconds */
static double
scaled_ms(const struct pace_control *control, double least_ms, int messages)
{
	double ms = messages * 1000 / control->target;

	return ms > least_ms ? ms : least_ms;
}

static double
recover_ms(const struct pace_control *control)
{
	return scaled_ms(control, RECOVER_MS, RECOVER_MESSAGES);
}

static double
grow_ms(const struct pace_control *control)
{
	return scaled_ms(control, GROW_MS, GROW_MESSAGES) / (control->is_guess ? GUESS_TIMES : 1);
}

static double
curve(const struct pace_control *control)
{
	double left = 1 - control->age_ms / recover_ms(control), grown;

	if (left > 0)
		return control->target * (1 - (1 - control->low) * left * left * left);
	grown = (control->age_ms - recover_ms(control)) / grow_ms(control);
	return control->target * (1 + GROW_SHARE * grown * grown);
}

double
pace_control_rate(const struct pace_control *control)
{
	if (control->target <= 0)
		return control->limits.rate_max;
	return clamp_rate(control, curve(control));
}

static void
turn_to(struct pace_control *control, int64_t now_mono_ms)
{
	int64_t second = now_mono_ms / 1000;

	if (control->accepted_mono_ms == 0 || second - control->second >= PACE_WINDOW_SEC) {
		memset(control->count, 0, sizeof control->count);
		control->first_second = control->second = second;
	}
	while (control->second < second)
		control->count[++control->second % PACE_WINDOW_SEC] = 0;
}

void
pace_control_say_rate(double per_second, char out[PACE_RATE_TEXT_SIZE])
{
	static const struct {
		const char *name;
		double sec;
	} periods[] = { { "a second", 1 }, { "a minute", 60 }, { "an hour", 3600 },
		        { "a day", 86400 } };
	size_t last = sizeof periods / sizeof *periods - 1, i = 0;
	double n;

	/* an hour's worth was kept in millionths of a second: 0.999 of it is one */
	while (i < last && per_second * periods[i].sec < 0.99)
		i++;
	n = per_second * periods[i].sec;
	n = n < 100 ? round(n * 10) / 10 : round(n);
	snprintf(out, PACE_RATE_TEXT_SIZE, "%.*f message%s %s", n == round(n) ? 0 : 1, n,
	         n == 1 ? "" : "s", periods[i].name);
}

double
pace_control_accepted_rate(const struct pace_control *control, int64_t now_mono_ms)
{
	int64_t since_ms = control->first_second * 1000, oldest_ms;
	uint64_t sum = 0;

	if (control->accepted_mono_ms == 0 ||
	    now_mono_ms / 1000 - control->second >= PACE_WINDOW_SEC)
		return 0;
	oldest_ms = (now_mono_ms / 1000 - PACE_WINDOW_SEC + 1) * 1000;
	for (int64_t s = control->second; s * 1000 >= oldest_ms && s >= control->first_second; s--)
		sum += control->count[s % PACE_WINDOW_SEC];
	if (since_ms < oldest_ms)
		since_ms = oldest_ms;
	/* a burst within one second was at most that much a second */
	return now_mono_ms - since_ms > 1000 ? sum * 1000.0 / (double)(now_mono_ms - since_ms)
	                                     : (double)sum;
}

/* Time in use: at least every second message that the rate allows was sent. */
static void
grow_older(struct pace_control *control, int64_t now_mono_ms)
{
	int64_t passed_ms = now_mono_ms - control->accepted_mono_ms;
	int64_t in_use_ms = (int64_t)(2000 / pace_control_rate(control)) + 1;

	if (passed_ms < 0 || control->accepted_mono_ms == 0)
		passed_ms = 0;
	if (control->accepted_mono_ms < control->cut_mono_ms)
		passed_ms = now_mono_ms - control->cut_mono_ms;
	control->age_ms += passed_ms < in_use_ms ? passed_ms : in_use_ms;
	if (control->age_ms > recover_ms(control))
		control->settled = control->target;
	if (curve(control) > control->target * FORGET_SHARE)
		control->target = control->settled = 0;
}

void
pace_control_accept(struct pace_control *control, int64_t now_mono_ms)
{
	if (control->target > 0)
		grow_older(control, now_mono_ms);
	turn_to(control, now_mono_ms);
	control->count[control->second % PACE_WINDOW_SEC]++;
	control->accepted_mono_ms = now_mono_ms;
	control->has_accepted = true;
	control->cuts = 0;
	if (control->earned < control->limits.connections_max)
		control->earned++;
}

/* A new episode: something was accepted since the last cut, so the present rate
 * is what the site did not like. */
static void
remember(struct pace_control *control, int64_t now_mono_ms)
{
	double rate = pace_control_rate(control);
	double measured = pace_control_accepted_rate(control, now_mono_ms);
	bool is_early = control->target > 0 &&
			control->age_ms < recover_ms(control) + grow_ms(control) / 3;

	if (rate <= 0 || (control->target <= 0 && measured < rate))
		rate = measured; /* the rate was only what a rule allows */
	/* measured over less than a window, and again refused before it could grow */
	control->is_guess = control->target <= 0
	                            ? now_mono_ms / 1000 - control->first_second < PACE_WINDOW_SEC
	                            : control->is_guess && is_early;
	rate *= is_early ? MARGIN_EARLY : MARGIN;
	/* refused on the way up: that may be what went out before, not this rate */
	if (rate < control->target * SHRINK_MOST)
		rate = control->target * SHRINK_MOST;
	control->target = clamp_rate(control, rate);
	control->low = 0.5;
}

enum pace_cut
pace_control_throttle(struct pace_control *control, int64_t began_mono_ms, int64_t now_mono_ms)
{
	if (control->cut_mono_ms > 0 && began_mono_ms <= control->cut_mono_ms)
		return PACE_CUT_NONE;
	if (control->target <= 0 && pace_control_accepted_rate(control, now_mono_ms) <= 0)
		return PACE_CUT_USELESS; /* the very first is too many: no rate helps */
	if (control->has_accepted || control->target <= 0)
		remember(control, now_mono_ms);
	else
		control->low /= 2;
	control->cut_mono_ms = now_mono_ms;
	control->age_ms = 0;
	control->has_accepted = false;
	control->cuts++;
	return control->cuts >= USELESS_CUTS ? PACE_CUT_USELESS : PACE_CUT_HALVED;
}

void
pace_control_resume(struct pace_control *control, int64_t now_mono_ms)
{
	control->cuts = 0;
	control->earned = 0;
	if (control->target <= 0)
		return;
	if (control->target < control->settled)
		control->target = clamp_rate(control, control->settled);
	control->low = RESUME_SHARE;
	control->age_ms = 0;
	control->cut_mono_ms = now_mono_ms;
}

/* ---- connections --------------------------------------------------------------------- */

uint32_t
pace_control_connections(const struct pace_control *control, int64_t now_mono_ms)
{
	uint32_t most = pace_control_window(control, now_mono_ms);

	return OPENING + control->earned < most ? OPENING + control->earned : most;
}

uint32_t
pace_control_window(const struct pace_control *control, int64_t now_mono_ms)
{
	int64_t passed_ms = now_mono_ms - control->crowd_mono_ms, steps;
	uint32_t most = control->limits.connections_max;

	if (control->crowd == 0)
		return most;
	steps = passed_ms / WINDOW_STEP_MS;
	if (control->window_low + steps > control->crowd) {
		passed_ms -= (int64_t)(control->crowd - control->window_low) * WINDOW_STEP_MS;
		steps = control->crowd - control->window_low + passed_ms / WINDOW_PROBE_MS;
	}
	steps += control->window_low;
	return steps < most ? (uint32_t)steps : most;
}

bool
pace_control_crowd(struct pace_control *control, uint32_t connections, int64_t began_mono_ms,
                   int64_t now_mono_ms)
{
	if (control->crowd > 0 && began_mono_ms <= control->crowd_mono_ms)
		return false;
	if (connections > control->limits.connections_max)
		connections = control->limits.connections_max;
	control->crowd = connections > 0 ? connections : 1;
	control->window_low = control->crowd > 1 ? control->crowd / 2 : 1;
	control->crowd_mono_ms = now_mono_ms;
	return true;
}

uint32_t
pace_control_session(const struct pace_control *control, int64_t now_mono_ms)
{
	uint32_t most = control->limits.session_max;

	if (control->session == 0 || now_mono_ms - control->session_mono_ms > SESSION_FORGET_MS)
		return most;
	return control->session < most ? control->session : most;
}

bool
pace_control_end_session(struct pace_control *control, uint32_t messages, int64_t now_mono_ms)
{
	uint32_t before = pace_control_session(control, now_mono_ms);

	if (messages == 0 || messages >= before)
		return false;
	control->session = messages;
	control->session_mono_ms = now_mono_ms;
	return true;
}
