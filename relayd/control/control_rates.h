/* control_rates.h - the relay's pulse: counts of each second, kept for 300.
 *
 * Sampled by the main loop whether or not anybody looks, since who opens the
 * screen wants to see the last five minutes at once. Thread: main. */
#ifndef CONTROL_CONTROL_RATES_H
#define CONTROL_CONTROL_RATES_H

#include <jansson.h>
#include <stdint.h>
#include "loop/loop.h"
#include "notify/notify.h"

struct control_rates;

struct control_rates *control_rates_new(struct loop *loop, struct notify *notify);
void control_rates_free(struct control_rates **rates);
/* control_rates_json - events a second, mean of the last 10 s. New reference. */
json_t *control_rates_json(const struct control_rates *rates);
/* control_rates_series_json - the seconds after *seen (0: all kept), and moves
 * *seen to now. New reference. */
json_t *control_rates_series_json(const struct control_rates *rates, uint64_t *seen);
/* control_rates_latency_json - accept to delivered over the last 5 minutes. New reference. */
json_t *control_rates_latency_json(const struct control_rates *rates);

/* control_rates_quantile - the value below which this share of a histogram of
 * log2 buckets lies, in ms, interpolated within its bucket. count > 0. Pure. */
int64_t control_rates_quantile(const uint64_t bucket[NOTIFY_LATENCY_BUCKETS], double share);

#endif
