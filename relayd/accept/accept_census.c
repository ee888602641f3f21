/* accept_census.c - see accept_census.h. */
#include "accept_census.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rand.h"

#define SLOTS 65536

struct accept_census {
	uint64_t key; /* drawn per process: nobody can choose who shares his counter */
	atomic_uint total;
	atomic_uint slot[SLOTS];
};

struct accept_census *
accept_census_new(void)
{
	struct accept_census *census = mem_zero(1, sizeof *census);

	rand_secret(&census->key, sizeof census->key);
	return census;
}

void
accept_census_free(struct accept_census **census)
{
	mem_free(*census);
	*census = NULL;
}

/* FNV-1a from a secret start, with its bits mixed down (splitmix64's finish) */
static uint32_t
slot_of(const struct accept_census *census, struct span address)
{
	uint64_t h = census->key;

	for (size_t i = 0; i < address.n; i++)
		h = (h ^ (unsigned char)address.p[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((h ^ h >> 31) % SLOTS);
}

enum accept_census_answer
accept_census_enter(struct accept_census *census, struct span address, uint32_t most,
		    uint32_t most_per_address, uint32_t *slot_out)
{
	uint32_t slot = slot_of(census, address);

	if (atomic_fetch_add(&census->total, 1) >= most) {
		atomic_fetch_sub(&census->total, 1);
		return ACCEPT_CENSUS_FULL;
	}
	if (atomic_fetch_add(&census->slot[slot], 1) >= most_per_address) {
		accept_census_leave(census, slot);
		return ACCEPT_CENSUS_ADDRESS_FULL;
	}
	*slot_out = slot;
	return ACCEPT_CENSUS_OK;
}

void
accept_census_leave(struct accept_census *census, uint32_t slot)
{
	must(atomic_fetch_sub(&census->slot[slot], 1) > 0);
	must(atomic_fetch_sub(&census->total, 1) > 0);
}

