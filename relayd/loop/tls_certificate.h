/* tls_certificate.h - reading certificate files, and making one for a host
 * that has none. OpenSSL's types stay behind this folder. */
#ifndef LOOP_TLS_CERTIFICATE_H
#define LOOP_TLS_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"
#include "loop/tls.h"

struct x509_st; /* X509 */

/* tls_certificate_load - put a chain and its key into ctx. err INPUT names the
 * file that is wrong, why, and for which certificate. */
int tls_certificate_load(struct ssl_ctx_st *ctx, const struct tls_files *files,
                         struct err *err);

/* tls_certificate_make - put a new self-signed certificate for hostname into
 * ctx: EC P-256, ten years. Kept in memory only. */
int tls_certificate_make(struct ssl_ctx_st *ctx, const char *hostname, struct err *err);

/* tls_certificate_covers - does cert name host (ASCII, no final dot)? Only an
 * exact entry counts when exact is true, else only a wildcard one. */
bool tls_certificate_covers(struct x509_st *cert, struct span host, bool exact);

int64_t tls_certificate_expires_unix_ms(struct x509_st *cert);

/* tls_openssl_text - the reason OpenSSL queued first, then empties its queue.
 * Static or thread-local text, never NULL. */
const char *tls_openssl_text(void);

#endif
