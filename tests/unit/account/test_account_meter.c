/* Limits of a credential: windows of the clock, and never one too many. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <cmocka.h>

#include "account/account_meter.h"
#include "base/mem.h"

#define NOON ((int64_t)1798718400000) /* 2026-12-31 12:00:00 UTC */
#define HOUR_MS 3600000
#define DAY_MS 86400000

static const struct window {
	const char *name;
	struct account_limits limits;
	enum account_window window;
	int64_t now, end;
} windows[] = {
	{ "a second", { .rate = { 50, 1000 } }, ACCOUNT_RATE, NOON + 1, NOON + 1000 },
	{ "ten minutes", { .rate = { 20, 600000 } }, ACCOUNT_RATE, NOON, NOON + 600000 },
	{ "an hour", { .rate = { 20, HOUR_MS } }, ACCOUNT_RATE, NOON + 5, NOON + HOUR_MS },
	{ "a day", { .day = 5 }, ACCOUNT_DAY, NOON, NOON + 12 * HOUR_MS },
	{ "a month, the year's last", { .month = 5 }, ACCOUNT_MONTH, NOON, NOON + 12 * HOUR_MS },
	{ "February", { .month = 5 }, ACCOUNT_MONTH, NOON + 32 * (int64_t)DAY_MS,
	  NOON + 12 * HOUR_MS + (31 + 28) * (int64_t)DAY_MS },
};

static void
windows_end_with_the_clock(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
		const struct window *w = &windows[i];
		uint32_t number = account_window_number(&w->limits, w->window, w->now);

		assert_int_equal(account_window_end(&w->limits, w->window, w->now), w->end);
		assert_int_equal(account_window_number(&w->limits, w->window, w->end - 1),
		                 number);
		assert_int_equal(account_window_number(&w->limits, w->window, w->end),
		                 number + 1);
	}
}

static void
takes_what_fits_and_opens_again(void **state)
{
	const struct account_limits limits = { .rate = { 3, 1000 }, .day = 5, .month = 100 };
	struct account_meter *meter = account_meter_new();
	struct account_share share;
	struct account_full full;

	(void)state;
	assert_true(account_meter_take(meter, &limits, 3, NOON, &share, NULL));
	assert_false(account_meter_take(meter, &limits, 1, NOON, &share, &full));
	assert_int_equal(full.window, ACCOUNT_RATE);
	assert_int_equal(full.limit, 3);
	assert_int_equal(full.used, 3);
	assert_int_equal(full.opens_unix_ms, NOON + 1000);
	/* a refusal takes nothing anywhere */
	assert_int_equal(account_meter_used(meter, &limits, ACCOUNT_DAY, NOON), 3);
	assert_int_equal(account_meter_used(meter, &limits, ACCOUNT_MONTH, NOON), 3);

	assert_false(account_meter_take(meter, &limits, 3, NOON + 1000, &share, &full));
	assert_int_equal(full.window, ACCOUNT_DAY);
	assert_int_equal(full.opens_unix_ms, NOON + 12 * HOUR_MS);
	assert_true(account_meter_take(meter, &limits, 2, NOON + 1000, &share, NULL));
	assert_false(account_meter_fits(meter, &limits, 1, NOON + 2000, &full));
	assert_true(account_meter_fits(meter, &limits, 3, NOON + DAY_MS, &full));

	account_meter_return(meter, &share);
	assert_int_equal(account_meter_used(meter, &limits, ACCOUNT_DAY, NOON + 1000), 3);
	assert_int_equal(account_meter_used(meter, &limits, ACCOUNT_RATE, NOON + 1000), 0);
	account_meter_unref(&meter);
}

static void
what_is_returned_late_is_not_somebody_elses(void **state)
{
	const struct account_limits limits = { .rate = { 3, 1000 } };
	struct account_meter *meter = account_meter_new();
	struct account_share old, share;

	(void)state;
	assert_true(account_meter_take(meter, &limits, 3, NOON, &old, NULL));
	assert_true(account_meter_take(meter, &limits, 3, NOON + 1000, &share, NULL));
	account_meter_return(meter, &old);
	assert_int_equal(account_meter_used(meter, &limits, ACCOUNT_RATE, NOON + 1000), 3);
	/* a loop whose clock is a moment behind does not open the old window again */
	assert_false(account_meter_take(meter, &limits, 1, NOON + 999, &share, NULL));
	account_meter_unref(&meter);
}

static void
goes_on_after_a_restart(void **state)
{
	const struct account_limits limits = { .day = 5, .month = 7 };
	struct account_meter *meter = account_meter_new();
	struct account_share share;
	struct account_full full;

	(void)state;
	account_meter_load(meter, ACCOUNT_DAY,
	                   account_window_number(&limits, ACCOUNT_DAY, NOON), 4);
	account_meter_load(meter, ACCOUNT_MONTH,
	                   account_window_number(&limits, ACCOUNT_MONTH, NOON), 4);
	assert_false(account_meter_take(meter, &limits, 2, NOON, &share, &full));
	assert_int_equal(full.used, 4);
	assert_true(account_meter_take(meter, &limits, 1, NOON, &share, NULL));
	account_meter_unref(&meter);
}

/* ---- many at once ------------------------------------------------------------------------ */

#define THREADS 8
#define TRIES 20000
#define LIMIT 50001

static struct crowd {
	struct account_meter *meter;
	struct account_limits limits;
	atomic_uint taken, returned;
} crowd;

static void *
grab(void *arg)
{
	(void)arg;
	for (int i = 0; i < TRIES; i++) {
		struct account_share share;

		if (!account_meter_take(crowd.meter, &crowd.limits, 1 + (uint32_t)i % 3, NOON,
		                        &share, NULL))
			continue;
		if (i % 7 == 0) {
			account_meter_return(crowd.meter, &share);
			continue;
		}
		atomic_fetch_add(&crowd.taken, share.recipients);
	}
	return NULL;
}

static void
never_one_too_many(void **state)
{
	pthread_t thread[THREADS];
	struct account_share share;
	uint32_t left = 0;

	(void)state;
	crowd.meter = account_meter_new();
	crowd.limits = (struct account_limits){ .day = LIMIT, .month = 2 * LIMIT };
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, grab, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(account_meter_used(crowd.meter, &crowd.limits, ACCOUNT_DAY, NOON),
	                 atomic_load(&crowd.taken));
	while (account_meter_take(crowd.meter, &crowd.limits, 1, NOON, &share, NULL))
		left++;
	assert_int_equal(atomic_load(&crowd.taken) + left, LIMIT);
	account_meter_unref(&crowd.meter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_end_with_the_clock),
		cmocka_unit_test(takes_what_fits_and_opens_again),
		cmocka_unit_test(what_is_returned_late_is_not_somebody_elses),
		cmocka_unit_test(goes_on_after_a_restart),
		cmocka_unit_test(never_one_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
