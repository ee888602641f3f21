/* account_meter.c - see account_meter.h. */
#include "account_meter.h"

#include <stdatomic.h>
#include <time.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/ref.h"

#define HOUR_MS 3600000
#define DAY_MS 86400000

struct account_meter {
	struct ref ref;
	_Atomic uint32_t slowed;   /* recipients an hour; 0: not */
	_Atomic uint64_t word[ACCOUNT_WINDOW_COUNT]; /* number in the high half, count below */
};

static uint32_t
number_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t
count_of(uint64_t word)
{
	return (uint32_t)word;
}

static uint64_t
word_of(uint32_t number, uint32_t count)
{
	return (uint64_t)number << 32 | count;
}

struct account_meter *
account_meter_new(void)
{
	struct account_meter *meter = mem_zero(1, sizeof *meter);

	ref_init(&meter->ref);
	return meter;
}

struct account_meter *
account_meter_ref(struct account_meter *meter)
{
	ref_add(&meter->ref);
	return meter;
}

void
account_meter_unref(struct account_meter **meter)
{
	struct account_meter *m = *meter;

	*meter = NULL;
	if (m != NULL && ref_drop(&m->ref))
		mem_free(m);
}

void
account_meter_load(struct account_meter *meter, enum account_window window, uint32_t number,
                   uint32_t used)
{
	atomic_store(&meter->word[window], word_of(number, used));
}

/* ---- windows --------------------------------------------------------------------------- */

const char *
account_window_name(enum account_window window)
{
	static const char *const names[] = { "rate", "hour", "day", "month" };

	must(window < ACCOUNT_WINDOW_COUNT);
	return names[window];
}

uint32_t
account_limit_of(const struct account_limits *limits, enum account_window window)
{
	switch (window) {
	case ACCOUNT_RATE:
		return limits->rate.period_ms > 0 ? limits->rate.count : 0;
	case ACCOUNT_DAY:
		return limits->day;
	case ACCOUNT_HOUR:
		return 0;
	default:
		return limits->month;
	}
}

static int64_t
period_of(const struct account_limits *limits, enum account_window window)
{
	if (window == ACCOUNT_HOUR)
		return HOUR_MS;
	return window == ACCOUNT_RATE && limits->rate.period_ms > 0 ? limits->rate.period_ms
	                                                            : DAY_MS;
}

static struct tm
calendar(int64_t unix_ms)
{
	time_t seconds = (time_t)(unix_ms / 1000);
	struct tm tm;

	must(gmtime_r(&seconds, &tm) != NULL);
	return tm;
}

uint32_t
account_window_number(const struct account_limits *limits, enum account_window window,
                      int64_t now_unix_ms)
{
	struct tm tm;

	if (window != ACCOUNT_MONTH)
		return (uint32_t)(now_unix_ms / period_of(limits, window));
	tm = calendar(now_unix_ms);
	return (uint32_t)(tm.tm_year * 12 + tm.tm_mon);
}

int64_t
account_window_end(const struct account_limits *limits, enum account_window window,
                   int64_t now_unix_ms)
{
	int64_t period_ms = period_of(limits, window);
	struct tm tm;

	if (window != ACCOUNT_MONTH)
		return (now_unix_ms / period_ms + 1) * period_ms;
	tm = calendar(now_unix_ms);
	tm = (struct tm){ .tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1 };
	return (int64_t)timegm(&tm) * 1000;
}

/* ---- counting --------------------------------------------------------------------------- */

/* used_in - a clock that was read just before the window turned counts in the new one. */
static uint32_t
used_in(uint64_t word, uint32_t *number)
{
	if (number_of(word) == *number + 1)
		*number += 1;
	return number_of(word) == *number ? count_of(word) : 0;
}

/* take_one - false: it would go over limit (0: none). number may become a later one. */
static bool
take_one(struct account_meter *meter, enum account_window window, uint32_t limit, uint32_t n,
         uint32_t *number, uint32_t *used_out)
{
	uint64_t old = atomic_load(&meter->word[window]);
	uint32_t used;

	do {
		used = used_in(old, number);
		*used_out = used;
		if ((limit > 0 && (used >= limit || n > limit - used)) || n > UINT32_MAX - used)
			return false;
	} while (!atomic_compare_exchange_weak(&meter->word[window], &old,
	                                       word_of(*number, used + n)));
	return true;
}

static void
return_one(struct account_meter *meter, enum account_window window, uint32_t number, uint32_t n)
{
	uint64_t old = atomic_load(&meter->word[window]);

	do {
		if (number_of(old) != number || count_of(old) < n)
			return; /* its window is over */
	} while (!atomic_compare_exchange_weak(&meter->word[window], &old, old - n));
}

void
account_meter_slow(struct account_meter *meter, uint32_t recipients)
{
	atomic_store(&meter->slowed, recipients);
}

uint32_t
account_meter_limit(const struct account_meter *meter, const struct account_limits *limits,
                    enum account_window window)
{
	return window == ACCOUNT_HOUR ? atomic_load(&meter->slowed)
	                              : account_limit_of(limits, window);
}

static void
tell_full(const struct account_meter *meter, const struct account_limits *limits,
          enum account_window window, uint32_t used, int64_t now_unix_ms,
          struct account_full *full_out)
{
	if (full_out == NULL)
		return;
	*full_out = (struct account_full){
		.window = window,
		.limit = account_meter_limit(meter, limits, window),
		.used = used,
		.opens_unix_ms = account_window_end(limits, window, now_unix_ms),
	};
}

bool
account_meter_take(struct account_meter *meter, const struct account_limits *limits, uint32_t n,
                   int64_t now_unix_ms, struct account_share *share_out,
                   struct account_full *full_out)
{
	struct account_share share = { .recipients = n };
	uint32_t used;

	/* the longest first: what is given back is then what opens again soonest */
	for (int w = ACCOUNT_WINDOW_COUNT - 1; w >= 0; w--) {
		share.window[w] = account_window_number(limits, w, now_unix_ms);
		if (take_one(meter, w, account_meter_limit(meter, limits, w), n,
		             &share.window[w], &used))
			continue;
		tell_full(meter, limits, w, used, now_unix_ms, full_out);
		for (int taken = w + 1; taken < ACCOUNT_WINDOW_COUNT; taken++)
			return_one(meter, taken, share.window[taken], n);
		return false;
	}
	*share_out = share;
	return true;
}

bool
account_meter_fits(const struct account_meter *meter, const struct account_limits *limits,
                   uint32_t n, int64_t now_unix_ms, struct account_full *full_out)
{
	for (int w = ACCOUNT_WINDOW_COUNT - 1; w >= 0; w--) {
		uint32_t limit = account_meter_limit(meter, limits, w);
		uint32_t used = account_meter_used(meter, limits, w, now_unix_ms);

		if (limit == 0 || (used < limit && n <= limit - used))
			continue;
		tell_full(meter, limits, w, used, now_unix_ms, full_out);
		return false;
	}
	return true;
}

void
account_meter_return(struct account_meter *meter, const struct account_share *share)
{
	for (int w = 0; w < ACCOUNT_WINDOW_COUNT; w++)
		return_one(meter, w, share->window[w], share->recipients);
}

uint32_t
account_meter_used(const struct account_meter *meter, const struct account_limits *limits,
                   enum account_window window, int64_t now_unix_ms)
{
	uint32_t number = account_window_number(limits, window, now_unix_ms);

	return used_in(atomic_load(&meter->word[window]), &number);
}
