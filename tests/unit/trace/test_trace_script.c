/* test_trace_script.c - what is recorded, what is cut, what a transaction shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "trace/trace_script.h"

static const char marks[TRACE_WHO_COUNT] = { '+', '*', '>', '<', '~' };

static void
append_part(const struct trace_part *part, struct buf *out)
{
	struct trace_line line;
	bool cut_said = false;
	uint32_t at = 0;

	while (trace_part_next(part, &at, &cut_said, &line))
		buf_printf(out, "%c%u %.*s\n", marks[line.who], (unsigned)line.ms,
		           (int)line.text.n, line.text.p);
}

static void
is_said(const struct trace_script *script, const char *wanted)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	append_part(&script->greet, &out);
	buf_append_text(&out, "-\n");
	append_part(&script->own, &out);
	buf_append(&out, "", 1);
	assert_string_equal(buf_data(&out), wanted);
	buf_deinit(&out);
}

static void
say(struct trace_script *script, int64_t now, const char *text)
{
	trace_script_lines(script, TRACE_US, now, span_of(text));
}

static void
hear(struct trace_script *script, int64_t now, const char *text)
{
	trace_script_lines(script, TRACE_SERVER, now, span_of(text));
}

static void
a_transaction_shows_itself_and_how_it_came_about(void **state)
{
	struct trace_script script;

	(void)state;
	trace_script_init(&script, true, 50);
	trace_script_add(&script, TRACE_NOTE, 60, span_of("early"));
	trace_script_connect(&script, 100, span_of("mx1"));
	hear(&script, 103, "220-a\r\n220 b\r\n");
	say(&script, 103, "EHLO x\r\n");
	trace_script_begin(&script);
	say(&script, 110, "MAIL one\r\nRCPT one\r\nDATA\r\n");
	trace_script_content(&script, 120, 14541, 14541);
	hear(&script, 130, "250 ok\n\xff\n");
	is_said(&script, "*10 early\n+0 mx1\n<3 220-a\n<3 220 b\n>3 EHLO x\n-\n"
	        ">10 MAIL one\n>10 RCPT one\n>10 DATA\n>20 (14.2 KB)\n<30 250 ok\n<30 \xff\n");
	trace_script_begin(&script);
	say(&script, 900, "MAIL two\r\n");
	is_said(&script, "+0 mx1\n<3 220-a\n<3 220 b\n>3 EHLO x\n-\n>800 MAIL two\n");
	trace_script_begin(&script);
	is_said(&script, "+0 mx1\n<3 220-a\n<3 220 b\n>3 EHLO x\n-\n");
	trace_script_deinit(&script);
}

static void
hosts_that_did_not_take_it_are_the_first_ones_only(void **state)
{
	struct trace_script script;

	(void)state;
	trace_script_init(&script, true, 0);
	trace_script_connect(&script, 0, span_of("mx1"));
	trace_script_begin(&script);
	say(&script, 5, "MAIL one\r\n");
	hear(&script, 6, "421 no\r\n");
	trace_script_connect(&script, 10, span_of("mx2"));
	hear(&script, 12, "220 b\r\n");
	is_said(&script, "+0 mx1\n>5 MAIL one\n<6 421 no\n+0 mx2\n<2 220 b\n-\n");
	trace_script_begin(&script); /* the same message */
	say(&script, 13, "MAIL one\r\n");
	is_said(&script, "+0 mx1\n>5 MAIL one\n<6 421 no\n+0 mx2\n<2 220 b\n-\n>3 MAIL one\n");
	trace_script_begin(&script);
	is_said(&script, "+0 mx2\n<2 220 b\n-\n");
	trace_script_deinit(&script);
}

static void
nothing_is_recorded_when_it_is_off(void **state)
{
	struct trace_script script;

	(void)state;
	trace_script_init(&script, false, 0);
	trace_script_connect(&script, 0, span_of("mx1"));
	trace_script_begin(&script);
	say(&script, 5, "MAIL one\r\n");
	trace_script_content(&script, 5, 1, 2);
	is_said(&script, "-\n");
	assert_null(script.own.mem);
	assert_null(script.greet.mem);
	trace_script_deinit(&script);
}

static const struct {
	const char *name;
	uint64_t sent, total;
	const char *text;
} contents[] = {
	{ "small", 900, 900, ">0 (900 bytes)\n" },
	{ "middling", 14541, 14541, ">0 (14.2 KB)\n" },
	{ "large", 3 << 20, 3 << 20, ">0 (3.0 MB)\n" },
	{ "not all of it", 32768, 3 << 20, ">0 (32.0 KB of 3.0 MB)\n" },
	{ "nothing of it", 0, 2048, ">0 (0 bytes of 2.0 KB)\n" },
};

static void
of_content_there_is_its_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		struct trace_script script;
		char wanted[80];

		trace_script_init(&script, true, 0);
		trace_script_begin(&script);
		trace_script_content(&script, 0, contents[i].sent, contents[i].total);
		snprintf(wanted, sizeof wanted, "-\n%s", contents[i].text);
		is_said(&script, wanted);
		trace_script_deinit(&script);
	}
}

/* ---- caps ------------------------------------------------------------------------------ */

/* check_cut - they are in order, and what was cut is counted. Returns how many are left. */
static uint32_t
check_cut(const struct trace_part *part, uint32_t said)
{
	uint32_t at = 0, next = 0, cuts = 0, lines = 0;
	struct trace_line line;
	bool cut_said = false;

	while (trace_part_next(part, &at, &cut_said, &line)) {
		if (line.who == TRACE_CUT) {
			cuts++;
			next += line.ms;
			continue;
		}
		assert_int_equal(line.ms, next++);
		lines++;
	}
	assert_int_equal(next, said);
	assert_int_equal(cuts, part->cut_lines > 0);
	assert_true(part->bytes <= part->max);
	return lines;
}

static void
the_middle_is_cut_oldest_first_and_counted(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof text);
	for (size_t length = 0; length <= sizeof text; length = length * 2 + 7) {
		struct trace_script script;

		trace_script_init(&script, true, 0);
		trace_script_begin(&script);
		for (uint32_t i = 0; i < 600; i++) {
			trace_script_add(&script, TRACE_US, i, (struct span){ text, length });
			assert_true(check_cut(&script.own, i + 1) > 0);
		}
		assert_true(script.own.cut_lines > 0);
		assert_true(script.own.bytes > script.own.max / 3);
		trace_script_begin(&script);
		assert_int_equal(script.own.cut_lines, 0);
		trace_script_deinit(&script);
	}
}

static void
many_hosts_keep_the_first_and_the_last(void **state)
{
	struct trace_line line;
	struct trace_script script;
	bool cut_said = false;
	uint32_t at = 0;
	char text[300];

	(void)state;
	trace_script_init(&script, true, 0);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "mx%d %0200d", i, 0);
		trace_script_connect(&script, 0, span_of(text));
		hear(&script, 1, "421 no\r\n");
	}
	assert_true(trace_part_next(&script.greet, &at, &cut_said, &line));
	assert_true(span_starts_nocase(line.text, "mx0 "));
	assert_true(script.greet.cut_lines > 0 && script.greet.bytes <= TRACE_GREET_MAX_BYTES);
	trace_script_begin(&script);
	trace_script_begin(&script);
	at = 0;
	cut_said = false;
	assert_true(trace_part_next(&script.greet, &at, &cut_said, &line));
	assert_true(span_starts_nocase(line.text, "mx99 "));
	assert_true(trace_part_next(&script.greet, &at, &cut_said, &line));
	assert_true(span_is(line.text, "421 no"));
	assert_false(trace_part_next(&script.greet, &at, &cut_said, &line));
	trace_script_deinit(&script);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_shows_itself_and_how_it_came_about),
		cmocka_unit_test(hosts_that_did_not_take_it_are_the_first_ones_only),
		cmocka_unit_test(nothing_is_recorded_when_it_is_off),
		cmocka_unit_test(of_content_there_is_its_size),
		cmocka_unit_test(the_middle_is_cut_oldest_first_and_counted),
		cmocka_unit_test(many_hosts_keep_the_first_and_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
