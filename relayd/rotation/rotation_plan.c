/* rotation_plan.c - see rotation_plan.h; account_key.c has the picture of the states. */
#include "rotation/rotation_plan.h"

/* wait_for_record - a key signs only when everybody has had its record for a while; a server
 * that has it no more starts that while again. */
static enum store_key_state
wait_for_record(const struct rotation_facts *facts)
{
	if (facts->seen == DOMAIN_UNREADABLE)
		return facts->state;
	if (facts->seen != DOMAIN_OK)
		return STORE_KEY_NEW;
	if (facts->state == STORE_KEY_PUBLISHED && facts->for_ms >= facts->settle_ms)
		return STORE_KEY_ACTIVE;
	return STORE_KEY_PUBLISHED;
}

enum store_key_state
rotation_plan(const struct rotation_facts *facts)
{
	switch (facts->state) {
	case STORE_KEY_NEW:
	case STORE_KEY_PUBLISHED:
		return facts->is_looked_up ? wait_for_record(facts) : facts->state;
	case STORE_KEY_RETIRED:
		return rotation_plan_asks_queue(facts) && facts->is_drained ? STORE_KEY_UNNEEDED
									    : facts->state;
	case STORE_KEY_UNNEEDED:
		return facts->is_looked_up && facts->seen == DOMAIN_MISSING
			       ? STORE_KEY_STATE_COUNT
			       : facts->state;
	case STORE_KEY_ACTIVE:
	case STORE_KEY_STATE_COUNT:
		break;
	}
	return facts->state;
}

bool
rotation_plan_asks_dns(enum store_key_state state)
{
	return state == STORE_KEY_NEW || state == STORE_KEY_PUBLISHED ||
	       state == STORE_KEY_UNNEEDED;
}

bool
rotation_plan_asks_queue(const struct rotation_facts *facts)
{
	return facts->state == STORE_KEY_RETIRED && facts->for_ms >= facts->grace_ms;
}
