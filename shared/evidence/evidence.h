/* evidence.h - what others say of our authentication: SPF, DKIM and DMARC results on
 * messages that really arrived. Read from
 *
 *   a message, or its header pasted in: Authentication-Results (RFC 8601), Received-SPF
 *     (RFC 7208 s9.1). Only the topmost server's are believed: those below a field of another
 *     authserv-id, and any below a field that is not the receiver's own, a sender may have
 *     written. DKIM-Signature fields say which domains signed, not that it passed;
 *   a DMARC aggregate report (RFC 7489 appendix C): XML, plain, gzip, or the one member of a
 *     zip archive.
 *
 * All of it is from outside: sizes, counts, depth and names are capped, XML with a document
 * type is refused (no entities), and unpacking stops at EVIDENCE_TEXT_MAX. Used by relaycli:
 * the daemon reads none of it, only what was found. Thread: any. */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define EVIDENCE_FILE_MAX (10 << 20) /* packed or not */
#define EVIDENCE_TEXT_MAX (64 << 20) /* unpacked */
#define EVIDENCE_ROWS_MAX 100000     /* records of one report */
#define EVIDENCE_NAME_SIZE 256

enum evidence_what { EVIDENCE_SPF, EVIDENCE_DKIM, EVIDENCE_DMARC, EVIDENCE_WHAT_COUNT };
const char *evidence_what_name(enum evidence_what what); /* "spf", ... */

struct evidence_item { /* one method's result; valid during the call */
	enum evidence_what what;
	bool has_passed;
	uint64_t messages;
	const char *domain; /* From for DMARC, d= for DKIM, of the envelope for SPF; or "" */
	const char *source; /* the address the mail came from, or "" */
};
typedef void (*evidence_fn)(const struct evidence_item *item, void *arg);

struct evidence_origin { /* whose word it is */
	char by[EVIDENCE_NAME_SIZE];     /* authserv-id, or the reporter's org_name */
	char report[EVIDENCE_NAME_SIZE]; /* report id; "" of a header */
	int64_t from_unix, until_unix;   /* of a report; 0: not said */
};

/* evidence_read - whichever of the above file is. Returns 0, or -1: err INPUT says what is
 * wrong with it; items that were read before stand. */
int evidence_read(struct span file, struct evidence_origin *origin_out, evidence_fn fn, void *arg,
		  struct err *err);

/* the parts; each as above */
int evidence_header_read(struct span header, struct evidence_origin *origin_out, evidence_fn fn,
			 void *arg, struct err *err);
int evidence_report_read(struct span xml, struct evidence_origin *origin_out, evidence_fn fn,
			 void *arg, struct err *err);
/* evidence_unpack - gzip, or a zip archive's first member, into out (cap it). */
int evidence_unpack(struct span packed, struct buf *out, struct err *err);

#endif
