/* test_utf8.c - strict decoding and presentable bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

static const struct {
	const char *name;
	struct span in;
	size_t n;
	uint32_t rune;
} nexts[] = {
	{ "ascii", { "A", 1 }, 1, 'A' },
	{ "NUL", { "\0", 1 }, 1, 0 },
	{ "two", { "\xc3\xbc", 2 }, 2, 0xfc },
	{ "three", { "\xe2\x82\xac", 3 }, 3, 0x20ac },
	{ "four", { "\xf0\x9f\x93\xa7", 4 }, 4, 0x1f4e7 },
	{ "last", { "\xf4\x8f\xbf\xbf", 4 }, 4, 0x10ffff },
	{ "before surrogates", { "\xed\x9f\xbf", 3 }, 3, 0xd7ff },
	{ "after surrogates", { "\xee\x80\x80", 3 }, 3, 0xe000 },
	{ "nothing", { "", 0 }, 0, 0xfffd },
	{ "lone continuation", { "\x80", 1 }, 0, 0xfffd },
	{ "overlong slash", { "\xc0\xaf", 2 }, 0, 0xfffd },
	{ "overlong three", { "\xe0\x9f\xbf", 3 }, 0, 0xfffd },
	{ "overlong four", { "\xf0\x8f\xbf\xbf", 4 }, 0, 0xfffd },
	{ "surrogate", { "\xed\xa0\x80", 3 }, 0, 0xfffd },
	{ "too high", { "\xf4\x90\x80\x80", 4 }, 0, 0xfffd },
	{ "no such lead", { "\xf5\x80\x80\x80", 4 }, 0, 0xfffd },
	{ "cut short", { "\xe2\x82", 2 }, 0, 0xfffd },
	{ "lead alone", { "\xf0", 1 }, 0, 0xfffd },
	{ "wrong third", { "\xe2\x82\x41", 3 }, 0, 0xfffd },
};

static void
next(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof nexts / sizeof nexts[0]; i++) {
		uint32_t rune;
		size_t n = utf8_next(nexts[i].in, &rune);

		if (n != nexts[i].n || rune != nexts[i].rune)
			fail_msg("%s: %zu U+%04X", nexts[i].name, n, (unsigned)rune);
		assert_int_equal(utf8_is_valid(nexts[i].in), nexts[i].n > 0 || nexts[i].in.n == 0);
	}
}

static void
every_scalar_round_trips(void **state)
{
	char text[4];

	(void)state;
	for (uint32_t rune = 0; rune <= 0x10ffff; rune++) {
		uint32_t back;
		size_t n;

		if (rune >= 0xd800 && rune <= 0xdfff)
			continue;
		n = utf8_encode(rune, text);
		if (utf8_next((struct span){ text, n }, &back) != n || back != rune)
			fail_msg("U+%04X", (unsigned)rune);
	}
}

static const struct {
	const char *name;
	struct span in;
	const char *repaired, *harmless;
} shown[] = {
	{ "plain", { "a b", 3 }, "a b", "a b" },
	{ "empty", { "", 0 }, "", "" },
	{ "umlaut", { "\xc3\xbc", 2 }, "\xc3\xbc", "\xc3\xbc" },
	{ "invalid byte", { "a\xff" "b", 3 }, "a\xef\xbf\xbd" "b", "a\\xffb" },
	{ "cut rune", { "a\xe2\x82", 3 }, "a\xef\xbf\xbd\xef\xbf\xbd", "a\\xe2\\x82" },
	{ "escape", { "\x1b[31m", 5 }, "\x1b[31m", "\\x1b[31m" },
	{ "DEL", { "\x7f", 1 }, "\x7f", "\\x7f" },
	{ "C1 CSI", { "\xc2\x9b", 2 }, "\xc2\x9b", "<U+009B>" },
	{ "bidi override", { "\xe2\x80\xae", 3 }, "\xe2\x80\xae", "<U+202E>" },
	{ "zero width space", { "\xe2\x80\x8b", 3 }, "\xe2\x80\x8b", "<U+200B>" },
	{ "byte order mark", { "\xef\xbb\xbf", 3 }, "\xef\xbb\xbf", "<U+FEFF>" },
	{ "tab", { "a\tb", 3 }, "a\tb", "a b" },
	{ "newline", { "a\nb", 3 }, "a\nb", "a b" },
	{ "CRLF", { "a\r\nb", 4 }, "a\r\nb", "a b" },
	{ "CR alone", { "a\rb", 3 }, "a\rb", "a\\x0db" },
	{ "emoji with selector", { "\xe2\x9c\x89\xef\xb8\x8f", 6 }, "\xe2\x9c\x89\xef\xb8\x8f",
	  "\xe2\x9c\x89\xef\xb8\x8f" },
};

static void
repair_and_harmless(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct buf out;

		buf_init(&out, 100);
		assert_int_equal(utf8_repair(shown[i].in, &out), utf8_is_valid(shown[i].in));
		if (!span_is(buf_span(&out), shown[i].repaired))
			fail_msg("%s: repaired", shown[i].name);
		buf_clear(&out);
		utf8_harmless(shown[i].in, &out);
		if (!span_is(buf_span(&out), shown[i].harmless))
			fail_msg("%s: harmless", shown[i].name);
		buf_deinit(&out);
	}
	{
		struct buf out;

		buf_init(&out, 100);
		utf8_harmless(SPAN_LIT("a\0b"), &out);
		assert_true(span_is(buf_span(&out), "a\\x00b"));
		buf_deinit(&out);
	}
}

static void
full_buffer_cuts_at_a_rune(void **state)
{
	(void)state;
	for (size_t max = 0; max <= 9; max++) {
		struct buf out;

		buf_init(&out, max);
		assert_true(utf8_repair(SPAN_LIT("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"), &out));
		assert_int_equal(out.len, max / 3 * 3);
		buf_clear(&out);
		utf8_harmless(SPAN_LIT("\x1b\x1b\x1b"), &out);
		assert_int_equal(out.len, max / 4 * 4);
		buf_deinit(&out);
	}
}

static const struct {
	const char *name;
	struct span in;
	size_t n;
} wholes[] = {
	{ "nothing", { "", 0 }, 0 },
	{ "ascii", { "ab", 2 }, 2 },
	{ "whole two", { "a\xc3\xbc", 3 }, 3 },
	{ "half of two", { "a\xc3", 2 }, 1 },
	{ "two of three", { "a\xe2\x82", 3 }, 1 },
	{ "three of four", { "a\xf0\x9f\x93", 4 }, 1 },
	{ "whole four", { "a\xf0\x9f\x93\xa7", 5 }, 5 },
	{ "continuations only", { "a\x80\x80\x80\x80", 5 }, 5 },
	{ "no lead", { "a\xff", 2 }, 2 },
	{ "Latin-1", { "a\xfc", 2 }, 2 },
};

static void
whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
		if (utf8_whole(wholes[i].in) != wholes[i].n)
			fail_msg("%s: %zu", wholes[i].name, utf8_whole(wholes[i].in));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next),
		cmocka_unit_test(whole),
		cmocka_unit_test(every_scalar_round_trips),
		cmocka_unit_test(repair_and_harmless),
		cmocka_unit_test(full_buffer_cuts_at_a_rune),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
