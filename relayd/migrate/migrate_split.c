/* migrate_split.c - see migrate_split.h. */
#include "migrate/migrate_split.h"

#include <assert.h>

static const char *const names[] = {
	[MIGRATE_OLD] = "old",
	[MIGRATE_TRIAL] = "trial",
	[MIGRATE_MOVED] = "moved",
};
static_assert(sizeof names / sizeof *names == MIGRATE_STAGE_COUNT, "a name for each");

const char *
migrate_stage_name(enum migrate_stage stage)
{
	return names[stage];
}

bool
migrate_stage_parse(struct span text, enum migrate_stage *stage_out)
{
	for (int i = 0; i < MIGRATE_STAGE_COUNT; i++)
		if (span_is(text, names[i])) {
			*stage_out = (enum migrate_stage)i;
			return true;
		}
	return false;
}

/* Ids count up within a millisecond and repeat their node and lane, so their own low
 * bits are no draw: they are mixed (MurmurHash3's finaliser, a bijection). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
	return x ^ x >> 33;
}

bool
migrate_split_is_direct(uint64_t id, uint32_t percent)
{
	return mix(id) % 100 < percent;
}
