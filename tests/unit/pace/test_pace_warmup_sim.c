/* Months of warm-ups: what they come to, and what never happens. `make sim` prints them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sim/warmup_sim.h"

static const struct expected {
	const char *name;
	int warm_from, warm_to;    /* 0: never */
	double used;               /* at least */
	uint32_t back_from, back_to;
} rows[] = {
	{ "plenty", 31, 31, 0.97, 0, 0 },
	{ "restarts", 31, 31, 0.97, 0, 0 },
	{ "weekdays", 40, 46, 0.5, 0, 0 },
	{ "weekly newsletter", 0, 0, 0.5, 0, 0 },
	{ "small", 0, 0, 0.3, 0, 0 },
	{ "blocked for a while", 36, 42, 0.9, 3, 4 },
	{ "always refused some", 0, 0, 0.9, 0, 0 },
	{ "a bad campaign", 32, 36, 0.9, 1, 2 },
};

static void
each_comes_to_what_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < WARMUP_SIM_SCENARIOS; i++) {
		struct warmup_sim_result r = warmup_sim_run(&warmup_sim_scenarios[i]);

		assert_string_equal(rows[i].name, warmup_sim_scenarios[i].name);
		if (r.warm_day < rows[i].warm_from || r.warm_day > rows[i].warm_to
		    || r.used < rows[i].used || r.back < rows[i].back_from
		    || r.back > rows[i].back_to)
			fail_msg("%s: warm on day %d, %.3f used, back %u", rows[i].name,
			         r.warm_day, r.used, r.back);
	}
}

static void
no_day_has_more_than_its_cap_and_few_openings(void **state)
{
	(void)state;
	for (size_t i = 0; i < WARMUP_SIM_SCENARIOS; i++) {
		struct warmup_sim_result r = warmup_sim_run(&warmup_sim_scenarios[i]);

		if (r.most > 1 || r.most_openings > 110)
			fail_msg("%s: %.3f of a day's cap, %u openings", rows[i].name, r.most,
			         r.most_openings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_comes_to_what_it_should),
		cmocka_unit_test(no_day_has_more_than_its_cap_and_few_openings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
