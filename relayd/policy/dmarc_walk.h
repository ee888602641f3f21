/* dmarc_walk.h - the DNS tree walk of RFC 9989 s4.10: the policy record that applies to a domain,
 * its organisational domain, and alignment.
 *
 * At most eight names are asked for, from the domain up; a name of eight labels or more is
 * shortened to seven after the first. Like spf_check, a walk whose look-up says "not yet" is
 * pending and is walked again. Pure, given the look-up. Thread: any. */
#ifndef POLICY_DMARC_WALK_H
#define POLICY_DMARC_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "policy/dmarc_record.h"
#include "resolve/resolve_set.h"

#define DMARC_WALK_MAX 8
#define DMARC_NAME_SIZE 256

typedef bool (*dmarc_lookup_fn)(void *arg, const char *name, enum resolve_set_type type,
				struct resolve_set *out);

struct dmarc_step {
	const char *domain; /* "_dmarc." before it was asked for; the end of the walk's */
	enum resolve_status status;
	size_t records;		    /* that count as DMARC; of more than one none is used */
	struct span text;	    /* of the one record */
	struct dmarc_record record; /* parsed */
};

struct dmarc_walk {
	bool is_pending; /* nothing else is set */
	const char *domain;
	const char *why; /* a question was not answered: what follows is not certain */
	struct dmarc_step step[DMARC_WALK_MAX];
	size_t steps;
	const char *organisation; /* the end of domain */
	/* the record that applies to mail from domain (s4.10.1): its own, its organisation's or
	 * the public suffix domain's above that; NULL: none, DMARC does not apply */
	const struct dmarc_step *policy_step;
};

/* dmarc_walk - domain: A-labels, lower case, no final dot, at most 253 bytes; borrowed, as is what
 * lookup gives, by *walk_out. */
void dmarc_walk(const char *domain, dmarc_lookup_fn lookup, void *arg, struct dmarc_walk *walk_out);
/* dmarc_walk_policy - what a receiver does with mail from the walk's domain that fails;
 * is_existing: the domain is in the DNS. false: DMARC does not apply. */
bool dmarc_walk_policy(const struct dmarc_walk *walk, bool is_existing,
		       enum dmarc_policy *policy_out);
/* dmarc_is_aligned - an authenticated domain against the From domain (s4.4): the same name when
 * strict, the same organisation when not. Organisations by either way of finding them. */
bool dmarc_is_aligned(const char *authenticated, const char *its_organisation, const char *from,
		      const char *from_organisation, bool is_strict);

#endif
