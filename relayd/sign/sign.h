/* sign.h - which domain's keys sign this message: the From domain's, all live
 * ones (RSA always, Ed25519 beside it). Runs in the session's worker. */
#ifndef SIGN_SIGN_H
#define SIGN_SIGN_H

#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* sign_message - prepend-ready DKIM-Signature fields for header (as rewritten,
 * without signatures) into out. domain NULL or without keys: out stays empty.
 * *words_out (arena): "d=shop.example s=k1 rsa, k1e ed25519" or "". */
int sign_message(const struct account_domain *domain, struct span header,
                 const unsigned char *body_hash, int64_t now_unix_ms, struct arena *arena,
                 struct buf *out, const char **words_out, struct err *err);

#endif
