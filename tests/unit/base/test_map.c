/* test_map.c - against a plain array, with removal while iterating. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/rand.h"

#define KEYS 3000

static size_t
key_text(unsigned i, char out[32])
{
	/* both kinds of key: in the slot (short) and beside it */
	return (size_t)snprintf(out, 32, i % 2 ? "k%u" : "a-rather-long-key-%u", i);
}

static void
agrees_with_an_array(void **state)
{
	static char *want[KEYS];
	static char values[KEYS];
	struct map *map = map_new();
	struct rand rand;
	size_t count = 0;

	(void)state;
	rand_init(&rand, 7);
	for (int round = 0; round < 200000; round++) {
		unsigned i = rand_below(&rand, KEYS);
		char text[32];
		struct span key = { text, key_text(i, text) };

		if (rand_below(&rand, round < 100000 ? 3 : 2)) {
			void *value = &values[rand_below(&rand, KEYS)];

			assert_ptr_equal(map_put(map, key, value), want[i]);
			count += want[i] == NULL;
			want[i] = value;
		} else {
			assert_ptr_equal(map_remove(map, key), want[i]);
			count -= want[i] != NULL;
			want[i] = NULL;
		}
		assert_ptr_equal(map_get(map, key), want[i]);
		assert_int_equal(map_count(map), count);
	}
	map_free(&map);
	assert_null(map);
}

static void
every_key_once_while_removing(void **state)
{
	struct map *map = map_new();
	static unsigned char seen[KEYS];
	size_t cursor = 0, count = 0;
	struct span key;
	void *value;

	(void)state;
	assert_false(map_next(map, &cursor, &key, &value));
	for (uint64_t i = 0; i < KEYS; i++)
		map_put(map, map_key_u64(&i), &seen[i]);
	for (cursor = 0; map_next(map, &cursor, &key, &value); count++) {
		uint64_t i;

		assert_int_equal(key.n, sizeof i);
		memcpy(&i, key.p, sizeof i);
		assert_ptr_equal(value, &seen[i]);
		assert_int_equal(seen[i]++, 0);
		if (i % 3)
			assert_ptr_equal(map_remove(map, map_key_u64(&i)), value);
	}
	assert_int_equal(count, KEYS);
	assert_int_equal(map_count(map), KEYS / 3);
	map_free(&map);
}

static const struct {
	const char *name;
	struct span a, b;
	bool same;
} keys[] = {
	{ "empty key", { "", 0 }, { NULL, 0 }, true },
	{ "NUL counts", { "a\0", 2 }, { "a", 1 }, false },
	{ "case counts", { "A", 1 }, { "a", 1 }, false },
	{ "eight bytes", { "12345678", 8 }, { "12345678", 8 }, true },
	{ "nine bytes", { "123456789", 9 }, { "123456789", 9 }, true },
	{ "prefix", { "123456789", 9 }, { "12345678", 8 }, false },
};

static void
keys_are_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct map *map = map_new();
		int value;

		assert_null(map_get(map, keys[i].a));
		assert_null(map_remove(map, keys[i].a));
		assert_null(map_put(map, keys[i].a, &value));
		if ((map_get(map, keys[i].b) != NULL) != keys[i].same)
			fail_msg("%s", keys[i].name);
		map_free(&map);
	}
}

static void
churn_does_not_grow_it(void **state)
{
	struct map *map = map_new();
	int value;

	(void)state;
	for (uint64_t i = 0; i < 1000000; i++) { /* would take for ever if tombstones stayed */
		map_put(map, map_key_u64(&i), &value);
		if (i >= 10) {
			uint64_t old = i - 10;

			assert_ptr_equal(map_remove(map, map_key_u64(&old)), &value);
		}
	}
	assert_int_equal(map_count(map), 10);
	map_free(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_an_array),
		cmocka_unit_test(every_key_once_while_removing),
		cmocka_unit_test(keys_are_bytes),
		cmocka_unit_test(churn_does_not_grow_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
