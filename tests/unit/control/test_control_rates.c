/* test_control_rates.c - quantiles of a log2 histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/control_rates.h"

static const struct {
	const char *name;
	int bucket[3];
	uint64_t count[3];
	double share;
	int64_t low, high;
} rows[] = {
	{ "one bucket, middle", { 10 }, { 100 }, 0.5, 1500, 1600 },
	{ "one bucket, all", { 10 }, { 100 }, 1.0, 2048, 2048 },
	{ "first bucket begins at zero", { 0 }, { 10 }, 0.5, 1, 1 },
	{ "two buckets, below", { 3, 10 }, { 90, 10 }, 0.5, 8, 16 },
	{ "two buckets, above", { 3, 10 }, { 90, 10 }, 0.95, 1024, 2048 },
	{ "p99 in the tail", { 3, 10, 20 }, { 90, 5, 5 }, 0.99, 1 << 20, 1 << 21 },
	{ "last bucket", { 31 }, { 1 }, 0.99, INT64_C(1) << 31, INT64_C(1) << 32 },
};

static void
quantiles(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t bucket[NOTIFY_LATENCY_BUCKETS] = { 0 };
		int64_t value;

		for (int b = 0; b < 3; b++)
			bucket[rows[i].bucket[b]] += rows[i].count[b];
		value = control_rates_quantile(bucket, rows[i].share);
		if (value < rows[i].low || value > rows[i].high)
			fail_msg("%s: %lld", rows[i].name, (long long)value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
