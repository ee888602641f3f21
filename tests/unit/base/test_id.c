/* test_id.c - unique, ordered, readable back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/rand.h"

static void
order_survives_the_clock(void **state)
{
	/* stands still for longer than a millisecond has ids, steps back, jumps */
	static const int64_t clock[] = { 1000, 1000, 1000, 500, -5, 0, 2000, 1999, 2000 };
	struct id_gen gen;
	uint64_t last = 0;

	(void)state;
	id_gen_init(&gen, 7, 3, 0);
	for (size_t i = 0; i < sizeof clock / sizeof clock[0]; i++)
		for (int k = 0; k < 700; k++) {
			uint64_t id = id_gen_next(&gen, clock[i]);

			assert_true(id > last);
			assert_int_equal(id >> 14 & 255, 7);
			assert_int_equal(id >> 10 & 15, 3);
			last = id;
		}
	assert_int_equal(id_unix_ms(last), 2002); /* 2,100 ids from one millisecond on */
}

static void
never_at_or_below_what_is_stored(void **state)
{
	struct id_gen high, low;
	uint64_t stored;

	(void)state;
	id_gen_init(&high, 255, 15, 0);
	stored = id_gen_next(&high, 5000);
	id_gen_init(&low, 0, 0, stored); /* a lower lane sorts below within the millisecond */
	assert_true(id_gen_next(&low, 5000) > stored);
	assert_true(id_gen_next(&low, 10) > stored);
}

static void
lanes_never_meet(void **state)
{
	struct id_gen gen[4];
	uint64_t all[400];
	size_t n = 0;

	(void)state;
	for (uint32_t g = 0; g < 4; g++)
		id_gen_init(&gen[g], g / 2, g % 2, 0);
	for (int i = 0; i < 100; i++)
		for (int g = 0; g < 4; g++)
			all[n++] = id_gen_next(&gen[g], 1000);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			assert_true(all[i] != all[k]);
}

static void
lowest_at_bounds_a_search(void **state)
{
	struct id_gen gen;
	uint64_t id;

	(void)state;
	id_gen_init(&gen, 0, 0, 0);
	id = id_gen_next(&gen, 123456);
	assert_true(id_lowest_at(123456) <= id);
	assert_true(id_lowest_at(123457) > id);
	assert_int_equal(id_lowest_at(-1), 0);
	assert_true(id_lowest_at(INT64_MAX) > id_lowest_at(1795442531004));
}

static const struct {
	const char *text;
	bool ok;
	uint64_t want;
} parses[] = {
	{ "0000000000000", true, 0 },
	{ "FZZZZZZZZZZZZ", true, UINT64_MAX },
	{ "GZZZZZZZZZZZZ", false, 0 },
	{ "G000000000000", false, 0 },
	{ "000000000000z", true, 31 },
	{ "00000000000iL", true, 33 },
	{ "00000000000oO", true, 0 },
	{ "000000000000U", false, 0 },
	{ "000000000000", false, 0 },
	{ "00000000000000", false, 0 },
	{ "000000 000000", false, 0 },
	{ "000000-000000", false, 0 },
	{ "", false, 0 },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof parses / sizeof parses[0]; i++) {
		uint64_t id = 0;

		if (id_parse(span_of(parses[i].text), &id) != parses[i].ok || id != parses[i].want)
			fail_msg("\"%s\"", parses[i].text);
	}
	{
		uint64_t id; /* a NUL is no digit */

		assert_false(id_parse(SPAN_LIT("000000\000000000"), &id));
	}
}

static void
text_round_trip_keeps_order(void **state)
{
	char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];
	struct rand rand;

	(void)state;
	rand_init(&rand, 11);
	for (int i = 0; i < 10000; i++) {
		uint64_t x = rand_next(&rand), y = rand_next(&rand), back;

		id_format(x, a);
		id_format(y, b);
		assert_int_equal(strlen(a), 13);
		assert_true(id_parse(span_of(a), &back));
		assert_true(back == x);
		assert_true((x < y) == (strcmp(a, b) < 0));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_survives_the_clock),
		cmocka_unit_test(never_at_or_below_what_is_stored),
		cmocka_unit_test(lanes_never_meet),
		cmocka_unit_test(lowest_at_bounds_a_search),
		cmocka_unit_test(parse),
		cmocka_unit_test(text_round_trip_keeps_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
