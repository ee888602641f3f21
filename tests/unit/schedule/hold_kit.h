/* hold_kit.h - what the tests of holds share. */
#ifndef TESTS_SCHEDULE_HOLD_KIT_H
#define TESTS_SCHEDULE_HOLD_KIT_H

#include "world.h"

static inline void
hold_release(const char *scope, uint32_t affected)
{
	struct schedule_ask *ask =
		world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE, .match = scope });

	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, affected);
	ask_free(&ask);
}

static inline uint64_t
hold_count(void)
{
	struct schedule_counts counts;

	world_settle();
	schedule_counts_read(world.s, &counts);
	return counts.held;
}

#endif
