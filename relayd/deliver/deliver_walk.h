/* deliver_walk.h - in which order a route's addresses are tried. Pure (time
 * and randomness are arguments). One thread. */
#ifndef DELIVER_DELIVER_WALK_H
#define DELIVER_DELIVER_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/rand.h"
#include "deliver/deliver_memory.h"
#include "resolve/resolve.h"

#define DELIVER_WALK_MAX 10 /* addresses tried for one job; dead sites must not hold it for hours */

struct deliver_walk {
	const struct resolve_route *route;
	sa_family_t family;            /* of the source address; AF_UNSPEC: any */
	size_t host;                   /* being tried */
	size_t place;                  /* in order[] */
	size_t count;                  /* of order[] */
	unsigned char order[RESOLVE_ADDRESSES_MAX];
	unsigned tried;
	bool skipped;                  /* addresses with a bad memory were left out ... */
	bool is_last_round;            /* ... and now get their turn, as no other was left */
};

/* deliver_walk_init - borrows route. */
void deliver_walk_init(struct deliver_walk *walk, const struct resolve_route *route,
                       sa_family_t family);
/* deliver_walk_next - the next address to try and its host: hosts in their
 * order; inside a host the families alternate (the resolver's preferred one
 * first), shuffled within each. Addresses that failed lately are only
 * tried when there is no other. NULL: no more. O(addresses). */
const union resolve_address *deliver_walk_next(struct deliver_walk *walk,
                                               const struct deliver_memory *failed,
                                               struct rand *rand, int64_t now_mono_ms,
                                               const struct resolve_host **host_out);

#endif
