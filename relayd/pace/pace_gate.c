/* pace_gate.c - see pace_gate.h. */
#include "pace/pace_gate.h"

#include <string.h>
#include "base/must.h"
#include "pace/pace_retry.h"

static void
set_bucket(struct pace_gate *gate)
{
	pace_bucket_set(&gate->bucket, pace_control_rate(&gate->control));
}

void
pace_gate_init(struct pace_gate *gate, const struct pace_limits *limits)
{
	memset(gate, 0, sizeof *gate);
	pace_control_init(&gate->control, limits);
	set_bucket(gate);
}

void
pace_gate_set_limits(struct pace_gate *gate, const struct pace_limits *limits)
{
	pace_control_set_limits(&gate->control, limits);
	set_bucket(gate);
}

bool
pace_gate_is_waiting(const struct pace_gate *gate, int64_t now_mono_ms)
{
	return now_mono_ms < gate->pause_until_mono_ms ||
	       pace_backoff_is_waiting(&gate->backoff, now_mono_ms);
}

int64_t
pace_gate_until(const struct pace_gate *gate)
{
	int64_t backoff = gate->backoff.failures > 0 ? gate->backoff.until_mono_ms : 0;

	return backoff > gate->pause_until_mono_ms ? backoff : gate->pause_until_mono_ms;
}

bool
pace_gate_is_probing(const struct pace_gate *gate, int64_t now_mono_ms)
{
	return pace_backoff_is_probing(&gate->backoff, now_mono_ms);
}

int64_t
pace_gate_wait_ms(const struct pace_gate *gate, int64_t now_mono_ms)
{
	if (pace_gate_is_waiting(gate, now_mono_ms))
		return pace_gate_until(gate) - now_mono_ms;
	return pace_bucket_wait_ms(&gate->bucket, now_mono_ms);
}

void
pace_gate_take(struct pace_gate *gate, int64_t now_mono_ms)
{
	pace_bucket_take(&gate->bucket, now_mono_ms);
}

static bool
is_single(const struct pace_gate *gate, int64_t now_mono_ms)
{
	return pace_gate_is_probing(gate, now_mono_ms) || now_mono_ms < gate->single_until_mono_ms;
}

uint32_t
pace_gate_connections(const struct pace_gate *gate, int64_t now_mono_ms)
{
	return is_single(gate, now_mono_ms) ? 1
	                                    : pace_control_connections(&gate->control, now_mono_ms);
}

uint32_t
pace_gate_window(const struct pace_gate *gate, int64_t now_mono_ms)
{
	return is_single(gate, now_mono_ms) ? 1 : pace_control_window(&gate->control, now_mono_ms);
}

/* ---- what happened ------------------------------------------------------------------- */

/* What began before the last failure says nothing: twenty sessions may finish
 * well while the twenty-first is told to go away. */
static enum pace_change
accepted(struct pace_gate *gate, const struct pace_report *report, int64_t now_mono_ms)
{
	bool was_paused = gate->backoff.failures > 0;

	if (was_paused && report->began_mono_ms <= gate->backoff.since_mono_ms)
		return PACE_SAME;
	gate->backoff = (struct pace_backoff){ 0 };
	if (was_paused)
		pace_control_resume(&gate->control, now_mono_ms);
	pace_control_accept(&gate->control, now_mono_ms);
	set_bucket(gate);
	return was_paused ? PACE_RESUMED : PACE_SAME;
}

static enum pace_change
fail(struct pace_gate *gate, const struct pace_backoff_plan *plan,
     const struct pace_report *report, int64_t now_mono_ms, struct rand *rand)
{
	return pace_backoff_fail(&gate->backoff, plan, report->hint_sec, report->began_mono_ms,
	                         now_mono_ms, rand)
	               ? PACE_PAUSED
	               : PACE_SAME;
}

/* A site that counts by the minute is open again soon; one that does not
 * work takes longer. */
#define THROTTLED_FIRST_MS 10000

/* "Slower, and not before five minutes" is a pause; while probing, a refusal of
 * any kind is the answer "not yet". */
static enum pace_change
throttled(struct pace_gate *gate, const struct pace_backoff_plan *plan,
          const struct pace_report *report, int64_t now_mono_ms, struct rand *rand)
{
	enum pace_cut cut = pace_control_throttle(&gate->control, report->began_mono_ms,
	                                          now_mono_ms);
	const struct pace_backoff_plan soon = {
		plan->first_ms < THROTTLED_FIRST_MS ? plan->first_ms : THROTTLED_FIRST_MS,
		plan->bound_ms };

	set_bucket(gate);
	if (cut == PACE_CUT_NONE && gate->backoff.failures == 0)
		return PACE_SAME;
	if (cut == PACE_CUT_USELESS || gate->backoff.failures > 0 ||
	    pace_retry_hint_ms(report->hint_sec) > 0)
		return fail(gate, &soon, report, now_mono_ms, rand);
	return PACE_SLOWER;
}

enum pace_change
pace_gate_hear(struct pace_gate *gate, const struct pace_backoff_plan *plan,
               const struct pace_report *report, int64_t now_mono_ms, struct rand *rand)
{
	switch (report->news) {
	case PACE_ACCEPTED:
		return accepted(gate, report, now_mono_ms);
	case PACE_THROTTLED:
		return throttled(gate, plan, report, now_mono_ms, rand);
	case PACE_CROWDED:
		if (report->connections == 0) /* it refuses even the first */
			return fail(gate, plan, report, now_mono_ms, rand);
		return pace_control_crowd(&gate->control, report->connections,
		                          report->began_mono_ms, now_mono_ms)
		               ? PACE_FEWER_CONNECTIONS
		               : PACE_SAME;
	case PACE_SESSION_FULL:
		if (report->messages == 0)
			return throttled(gate, plan, report, now_mono_ms, rand);
		return pace_control_end_session(&gate->control, report->messages, now_mono_ms)
		               ? PACE_SHORTER_SESSIONS
		               : PACE_SAME;
	case PACE_TROUBLE:
	case PACE_NEWS_COUNT:
		break;
	}
	return fail(gate, plan, report, now_mono_ms, rand);
}

void
pace_gate_pause(struct pace_gate *gate, int64_t for_ms, int64_t now_mono_ms)
{
	if (gate->pause_until_mono_ms < now_mono_ms + for_ms)
		gate->pause_until_mono_ms = now_mono_ms + for_ms;
}

void
pace_gate_open(struct pace_gate *gate, int64_t now_mono_ms)
{
	gate->pause_until_mono_ms = 0;
	gate->single_until_mono_ms = 0;
	if (pace_gate_is_waiting(gate, now_mono_ms))
		gate->backoff.until_mono_ms = now_mono_ms;
}
