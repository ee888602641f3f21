/* Percentiles of times: exact below 64 ms, within 1.6 % above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/mem.h"
#include "store/store_histogram.h"

static void
an_empty_one_knows_nothing(void **state)
{
	struct store_histogram *h = mem_zero(1, sizeof *h);

	(void)state;
	assert_int_equal(store_histogram_at(h, 500), -1);
	mem_free(h);
}

static void
one_value_comes_back_within_the_error(void **state)
{
	static const int64_t value[] = { -5, 0, 1, 31, 32, 33, 63, 64, 65, 100, 1000, 1023, 1024,
		                         59999, 3600000, 86400000, (1 << 30) - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
		struct store_histogram *h = mem_zero(1, sizeof *h);
		int64_t wanted = value[i] < 0 ? 0 : value[i], got;

		store_histogram_add(h, value[i]);
		got = store_histogram_at(h, 990);
		assert_int_equal(got, store_histogram_at(h, 1));
		assert_true(1000 * llabs(got - wanted) <= 16 * wanted);
		if (wanted < 64)
			assert_int_equal(got, wanted);
		mem_free(h);
	}
}

static void
what_is_too_long_counts_as_the_longest(void **state)
{
	struct store_histogram *h = mem_zero(1, sizeof *h);

	(void)state;
	store_histogram_add(h, INT64_MAX);
	assert_true(store_histogram_at(h, 500) > 1000000000);
	mem_free(h);
}

static void
percentiles_are_the_smallest_value_with_that_share(void **state)
{
	struct store_histogram *h = mem_zero(1, sizeof *h), *other = mem_zero(1, sizeof *other);

	(void)state;
	for (int i = 1; i <= 50; i++)
		store_histogram_add(i % 2 ? h : other, i);
	store_histogram_merge(h, other);
	assert_int_equal(h->count, 50);
	assert_int_equal(store_histogram_at(h, 500), 25);
	assert_int_equal(store_histogram_at(h, 900), 45);
	assert_int_equal(store_histogram_at(h, 950), 48);
	assert_int_equal(store_histogram_at(h, 990), 50);
	mem_free(h);
	mem_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_knows_nothing),
		cmocka_unit_test(one_value_comes_back_within_the_error),
		cmocka_unit_test(what_is_too_long_counts_as_the_longest),
		cmocka_unit_test(percentiles_are_the_smallest_value_with_that_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
