/* verdict_kit.h - a group's setup and teardown where replies are judged. */
#ifndef TESTS_VERDICT_KIT_H
#define TESTS_VERDICT_KIT_H

#include "verdict/verdict.h"

static inline int
verdict_kit_start(void **state)
{
	(void)state;
	verdict_init();
	return 0;
}

static inline int
verdict_kit_stop(void **state)
{
	(void)state;
	verdict_deinit();
	return 0;
}

#endif
