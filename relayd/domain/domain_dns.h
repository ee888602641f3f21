/* domain_dns.h - the DNS as one check sees it: several resolvers and the zones' own servers, asked
 * at the same time; each question once. For the check's thread, which may wait. */
#ifndef DOMAIN_DOMAIN_DNS_H
#define DOMAIN_DOMAIN_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "domain/domain_report.h"
#include "resolve/resolve_set.h"

struct domain_dns;

struct domain_dns_options {
	const char *const *resolver; /* as dns.nameservers; none: resolv.conf's */
	size_t resolvers;
	uint16_t port;		  /* of the zones' own servers */
	int64_t timeout_ms;	  /* of one server, for one of two tries */
	int64_t deadline_mono_ms; /* after it nothing is asked any more */
	int stop_fd;		  /* readable: give up at once */
};

/* domain_dns_new - everything is the arena's, which outlives it. */
struct domain_dns *domain_dns_new(const struct domain_dns_options *options, struct arena *arena);
void domain_dns_free(struct domain_dns **dns);
/* domain_dns_ask - what each resolver, and each of the servers of the zone that name is in, says.
 * Returns how many; state and reason are not set. */
size_t domain_dns_ask(struct domain_dns *dns, const char *name, enum resolve_set_type type,
		      struct domain_answer **answer_out);
/* domain_dns_look_up - arg is a struct domain_dns: the resolvers' answer, aliases followed; the
 * first that is one. For spf_check and dmarc_walk; always true. */
bool domain_dns_look_up(void *arg, const char *name, enum resolve_set_type type,
			struct resolve_set *out);

#endif
