/* test_smtp_line.c - CRLF and nothing else ends a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "smtp/smtp_line.h"

#define BYTES(s) { (s), sizeof(s) - 1 }

static const struct {
	const char *name;
	struct span in;
	enum smtp_line_result want;
	const char *line;
	size_t used;
} cases[] = {
	{ "whole line", BYTES("NOOP\r\n"), SMTP_LINE_DONE, "NOOP", 6 },
	{ "empty line", BYTES("\r\n"), SMTP_LINE_DONE, "", 2 },
	{ "first of two", BYTES("A\r\nB\r\n"), SMTP_LINE_DONE, "A", 3 },
	{ "nothing", BYTES(""), SMTP_LINE_MORE, NULL, 0 },
	{ "no end", BYTES("NOOP"), SMTP_LINE_MORE, NULL, 0 },
	{ "CR is no end", BYTES("NOOP\r"), SMTP_LINE_MORE, NULL, 0 },
	{ "just fits", BYTES("0123456789\r\n"), SMTP_LINE_DONE, "0123456789", 12 },
	{ "just fits, LF to come", BYTES("0123456789\r"), SMTP_LINE_MORE, NULL, 0 },
	{ "one over", BYTES("0123456789a\r\n"), SMTP_LINE_TOO_LONG, NULL, 13 },
	{ "one over, no end", BYTES("0123456789a"), SMTP_LINE_TOO_LONG, NULL, 11 },
	{ "bare LF", BYTES("NOOP\nRSET\r\n"), SMTP_LINE_BARE, NULL, 5 },
	{ "LF alone", BYTES("\nX\r\n"), SMTP_LINE_BARE, NULL, 1 },
	{ "bare CR", BYTES("NO\rOP\r\nX"), SMTP_LINE_BARE, NULL, 7 },
	{ "two CR", BYTES("NOOP\r\r\n"), SMTP_LINE_BARE, NULL, 7 },
	{ "NUL", BYTES("NO\0P\r\n"), SMTP_LINE_BARE, NULL, 6 },
	{ "8-bit is not judged here", BYTES("\xff\r\n"), SMTP_LINE_DONE, "\xff", 3 },
};

static void
reads_lines(void **state)
{
	struct span line;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum smtp_line_result got = smtp_line_read(cases[i].in, 10, &line, &used);

		if (got != cases[i].want || used != cases[i].used ||
		    (cases[i].line && !span_is(line, cases[i].line)))
			fail_msg("%s: result %d, used %zu", cases[i].name, got, used);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
