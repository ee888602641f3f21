/* account_scram.h - the server's side of SCRAM-SHA-256 and -PLUS (RFC 5802,
 * 7677, 9266), without base64 and without I/O.
 *
 *   client-first -> account_scram_first -> server-first
 *   client-final -> account_scram_final -> server-final
 *
 * Unknown, revoked, wrong proof: the same course, the same words, the same work.
 * A credential may have several live secrets; the proof is tried against each.
 * Pure. Thread: any, one exchange at a time. */
#ifndef ACCOUNT_ACCOUNT_SCRAM_H
#define ACCOUNT_ACCOUNT_SCRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define ACCOUNT_SCRAM_MESSAGE_MAX 2048 /* of either side, longer ones are refused */
#define ACCOUNT_SCRAM_NONCE_BYTES 18   /* ours, random; 24 characters of base64 */

struct account_scram;

struct account_scram_binding { /* one kind this session can give (RFC 5929, 9266) */
	const char *name;      /* "tls-exporter" */
	const unsigned char *data;
	size_t n;
};

struct account_scram_options {
	bool is_plus;	  /* the mechanism chosen was the -PLUS one */
	bool offers_plus; /* ... and it was on offer: "y" is then an attack */
	const struct account_scram_binding *binding; /* copied */
	size_t bindings;
	const unsigned char *nonce; /* ACCOUNT_SCRAM_NONCE_BYTES random bytes */
};

/* account_scram_first - Returns owned; appends server-first to out (at least
 * ACCOUNT_SCRAM_MESSAGE_MAX bytes of room). NULL, err INPUT: malformed, an
 * extension we do not know, another channel binding than one of ours. */
struct account_scram *account_scram_first(const struct account_scram_options *options,
					  const struct account_snapshot *snapshot,
					  struct span client_first, struct buf *out,
					  struct err *err);
/* account_scram_user - who it claims to be. Borrowed. */
const char *account_scram_user(const struct account_scram *scram);
/* account_scram_final - the secret whose holder this is (and *credential_out), with
 * server-final appended to out; or NULL with err: INPUT malformed, PERM not let in. */
const struct account_secret *account_scram_final(struct account_scram *scram,
						 const struct account_snapshot *snapshot,
						 struct span client_final, int64_t now_unix_ms,
						 const struct account_credential **credential_out,
						 struct buf *out, struct err *err);
void account_scram_free(struct account_scram **scram);

#endif
