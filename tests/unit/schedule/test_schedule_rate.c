/* A provider with a rate and a campaign that will take it hours: what is urgent takes
 * the next place, since a place is given away only when it is there. */
#include "world.h"

#define BACKLOG 100000
#define RATE 20

static const char *big_mx[] = { "mx.big.example" };
static struct config_provider big = { .name = "big",
	                              .mx = big_mx,
	                              .mxs = 1,
	                              .max_connections = 4,
	                              .messages_per_connection = 100,
	                              .rate = { RATE, 1000 } };

static int
setup(void **state)
{
	world_setup(state);
	world.config.provider = &big;
	world.config.providers = 1;
	return 0;
}

static const char *const reset[] = { "1@big.example", "2@big.example", "3@big.example" };
static int resets;

static bool
reset_has_left(void)
{
	return outcome_of(reset[resets], 0) != NULL;
}

static void
a_reset_passes_a_hundred_thousand(void **state)
{
	size_t before;
	int64_t began;

	(void)state;
	for (int i = 0; i < BACKLOG; i++)
		world_submit(&(struct letter){ .credential = "news", .is_bulk = true,
		                               .to = { "r@big.example" } });
	world_wanted = 4;
	world_run(has_finals);
	for (resets = 0; resets < 3; resets++) {
		before = world.finals;
		began = clock_mono_ms();
		world_submit(&(struct letter){ .to = { reset[resets] } });
		world_run(reset_has_left);
		/* a place or two may be given away already when it comes */
		assert_in_range(world.finals, before + 1, before + 3);
		assert_in_range(clock_mono_ms() - began, 0, 1000);
	}
	assert_true(world.s->messages.count > BACKLOG - 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_reset_passes_a_hundred_thousand, setup,
		                                world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
