/* test_units.c - what operators write and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/units.h"

static const struct {
	const char *text;
	int rc;
	int64_t want;
} durations[] = {
	{ "90s", 0, 90000 },
	{ "15m", 0, 900000 },
	{ "3d", 0, 259200000 },
	{ "3D", 0, 259200000 },
	{ "2w", 0, 1209600000 },
	{ "1h", 0, 3600000 },
	{ "250ms", 0, 250 },
	{ "0s", 0, 0 },
	{ "3653d", 0, 315619200000 },
	{ "3654d", -1, 0 },
	{ "99999999999999999999s", -1, 0 },
	{ "18446744073709551615w", -1, 0 },
	{ "90", -1, 0 },
	{ "", -1, 0 },
	{ "s", -1, 0 },
	{ "1.5h", -1, 0 },
	{ "-1s", -1, 0 },
	{ "1 s", -1, 0 },
	{ "1y", -1, 0 },
	{ "1h30m", -1, 0 },
};

static void
parse_duration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
		int64_t ms = 0;
		struct err err = { .kind = ERR_NONE };

		if (units_parse_duration(span_of(durations[i].text), &ms, &err) != durations[i].rc
		    || ms != durations[i].want)
			fail_msg("\"%s\": %lld", durations[i].text, (long long)ms);
		assert_int_equal(err.kind, durations[i].rc ? ERR_INPUT : ERR_NONE);
	}
}

static const struct {
	const char *text;
	int rc;
	uint64_t want;
} sizes[] = {
	{ "25M", 0, 26214400 },
	{ "25m", 0, 26214400 },
	{ "1K", 0, 1024 },
	{ "2G", 0, 2147483648 },
	{ "512", 0, 512 },
	{ "0", 0, 0 },
	{ "9223372036854775807", 0, INT64_MAX },
	{ "9223372036854775808", -1, 0 },
	{ "9000000000G", -1, 0 },
	{ "25MB", -1, 0 },
	{ "M", -1, 0 },
	{ "", -1, 0 },
	{ "1.5M", -1, 0 },
};

static void
parse_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		uint64_t bytes = 0;

		if (units_parse_size(span_of(sizes[i].text), &bytes, NULL) != sizes[i].rc
		    || bytes != sizes[i].want)
			fail_msg("\"%s\": %llu", sizes[i].text, (unsigned long long)bytes);
	}
}

static const struct {
	const char *text;
	int rc;
	uint32_t count, period_ms;
} rates[] = {
	{ "50/s", 0, 50, 1000 },
	{ "1000/h", 0, 1000, 3600000 },
	{ "7/m", 0, 7, 60000 },
	{ "7/d", 0, 7, 86400000 },
	{ "1/second", 0, 1, 1000 },
	{ "1/minute", 0, 1, 60000 },
	{ "1/hour", 0, 1, 3600000 },
	{ "1/day", 0, 1, 86400000 },
	{ "4294967295/month", 0, 4294967295, 2592000000 },
	{ "4294967296/s", -1, 0, 0 },
	{ "0/s", -1, 0, 0 },
	{ "/s", -1, 0, 0 },
	{ "50", -1, 0, 0 },
	{ "50/", -1, 0, 0 },
	{ "50/s/s", -1, 0, 0 },
	{ "50 /s", -1, 0, 0 },
	{ "5/w", -1, 0, 0 },
	{ "", -1, 0, 0 },
};

static void
parse_rate(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct units_rate rate = { 0, 0 };

		if (units_parse_rate(span_of(rates[i].text), &rate, NULL) != rates[i].rc
		    || rate.count != rates[i].count || rate.period_ms != rates[i].period_ms)
			fail_msg("\"%s\": %u/%u", rates[i].text, rate.count, rate.period_ms);
	}
}

static const struct {
	int64_t ms;
	const char *want;
} shown[] = {
	{ 0, "0ms" },          { 999, "999ms" },        { 1000, "1s" },
	{ 1200, "1.2s" },      { 1099, "1s" },          { 9999, "9.9s" },
	{ 10500, "10s" },      { 59999, "59s" },        { 60000, "1m" },
	{ 61000, "1m01s" },    { 250000, "4m10s" },     { 10920000, "3h02m" },
	{ 7200000, "2h" },     { 86400000, "1d" },      { 100800000, "1d04h" },
	{ -250000, "-4m10s" }, { INT64_MIN, "-106751991167d07h" },
};

static void
format_duration(void **state)
{
	char text[UNITS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		units_format_duration(shown[i].ms, text);
		assert_string_equal(text, shown[i].want);
	}
}

static const struct {
	uint64_t value;
	const char *size, *count;
} numbers[] = {
	{ 0, "0", "0" },
	{ 999, "999", "999" },
	{ 1000, "1000", "1,000" },
	{ 1023, "1023", "1,023" },
	{ 1024, "1.0K", "1,024" },
	{ 14541, "14.2K", "14,541" },
	{ 18402, "17.9K", "18,402" },
	{ 1048575, "1023.9K", "1,048,575" },
	{ 1048576, "1.0M", "1,048,576" },
	{ UINT64_MAX, "15.9E", "18,446,744,073,709,551,615" },
};

static void
format_numbers(void **state)
{
	char text[UNITS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		units_format_size(numbers[i].value, text);
		assert_string_equal(text, numbers[i].size);
		units_format_count(numbers[i].value, text);
		assert_string_equal(text, numbers[i].count);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_duration), cmocka_unit_test(parse_size),
		cmocka_unit_test(parse_rate),     cmocka_unit_test(format_duration),
		cmocka_unit_test(format_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
