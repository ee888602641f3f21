/* pace_retry.h - how long one recipient waits for its next attempt. Pure: time
 * and chance are arguments. Thread: any. */
#ifndef PACE_PACE_RETRY_H
#define PACE_PACE_RETRY_H

#include <stddef.h>
#include <stdint.h>
#include "base/rand.h"

#define PACE_JITTER_PERCENT 20
#define PACE_HINT_MIN_SEC 30          /* "try again in 2 seconds" is not believed */
#define PACE_HINT_MAX_SEC (6 * 3600)

/* pace_retry_delay - wait before the next attempt in ms. attempts: how many
 * were made before the one that just failed. hint_sec: what the server asked
 * for (0: nothing); it can lengthen the wait, never shorten it. */
int64_t pace_retry_delay(const int64_t *retry_ms, size_t retries, uint32_t attempts,
                             int hint_sec, struct rand *rand);

/* pace_retry_uncounted_delay - wait before the next try when the last one was not the
 * mail's fault and does not count: a quarter of its age, from the first interval to the
 * last. So it takes about as many tries as other mail, and nobody has to count them. */
int64_t pace_retry_uncounted_delay(const int64_t *retry_ms, size_t retries, int64_t age_ms,
                                   int hint_sec, struct rand *rand);

/* pace_retry_hint_ms - what "try again in N" is taken for: 0 when it is not
 * believed, at most PACE_HINT_MAX_SEC. */
int64_t pace_retry_hint_ms(int hint_sec);

#endif
