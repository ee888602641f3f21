/* test_api_time.c - times as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api_time.h"

#define HOUR 3600000LL
#define NOW (1795618800000LL) /* 2026-11-25T15:00:00Z, 16:00 in Berlin */

static const struct {
	const char *text;
	bool is_utc;
	int64_t at; /* 0: refused */
} rows[] = {
	{ "2h", false, NOW - 2 * HOUR },
	{ "now", false, NOW },
	{ "today", false, NOW - 16 * HOUR },
	{ "today", true, NOW - 15 * HOUR },
	{ "yesterday", false, NOW - 40 * HOUR },
	{ "14:30", false, NOW - HOUR * 3 / 2 },
	{ "14:30:30", true, NOW - HOUR / 2 + 30000 },
	{ "2026-11-24", false, NOW - 40 * HOUR },
	{ "2026-11-24", true, NOW - 39 * HOUR },
	{ "2026-11-24T10:00", false, NOW - 30 * HOUR },
	{ "2026-11-24 10:00:00", false, NOW - 30 * HOUR },
	{ "2026-11-24T10:00:00Z", false, NOW - 29 * HOUR },
	{ "2026-11-24T10:00:00+01:00", true, NOW - 30 * HOUR },
	{ "2026-07-01T12:00", false, 1782900000000 }, /* summer time: two hours */
	{ "2026-11-31", false, 0 },
	{ "2026-02-29", false, 0 },
	{ "2026-13-01", false, 0 },
	{ "25:00", false, 0 },
	{ "14:60", false, 0 },
	{ "2026-11-24T", false, 0 },
	{ "2026-11-24T10", false, 0 },
	{ "tomorrow", false, 0 },
	{ "7", false, 0 },
	{ "", false, 0 },
};

static void
reads_what_people_type(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t at = 0;
		struct err err;
		int rc = api_time_parse(span_of(rows[i].text), NOW, rows[i].is_utc, &at, &err);

		if (rc < 0 && !strstr(err.text, "is no time: 90s"))
			fail_msg("%s: %s", rows[i].text, err.text);
		if ((rc == 0) != (rows[i].at != 0) || (rc == 0 && at != rows[i].at))
			fail_msg("row %zu %s: %lld, not %lld", i, rows[i].text, (long long)at,
			         (long long)rows[i].at);
	}
}

static void
reads_when_something_ends(void **state)
{
	static const struct {
		const char *text;
		bool is_utc;
		int64_t at;
	} ends[] = {
		{ "2h", false, NOW + 2 * HOUR },
		{ "2026-11-25", false, NOW + 8 * HOUR - 1000 },
		{ "2026-11-25", true, NOW + 9 * HOUR - 1000 },
		{ "today", false, NOW + 8 * HOUR - 1000 },
		{ "2026-11-26T10:00", false, NOW + 18 * HOUR },
		{ "2026-11-26T10:00:00Z", false, NOW + 19 * HOUR },
		{ "2026-10-25", false, 1792969199000 }, /* a day of 25 hours: to 23:59:59 +01:00 */
		{ "2027-03-28", false, 1806271199000 }, /* and one of 23: to 23:59:59 +02:00 */
		{ "2026-11-31", false, 0 },
		{ "never", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		int64_t at = 0;
		int rc = api_time_parse_end(span_of(ends[i].text), NOW, ends[i].is_utc, &at, NULL);

		if ((rc == 0) != (ends[i].at != 0) || (rc == 0 && at != ends[i].at))
			fail_msg("row %zu %s: %lld", i, ends[i].text, (long long)at);
	}
}

static void
writes_what_it_reads_as_an_end(void **state)
{
	static const struct {
		int64_t at;
		bool is_utc;
		const char *text;
	} ends[] = {
		{ 0, false, "" },
		{ NOW + 8 * HOUR - 1000, false, "2026-11-25" },
		{ NOW + 8 * HOUR - 1, false, "2026-11-25" },
		{ NOW + 8 * HOUR - 1000, true, "2026-11-25T22:59:59" },
		{ NOW + 8 * HOUR, false, "2026-11-26T00:00:00" },
		{ 1792969199000, false, "2026-10-25" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char text[API_TIME_END_SIZE];
		int64_t back = 0;

		api_time_format_end(ends[i].at, ends[i].is_utc, text);
		assert_string_equal(text, ends[i].text);
		if (text[0])
			assert_int_equal(api_time_parse_end(span_of(text), 1, ends[i].is_utc, &back,
			                                    NULL), 0);
		assert_int_equal(back / 1000, ends[i].at / 1000);
	}
}

static void
a_typed_time_is_sent_in_utc_and_a_duration_as_it_is(void **state)
{
	static const struct {
		const char *text, *sent;
	} times[] = {
		{ "2026-11-26", "2026-11-26T22:59:59.000Z" },
		{ "2026-11-26T10:00", "2026-11-26T09:00:00.000Z" },
		{ "90d", "90d" },
		{ "now", "now" },
		{ "never", "never" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct buf sent;

		buf_init(&sent, 64);
		api_time_put_utc(api_time_parse_end, span_of(times[i].text), NOW, false, &sent);
		assert_true(span_is(buf_span(&sent), times[i].sent));
		buf_deinit(&sent);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_people_type), /* sets the zone */
		cmocka_unit_test(reads_when_something_ends),
		cmocka_unit_test(writes_what_it_reads_as_an_end),
		cmocka_unit_test(a_typed_time_is_sent_in_utc_and_a_duration_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
