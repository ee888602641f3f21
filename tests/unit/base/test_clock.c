/* test_clock.c - the calendar, forwards and backwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rand.h"

static const struct {
	int64_t unix_ms;
	const char *rfc3339, *rfc5322;
} times[] = {
	{ 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ 1795442531004, "2026-11-23T14:02:11.004Z", "Mon, 23 Nov 2026 14:02:11 +0000" },
	{ 951782399999, "2000-02-28T23:59:59.999Z", "Mon, 28 Feb 2000 23:59:59 +0000" },
	{ 951782400000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 +0000" },
	{ -1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 +0000" },
	{ -62167219200000, "0000-01-01T00:00:00.000Z", "Sat, 01 Jan 0000 00:00:00 +0000" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 +0000" },
	{ INT64_MAX, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 +0000" },
	{ INT64_MIN, "0000-01-01T00:00:00.000Z", "Sat, 01 Jan 0000 00:00:00 +0000" },
};

static void
formats(void **state)
{
	char iso[CLOCK_RFC3339_SIZE], mail[CLOCK_RFC5322_SIZE], day[CLOCK_DAY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		clock_format_rfc3339(times[i].unix_ms, iso);
		clock_format_rfc5322(times[i].unix_ms, mail);
		clock_format_day(times[i].unix_ms, day);
		assert_string_equal(iso, times[i].rfc3339);
		assert_string_equal(mail, times[i].rfc5322);
		assert_memory_equal(day, iso, 10);
		assert_int_equal(day[10], 0);
	}
}

static const struct {
	const char *text;
	int rc;
	int64_t want;
} parses[] = {
	{ "2026-11-23T14:02:11.004Z", 0, 1795442531004 },
	{ "2026-11-23t14:02:11.004z", 0, 1795442531004 },
	{ "2026-11-23 14:02:11Z", 0, 1795442531000 },
	{ "2026-11-23T15:02:11+01:00", 0, 1795442531000 },
	{ "2026-11-23T08:32:11.0049-05:30", 0, 1795442531004 },
	{ "2026-11-23T14:02:11.5Z", 0, 1795442531500 },
	{ "2026-11-23", 0, 1795392000000 },
	{ "1969-12-31T23:59:59.999Z", 0, -1 },
	{ "2016-12-31T23:59:60Z", 0, 1483228800000 },
	{ "2024-02-29", 0, 1709164800000 },
	{ "", -1, 0 },
	{ "2023-02-29", -1, 0 },
	{ "1900-02-29", -1, 0 },
	{ "2026-13-01", -1, 0 },
	{ "2026-00-01", -1, 0 },
	{ "2026-01-00", -1, 0 },
	{ "2026-04-31", -1, 0 },
	{ "2026-1-1", -1, 0 },
	{ "2026-11-23T14:02:11", -1, 0 },
	{ "2026-11-23T14:02Z", -1, 0 },
	{ "2026-11-23T24:00:00Z", -1, 0 },
	{ "2026-11-23T14:60:00Z", -1, 0 },
	{ "2026-11-23T14:02:61Z", -1, 0 },
	{ "2026-11-23T14:02:11.Z", -1, 0 },
	{ "2026-11-23T14:02:11Zx", -1, 0 },
	{ "2026-11-23T14:02:11+0100", -1, 0 },
	{ "2026-11-23T14:02:11+24:00", -1, 0 },
	{ "yesterday", -1, 0 },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof parses / sizeof parses[0]; i++) {
		int64_t ms = 0;
		struct err err = { .kind = ERR_NONE };

		if (clock_parse_rfc3339(span_of(parses[i].text), &ms, &err) != parses[i].rc ||
		    ms != parses[i].want)
			fail_msg("\"%s\": %lld", parses[i].text, (long long)ms);
		assert_int_equal(err.kind, parses[i].rc ? ERR_INPUT : ERR_NONE);
	}
	{
		int64_t ms; /* a NUL inside is no separator */

		assert_int_equal(
			clock_parse_rfc3339(SPAN_LIT("2026-11-23\00014:02:11Z"), &ms, NULL), -1);
	}
}

static void
round_trip_and_libc_agree(void **state)
{
	char iso[CLOCK_RFC3339_SIZE], libc[CLOCK_RFC3339_SIZE];
	struct rand rand;

	(void)state;
	rand_init(&rand, 5);
	for (int i = 0; i < 20000; i++) {
		int64_t ms = (int64_t)(rand_next(&rand) % 315537897600000) - 62135596800000, back;
		time_t sec = (time_t)((ms - ((ms % 1000) + 1000) % 1000) / 1000);
		struct tm tm;

		clock_format_rfc3339(ms, iso);
		assert_int_equal(clock_parse_rfc3339(span_of(iso), &back, NULL), 0);
		assert_true(back == ms);
		assert_non_null(gmtime_r(&sec, &tm));
		strftime(libc, sizeof libc, "%Y-%m-%dT%H:%M:%S", &tm);
		if (tm.tm_year >= -900)
			assert_memory_equal(iso, libc, 19);
	}
}

static void
clocks_run(void **state)
{
	int64_t mono = clock_mono_ms();

	(void)state;
	assert_true(mono > 0);
	assert_true(clock_mono_ms() >= mono);
	assert_true(clock_unix_ms() > 1700000000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(parse),
		cmocka_unit_test(round_trip_and_libc_agree),
		cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
