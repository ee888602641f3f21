/* resolve_set.h - all records of one name and type, whole: what those who judge a domain's
 * DNS read, where resolve_answer keeps only what mail needs. Questions and answers as bytes;
 * pure. Thread: any.
 *
 * Names are asked for byte by byte (a dot ends a label, nothing else is special), since SPF's
 * macros make names that no host has. */
#ifndef RESOLVE_RESOLVE_SET_H
#define RESOLVE_RESOLVE_SET_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/span.h"
#include "resolve/resolve_packet.h"

#define RESOLVE_SET_MAX 1024 /* records of an answer; one with more is FAILED */

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
			      * name, lower case, no final dot ("" is the root), odd bytes
			      * escaped as in a zone file; NUL-terminated beyond n */
	uint16_t preference; /* MX */
};

/* struct resolve_set - borrowed: whoever answered says for how long. */
struct resolve_set {
	enum resolve_status status; /* ALIAS: record[0].data is the name to ask about */
	const char *why;	    /* static; of FAILED */
	size_t count;		    /* of FOUND and ALIAS; else 0 */
	const struct resolve_set_record *record;
};

struct resolve_set_question {
	const char *name; /* at most 253 bytes, labels of 1 to 63 */
	enum resolve_set_type type;
	uint16_t id;
	bool is_recursive; /* asks a resolver, not a zone's own server */
	bool with_edns;
};

struct resolve_set_facts { /* of the packet an answer came in */
	bool is_authoritative;
	bool is_referral; /* it knows only who else to ask */
	uint32_t ttl_sec; /* of the records, or of the knowledge that there are none */
};

/* resolve_set_build - Returns its length, or 0: name cannot be put on the wire. */
size_t resolve_set_build(const struct resolve_set_question *question,
			 unsigned char out[RESOLVE_QUESTION_MAX]);
/* resolve_set_parse - what does this packet say to that question? Any bytes. *set_out is in
 * arena; as resolve_packet_parse otherwise. */
enum resolve_packet resolve_set_parse(const struct resolve_set_question *question,
				      const unsigned char *packet, size_t n, struct arena *arena,
				      struct resolve_set *set_out,
				      struct resolve_set_facts *facts_out, const char **why_out);

#endif
