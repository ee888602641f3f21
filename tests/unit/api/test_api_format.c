/* test_api_format.c - times, ages, rates and shares as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api_format.h"

#define NOW 1732370531004 /* 2024-11-23 14:02:11.004 UTC */

static const struct {
	int64_t at;
	bool utc;
	const char *time, *next, *age;
} times[] = {
	{ 0, true, "-", "-", "-" },
	{ NOW, true, "14:02:11", "now", "0s" },
	{ NOW, false, "15:02:11", "now", "0s" },
	{ NOW - 250000, true, "13:58:01", "now", "4m10s" },
	{ NOW + 129000, true, "14:04:20", "in 2m09s", "0s" },
	{ NOW + 1, true, "14:02:11", "in 1s", "0s" },
	{ NOW - 2 * 86400000LL, true, "21 Nov 14:02", "now", "2d" },
	{ NOW - 400 * 86400000LL, true, "20 Oct 2023", "now", "400d" },
	{ NOW + 36000000, false, "24 Nov 01:02", "in 10h", "0s" },
};

static void
says_times(void **state)
{
	char out[API_FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		api_format_time(times[i].at, NOW, times[i].utc, out);
		assert_string_equal(out, times[i].time);
		api_format_next(times[i].at, NOW, out);
		assert_string_equal(out, times[i].next);
		api_format_age(times[i].at, NOW, out);
		assert_string_equal(out, times[i].age);
	}
	api_format_clock(NOW, true, true, out);
	assert_string_equal(out, "14:02:11.004");
	api_format_full(NOW, false, out);
	assert_string_equal(out, "2024-11-23 15:02:11 CET");
}

static void
knows_days(void **state)
{
	(void)state;
	assert_true(api_format_is_same_day(NOW, NOW + 3600000, true));
	assert_false(api_format_is_same_day(NOW, NOW + 86400000, true));
	assert_true(api_format_is_same_day(1732402800000, 1732406400000 - 1, true)); /* 23:00 UTC */
	assert_true(api_format_is_same_day(1732402800000, 1732406400000,
					   false)); /* midnight was at 23:00 UTC */
}

static const struct {
	double rate;
	const char *text;
} rates[] = {
	{ 0, "0/s" }, { 0.04, "0.0/s" }, { 9.1, "9.1/s" }, { 9.96, "10/s" }, { 312.4, "312/s" }
};

static const struct {
	int64_t at;
	const char *day, *recent;
} days[] = {
	{ 0, "-", "-" },
	{ NOW, "14:02:11", "14:02:11" },
	{ NOW + 3600000, "15:02", "15:02" },
	{ NOW - 15 * 3600000LL, "22 Nov", "1 d ago" },
	{ NOW - 3 * 86400000LL, "20 Nov", "3 d ago" },
	{ NOW - 7 * 86400000LL, "16 Nov", "16 Nov" },
	{ NOW - 20 * 86400000LL, "3 Nov", "3 Nov" },
	{ NOW - 400 * 86400000LL, "Oct 2023", "Oct 2023" },
	{ NOW + 2 * 86400000LL, "25 Nov", "25 Nov" },
	{ NOW + 400 * 86400000LL, "Dec 2025", "Dec 2025" },
};

static void
says_days(void **state)
{
	char out[API_FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		api_format_day(days[i].at, NOW, true, out);
		assert_string_equal(out, days[i].day);
		api_format_recent(days[i].at, NOW, true, out);
		assert_string_equal(out, days[i].recent);
	}
}

static void
says_rates(void **state)
{
	char out[API_FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		api_format_rate(rates[i].rate, out);
		assert_string_equal(out, rates[i].text);
	}
	api_format_percent(6.2, out);
	assert_string_equal(out, "6.2%");
	api_format_percent(14.4, out);
	assert_string_equal(out, "14%");
	api_format_percent(-1, out);
	assert_string_equal(out, "-");
}

static const struct {
	int64_t count;
	const char *text;
} shorts[] = {
	{ -5, "0" },        { 0, "0" },         { 999, "999" },     { 1000, "1.0k" },
	{ 6149, "6.1k" },   { 9949, "9.9k" },   { 9950, "10k" },    { 209700, "210k" },
	{ 999499, "999k" }, { 999500, "1.0M" }, { 13000000, "13M" }, { INT64_MAX, "9223372T" },
};

static void
says_short_counts(void **state)
{
	char out[API_FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++) {
		api_format_short(shorts[i].count, out);
		assert_string_equal(out, shorts[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_times),
		cmocka_unit_test(knows_days),
		cmocka_unit_test(says_days),
		cmocka_unit_test(says_rates),
		cmocka_unit_test(says_short_counts),
	};

	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
