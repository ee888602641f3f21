/* dmarc_record.h - DMARC policy records (RFC 9989 s4.7, s4.8; RFC 7489 s6.3 where receivers still
 * read by it). Pure, any bytes. Thread: any.
 *
 * Only v=DMARC1 at the start makes a record; whatever is wrong behind it is ignored by receivers
 * and listed here, because the operator meant something by it. */
#ifndef POLICY_DMARC_RECORD_H
#define POLICY_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/span.h"

#define DMARC_FAULTS_MAX 8
#define DMARC_URIS_MAX 8

enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT, DMARC_POLICY_COUNT };
enum dmarc_psd { DMARC_PSD_U, DMARC_PSD_Y, DMARC_PSD_N };

enum dmarc_fault_kind {
	DMARC_FAULT_NO_TAG,  /* not name=value: a semicolon is missing or too many */
	DMARC_FAULT_UNKNOWN, /* no such tag */
	DMARC_FAULT_REMOVED, /* pct, rf, ri: RFC 9989 has them no more */
	DMARC_FAULT_TWICE,
	DMARC_FAULT_VALUE,     /* not a value of this tag */
	DMARC_FAULT_URI,       /* a report address that is none */
	DMARC_FAULT_NO_POLICY, /* no p=, or one that is none */
	DMARC_FAULT_ORDER,     /* p= is not second: RFC 7489 wants it there */
	DMARC_FAULT_COUNT
};

struct dmarc_fault {
	enum dmarc_fault_kind kind;
	struct span text; /* of the tag or the value; n may be 0 */
};

struct dmarc_record {	 /* borrows the text it was parsed from */
	bool has_policy; /* p= is there and valid */
	bool is_usable;	 /* receivers apply it: a policy, or an address to report to */
	enum dmarc_policy policy, sub_policy, absent_policy; /* p, sp, np, defaults filled in */
	bool has_sub_policy, has_absent_policy;
	bool is_spf_strict, is_dkim_strict; /* aspf, adkim */
	bool is_testing;		    /* t=y */
	enum dmarc_psd psd;
	unsigned percent;		 /* pct; 100 when absent */
	struct span rua[DMARC_URIS_MAX]; /* valid ones */
	size_t ruas;
	struct dmarc_fault fault[DMARC_FAULTS_MAX];
	size_t faults;
};

/* dmarc_record_is - does this TXT value count as a DMARC record at all? */
bool dmarc_record_is(struct span txt);
/* dmarc_record_parse - false: it does not count as one. */
bool dmarc_record_parse(struct span txt, struct dmarc_record *record_out);
/* dmarc_record_address - of "mailto:a@b!10m": "a@b". n == 0: not by mail. */
struct span dmarc_record_address(struct span uri);
const char *dmarc_policy_name(enum dmarc_policy policy); /* "quarantine" */
/* dmarc_fault_text - a sentence about it. Returns out. */
const char *dmarc_fault_text(const struct dmarc_fault *fault, char *out, size_t n);

#endif
