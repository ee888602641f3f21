/* pace_bucket.h - at most so many a second, evenly. Pure: time is an argument.
 * Thread: any. */
#ifndef PACE_PACE_BUCKET_H
#define PACE_PACE_BUCKET_H

#include <stdint.h>

/* struct pace_bucket - a tenth of a second's worth may go at once (providers count
 * in short windows too). Zeroed: no limit. */
struct pace_bucket {
	int64_t interval_us;   /* 0: no limit */
	int64_t tolerance_us;
	int64_t next_us;       /* when the next one is due by the even pace */
};

/* pace_bucket_set - per_second 0: no limit. What was taken before stays taken. */
void pace_bucket_set(struct pace_bucket *bucket, double per_second);
/* pace_bucket_wait_ms - 0: one may go now. */
int64_t pace_bucket_wait_ms(const struct pace_bucket *bucket, int64_t now_mono_ms);
void pace_bucket_take(struct pace_bucket *bucket, int64_t now_mono_ms);

#endif
