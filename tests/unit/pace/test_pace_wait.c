/* How long to wait: intervals, back-off and rates, on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace/pace_backoff.h"
#include "pace/pace_bucket.h"
#include "pace/pace_retry.h"

static const int64_t retry_ms[] = { 60000, 300000, 900000, 14400000 };
#define RETRIES (sizeof retry_ms / sizeof retry_ms[0])

static const struct pace_backoff_plan plan = { 60000, 3600000 };

static const struct delay_row {
	const char *name;
	uint32_t attempts;
	int hint_sec;
	int64_t least_ms, most_ms;
} delays[] = {
	{ "first", 0, 0, 48000, 72000 },
	{ "second", 1, 0, 240000, 360000 },
	{ "last repeats", 3, 0, 11520000, 17280000 },
	{ "long after", 1000, 0, 11520000, 17280000 },
	{ "a hint lengthens", 0, 300, 300000, 330000 },
	{ "a hint does not shorten", 1, 60, 240000, 360000 },
	{ "a tiny hint is not believed", 0, 2, 48000, 72000 },
	{ "nonsense is not believed", 0, -5, 48000, 72000 },
	{ "a hint has a bound", 0, 1000000, 21600000, 23760000 },
};

static void
delays_are_jittered_intervals(void **state)
{
	struct rand rand;

	(void)state;
	rand_init(&rand, 7);
	for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
		const struct delay_row *row = &delays[i];
		int64_t least = INT64_MAX, most = 0;

		for (int n = 0; n < 1000; n++) {
			int64_t ms = pace_retry_delay(retry_ms, RETRIES, row->attempts,
							  row->hint_sec, &rand);

			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		if (least < row->least_ms || most > row->most_ms)
			fail_msg("%s: %ld..%ld", row->name, (long)least, (long)most);
		assert_true(most - least > (row->most_ms - row->least_ms) / 2); /* spread */
	}
}

static void
what_does_not_count_waits_a_quarter_of_its_age(void **state)
{
	static const struct {
		int64_t age_ms;
		int hint_sec;
		int64_t least_ms, most_ms;
	} waits[] = {
		{ 0, 0, 48000, 72000 },
		{ 4 * 3600000, 0, 2880000, 4320000 },
		{ 4 * 3600000, 7200, 7200000, 7920000 },
		{ 72 * 3600000LL, 0, 11520000, 17280000 }, /* as the last interval */
	};
	int64_t age_ms = 0;
	struct rand rand;
	int tries = 0;

	(void)state;
	rand_init(&rand, 5);
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
		assert_in_range(pace_retry_uncounted_delay(retry_ms, RETRIES, waits[i].age_ms,
		                                           waits[i].hint_sec, &rand),
		                waits[i].least_ms, waits[i].most_ms);
	for (; age_ms < 72 * 3600000LL; tries++) /* of mail that ends every session, in 3 days */
		age_ms += pace_retry_uncounted_delay(retry_ms, RETRIES, age_ms, 0, &rand);
	assert_in_range(tries, 20, 60);
}

static void
backoff_grows_and_is_cleared(void **state)
{
	struct pace_backoff backoff = { 0 };
	int64_t now = 1000000, before = 0;
	struct rand rand;

	(void)state;
	rand_init(&rand, 3);
	assert_false(pace_backoff_is_waiting(&backoff, now));
	assert_false(pace_backoff_is_probing(&backoff, now));
	for (int i = 0; i < 12; i++) {
		int64_t wait;

		assert_true(pace_backoff_fail(&backoff, &plan, 0, now, now, &rand) || i > 0);
		wait = backoff.until_mono_ms - backoff.since_mono_ms;
		assert_in_range(wait, 48000, 3600000 * 1.2);
		if (i > 0 && i < 5)
			assert_true(wait > before);
		before = wait;
		assert_true(pace_backoff_is_waiting(&backoff, now));
		assert_false(pace_backoff_is_probing(&backoff, now));
		now = backoff.until_mono_ms;
		assert_true(pace_backoff_is_probing(&backoff, now));
	}
	assert_int_equal(backoff.failures, 12);
	assert_in_range(before, 3600000 * 0.8, 3600000 * 1.2); /* at least once an hour */
}

static void
what_began_before_is_no_news(void **state)
{
	struct pace_backoff backoff = { 0 };
	struct rand rand;

	(void)state;
	rand_init(&rand, 3);
	assert_true(pace_backoff_fail(&backoff, &plan, 0, 100, 500, &rand));
	assert_false(pace_backoff_fail(&backoff, &plan, 0, 200, 600, &rand));
	assert_false(pace_backoff_fail(&backoff, &plan, 0, 500, 700, &rand));
	assert_int_equal(backoff.failures, 1);
	assert_true(pace_backoff_fail(&backoff, &plan, 0, 501, 900, &rand));
	assert_int_equal(backoff.failures, 2);
}

static void
a_hint_is_waited_for(void **state)
{
	struct pace_backoff backoff = { 0 };
	struct rand rand;

	(void)state;
	rand_init(&rand, 3);
	pace_backoff_fail(&backoff, &plan, 1800, 1, 1000, &rand);
	assert_int_equal(backoff.until_mono_ms, 1000 + 1800000);
}

static const struct rate_row {
	const char *name;
	double rate;
	int least, most; /* in ten seconds */
} rates[] = {
	{ "50/s", 50, 500, 505 },
	{ "1000/h", 1000 / 3600.0, 3, 4 },
	{ "1/s", 1, 10, 11 },
	{ "5000/s", 5000, 50000, 50500 },
	{ "very many", 3e6, 9000000, 11000000 },
};

static void
rates_are_kept_over_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct pace_bucket bucket = { 0 };
		int64_t start = 777000;
		int sent = 0;

		pace_bucket_set(&bucket, rates[i].rate);
		for (int64_t now = start; now < start + 10000; now++) {
			while (pace_bucket_wait_ms(&bucket, now) == 0) {
				pace_bucket_take(&bucket, now);
				sent++;
			}
			/* what it says to wait is enough, and not too much */
			assert_int_equal(
				pace_bucket_wait_ms(
					&bucket, now + pace_bucket_wait_ms(&bucket, now)),
				0);
		}
		if (sent < rates[i].least || sent > rates[i].most)
			fail_msg("%s: %d", rates[i].name, sent);
	}
}

static void
no_rate_is_no_wait(void **state)
{
	struct pace_bucket bucket = { 0 };

	(void)state;
	pace_bucket_set(&bucket, 0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(pace_bucket_wait_ms(&bucket, 5), 0);
		pace_bucket_take(&bucket, 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_are_jittered_intervals),
		cmocka_unit_test(what_does_not_count_waits_a_quarter_of_its_age),
		cmocka_unit_test(backoff_grows_and_is_cleared),
		cmocka_unit_test(what_began_before_is_no_news),
		cmocka_unit_test(a_hint_is_waited_for),
		cmocka_unit_test(rates_are_kept_over_time),
		cmocka_unit_test(no_rate_is_no_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
