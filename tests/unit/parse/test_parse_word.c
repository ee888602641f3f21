/* test_parse_word.c - encoded words made readable, and never anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "parse/parse_word.h"

#define HOSTILE_BYTES (1024 * 1024)

static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "plain", " Hello world", "Hello world" },
	{ "empty", "", "" },
	{ "folded", " Hello\r\n world\r\n\tagain ", "Hello world again" },
	{ "raw UTF-8", " \xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
	{ "raw Latin-1", "\xe9t", "\xef\xbf\xbdt" },
	{ "Q", "=?utf-8?Q?caf=C3=A9_au_lait?=", "caf\xc3\xa9 au lait" },
	{ "Q, lower case", "=?UTF-8?q?caf=c3=a9?=", "caf\xc3\xa9" },
	{ "B", "=?utf-8?B?Y2Fmw6k=?=", "caf\xc3\xa9" },
	{ "B, no padding", "=?utf-8?b?Y2Fmw6k?=", "caf\xc3\xa9" },
	{ "Latin-1", "=?iso-8859-1?Q?=E9t=E9?=", "\xc3\xa9t\xc3\xa9" },
	{ "windows-1252", "=?windows-1252?Q?=93a=94_=80?=",
	  "\xe2\x80\x9c"
	  "a\xe2\x80\x9d \xe2\x82\xac" },
	{ "Latin-9", "=?ISO-8859-15?Q?=A4=BD?=", "\xe2\x82\xac\xc5\x93" },
	{ "ASCII", "=?us-ascii?Q?a=80?=", "a\xef\xbf\xbd" },
	{ "language", "=?utf-8*en?Q?a?=", "a" },
	{ "text around", "Re: =?utf-8?Q?=C3=A9?= ok", "Re: \xc3\xa9 ok" },
	{ "blanks between words go", "=?utf-8?Q?a?= =?utf-8?Q?b?=\r\n =?iso-8859-1?Q?c?=", "abc" },
	{ "blanks before text stay", "=?utf-8?Q?a?=  b", "a  b" },
	{ "split inside a rune", "=?utf-8?B?w6nD?=\r\n =?utf-8?B?qQ==?=", "\xc3\xa9\xc3\xa9" },
	{ "bad UTF-8 inside", "=?utf-8?Q?a=FFb?=",
	  "a\xef\xbf\xbd"
	  "b" },
	{ "line end inside", "=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x" },
	{ "controls", "a\x01\x1b[31mb\x7f", "a  [31mb" },
	{ "NUL inside", "=?utf-8?Q?a=00b?=", "a b" },
	{ "C1 inside", "=?utf-8?Q?a=C2=9Bb?=", "a b" },
	{ "other charset stays", "=?koi8-r?B?8NLJ18XU?=", "=?koi8-r?B?8NLJ18XU?=" },
	{ "other encoding stays", "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
	{ "blank inside is no word", "=?utf-8?Q?a b?=", "=?utf-8?Q?a b?=" },
	{ "not closed", "=?utf-8?Q?a", "=?utf-8?Q?a" },
	{ "bad hex stays", "=?utf-8?Q?=4_=G1=?=", "=4 =G1=" },
	{ "empty word", "=?utf-8?Q?\?=", "" },
	{ "only marks", "=?=?=?=?", "=?=?=?=?" },
};

static void
decodes_words(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&out);
		parse_word_decode(span_of(cases[i].in), &out);
		if (!span_is(buf_span(&out), cases[i].want))
			fail_msg("%s: \"%.*s\"", cases[i].name, (int)out.len, buf_data(&out));
	}
	buf_deinit(&out);
}

static void
cuts_between_runes(void **state)
{
	struct buf out;

	(void)state;
	for (size_t max = 0; max < 8; max++) {
		buf_init(&out, max);
		parse_word_decode(SPAN_LIT("=?utf-8?Q?=C3=A9=E2=82=AC=C3=A9?="), &out);
		assert_true(utf8_is_valid(buf_span(&out)));
		assert_int_equal(out.len, max < 2 ? 0 : max < 5 ? 2 : max < 7 ? 5 : 7);
		buf_deinit(&out);
	}
}

static void
survives_repetition(void **state)
{
	static const char *const repeated[] = {
		"=?", "=?a",   "=?a?Q?", "=?utf-8?B?", "=?utf-8?Q?a?=", "=?utf-8?Q?\?= ",
		" ",  "\r\n ", "\xff",
	};
	struct buf in, out;

	(void)state;
	buf_init(&in, 2 * HOSTILE_BYTES);
	for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
		int64_t before = clock_mono_ms();

		buf_clear(&in);
		while (in.len < HOSTILE_BYTES)
			buf_append_text(&in, repeated[i]);
		buf_init(&out, 4 * HOSTILE_BYTES);
		parse_word_decode(buf_span(&in), &out);
		assert_true(utf8_is_valid(buf_span(&out)));
		buf_deinit(&out);
		if (clock_mono_ms() - before > 2000)
			fail_msg("slow: %s", repeated[i]);
	}
	buf_deinit(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_words),
		cmocka_unit_test(cuts_between_runes),
		cmocka_unit_test(survives_repetition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
