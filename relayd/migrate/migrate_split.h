/* migrate_split.h - moving a credential's mail from an old system to this relay: in
 * which stage it is, and by which way one message goes.
 *
 *   old --> trial (p percent directly) --> moved        back by the same steps
 *
 * The way is a function of the message's id and the share alone. So a retry keeps it,
 * over a restart too, all recipients of a message have the same, nothing is stored of
 * it, and what goes directly at 5 % still does at 20 %. Pure. Thread: any. */
#ifndef MIGRATE_MIGRATE_SPLIT_H
#define MIGRATE_MIGRATE_SPLIT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/span.h"

enum migrate_stage { /* stored as numbers: add at the end */
	MIGRATE_OLD,
	MIGRATE_TRIAL,
	MIGRATE_MOVED,
	MIGRATE_STAGE_COUNT
};

const char *migrate_stage_name(enum migrate_stage stage); /* "old", ... */
bool migrate_stage_parse(struct span text, enum migrate_stage *stage_out);

/* migrate_split_is_direct - does message id go directly when share percent do? */
bool migrate_split_is_direct(uint64_t id, uint32_t percent);

#endif
