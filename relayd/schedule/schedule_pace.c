/* schedule_pace.c - retry intervals, back-off, rates. Pure. Thread: any. */
#include "schedule/schedule_pace.h"

#include "base/must.h"

#define BACKOFF_BOUND_MS (3600 * 1000) /* a site is asked at least once an hour */
#define BURST_MS 100

static int64_t
clamp_hint_ms(int hint_sec)
{
	if (hint_sec < SCHEDULE_HINT_MIN_SEC)
		return 0;
	if (hint_sec > SCHEDULE_HINT_MAX_SEC)
		hint_sec = SCHEDULE_HINT_MAX_SEC;
	return hint_sec * (int64_t)1000;
}

int64_t
schedule_retry_delay(const int64_t *retry_ms, size_t retries, uint32_t attempts, int hint_sec,
                     struct rand *rand)
{
	int64_t hint_ms = clamp_hint_ms(hint_sec), delay_ms;

	must(retries > 0);
	delay_ms = rand_jitter(rand, retry_ms[attempts < retries ? attempts : retries - 1],
	                       SCHEDULE_JITTER_PERCENT);
	if (delay_ms < hint_ms) /* spread too, but never earlier than asked */
		delay_ms = hint_ms + rand_below(rand, (uint32_t)(hint_ms / 10) + 1);
	return delay_ms;
}

/* bound - a site's trouble passes without anybody noticing but by trying, so
 * it is tried more often than a mailbox that is full. */
static int64_t
backoff_bound_ms(const int64_t *retry_ms, size_t retries)
{
	int64_t last_ms = retry_ms[retries - 1];

	if (last_ms > BACKOFF_BOUND_MS)
		last_ms = BACKOFF_BOUND_MS;
	return last_ms > retry_ms[0] ? last_ms : retry_ms[0];
}

bool
schedule_backoff_fail(struct schedule_backoff *backoff, const int64_t *retry_ms, size_t retries,
                      int hint_sec, int64_t began_mono_ms, int64_t now_mono_ms, struct rand *rand)
{
	int64_t bound_ms, delay_ms, hint_ms = clamp_hint_ms(hint_sec);

	must(retries > 0);
	if (backoff->failures > 0 && began_mono_ms <= backoff->since_mono_ms)
		return false;
	bound_ms = backoff_bound_ms(retry_ms, retries);
	delay_ms = retry_ms[0];
	for (uint32_t i = 0; i < backoff->failures && delay_ms < bound_ms; i++)
		delay_ms *= 2;
	if (delay_ms > bound_ms)
		delay_ms = bound_ms;
	delay_ms = rand_jitter(rand, delay_ms, SCHEDULE_JITTER_PERCENT);
	if (delay_ms < hint_ms)
		delay_ms = hint_ms;
	backoff->failures++;
	backoff->since_mono_ms = now_mono_ms;
	backoff->until_mono_ms = now_mono_ms + delay_ms;
	return true;
}

bool
schedule_backoff_is_waiting(const struct schedule_backoff *backoff, int64_t now_mono_ms)
{
	return backoff->failures > 0 && now_mono_ms < backoff->until_mono_ms;
}

bool
schedule_backoff_is_probing(const struct schedule_backoff *backoff, int64_t now_mono_ms)
{
	return backoff->failures > 0 && now_mono_ms >= backoff->until_mono_ms;
}

void
schedule_bucket_set(struct schedule_bucket *bucket, struct units_rate rate)
{
	int64_t period_us = (int64_t)rate.period_ms * 1000;

	bucket->interval_us = rate.period_ms && rate.count ? period_us / rate.count : 0;
	if (rate.period_ms && rate.count && bucket->interval_us == 0)
		bucket->interval_us = 1;
	/* what BURST_MS allow besides the one that always may */
	bucket->tolerance_us = BURST_MS * 1000 - bucket->interval_us;
	if (bucket->tolerance_us < 0)
		bucket->tolerance_us = 0;
}

int64_t
schedule_bucket_wait_ms(const struct schedule_bucket *bucket, int64_t now_mono_ms)
{
	int64_t early_us;

	if (bucket->interval_us == 0)
		return 0;
	early_us = bucket->next_us - bucket->tolerance_us - now_mono_ms * 1000;
	return early_us > 0 ? (early_us + 999) / 1000 : 0;
}

void
schedule_bucket_take(struct schedule_bucket *bucket, int64_t now_mono_ms)
{
	int64_t now_us = now_mono_ms * 1000;

	if (bucket->interval_us == 0)
		return;
	if (bucket->next_us < now_us)
		bucket->next_us = now_us;
	bucket->next_us += bucket->interval_us;
}
