/* pace_bucket.c - see pace_bucket.h. */
#include "pace/pace_bucket.h"

#define BURST_MS 100

void
pace_bucket_set(struct pace_bucket *bucket, double per_second)
{
	int64_t before_us = bucket->interval_us;

	bucket->interval_us = per_second > 0 ? (int64_t)(1e6 / per_second) : 0;
	if (per_second > 0 && bucket->interval_us == 0)
		bucket->interval_us = 1;
	/* what BURST_MS allow besides the one that always may */
	bucket->tolerance_us = BURST_MS * 1000 - bucket->interval_us;
	if (bucket->tolerance_us < 0)
		bucket->tolerance_us = 0;
	/* the last one taken is due by the new pace, not by the old one */
	if (bucket->next_us > 0)
		bucket->next_us += bucket->interval_us - before_us;
}

int64_t
pace_bucket_wait_ms(const struct pace_bucket *bucket, int64_t now_mono_ms)
{
	int64_t early_us;

	if (bucket->interval_us == 0)
		return 0;
	early_us = bucket->next_us - bucket->tolerance_us - now_mono_ms * 1000;
	return early_us > 0 ? (early_us + 999) / 1000 : 0;
}

void
pace_bucket_take(struct pace_bucket *bucket, int64_t now_mono_ms)
{
	int64_t now_us = now_mono_ms * 1000;

	if (bucket->interval_us == 0)
		return;
	if (bucket->next_us < now_us)
		bucket->next_us = now_us;
	bucket->next_us += bucket->interval_us;
}
