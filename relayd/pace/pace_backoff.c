/* pace_backoff.c - see pace_backoff.h. */
#include "pace/pace_backoff.h"

#include "base/must.h"
#include "pace/pace_retry.h"

bool
pace_backoff_fail(struct pace_backoff *backoff, const struct pace_backoff_plan *plan, int hint_sec,
                  int64_t began_mono_ms, int64_t now_mono_ms, struct rand *rand)
{
	int64_t delay_ms = plan->first_ms, hint_ms = pace_retry_hint_ms(hint_sec);

	must(plan->first_ms > 0);
	if (backoff->failures > 0 && began_mono_ms <= backoff->since_mono_ms)
		return false;
	for (uint32_t i = 0; i < backoff->failures && delay_ms < plan->bound_ms; i++)
		delay_ms *= 2;
	if (delay_ms > plan->bound_ms && plan->bound_ms > plan->first_ms)
		delay_ms = plan->bound_ms;
	delay_ms = rand_jitter(rand, delay_ms, PACE_JITTER_PERCENT);
	if (delay_ms < hint_ms)
		delay_ms = hint_ms;
	backoff->failures++;
	backoff->since_mono_ms = now_mono_ms;
	backoff->until_mono_ms = now_mono_ms + delay_ms;
	return true;
}

bool
pace_backoff_is_waiting(const struct pace_backoff *backoff, int64_t now_mono_ms)
{
	return backoff->failures > 0 && now_mono_ms < backoff->until_mono_ms;
}

bool
pace_backoff_is_probing(const struct pace_backoff *backoff, int64_t now_mono_ms)
{
	return backoff->failures > 0 && now_mono_ms >= backoff->until_mono_ms;
}
