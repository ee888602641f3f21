/* What the list stopped today, by credential; a day begins at midnight here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "suppress/suppress_blocked.h"

#define HOUR INT64_C(3600000)

static void
it_counts_by_credential(void **state)
{
	struct suppress_blocked *blocked = suppress_blocked_new(1000);

	(void)state;
	for (int i = 0; i < 5; i++)
		suppress_blocked_add(blocked, i % 2 ? "shop" : "news", 2000);
	assert_int_equal(blocked->total, 5);
	assert_int_equal(blocked->rows, 2);
	assert_string_equal(blocked->row[0].credential, "news");
	assert_int_equal(blocked->row[0].count, 3);
	assert_int_equal(blocked->row[1].count, 2);
	assert_int_equal(blocked->since_unix_ms, 1000);
	suppress_blocked_free(&blocked);
	assert_null(blocked);
}

/* since: what was started at `start` counts at `now` since then */
static const struct {
	const char *name, *zone;
	int64_t start, now, since;
	uint64_t left;
} days[] = {
	{ "the same day", "UTC", 9 * HOUR, 23 * HOUR, 9 * HOUR, 1 },
	{ "the next day", "UTC", 9 * HOUR, 30 * HOUR, 24 * HOUR, 0 },
	{ "days later", "UTC", 9 * HOUR, 24 * 9 * HOUR + 1, 24 * 9 * HOUR, 0 },
	{ "midnight of here", "CET-1", 22 * HOUR, 23 * HOUR, 23 * HOUR, 0 },
	/* 2026-03-29 has 23 hours there, 2026-10-25 has 25 */
	{ "a short day", "CET-1CEST,M3.5.0,M10.5.0/3", INT64_C(1774738800000),
	  INT64_C(1774738800000) + 23 * HOUR, INT64_C(1774738800000) + 23 * HOUR, 0 },
	{ "a long day", "CET-1CEST,M3.5.0,M10.5.0/3", INT64_C(1792879200000),
	  INT64_C(1792879200000) + 24 * HOUR, INT64_C(1792879200000), 1 },
};

static void
a_day_begins_at_midnight(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		struct suppress_blocked *blocked;

		setenv("TZ", days[i].zone, 1);
		tzset();
		blocked = suppress_blocked_new(days[i].start);
		suppress_blocked_add(blocked, "shop", days[i].start);
		suppress_blocked_tick(blocked, days[i].now);
		if (blocked->since_unix_ms != days[i].since || blocked->total != days[i].left)
			fail_msg("%s: %lld", days[i].name, (long long)blocked->since_unix_ms);
		suppress_blocked_free(&blocked);
	}
}

static void
too_many_are_in_the_total_only(void **state)
{
	struct suppress_blocked *blocked = suppress_blocked_new(0);
	char name[16];

	(void)state;
	for (int i = 0; i < SUPPRESS_BLOCKED_MAX + 10; i++) {
		snprintf(name, sizeof name, "c%d", i);
		suppress_blocked_add(blocked, name, 1);
	}
	suppress_blocked_add(blocked, "c0", 1);
	assert_int_equal(blocked->rows, SUPPRESS_BLOCKED_MAX);
	assert_int_equal(blocked->total, SUPPRESS_BLOCKED_MAX + 11);
	assert_int_equal(blocked->row[0].count, 2);
	suppress_blocked_free(&blocked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_counts_by_credential),
		cmocka_unit_test(a_day_begins_at_midnight),
		cmocka_unit_test(too_many_are_in_the_total_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
