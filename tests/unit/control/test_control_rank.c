/* The n-th id of a set, against counting one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "control/control_rank.h"

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* every - id i is in it when i % every == 0; more: so many random ones besides */
static const struct {
	const char *name;
	size_t words;
	unsigned every, more;
} sets[] = {
	{ "one", 1, 64, 0 },          { "all", 3, 1, 0 },
	{ "sparse", 300, 9000, 3 },   { "blocks without any", 300, 64 * 64 * 3, 0 },
	{ "random", 313, 7, 500 },    { "one block exactly", 64, 3, 0 },
};

static void
the_nth_is_the_nth(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
		uint64_t bits[320] = { 0 }, n = 0;
		struct control_rank rank = { .count = 0 };
		uint32_t seed = 7;

		for (uint64_t id = 0; id < sets[k].words * 64; id += sets[k].every)
			bits[id / 64] |= (uint64_t)1 << id % 64;
		for (unsigned i = 0; i < sets[k].more; i++) {
			uint64_t id = next(&seed) % (sets[k].words * 64);

			bits[id / 64] |= (uint64_t)1 << id % 64;
		}
		control_rank_add(&rank, bits, sets[k].words);
		for (uint64_t id = 0; id < sets[k].words * 64; id++)
			if (bits[id / 64] >> id % 64 & 1 && control_rank_nth(&rank, n++) != id)
				fail_msg("%s: %d", sets[k].name, (int)id);
		assert_int_equal(rank.count, n);
		control_rank_deinit(&rank);
	}
}

static void
what_is_added_is_in_it(void **state)
{
	struct control_rank rank = { .count = 0 };
	const uint64_t few[1] = { 6 }, more[200] = { [0] = 8, [199] = 1 };

	(void)state;
	control_rank_add(&rank, few, 1);
	assert_int_equal(rank.count, 2);
	control_rank_add(&rank, more, 200);
	assert_int_equal(rank.count, 4);
	assert_int_equal(control_rank_nth(&rank, 0), 1);
	assert_int_equal(control_rank_nth(&rank, 2), 3);
	assert_int_equal(control_rank_nth(&rank, 3), 199 * 64);
	control_rank_add(&rank, few, 1); /* again */
	assert_int_equal(rank.count, 4);
	control_rank_deinit(&rank);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nth_is_the_nth),
		cmocka_unit_test(what_is_added_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
