/* spf_check.h - check_host() of RFC 7208: may this address send as that sender?
 *
 * A plain recursion over what lookup() knows, written down as the RFC has it. lookup() may
 * say "not yet": then the evaluation stops with is_pending and is called again when the answer
 * is there; the same answers lead it the same way to the next question. So it runs on a loop
 * (never blocks), in a thread (a lookup that waits) and in a test (a table).
 *
 * Limits (s4.6.4): ten terms that ask, two void look-ups, ten MX hosts, ten PTR names. Any bytes
 * may come back. Pure, given lookup. Thread: any. */
#ifndef POLICY_SPF_CHECK_H
#define POLICY_SPF_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "policy/spf_parse.h"
#include "resolve/resolve_set.h"

#define SPF_LOOKUPS_MAX 10
#define SPF_VOIDS_MAX 2
#define SPF_HOSTS_MAX 10
#define SPF_TRACE_MAX 256 /* lines; the rest is left out */

/* name: lower case, no final dot. false: not known yet. What *out borrows lives as long as
 * spf_check's arena. */
typedef bool (*spf_lookup_fn)(void *arg, const char *name, enum resolve_set_type type,
			      struct resolve_set *out);

struct spf_query {
	const char *address; /* the client's, numeric; IPv4 in IPv6 counts as IPv4 */
	const char *sender;  /* MAIL FROM, "local@domain"; "" uses postmaster@helo */
	const char *helo;
	const char *receiver; /* macro r; NULL: unknown */
	int64_t now_unix_sec;
	bool wants_explanation; /* of a fail: one look-up more */
	bool matches_nothing;	/* what anybody gets, and what that costs: of the address nothing
				 * counts but its family */
	spf_lookup_fn lookup;
	void *arg;
};

struct spf_line {
	unsigned depth; /* of includes */
	const char *text;
};

struct spf_outcome { /* all texts are the arena's */
	enum spf_result result;
	bool is_pending;	 /* nothing else is set */
	const char *term;	 /* that matched, as written; NULL: none did */
	const char *owner;	 /* whose record that is */
	const char *problem;	 /* of NONE, TEMPERROR and PERMERROR: why, in words */
	const char *explanation; /* the domain's own words; NULL: none */
	unsigned lookups, voids; /* spent, of SPF_LOOKUPS_MAX and SPF_VOIDS_MAX */
	struct spf_line *trace;	 /* what was asked and what came of it */
	size_t traces;
};

/* spf_check - outcome_out->result is NONE too when address is none. */
void spf_check(const struct spf_query *query, struct arena *arena, struct spf_outcome *outcome_out);

#endif
