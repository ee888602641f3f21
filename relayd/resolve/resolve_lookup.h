/* resolve_lookup.h - one domain on its way to a route: MX, then addresses. Resolver thread. */
#ifndef RESOLVE_RESOLVE_LOOKUP_H
#define RESOLVE_RESOLVE_LOOKUP_H

#include "base/list.h"
#include "base/rand.h"
#include "resolve/resolve.h"
#include "resolve/resolve_dns.h"
#include "resolve/resolve_setup.h"

struct resolve_lookup_env { /* the resolver's; outlives every lookup */
	struct loop *loop;
	struct rand *rand;
	struct resolve_dns *dns;
	struct list lookups;           /* under way */
};

/* fn gets its own reference of route. */
typedef void (*resolve_lookup_fn)(void *arg, struct resolve_route *route);

/* resolve_lookup_start - fn is called once; at once when nothing must be asked. */
void resolve_lookup_start(struct resolve_lookup_env *env, struct resolve_setup *setup,
                          const char *domain, resolve_lookup_fn fn, void *arg);
/* resolve_lookup_cancel_all - frees all under way without a call; only after
 * env->dns was freed, whose answers they await. */
void resolve_lookup_cancel_all(struct resolve_lookup_env *env);

#endif
