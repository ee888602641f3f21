/* The pace against providers with hidden limits: what it promises, for several
 * seeds. `make sim` prints the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sim/pace_sim.h"

static void
uses_what_is_there_and_is_rarely_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIM_PROVIDERS; i++) {
		for (uint64_t seed = 1; seed <= 2; seed++) {
			struct sim_result r = sim_run(&sim_providers[i], SIM_ADAPTIVE, seed);

			if (r.share < 0.90 || r.deferred > 0.01)
				fail_msg("%s: %.3f used, %.4f deferred", sim_providers[i].name,
				         r.share, r.deferred);
			if (sim_providers[i].incident_end_ms)
				assert_in_range(r.recovery_ms, 0, 120000);
		}
	}
}

static void
is_better_than_a_guess_and_than_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIM_PROVIDERS; i++) {
		struct sim_provider small = sim_providers[i];
		struct sim_result adaptive, fixed, none;

		small.backlog /= 5;
		adaptive = sim_run(&small, SIM_ADAPTIVE, 1);
		fixed = sim_run(&small, SIM_FIXED, 1);
		none = sim_run(&small, SIM_UNTHROTTLED, 1);
		assert_true(adaptive.drain_ms < fixed.drain_ms);
		assert_true(adaptive.drain_ms < none.drain_ms);
		assert_true(adaptive.deferred_all < none.deferred_all);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uses_what_is_there_and_is_rarely_refused),
		cmocka_unit_test(is_better_than_a_guess_and_than_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
