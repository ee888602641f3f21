/* control_rates.c - see control_rates.h. */
#include "control/control_rates.h"

#include <assert.h>
#include <string.h>

#include "api/api_json.h"
#include "api/api_view.h"
#include "base/clock.h"
#include "base/mem.h"

#define MEAN_SEC 10
#define LATENCY_STEP_SEC 10
#define LATENCY_STEPS 31 /* 30 steps of 10 s between the first and the last */

enum series { SERIES_ACCEPTED, SERIES_DELIVERED, SERIES_DEFERRED, SERIES_BOUNCED, SERIES_COUNT };

static const char *const series_names[] = {
	[SERIES_ACCEPTED] = "accepted", [SERIES_DELIVERED] = "delivered",
	[SERIES_DEFERRED] = "deferred", [SERIES_BOUNCED] = "bounced",
};
static_assert(sizeof series_names / sizeof *series_names == SERIES_COUNT, "a name per series");

struct control_rates {
	struct loop_timer timer;
	struct notify *notify;           /* borrowed */
	int64_t last_sec;                /* unix second of the newest element */
	uint64_t total[SERIES_COUNT];    /* at last_sec */
	uint32_t ring[SERIES_COUNT][API_VIEW_SERIES];
	uint64_t pushed;                 /* elements ever; the newest is at (pushed - 1) % SERIES */
	uint64_t latency[LATENCY_STEPS][NOTIFY_LATENCY_BUCKETS]; /* running totals every 10 s */
	uint64_t latency_steps;
	int64_t latency_next_sec;
};

static void
read_totals(struct control_rates *rates, uint64_t out[SERIES_COUNT])
{
	struct notify_totals totals;

	notify_totals_read(rates->notify, &totals);
	out[SERIES_ACCEPTED] = totals.accepted;
	out[SERIES_DELIVERED] = totals.delivered;
	out[SERIES_DEFERRED] = totals.deferred;
	out[SERIES_BOUNCED] = totals.bounced;
}

static void
push(struct control_rates *rates, const uint64_t total[SERIES_COUNT])
{
	for (int s = 0; s < SERIES_COUNT; s++) {
		rates->ring[s][rates->pushed % API_VIEW_SERIES] =
			(uint32_t)(total[s] - rates->total[s]);
		rates->total[s] = total[s];
	}
	rates->pushed++;
}

static void
sample_latency(struct control_rates *rates, int64_t now_sec)
{
	if (now_sec < rates->latency_next_sec)
		return;
	rates->latency_next_sec = now_sec + LATENCY_STEP_SEC;
	notify_latency_read(rates->notify, rates->latency[rates->latency_steps++ % LATENCY_STEPS]);
}

static void
tick(void *arg)
{
	struct control_rates *rates = arg;
	uint64_t total[SERIES_COUNT];
	int64_t now_ms = clock_unix_ms(), now_sec = now_ms / 1000;

	/* a late tick (reload, suspend): empty seconds first, all counts in the last */
	if (now_sec - rates->last_sec > API_VIEW_SERIES || now_sec < rates->last_sec)
		rates->last_sec = now_sec - 1; /* the clock was set: go on from here */
	for (; rates->last_sec < now_sec - 1; rates->last_sec++)
		push(rates, rates->total);
	if (rates->last_sec < now_sec) {
		read_totals(rates, total);
		push(rates, total);
		rates->last_sec = now_sec;
	}
	sample_latency(rates, now_sec);
	loop_timer_set(&rates->timer, 1000 - now_ms % 1000);
}

struct control_rates *
control_rates_new(struct loop *loop, struct notify *notify)
{
	struct control_rates *rates = mem_zero(1, sizeof *rates);

	rates->notify = notify;
	rates->last_sec = clock_unix_ms() / 1000;
	read_totals(rates, rates->total);
	sample_latency(rates, rates->last_sec);
	loop_timer_init(&rates->timer, loop, tick, rates);
	loop_timer_set(&rates->timer, 1000);
	return rates;
}

void
control_rates_free(struct control_rates **rates)
{
	if (!*rates)
		return;
	loop_timer_deinit(&(*rates)->timer);
	mem_free(*rates);
	*rates = NULL;
}

json_t *
control_rates_json(const struct control_rates *rates)
{
	uint64_t n = rates->pushed < MEAN_SEC ? rates->pushed : MEAN_SEC;
	json_t *one = json_object();

	for (int s = 0; s < SERIES_COUNT; s++) {
		uint64_t sum = 0;

		for (uint64_t i = 1; i <= n; i++)
			sum += rates->ring[s][(rates->pushed - i) % API_VIEW_SERIES];
		api_json_put_real(one, series_names[s], n ? (double)sum / (double)n : 0);
	}
	return one;
}

json_t *
control_rates_series_json(const struct control_rates *rates, uint64_t *seen)
{
	uint64_t n = rates->pushed - *seen;
	json_t *one = json_object();

	if (n > API_VIEW_SERIES)
		n = API_VIEW_SERIES;
	api_json_put_int(one, "step_ms", 1000);
	api_json_put_time(one, "first_at", n ? (rates->last_sec - (int64_t)n + 1) * 1000 : 0);
	for (int s = 0; s < SERIES_COUNT; s++) {
		json_t *list = json_array();

		for (uint64_t i = n; i > 0; i--)
			json_array_append_new(list, json_integer(
				rates->ring[s][(rates->pushed - i) % API_VIEW_SERIES]));
		api_json_put(one, series_names[s], list);
	}
	*seen = rates->pushed;
	return one;
}

int64_t
control_rates_quantile(const uint64_t bucket[NOTIFY_LATENCY_BUCKETS], double share)
{
	uint64_t count = 0, below = 0;
	double wanted;

	for (int i = 0; i < NOTIFY_LATENCY_BUCKETS; i++)
		count += bucket[i];
	wanted = share * (double)count;
	for (int i = 0; i < NOTIFY_LATENCY_BUCKETS; i++) {
		double low = i == 0 ? 0 : (double)(UINT64_C(1) << i),
		       high = (double)(UINT64_C(2) << i);

		if (bucket[i] > 0 && (double)(below + bucket[i]) >= wanted)
			return (int64_t)(low + (high - low) * (wanted - (double)below) /
						       (double)bucket[i]);
		below += bucket[i];
	}
	return 0;
}

json_t *
control_rates_latency_json(const struct control_rates *rates)
{
	static const struct {
		const char *key;
		double share;
	} wanted[] = { { "p50_ms", 0.50 }, { "p95_ms", 0.95 }, { "p99_ms", 0.99 } };
	uint64_t first =
		rates->latency_steps > LATENCY_STEPS ? rates->latency_steps - LATENCY_STEPS : 0;
	const uint64_t *before = rates->latency[first % LATENCY_STEPS];
	uint64_t bucket[NOTIFY_LATENCY_BUCKETS], count = 0;
	json_t *one = json_object();

	notify_latency_read(rates->notify, bucket);
	for (int i = 0; i < NOTIFY_LATENCY_BUCKETS; i++) {
		bucket[i] -= before[i];
		count += bucket[i];
	}
	api_json_put_int(one, "count", (int64_t)count);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		if (count > 0)
			api_json_put_int(one, wanted[i].key,
					 control_rates_quantile(bucket, wanted[i].share));
		else
			api_json_put_null(one, wanted[i].key);
	}
	return one;
}
