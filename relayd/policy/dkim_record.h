/* dkim_record.h - the TXT record behind a selector (RFC 6376 s3.6.1, RFC 8301, RFC 8463).
 * Pure, any bytes. Thread: any. */
#ifndef POLICY_DKIM_RECORD_H
#define POLICY_DKIM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/span.h"

#define DKIM_RECORD_KEY_MAX 4096  /* bytes; RSA of 16,384 bits has 2,100 */
#define DKIM_RECORD_BITS_MIN 1024 /* shorter RSA keys must not be verified (RFC 8301 s3.2) */
#define DKIM_RECORD_BITS_GOOD 2048

enum dkim_record_kind { DKIM_RECORD_RSA, DKIM_RECORD_ED25519, DKIM_RECORD_OTHER };

struct dkim_record {
	enum dkim_record_kind kind;
	unsigned bits;	   /* RSA: of the modulus; 0: revoked or of a kind unknown */
	bool is_revoked;   /* p= is empty */
	bool is_testing;   /* t=y: a failure counts as no signature */
	bool is_strict;	   /* t=s: i= must be of d= itself */
	bool takes_sha256; /* h= is absent or names it */
	bool takes_email;  /* s= is absent or names email or "*" */
	size_t key_bytes;
	unsigned char key[DKIM_RECORD_KEY_MAX]; /* p= decoded */
};

/* dkim_record_parse - -1: err INPUT; verifiers ignore such a record. Unknown tags are skipped. */
int dkim_record_parse(struct span txt, struct dkim_record *record_out, struct err *err);
/* dkim_record_is_same_key - do both verify the same signatures? */
bool dkim_record_is_same_key(const struct dkim_record *a, const struct dkim_record *b);

#endif
