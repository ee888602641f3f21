/* domain_report.h - what a check of a sending domain found. Plain data in one arena; made by the
 * check's thread, then the main thread's. */
#ifndef DOMAIN_DOMAIN_REPORT_H
#define DOMAIN_DOMAIN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "policy/dmarc_record.h"
#include "policy/spf_check.h"
#include "resolve/resolve_set.h"

#define DOMAIN_WARNINGS_MAX 8
#define DOMAIN_NO_ANSWER "no answer" /* as resolve_direct has it */
#define DOMAIN_NO_ANSWER_BEFORE "no answer to earlier questions"

enum domain_state {
	DOMAIN_OK,
	DOMAIN_SPREADING,  /* some servers have it, others do not yet (or no more) */
	DOMAIN_UNREADABLE, /* no server answers */
	DOMAIN_DIFFERENT,  /* there is something, and it is wrong */
	DOMAIN_MISSING,
	DOMAIN_STATE_COUNT
};

struct domain_answer {	    /* one server's about one record */
	const char *server; /* "9.9.9.9", "ns1.example.net (192.0.2.53)" */
	bool is_own;	    /* of the zone, not a resolver */
	struct resolve_set set;
	uint32_t ttl_sec;
	int64_t took_ms;
	enum domain_state state; /* of what it said; never SPREADING */
	const char *reason; /* of anything but OK: "NXDOMAIN", "the key is revoked (p= is empty)" */
};

struct domain_finding { /* one record */
	const char *purpose, *name, *type;
	const char *expected; /* as `domain records` has it */
	bool is_optional;     /* mail passes without it */
	bool is_inherited;    /* of dmarc: a record above the domain does it */
	enum domain_state state;
	const char *sentence; /* plain, first of all */
	const char *effect;   /* on mail; NULL: none */
	const char *todo;     /* NULL: nothing */
	const char *found;    /* what a server with another opinion has; NULL: nothing */
	size_t differs_at;    /* first byte of expected and found that differs; with found only */
	const char *const
		*every; /* when more than one record counts: all of them, found is the first */
	size_t everys;	/* 0: at most one counts */
	const char *warning[DOMAIN_WARNINGS_MAX];
	size_t warnings;
	struct domain_answer *answer;
	size_t answers;
};

struct domain_change { /* between two checks, of the worst record of a purpose */
	int64_t at_unix_ms; /* of the second */
	const char *purpose; /* static: "dkim", "spf", "dmarc", "return_path" */
	enum domain_state from, to;
};

struct domain_spf {	      /* one address as one sender */
	const char *identity; /* "from", "return_path" */
	const char *domain;
	const char *address, *helo;
	struct spf_outcome outcome;
};

struct domain_dmarc {
	const char *policy_domain; /* NULL: no policy applies */
	const char *record;
	enum dmarc_policy policy;
	bool is_testing;
	const char *organisation;	  /* by the tree walk */
	const char *organisation_by_list; /* by the public suffix list; NULL: there is no list */
	bool is_dkim_strict, is_spf_strict;
	bool is_dkim_passing;	     /* a signature of ours verifies, and is aligned */
	bool is_spf_passing;	     /* every address passes as the From domain */
	bool is_return_path_aligned; /* SPF of the return-path subdomain would count too */
	/* whether the two can be told at all: servers may be silent or disagree, and nobody may
	 * know the addresses that mail leaves by */
	bool is_dkim_certain, is_spf_certain;
	const char *why; /* a question was not answered: not certain */
};

struct domain_report {
	struct arena *arena; /* owns the report too */
	const char *domain;
	int64_t at_unix_ms, took_ms;
	bool is_stopped;	 /* relayd was stopping: of no use */
	enum domain_state state; /* the worst of what is not optional */
	const char *sentence;	 /* of the whole */
	struct domain_finding *finding;
	size_t findings;
	struct domain_spf *spf;
	size_t spfs;
	unsigned most_lookups; /* of the From domain's record, when nothing matches early */
	const char
		*spf_why; /* it was evaluated for no address: why, and what to do; NULL: it was */
	const char *open_to; /* its SPF record lets anybody in: a sentence; NULL: it does not */
	struct domain_dmarc dmarc;
	const char
		*verdict; /* mail fails, and what comes of it; NULL: it passes, or nobody knows */
	bool is_verdict_certain; /* false: NULL means that nobody knows */
	const char **doubt;	 /* sentences: what could not be asked or evaluated */
	size_t doubts;
	const char **problem; /* sentences: what to act on; the verdict is the first */
	size_t problems;
};

/* domain_report_worst - of all records of one purpose, OK when there are none. */
enum domain_state domain_report_worst(const struct domain_report *report, const char *purpose);
/* domain_report_changes - what is otherwise in `now` than in `before`, at most `most` of them
 * into out. Returns how many. */
size_t domain_report_changes(const struct domain_report *before, const struct domain_report *now,
			     struct domain_change *out, size_t most);
void domain_report_free(struct domain_report **report);
const char *domain_state_name(enum domain_state state); /* "not_everywhere" */

#endif
