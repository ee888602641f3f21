/* test_rand.c - repeatable where it should be, never where it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/rand.h"

static void
known_sequence(void **state)
{
	/* xoshiro256** over splitmix64(0), as in the authors' reference code */
	static const uint64_t want[] = { 0x99ec5f36cb75f2b4u, 0xbf6e1f784956452au,
		                         0x1a5f849d4933e6e0u };
	struct rand rand;

	(void)state;
	rand_init(&rand, 0);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_true(rand_next(&rand) == want[i]);
}

static void
below_is_even(void **state)
{
	static const uint32_t bounds[] = { 1, 2, 3, 7, 1000 };
	struct rand rand;

	(void)state;
	rand_init(&rand, 9);
	for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++) {
		unsigned seen[1000] = { 0 };

		for (uint32_t i = 0; i < bounds[b] * 1000; i++) {
			uint32_t x = rand_below(&rand, bounds[b]);

			assert_true(x < bounds[b]);
			seen[x]++;
		}
		for (uint32_t x = 0; x < bounds[b]; x++)
			assert_in_range(seen[x], 800, 1200);
	}
}

static const struct {
	int64_t value;
	unsigned percent;
	int64_t low, high;
} jitters[] = {
	{ 1000, 10, 900, 1100 }, { 1000, 0, 1000, 1000 }, { 0, 50, 0, 0 },
	{ 1000, 100, 0, 2000 },  { -1000, 10, -1100, -900 }, { 3, 10, 3, 3 },
};

static void
jitter_stays_inside(void **state)
{
	struct rand rand;

	(void)state;
	rand_init(&rand, 4);
	for (size_t i = 0; i < sizeof jitters / sizeof jitters[0]; i++) {
		int64_t low = INT64_MAX, high = INT64_MIN;

		for (int k = 0; k < 50000; k++) {
			int64_t x = rand_jitter(&rand, jitters[i].value, jitters[i].percent);

			low = x < low ? x : low;
			high = x > high ? x : high;
		}
		assert_true(low == jitters[i].low && high == jitters[i].high);
	}
}

static void
secrets_differ(void **state)
{
	unsigned char a[1000] = { 0 }, b[1000] = { 0 };
	struct rand x, y;

	(void)state;
	rand_secret(a, sizeof a);
	rand_secret(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	rand_secret(a, 0);
	rand_init_secret(&x);
	rand_init_secret(&y);
	assert_true(rand_next(&x) != rand_next(&y));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sequence),
		cmocka_unit_test(below_is_even),
		cmocka_unit_test(jitter_stays_inside),
		cmocka_unit_test(secrets_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
