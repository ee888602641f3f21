/* test_span.c - comparing, cutting, numbers and patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>

#include "base/span.h"

static const struct {
	const char *name, *text, *pattern;
	bool want;
} patterns[] = {
	{ "same", "example.net", "example.net", true },
	{ "case folded", "Example.NET", "eXAMPLE.net", true },
	{ "different", "example.net", "example.org", false },
	{ "star alone", "anything", "*", true },
	{ "star matches nothing", "", "*", true },
	{ "empty pattern", "", "", true },
	{ "empty pattern, text", "a", "", false },
	{ "suffix", "mx1.example.net", "*.example.net", true },
	{ "suffix, no label", "example.net", "*.example.net", false },
	{ "middle", "mx1.mail.example.net", "mx*.example.net", true },
	{ "two stars", "a.b.c.d", "a*c*d", true },
	{ "two stars, no", "a.b.c.e", "a*c*d", false },
	{ "stars in a row", "abc", "a***c", true },
	{ "question mark is itself", "abc", "a?c", false },
	{ "dot is itself", "axc", "a.c", false },
	{ "pattern longer", "ab", "abc", false },
	{ "backtracks", "aaab", "*aab", true },
};

static void
match_nocase(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		if (span_match_nocase(span_of(patterns[i].text), span_of(patterns[i].pattern))
		    != patterns[i].want)
			fail_msg("%s", patterns[i].name);
}

static void
match_is_not_exponential(void **state)
{
	static char text[20000];
	static const char pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*b";

	(void)state;
	memset(text, 'a', sizeof text);
	assert_false(span_match_nocase((struct span){ text, sizeof text },
	                               SPAN_LIT("*a*a*a*a*a*a*a*a*a*a*a*a*b")));
	text[sizeof text - 1] = 'b';
	assert_true(span_match_nocase((struct span){ text, sizeof text }, span_of(pattern)));
}

static const struct {
	const char *text;
	bool ok;
	unsigned long long want;
} numbers[] = {
	{ "0", true, 0 },
	{ "007", true, 7 },
	{ "18446744073709551615", true, ULLONG_MAX },
	{ "18446744073709551616", false, 0 },
	{ "99999999999999999999", false, 0 },
	{ "", false, 0 },
	{ "-1", false, 0 },
	{ "+1", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "0x10", false, 0 },
};

static void
to_u64(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		unsigned long long value = 0;

		if (span_to_u64(span_of(numbers[i].text), &value) != numbers[i].ok
		    || value != numbers[i].want)
			fail_msg("\"%s\": %llu", numbers[i].text, value);
	}
}

static const struct {
	const char *text, *head, *rest;
} cuts[] = {
	{ "a:b:c", "a", "b:c" }, { "abc", "abc", "" }, { ":b", "", "b" },
	{ "a:", "a", "" },       { "", "", "" },
};

static void
cut_at_separator(void **state)
{
	struct span rest;

	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		assert_true(span_is(span_cut(span_of(cuts[i].text), ':', &rest), cuts[i].head));
		assert_true(span_is(rest, cuts[i].rest));
	}
	assert_true(span_is(span_cut(SPAN_EMPTY, ':', &rest), ""));
	assert_int_equal(rest.n, 0);
}

static void
compare_and_trim(void **state)
{
	(void)state;
	assert_true(span_is(span_trim(SPAN_LIT(" \t a b\r\n")), "a b"));
	assert_true(span_is(span_trim(SPAN_LIT("\r\n ")), ""));
	assert_true(span_is(span_trim(SPAN_EMPTY), ""));
	assert_true(span_is_nocase(SPAN_LIT("EHLO"), "ehlo"));
	assert_false(span_is(SPAN_LIT("EHLO"), "ehlo"));
	assert_false(span_is_nocase(SPAN_LIT("EHLO"), "ehlo "));
	assert_false(span_is_nocase(SPAN_LIT("\xc0"), "\xe0")); /* ASCII only */
	assert_false(span_is_nocase(SPAN_LIT("@"), "`"));
	assert_false(span_is_nocase(SPAN_LIT("["), "{"));
	assert_true(span_starts_nocase(SPAN_LIT("Mail From:<>"), "MAIL FROM:"));
	assert_false(span_starts_nocase(SPAN_LIT("MAIL"), "MAIL FROM:"));
	assert_true(span_equals(SPAN_LIT("a\0b"), SPAN_LIT("a\0b")));
	assert_false(span_equals(SPAN_LIT("a\0b"), SPAN_LIT("a\0c")));
	assert_true(span_equals(SPAN_EMPTY, SPAN_LIT("")));
	assert_true(span_equals(span_of(NULL), SPAN_EMPTY));
}

/* the values of the FNV authors' test suite */
static void
hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_true(span_hash(SPAN_EMPTY) == UINT64_C(0xcbf29ce484222325));
	assert_true(span_hash(SPAN_LIT("a")) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(span_hash(SPAN_LIT("foobar")) == UINT64_C(0x85944171f73967e8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(match_nocase),
		cmocka_unit_test(match_is_not_exponential),
		cmocka_unit_test(to_u64),
		cmocka_unit_test(cut_at_separator),
		cmocka_unit_test(compare_and_trim),
		cmocka_unit_test(hash_is_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
