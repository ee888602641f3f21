/* resolve_packet.h - DNS questions and answers as bytes. Pure. Thread: any.
 *
 * libresolv builds and takes apart (res_nmkquery, ns_initparse); what is
 * believed is decided here: id, question and owner names must fit, an alias
 * chain is followed only inside the packet. */
#ifndef RESOLVE_RESOLVE_PACKET_H
#define RESOLVE_RESOLVE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"

#define RESOLVE_NAME_SIZE 256       /* text form of a name we ask about, and NUL */
#define RESOLVE_QUESTION_MAX 300    /* header, name, EDNS */
#define RESOLVE_UDP_MAX 1232        /* what we announce: fits any path without fragments */
#define RESOLVE_TCP_MAX 65535
#define RESOLVE_RECORDS_MAX 32      /* kept of one answer */
#define RESOLVE_ALIASES_MAX 8       /* CNAMEs in a row */

#define RESOLVE_NO_HOST "."         /* stands for an MX target that is no host name */

enum resolve_type { RESOLVE_A, RESOLVE_AAAA, RESOLVE_MX, RESOLVE_PTR, RESOLVE_TYPE_COUNT };

enum resolve_status {
	RESOLVE_FOUND,
	RESOLVE_ALIAS,     /* record[0].mx.name is the name to ask about instead; of PTR it may
	                    * have slashes (RFC 2317) */
	RESOLVE_NODATA,    /* the name is there, such records are not */
	RESOLVE_NXDOMAIN,
	RESOLVE_FAILED     /* temporary: why says what happened */
};

union resolve_record {
	struct {
		const char
			*name; /* lower case, no final dot; "" is the root, NO_HOST no host name */
		uint16_t preference;
	} mx;                      /* MX, PTR */
	unsigned char address[16]; /* 4 used for A */
};

/* struct resolve_answer - one allocation, immutable. */
struct resolve_answer {
	enum resolve_status status;
	const char *why;           /* static; of FAILED */
	bool is_secure;            /* AD was set */
	uint32_t ttl_sec;          /* smallest on the way; negative: of the SOA (RFC 2308) */
	bool has_ttl;              /* false: a negative answer without SOA, or FAILED */
	size_t count;
	union resolve_record record[];
};

enum resolve_packet {
	RESOLVE_PACKET_ANSWER,     /* *answer_out is owned (mem_free) */
	RESOLVE_PACKET_FOREIGN,    /* not the answer to this question: go on waiting */
	RESOLVE_PACKET_TRUNCATED,  /* ask by TCP */
	RESOLVE_PACKET_REFUSED,    /* SERVFAIL, REFUSED, ...: another server may know; *why_out */
	RESOLVE_PACKET_NO_EDNS     /* FORMERR, NOTIMP: ask without EDNS */
};

struct resolve_question_text {
	const char *name;          /* lower case, no final dot */
	enum resolve_type type;
	uint16_t id;
};

/* resolve_packet_build - a recursive question. with_edns adds OPT of
 * RESOLVE_UDP_MAX; secure adds DO and AD. Returns its length, or 0: name cannot
 * be put on the wire. */
size_t resolve_packet_build(const struct resolve_question_text *question, bool with_edns,
                            bool secure, unsigned char out[RESOLVE_QUESTION_MAX]);
/* resolve_packet_parse - what does this packet say to that question? Any bytes. */
enum resolve_packet resolve_packet_parse(const struct resolve_question_text *question,
                                         const unsigned char *packet, size_t n,
                                         struct resolve_answer **answer_out, const char **why_out);
/* resolve_packet_is_refusal - is this code the server's trouble, not the name's? In words. */
bool resolve_packet_is_refusal(int rcode, const char **why_out);
/* resolve_answer_failed - Returns owned: a FAILED answer. */
struct resolve_answer *resolve_answer_failed(const char *why);
/* resolve_name_clean - a name as people or servers write it, lower-cased, the
 * final dot off. false: not a host name (letters, digits, -, _ in labels of 1..63). */
bool resolve_name_clean(struct span name, char out[RESOLVE_NAME_SIZE]);

#endif
