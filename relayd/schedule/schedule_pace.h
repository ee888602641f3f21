/* schedule_pace.h - how long to wait: retry intervals, back-off, rates. Pure:
 * time and chance are arguments. Thread: any. */
#ifndef SCHEDULE_SCHEDULE_PACE_H
#define SCHEDULE_SCHEDULE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/rand.h"
#include "base/units.h"

#define SCHEDULE_JITTER_PERCENT 20
#define SCHEDULE_HINT_MIN_SEC 30          /* "try again in 2 seconds" is not believed */
#define SCHEDULE_HINT_MAX_SEC (6 * 3600)

/* schedule_retry_delay - wait before the next attempt in ms. attempts: how many
 * were made before the one that just failed. hint_sec: what the server asked
 * for (0: nothing); it can lengthen the wait, never shorten it. */
int64_t schedule_retry_delay(const int64_t *retry_ms, size_t retries, uint32_t attempts,
                             int hint_sec, struct rand *rand);

/* struct schedule_backoff - of a site, or of a domain's look-ups. Zeroed: all is well.
 *
 *   well --fail--> waiting --until--> probing --clear--> well
 *                     ^------- fail ------' */
struct schedule_backoff {
	uint32_t failures;     /* in a row; 0: all is well */
	int64_t since_mono_ms; /* the last one that counted */
	int64_t until_mono_ms;
};

/* schedule_backoff_fail - something begun at began_mono_ms failed. What began
 * before the last failure that counted says nothing new: twenty connections
 * cut at once are one step, not twenty. Returns true when it counted. */
bool schedule_backoff_fail(struct schedule_backoff *backoff, const int64_t *retry_ms,
                           size_t retries, int hint_sec, int64_t began_mono_ms, int64_t now_mono_ms,
                           struct rand *rand);
bool schedule_backoff_is_waiting(const struct schedule_backoff *backoff, int64_t now_mono_ms);
bool schedule_backoff_is_probing(const struct schedule_backoff *backoff, int64_t now_mono_ms);

/* struct schedule_bucket - at most so many a period, evenly; a tenth of a
 * second's worth may go at once (providers count in short windows too). */
struct schedule_bucket {
	int64_t interval_us;   /* 0: no limit */
	int64_t tolerance_us;
	int64_t next_us;       /* when the next one is due by the even pace */
};

void schedule_bucket_set(struct schedule_bucket *bucket, struct units_rate rate);
/* schedule_bucket_wait_ms - 0: one may go now. */
int64_t schedule_bucket_wait_ms(const struct schedule_bucket *bucket, int64_t now_mono_ms);
void schedule_bucket_take(struct schedule_bucket *bucket, int64_t now_mono_ms);

#endif
