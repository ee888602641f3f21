/* test_store_needle.c - a needle is found in lines where strcasestr finds it, and grams never
 * deny one that is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "store/store_needle.h"

static const struct {
	const char *name, *lines, *needle;
	uint64_t bits; /* of the lines that have it */
} row[] = {
	{ "whole line", "order\ninvoice\n", "invoice", 2 },
	{ "in any case", "your invoice\n", "INVOICE", 1 },
	{ "one letter", "a\nb\nab\n", "b", 6 },
	{ "two letters", "ab\nba\nxxab\n", "ab", 5 },
	{ "twice in a line", "aa aa\nb\naa\n", "aa", 5 },
	{ "not over the end of a line", "ab\ncd\n", "bc", 0 },
	{ "a line end is a space", "a b\na  b\n", "a\nb", 1 },
	{ "empty lines count", "\n\nx\n\nx\n", "x", 20 },
	{ "last line without end", "a\nxyz", "xyz", 2 },
	{ "nothing is everywhere", "a\n\nb\n", "", 7 },
	{ "empty text", "", "a", 0 },
	{ "longer than all", "abc\n", "abcd", 0 },
	{ "percent sign", "100% sure\n100 sure\n", "0% s", 1 },
	{ "underscore", "a_b\naxb\n", "a_b", 1 },
	{ "umlaut", "Gr\xc3\xb6\xc3\x9f" "e\nGrosse\n", "r\xc3\xb6\xc3\x9f", 1 },
	{ "wide characters", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n\xe6\x97\xa5\n",
	  "\xe6\x9c\xac\xe8\xaa\x9e", 1 },
	{ "behind 32 bytes", "0123456789012345678901234567890123456789 here\nhere\n", "9 here", 1 },
	{ "over the edge of 32 bytes", "0123456789012345678901234567abcdefgh\n", "abcdefgh", 1 },
	{ "first and last byte alone do not do", "axxxb ayyyb azzzb aqqqb aoooooooooooooooob\n",
	  "amb", 0 },
};

static void
lines_that_have_it_are_marked(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char *lines = arena_strdup(arena, row[i].lines);
		struct store_needle needle;
		uint64_t bits[1] = { 0 };

		for (char *p = lines; *p != 0; p++)
			if (*p != '\n')
				store_fold(p, 1, p);
		store_needle_init(&needle, row[i].needle, arena);
		store_needle_mark(&needle, span_of(lines), bits, 64);
		if (bits[0] != row[i].bits)
			fail_msg("%s: %#lx", row[i].name, (unsigned long)bits[0]);
	}
	arena_free(&arena);
}

static void
lines_past_the_most_are_not_marked(void **state)
{
	struct arena *arena = arena_new(0);
	struct store_needle needle;
	uint64_t bits[2] = { 0, 0 };

	(void)state;
	store_needle_init(&needle, "x", arena);
	store_needle_mark(&needle, span_of("x\nx\nx\nx\n"), bits, 2);
	assert_int_equal(bits[0], 3);
	arena_free(&arena);
}

/* any - random text over few letters, so that parts of it come again and again. */
static void
any(char *out, size_t n, const char *letters)
{
	size_t count = strlen(letters);

	for (size_t i = 0; i < n; i++)
		out[i] = letters[(size_t)random() % count];
	out[n] = 0;
}

static void
found_where_the_c_library_finds_it(void **state)
{
	char text[301], part[20];
	struct arena *arena = arena_new(0);

	(void)state;
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		struct store_needle needle;
		const char *there;

		any(text, (size_t)random() % 300, "abcab\n");
		any(part, 1 + (size_t)random() % 8, "abc");
		store_needle_init(&needle, part, arena);
		there = strstr(text, part);
		assert_ptr_equal(store_needle_find(&needle, text, text + strlen(text)), there);
		if (there != NULL) {
			const struct span lines[] = { span_of("xyz\n"), span_of(text) };
			size_t bytes;
			unsigned char *grams = store_grams_new(lines, 2, &bytes);

			assert_true(store_grams_may_have((struct span){ (char *)grams, bytes },
							 &needle));
			mem_free(grams);
		}
	}
	arena_free(&arena);
}

static void
grams_deny_most_of_what_is_not_there(void **state)
{
	struct arena *arena = arena_new(0);
	char text[2048 + 1], part[9];
	unsigned char *grams;
	struct span lines;
	size_t bytes;
	int passed = 0;

	(void)state;
	srandom(2);
	any(text, 2048, "0123456789");
	for (int i = 8; i < 2048; i += 9) /* as if each were one of eight digits */
		text[i] = '\n';
	lines = span_of(text);
	grams = store_grams_new(&lines, 1, &bytes);
	for (int i = 0; i < 1000; i++) {
		struct store_needle needle;

		any(part, 8, "0123456789");
		store_needle_init(&needle, part, arena);
		passed += store_grams_may_have((struct span){ (char *)grams, bytes }, &needle);
	}
	assert_true(passed < 100);
	mem_free(grams);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_have_it_are_marked),
		cmocka_unit_test(lines_past_the_most_are_not_marked),
		cmocka_unit_test(found_where_the_c_library_finds_it),
		cmocka_unit_test(grams_deny_most_of_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
