/* pace_retry.c - see pace_retry.h. */
#include "pace/pace_retry.h"

#include "base/must.h"

#define AGE_SHARE 4

int64_t
pace_retry_hint_ms(int hint_sec)
{
	if (hint_sec < PACE_HINT_MIN_SEC)
		return 0;
	if (hint_sec > PACE_HINT_MAX_SEC)
		hint_sec = PACE_HINT_MAX_SEC;
	return hint_sec * (int64_t)1000;
}

static int64_t
spread(int64_t delay_ms, int hint_sec, struct rand *rand)
{
	int64_t hint_ms = pace_retry_hint_ms(hint_sec);

	delay_ms = rand_jitter(rand, delay_ms, PACE_JITTER_PERCENT);
	if (delay_ms < hint_ms) /* spread too, but never earlier than asked */
		delay_ms = hint_ms + rand_below(rand, (uint32_t)(hint_ms / 10) + 1);
	return delay_ms;
}

int64_t
pace_retry_delay(const int64_t *retry_ms, size_t retries, uint32_t attempts, int hint_sec,
                 struct rand *rand)
{
	must(retries > 0);
	return spread(retry_ms[attempts < retries ? attempts : retries - 1], hint_sec, rand);
}

int64_t
pace_retry_uncounted_delay(const int64_t *retry_ms, size_t retries, int64_t age_ms, int hint_sec,
                           struct rand *rand)
{
	int64_t delay_ms = age_ms / AGE_SHARE;

	must(retries > 0);
	if (delay_ms > retry_ms[retries - 1])
		delay_ms = retry_ms[retries - 1];
	if (delay_ms < retry_ms[0])
		delay_ms = retry_ms[0];
	return spread(delay_ms, hint_sec, rand);
}
