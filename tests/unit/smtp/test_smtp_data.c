/* test_smtp_data.c - the content of DATA: unstuffing, smuggling, splitting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "smtp/smtp_data.h"

#define BYTES(s)                                                                                   \
	{                                                                                          \
		(s), sizeof(s) - 1                                                                 \
	}

struct row {
	const char *name;
	struct span in;
	struct span want; /* decoded, when nothing bare was met or it is fixed */
	size_t used;	  /* 0: all, and no end */
	bool bare;
};

/* What is not fixed is refused, so its decoded bytes do not matter. */
static const struct row strict[] = {
	{ "empty message", BYTES(".\r\n"), BYTES(""), 3, false },
	{ "one line", BYTES("a\r\n.\r\n"), BYTES("a\r\n"), 6, false },
	{ "stuffed dot", BYTES("..a\r\n.\r\n"), BYTES(".a\r\n"), 8, false },
	{ "line of two dots", BYTES("..\r\n.\r\n"), BYTES(".\r\n"), 7, false },
	{ "dot inside", BYTES("a.\r\n.\r\n"), BYTES("a.\r\n"), 7, false },
	{ "dot not stuffed", BYTES(".a\r\n.\r\n"), BYTES("a\r\n"), 7, false },
	{ "empty lines", BYTES("\r\n\r\n.\r\n"), BYTES("\r\n\r\n"), 7, false },
	{ "next command stays", BYTES("a\r\n.\r\nQUIT\r\n"), BYTES("a\r\n"), 6, false },
	{ "not ended", BYTES("a\r\n."), BYTES("a\r\n"), 0, false },
	{ "not ended, CR", BYTES("a\r\n.\r"), BYTES("a\r\n"), 0, false },
	{ "LF.LF", BYTES("a\n.\nb\r\n.\r\n"), BYTES(""), 10, true },
	{ "LF.CRLF", BYTES("a\n.\r\nb\r\n.\r\n"), BYTES(""), 11, true },
	{ "CRLF.LF", BYTES("a\r\n.\nb\r\n.\r\n"), BYTES(""), 11, true },
	{ "CRLF.CR", BYTES("a\r\n.\rb\r\n.\r\n"), BYTES(""), 11, true },
	{ "CR.CRLF", BYTES("a\r.\r\nb\r\n.\r\n"), BYTES(""), 11, true },
	{ "CRLF.CR CRLF", BYTES("a\r\n.\r\r\nb\r\n.\r\n"), BYTES(""), 13, true },
	{ "CR CRLF", BYTES("a\r\r\n.\r\n"), BYTES(""), 7, true },
};

static const struct row fixing[] = {
	{ "clean", BYTES("a\r\n..b\r\n.\r\n"), BYTES("a\r\n.b\r\n"), 11, false },
	{ "LF", BYTES("a\nb\r\n.\r\n"), BYTES("a\r\nb\r\n"), 8, true },
	{ "CR", BYTES("a\rb\r\n.\r\n"), BYTES("a\r\nb\r\n"), 8, true },
	{ "CR CRLF", BYTES("a\r\r\n.\r\n"), BYTES("a\r\n\r\n"), 7, true },
	{ "LF.CRLF ends nothing", BYTES("a\n.\r\nb\r\n.\r\n"), BYTES("a\r\n.\r\nb\r\n"), 11, true },
	{ "CRLF.LF ends nothing", BYTES("a\r\n.\nb\r\n.\r\n"), BYTES("a\r\n\r\nb\r\n"), 11, true },
	{ "CRLF.CR ends nothing", BYTES("a\r\n.\rb\r\n.\r\n"), BYTES("a\r\n\r\nb\r\n"), 11, true },
	{ "CR.CRLF ends nothing", BYTES("a\r.\r\nb\r\n.\r\n"), BYTES("a\r\n.\r\nb\r\n"), 11, true },
	{ "many", BYTES("\n\n\r\r\n\n.\r\n.\r\n"), BYTES("\r\n\r\n\r\n\r\n\r\n.\r\n"), 12, true },
};

/* run - feed in pieces of `step` bytes from fresh memory (so that a sanitizer
 * sees a step beyond); true at the end. */
static bool
run(struct smtp_data *data, struct span in, size_t step, struct buf *out, size_t *used_out)
{
	bool ended = false;

	*used_out = 0;
	while (!ended && *used_out < in.n) {
		size_t n = in.n - *used_out < step ? in.n - *used_out : step, used;
		char *piece = mem_copy(in.p + *used_out, n);

		ended = smtp_data_decode(data, (struct span){ piece, n }, out, &used);
		*used_out += used;
		mem_free(piece);
		assert_true(ended || used == n);
	}
	return ended;
}

static void
check(const struct row *row, bool fix, size_t step)
{
	struct smtp_data data;
	struct buf out;
	size_t used;
	bool ended;

	buf_init(&out, 1000);
	smtp_data_init(&data, fix);
	ended = run(&data, row->in, step, &out, &used);
	if (ended != (row->used != 0) || used != (row->used ? row->used : row->in.n) ||
	    data.saw_bare != row->bare)
		fail_msg("%s by %zu: ended %d used %zu bare %d", row->name, step, ended, used,
			 data.saw_bare);
	if ((!row->bare || fix) && !span_equals(buf_span(&out), row->want))
		fail_msg("%s by %zu: decoded %zu bytes", row->name, step, out.len);
	assert_int_equal(data.total_bytes, out.len);
	buf_deinit(&out);
}

static void
decodes_in_any_split(void **state)
{
	(void)state;
	for (size_t step = 1; step < 16; step++) {
		for (size_t i = 0; i < sizeof strict / sizeof strict[0]; i++)
			check(&strict[i], false, step);
		for (size_t i = 0; i < sizeof fixing / sizeof fixing[0]; i++)
			check(&fixing[i], true, step);
	}
}

static void
notes_what_was_met(void **state)
{
	static const struct {
		const char *name;
		struct span in;
		bool nul, eight;
		size_t longest;
	} rows[] = {
		{ "plain", BYTES("abc\r\nde\r\n.\r\n"), false, false, 3 },
		{ "longest is last", BYTES("abc\r\ndefg\r\n.\r\n"), false, false, 4 },
		{ "dot is not counted", BYTES("..bc\r\n.\r\n"), false, false, 3 },
		{ "not ended yet", BYTES("abcdefgh"), false, false, 8 },
		{ "8-bit", BYTES("caf\xc3\xa9\r\n.\r\n"), false, true, 5 },
		{ "8-bit at the start", BYTES("\xc3\xa9 abcdefghijklm\r\n.\r\n"), false, true, 16 },
		{ "NUL", BYTES("a\0b\r\n.\r\n"), true, false, 3 },
		{ "after the end is not looked at", BYTES("a\r\n.\r\n\xc3\0"), false, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t step = 1; step < 20; step++) {
			struct smtp_data data;
			struct buf out;
			size_t used;

			buf_init(&out, 1000);
			smtp_data_init(&data, false);
			run(&data, rows[i].in, step, &out, &used);
			if (data.saw_nul != rows[i].nul || data.saw_8bit != rows[i].eight ||
			    data.longest_bytes != rows[i].longest)
				fail_msg("%s by %zu: nul %d 8bit %d longest %zu", rows[i].name,
					 step, data.saw_nul, data.saw_8bit, data.longest_bytes);
			buf_deinit(&out);
		}
	}
}

/* With little room the decoder takes what fits, and the rest later. */
static void
stops_when_out_is_full(void **state)
{
	static const char message[] = "one\r\n..two\r\nthree\r\n\r\nfour five six\r\n.\r\n";
	struct buf all, small;
	struct smtp_data data;
	size_t used, at = 0;
	bool ended = false;

	(void)state;
	buf_init(&all, 1000);
	buf_init(&small, 9);
	smtp_data_init(&data, false);
	for (int turn = 0; turn < 100 && !ended; turn++) {
		ended = smtp_data_decode(&data,
					 (struct span){ message + at, sizeof message - 1 - at },
					 &small, &used);
		assert_true(used > 0);
		at += used;
		assert_int_equal(buf_append_span(&all, buf_span(&small)), 0);
		buf_clear(&small);
	}
	assert_true(ended);
	assert_true(span_is(buf_span(&all), "one\r\n.two\r\nthree\r\n\r\nfour five six\r\n"));
	assert_int_equal(buf_append_text(&small, "ab"), 0);
	smtp_data_init(&data, false);
	assert_false(smtp_data_decode(&data, SPAN_LIT("abcdef"), &small, &used));
	assert_int_equal(used, 0);
	buf_deinit(&all);
	buf_deinit(&small);
}

static void
notes_chunks(void **state)
{
	static const struct {
		const char *name;
		bool fix;
		struct span in;
		bool bare;
		const char *want;
	} rows[] = {
		{ "dots are text", false, BYTES("a\r\n.\r\n..b\r\n"), false, "a\r\n.\r\n..b\r\n" },
		{ "dot first", false, BYTES(".\r\n"), false, ".\r\n" },
		{ "no end of line", false, BYTES("a\r\nb"), false, "a\r\nb" },
		{ "bare LF", true, BYTES("a\nb\r\n"), true, "a\r\nb\r\n" },
		{ "bare LF, then a dot", true, BYTES("a\n.\r\n"), true, "a\r\n.\r\n" },
		{ "bare CR at the end", true, BYTES("a\r"), true, "a\r\n" },
		{ "bare CR at the end, strict", false, BYTES("a\r"), true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t step = 1; step < 12; step++) {
			struct smtp_data data;
			struct buf out;

			buf_init(&out, 1000);
			smtp_data_init(&data, rows[i].fix);
			for (size_t at = 0; at < rows[i].in.n; at += step) {
				size_t n = rows[i].in.n - at < step ? rows[i].in.n - at : step;

				smtp_data_note(&data, (struct span){ rows[i].in.p + at, n }, &out);
			}
			smtp_data_note_end(&data, &out);
			if (data.saw_bare != rows[i].bare ||
			    (rows[i].want && !span_is(buf_span(&out), rows[i].want)))
				fail_msg("%s by %zu: bare %d, %zu bytes", rows[i].name, step,
					 data.saw_bare, out.len);
			assert_int_equal(data.total_bytes, out.len);
			buf_deinit(&out);
		}
	}
}

static void
stuffs_dots(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "empty", "", ".\r\n" },
		{ "plain", "a\r\n", "a\r\n.\r\n" },
		{ "no last CRLF", "a", "a\r\n.\r\n" },
		{ "dot line", ".\r\n", "..\r\n.\r\n" },
		{ "dots", "..a\r\nb.\r\n.c\r\n", "...a\r\nb.\r\n..c\r\n.\r\n" },
		{ "only dots", "....", ".....\r\n.\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t step = 1; step < 8; step++) {
			struct span in = span_of(rows[i].in);
			struct smtp_stuff stuff;
			struct buf out;

			buf_init(&out, 100);
			smtp_stuff_init(&stuff);
			smtp_stuff_encode(&stuff, SPAN_EMPTY, &out);
			for (size_t at = 0; at < in.n; at += step)
				smtp_stuff_encode(&stuff,
						  (struct span){ in.p + at, in.n - at < step
										    ? in.n - at
										    : step },
						  &out);
			smtp_stuff_end(&stuff, &out);
			if (!span_is(buf_span(&out), rows[i].want))
				fail_msg("%s by %zu", rows[i].name, step);
			buf_deinit(&out);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_in_any_split),
		cmocka_unit_test(notes_what_was_met),
		cmocka_unit_test(stops_when_out_is_full),
		cmocka_unit_test(notes_chunks),
		cmocka_unit_test(stuffs_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
