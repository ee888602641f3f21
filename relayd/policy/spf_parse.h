/* spf_parse.h - the grammar of SPF records (RFC 7208 s4.5, s4.6, s5, s6, s12), to the letter:
 * what it does not allow is a permerror, however well meant. Pure, no allocation, any bytes.
 * Thread: any. O(n). */
#ifndef POLICY_SPF_PARSE_H
#define POLICY_SPF_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"

enum spf_result {
	SPF_NONE, /* no record, or no domain that could have one */
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR, /* the DNS did not answer */
	SPF_PERMERROR, /* the record cannot be used */
	SPF_RESULT_COUNT
};

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS, /* mechanisms */
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN, /* modifiers */
	SPF_KIND_COUNT
};

struct spf_term {
	enum spf_kind kind;
	enum spf_result qualifier; /* what a mechanism yields when it matches */
	struct span text;	   /* as written */
	struct span spec;	   /* its domain-spec, macros and all; n == 0: none */
	unsigned char address[16]; /* ip4 (4 bytes), ip6 */
	uint8_t prefix4, prefix6;  /* CIDR lengths; 32 and 128 when none is given */
};

struct spf_record {		   /* borrows the text it was parsed from */
	struct span terms;	   /* for spf_next_term */
	struct span redirect, exp; /* domain-specs; n == 0: none */
	size_t count;		   /* mechanisms */
	size_t asking;		   /* terms that cost a look-up (s4.6.4), redirect included */
};

/* spf_is_record - does this TXT value claim to be an SPF record (s4.5)? */
bool spf_is_record(struct span txt);
/* spf_parse - the whole record: syntax errors anywhere spoil it before anything is evaluated
 * (s4.6). -1: err INPUT names the term and what is wrong with it. */
int spf_parse(struct span txt, struct spf_record *record_out, struct err *err);
/* spf_next_term - takes the next term off *rest. 1: there it is; 0: there is none; -1: err. */
int spf_next_term(struct span *rest, struct spf_term *term_out, struct err *err);

bool spf_kind_asks(enum spf_kind kind);		     /* does it count for the ten look-ups? */
const char *spf_result_name(enum spf_result result); /* "softfail" */

#endif
