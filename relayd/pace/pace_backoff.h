/* pace_backoff.h - a site (or a domain's look-ups) that is left alone for a
 * while, then asked by one message. Pure: time and chance are arguments.
 * Thread: any. */
#ifndef PACE_PACE_BACKOFF_H
#define PACE_PACE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>
#include "base/rand.h"

/* struct pace_backoff - zeroed: all is well.
 *
 *   well --fail--> waiting --until--> probing --clear--> well
 *                     ^------- fail ------' */
struct pace_backoff {
	uint32_t failures;     /* in a row; 0: all is well */
	int64_t since_mono_ms; /* the last one that counted */
	int64_t until_mono_ms;
};

struct pace_backoff_plan { /* waits double from the one to the other */
	int64_t first_ms, bound_ms;
};

/* pace_backoff_fail - something begun at began_mono_ms failed. What began
 * before the last failure that counted says nothing new: twenty connections
 * cut at once are one step, not twenty. hint_sec: the wait that was asked for,
 * which can lengthen ours. Returns true when it counted. */
bool pace_backoff_fail(struct pace_backoff *backoff, const struct pace_backoff_plan *plan,
                       int hint_sec, int64_t began_mono_ms, int64_t now_mono_ms,
                       struct rand *rand);
bool pace_backoff_is_waiting(const struct pace_backoff *backoff, int64_t now_mono_ms);
bool pace_backoff_is_probing(const struct pace_backoff *backoff, int64_t now_mono_ms);

#endif
