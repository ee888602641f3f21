/* resolve_build.h - makes resolve_routes; they own all they point to. Thread: any. */
#ifndef RESOLVE_RESOLVE_BUILD_H
#define RESOLVE_RESOLVE_BUILD_H

#include "base/arena.h"
#include "resolve/resolve.h"

/* resolve_build_new - an empty route with one reference. *arena_out: the route's,
 * for what it points to; goes with the last reference. */
struct resolve_route *resolve_build_new(const char *domain, struct arena **arena_out);

struct resolve_failure { /* a kind of failure; text with one %s for the name */
	bool permanent;
	enum verdict_category category;
	struct verdict_status enhanced;
};

/* resolve_build_fail - route has no host to try, and this is why. */
void resolve_build_fail(struct resolve_route *route, const struct resolve_failure *failure,
                        const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
