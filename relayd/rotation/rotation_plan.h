/* rotation_plan.h - when a DKIM key moves on, by what the DNS and the queue say. Pure.
 * Thread: any. */
#ifndef ROTATION_ROTATION_PLAN_H
#define ROTATION_ROTATION_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include "domain/domain_report.h"
#include "store/store_row.h"

struct rotation_facts {
	enum store_key_state state;
	int64_t for_ms;		/* it has been in this state */
	bool is_looked_up;	/* seen is true; of RETIRED keys nothing is asked in the DNS */
	enum domain_state seen; /* of its record, over all servers that were asked */
	bool is_drained;	/* nothing signed with it waits */
	int64_t settle_ms, grace_ms;
};

/* rotation_plan - the state it moves to: its own if it stays, STORE_KEY_STATE_COUNT if it goes.
 * No answer moves nothing: a dead name server neither switches keys nor forgets them. */
enum store_key_state rotation_plan(const struct rotation_facts *facts);
/* rotation_plan_asks_dns, _asks_queue - what would be needed to move it. */
bool rotation_plan_asks_dns(enum store_key_state state);
bool rotation_plan_asks_queue(const struct rotation_facts *facts);

#endif
