/* A report's numbers in words, and text from outside on its page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "cli_report.h"

static void
shares_are_all_or_nothing_only_when_they_are(void **state)
{
	static const struct {
		int64_t part, whole;
		const char *text;
	} row[] = {
		{ 0, 0, "-" },          { 0, 7, "0 %" },           { 7, 7, "100 %" },
		{ 4, 7, "57.1 %" },     { 1, 18402, "<0.1 %" },    { 18401, 18402, "99.9 %" },
		{ 16, 18402, "0.1 %" }, { 18108, 18402, "98.4 %" },
	};
	char text[CLI_REPORT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		cli_report_percent(row[i].part, row[i].whole, text);
		assert_string_equal(text, row[i].text);
	}
}

static void
durations_have_two_digits(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} row[] = {
		{ -1, "-" },       { 0, "0 ms" },      { 999, "999 ms" },  { 1000, "1.0 s" },
		{ 1249, "1.2 s" }, { 9949, "9.9 s" },  { 9950, "10 s" },   { 59999, "59 s" },
		{ 60000, "1m" },  { 250000, "4m10s" }, { 90000000, "1d01h" },
	};
	char text[CLI_REPORT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		cli_report_duration(row[i].ms, text);
		assert_string_equal(text, row[i].text);
	}
}

static void
hostile_text_is_only_text(void **state)
{
	static const struct {
		const char *text, *escaped;
	} row[] = {
		{ "", "" },
		{ "gmail.com", "gmail.com" },
		{ "a & b", "a &#38; b" },
		{ "</td><script>", "&#60;/td&#62;&#60;script&#62;" },
		{ "\" onload='x", "&#34; onload=&#39;x" },
		{ "\x1b[31m\n", "\\u{1b}[31m\\u{a}" },
		{ "\xe2\x80\xae" "evil", "\\u{202e}evil" },
		{ "\xff\xc0<", "\\xff\\xc0&#60;" },
		{ "\xe9\x83\xb5\xe4\xbe\xbf", "\xe9\x83\xb5\xe4\xbe\xbf" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		buf_clear(&out);
		cli_report_escape(span_of(row[i].text), &out);
		assert_int_equal(out.len, strlen(row[i].escaped));
		assert_memory_equal(buf_span(&out).p, row[i].escaped, out.len);
	}
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_all_or_nothing_only_when_they_are),
		cmocka_unit_test(durations_have_two_digits),
		cmocka_unit_test(hostile_text_is_only_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
