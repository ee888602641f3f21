/* pace_retry.c - see pace_retry.h. */
#include "pace/pace_retry.h"

#include "base/must.h"

int64_t
pace_retry_hint_ms(int hint_sec)
{
	if (hint_sec < PACE_HINT_MIN_SEC)
		return 0;
	if (hint_sec > PACE_HINT_MAX_SEC)
		hint_sec = PACE_HINT_MAX_SEC;
	return hint_sec * (int64_t)1000;
}

int64_t
pace_retry_delay(const int64_t *retry_ms, size_t retries, uint32_t attempts, int hint_sec,
                     struct rand *rand)
{
	int64_t hint_ms = pace_retry_hint_ms(hint_sec), delay_ms;

	must(retries > 0);
	delay_ms = rand_jitter(rand, retry_ms[attempts < retries ? attempts : retries - 1],
	                       PACE_JITTER_PERCENT);
	if (delay_ms < hint_ms) /* spread too, but never earlier than asked */
		delay_ms = hint_ms + rand_below(rand, (uint32_t)(hint_ms / 10) + 1);
	return delay_ms;
}
