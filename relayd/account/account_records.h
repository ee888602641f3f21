/* account_records.h - what an operator publishes in DNS for a domain. Pure.
 * Thread: any. */
#ifndef ACCOUNT_ACCOUNT_RECORDS_H
#define ACCOUNT_ACCOUNT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define ACCOUNT_RECORDS_TTL_SEC 3600
#define ACCOUNT_ZONE_MAX_BYTES (64 * 1024)
#define ACCOUNT_RETURN_PATH "bounce" /* label of the return-path subdomain */

struct account_record {
	const char *purpose; /* "dkim", "spf", "dmarc", "return_path", "dmarc_report", "mta_sts",
			      * "tls_report" */
	const char *name;    /* absolute, without the final dot */
	const char *type;    /* "TXT", "MX" */
	uint32_t ttl_sec;
	const char *value; /* unsplit, unquoted */
	bool is_optional;  /* mail passes without it */
	const char *note;  /* a sentence for who publishes it, or NULL */
};

struct account_records_facts { /* of the relay; borrowed */
	const char *hostname;
	const char *const *address; /* mail leaves by; those that the Internet sees are listed in
				     * SPF, none: the hostname's */
	size_t addresses;
	const char *reports_to; /* address for DMARC and TLS reports; NULL: one at the domain */
};

/* account_records_list - arena-made. Returns their number, or -1 with err (a key that
 * cannot be written: BUG). */
int account_records_list(const struct account_domain *domain,
			 const struct account_records_facts *facts, struct arena *arena,
			 struct account_record **records_out, struct err *err);
/* account_records_write_zone - the same as master file text (RFC 1035 s5): texts
 * quoted and split into strings of at most 255 bytes, optional records but keys
 * behind a semicolon. out has ZONE_MAX_BYTES of room. */
int account_records_write_zone(const struct account_record *record, size_t records, struct buf *out,
			       struct err *err);
/* account_records_advice - sentence number i of the way from the first DMARC policy to
 * reject; NULL at the end. Static. */
const char *account_records_advice(size_t i);
/* account_records_is_public - may others see mail come from this address? false: private,
 * local, or none. */
bool account_records_is_public(const char *address);

#endif
