/* resolve_dns.h - ask for the records of a name: cache, servers, retries, TCP. Resolver thread.
 *
 * One question under way per name and type, whoever asks joins it; at most
 * max_per_zone about one zone and UNDER_WAY_MAX in all, the others wait their turn, so
 * that a dead zone only delays its own names. */
#ifndef RESOLVE_RESOLVE_DNS_H
#define RESOLVE_RESOLVE_DNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/rand.h"
#include "config.h"
#include "loop/loop.h"
#include "resolve/resolve_packet.h"

struct resolve_dns;

struct resolve_dns_counts { /* written by the resolver thread, read by any */
	atomic_ullong questions, answers, timeouts, servfails, cache_hits, cached;
};

struct resolve_result {
	const struct resolve_answer *answer; /* never ALIAS; borrowed for the call */
	bool is_secure;                /* all along the aliases, from trusted servers */
	int64_t expires_mono_ms;       /* the earliest along the aliases */
};

typedef void (*resolve_dns_fn)(void *arg, const struct resolve_result *result);

/* resolve_dns_new - err: no usable name server. Returns owned or NULL. */
struct resolve_dns *resolve_dns_new(struct loop *loop, struct rand *rand,
                                    struct resolve_dns_counts *counts,
                                    const struct config *config, struct err *err);
void resolve_dns_free(struct resolve_dns **dns); /* no call is made any more */
/* resolve_dns_configure - servers, time-outs, TTL bounds; forgets the cache. -1
 * (err): no name server in it, the old ones stay. */
int resolve_dns_configure(struct resolve_dns *dns, const struct config *config, struct err *err);
/* resolve_dns_ask - name is clean (resolve_name_clean). fn is called exactly
 * once, at once when the cache knows. */
void resolve_dns_ask(struct resolve_dns *dns, const char *name, enum resolve_type type,
                     resolve_dns_fn fn, void *arg);

#endif
