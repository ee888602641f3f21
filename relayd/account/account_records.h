/* account_records.h - what an operator publishes in DNS for a domain. Pure.
 * Thread: any. */
#ifndef ACCOUNT_ACCOUNT_RECORDS_H
#define ACCOUNT_ACCOUNT_RECORDS_H

#include <stddef.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define ACCOUNT_RECORDS_TTL_SEC 3600
#define ACCOUNT_ZONE_MAX_BYTES (64 * 1024)

struct account_record {
	const char *purpose; /* "dkim", "spf", "dmarc", "return_path" */
	const char *name;    /* absolute, without the final dot */
	const char *type;    /* "TXT", "MX" */
	uint32_t ttl_sec;
	const char *value; /* unsplit, unquoted */
};

/* account_records_list - arena-made; hostname is the relay's. Returns their
 * number, or -1 with err (a key that cannot be written: BUG). */
int account_records_list(const struct account_domain *domain, const char *hostname,
			 struct arena *arena, struct account_record **records_out, struct err *err);
/* account_records_write_zone - the same as master file text (RFC 1035 s5): texts
 * quoted and split into strings of at most 255 bytes. out has ZONE_MAX_BYTES of room. */
int account_records_write_zone(const struct account_record *record, size_t records, struct buf *out,
			       struct err *err);

#endif
