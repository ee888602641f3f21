/* test_arena.c - aligned, separate, freed at once (ASan says the rest). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/rand.h"

static void
pieces_are_separate_and_aligned(void **state)
{
	static const size_t firsts[] = { 0, 16, 100, 100000 };

	(void)state;
	for (size_t f = 0; f < sizeof firsts / sizeof firsts[0]; f++) {
		struct arena *arena = arena_new(firsts[f]);
		unsigned char *piece[500];
		size_t size[500], total = 0;
		struct rand rand;

		rand_init(&rand, f);
		for (size_t i = 0; i < 500; i++) {
			size[i] = rand_below(&rand, i % 50 == 0 ? 50000 : 200);
			piece[i] = arena_alloc(arena, size[i]);
			assert_int_equal((uintptr_t)piece[i] % 16, 0);
			memset(piece[i], (int)(i & 0xff), size[i]);
			total += size[i];
		}
		for (size_t i = 0; i < 500; i++)
			for (size_t k = 0; k < size[i]; k++)
				assert_int_equal(piece[i][k], i & 0xff);
		assert_true(arena_bytes(arena) >= total);
		arena_free(&arena);
		assert_null(arena);
		arena_free(&arena);
	}
}

static void
copies(void **state)
{
	struct arena *arena = arena_new(0);
	char *zero = arena_zero(arena, 300);

	(void)state;
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(zero[i], 0);
	assert_string_equal(arena_strdup(arena, "text"), "text");
	assert_null(arena_strdup(arena, NULL));
	assert_string_equal(arena_span(arena, SPAN_LIT("span")), "span");
	assert_string_equal(arena_span(arena, SPAN_EMPTY), "");
	assert_memory_equal(arena_copy(arena, "a\0b", 3), "a\0b", 3);
	assert_string_equal(arena_printf(arena, "%s-%d", "x", 7), "x-7");
	assert_int_equal(strlen(arena_printf(arena, "%04000d", 1)), 4000);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_separate_and_aligned),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
