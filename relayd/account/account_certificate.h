/* account_certificate.h - client certificates a credential may log in with, by fingerprint:
 * SHA-256 over the DER form, as `openssl x509 -noout -fingerprint -sha256` prints it.
 *
 * Pinned so, it does not matter who signed one or when it runs out: it counts until an
 * operator takes it away. The handshake proves that the client has its key. Pure. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_CERTIFICATE_H
#define ACCOUNT_ACCOUNT_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/span.h"

#define ACCOUNT_CERTIFICATES_MAX 8
#define ACCOUNT_CERTIFICATE_BYTES 32
#define ACCOUNT_CERTIFICATE_TEXT_SIZE (2 * ACCOUNT_CERTIFICATE_BYTES + 1)

struct account_certificate {
	unsigned char sha256[ACCOUNT_CERTIFICATE_BYTES];
};

/* account_certificate_parse - 64 hexadecimal digits, a colon between bytes or not; what
 * openssl prints in front ("sha256 Fingerprint=") may stay. err INPUT EINVAL. */
int account_certificate_parse(struct span text, struct account_certificate *out, struct err *err);
/* account_certificate_format - 64 digits, lower case, no colons. */
void account_certificate_format(const struct account_certificate *certificate,
				char out[ACCOUNT_CERTIFICATE_TEXT_SIZE]);
/* account_certificate_has - is this one of them? shown NULL: no. */
bool account_certificate_has(const struct account_certificate *certificate, size_t certificates,
			     const struct account_certificate *shown);

#endif
