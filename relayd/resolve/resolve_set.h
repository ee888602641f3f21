/* resolve_set.h - all records of one name and type, whole: what those who judge a domain's
 * DNS read, where resolve_answer keeps only what mail needs. Borrowed: whoever answered says
 * for how long. */
#ifndef RESOLVE_RESOLVE_SET_H
#define RESOLVE_RESOLVE_SET_H

#include <stddef.h>
#include <stdint.h>
#include "base/span.h"
#include "resolve/resolve_packet.h"

enum resolve_set_type {
	RESOLVE_SET_A,
	RESOLVE_SET_AAAA,
	RESOLVE_SET_MX,
	RESOLVE_SET_PTR,
	RESOLVE_SET_TXT,
	RESOLVE_SET_NS,
	RESOLVE_SET_TYPE_COUNT
};

struct resolve_set_record {
	struct span data;    /* A, AAAA: 4 or 16 bytes; TXT: its strings joined; MX, PTR, NS: a
			      * name, lower case, no final dot ("" is the root) */
	uint16_t preference; /* MX */
};

struct resolve_set {
	enum resolve_status status; /* never ALIAS: aliases were followed */
	const char *why;	    /* static; of FAILED */
	size_t count;		    /* of FOUND; else 0 */
	const struct resolve_set_record *record;
};

#endif
