/* dkim.h - DKIM signing (RFC 6376, 8301, 8463): relaxed/relaxed, rsa-sha256 and
 * ed25519-sha256, by request and answer so that keys may move to a process of
 * their own. No locks: a signer belongs to one worker's loop. */
#ifndef DKIM_DKIM_H
#define DKIM_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum dkim_algorithm { DKIM_RSA_SHA256, DKIM_ED25519_SHA256, DKIM_ALGORITHM_COUNT };
#define DKIM_HASH_BYTES 32

/* ---- keys ------------------------------------------------------------------ */
struct dkim_key; /* private key; immutable, may be shared by threads */

/* dkim_key_generate - RSA-2048 or Ed25519. Slow for RSA (tenths of a second):
 * never on a loop. dkim_key_new - from PKCS#8 PEM. Returns owned or NULL (err INPUT). */
struct dkim_key *dkim_key_generate(enum dkim_algorithm algorithm, struct err *err);
struct dkim_key *dkim_key_new(struct span pem, struct err *err);
/* dkim_key_generate_rsa - of 2048 to 4096 bits, a multiple of 8; 0: 2048. */
struct dkim_key *dkim_key_generate_rsa(unsigned bits, struct err *err);
/* dkim_key_import - from somebody else's PEM (PKCS#1 or PKCS#8): as dkim_key_new, with the
 * reason in words, and an RSA key's numbers are checked, which is slow. */
struct dkim_key *dkim_key_import(struct span pem, struct err *err);
unsigned dkim_key_bits(const struct dkim_key *key); /* Ed25519: 256 */
void dkim_key_free(struct dkim_key **key);
enum dkim_algorithm dkim_key_algorithm(const struct dkim_key *key);
int dkim_key_write_pem(const struct dkim_key *key, struct buf *out, struct err *err); /* secret! */
/* dkim_key_write_record - the TXT value: "v=DKIM1; k=rsa; p=...", unsplit, unquoted. */
int dkim_key_write_record(const struct dkim_key *key, struct buf *out, struct err *err);

/* ---- body hash, streaming ---------------------------------------------------- */
struct dkim_body_hash; /* relaxed body canonicalisation into SHA-256 */
struct dkim_body_hash *dkim_body_hash_new(void);
void dkim_body_hash_update(struct dkim_body_hash *hash, struct span bytes); /* any split */
/* dkim_body_hash_end - Takes: frees it. */
void dkim_body_hash_end(struct dkim_body_hash **hash, unsigned char out[DKIM_HASH_BYTES]);
void dkim_body_hash_free(struct dkim_body_hash **hash); /* abandon */

/* ---- signing ------------------------------------------------------------------ */
struct dkim_request {
	struct span header;          /* the whole header section as it will go out, CRLF lines,
	                              * with or without the empty line */
	const unsigned char *body_hash; /* DKIM_HASH_BYTES */
	const char *domain;          /* d=, A-label */
	const char *selector;        /* s= */
	const struct dkim_key *key;
	int64_t now_unix_sec;        /* t= */
	int64_t expires_unix_sec;    /* x=; 0: none */
};

/* dkim_sign - append one folded "DKIM-Signature: ...CRLF" field to out.
 * h= names each existing singleton once more than it occurs (oversigning From,
 * To, Cc, Subject, Date, Message-ID, Reply-To, Sender, MIME-Version, Content-Type,
 * Content-Transfer-Encoding, In-Reply-To, References, List-Unsubscribe(-Post), Feedback-ID ...). */
int dkim_sign(const struct dkim_request *request, struct buf *out, struct err *err);

#endif
