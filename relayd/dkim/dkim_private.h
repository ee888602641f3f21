/* dkim_private.h - what the files of dkim/ share. */
#ifndef DKIM_DKIM_PRIVATE_H
#define DKIM_DKIM_PRIVATE_H

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/span.h"
#include "dkim/dkim.h"

#define DKIM_SIGNATURE_MAX_BYTES 512 /* RSA-4096 */

/* ---- dkim_canon.c -------------------------------------------------------------- */

/* dkim_sha256 - fetched from OpenSSL once for the process; never freed. Thread: any. */
const EVP_MD *dkim_sha256(void);

/* dkim_canon_header - relaxed canonicalisation of one field (RFC 6376 s3.4.2),
 * with or without its CRLF, appended to out without CRLF. -1: out is full. */
int dkim_canon_header(struct span field, struct buf *out);

/* dkim_digest - SHA-256 over the fields in this order, each ended by CRLF, and
 * the signature field (b= empty) without one: what is signed (RFC 6376 s3.7). */
int dkim_digest(const struct span *fields, size_t count, struct span signature_field,
                unsigned char out[DKIM_HASH_BYTES], struct err *err);

/* ---- dkim_select.c ------------------------------------------------------------- */

struct dkim_choice {
	struct buf names;      /* h=: "From:From:To:To", folded at need */
	struct span *field;    /* to hash, in the order of names; owned */
	size_t fields;
};

/* dkim_select - which fields of this header are signed. Fields borrow from
 * header. err INPUT: no From, or too many fields. Deinit in either case. */
int dkim_select(struct span header, struct dkim_choice *choice_out, struct err *err);
void dkim_choice_deinit(struct dkim_choice *choice);

/* ---- dkim_key.c ---------------------------------------------------------------- */

/* dkim_key_sign - sign a digest: PKCS#1 v1.5 (RFC 6376 s3.3.1), or the 32 bytes
 * themselves by PureEdDSA (RFC 8463 s3: the hash is the message). */
int dkim_key_sign(const struct dkim_key *key, const unsigned char digest[DKIM_HASH_BYTES],
                  unsigned char out[DKIM_SIGNATURE_MAX_BYTES], size_t *bytes_out,
                  struct err *err);

#endif
