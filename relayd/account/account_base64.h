/* account_base64.h - base64 as SASL and SCRAM write it (RFC 4648 s4): whole
 * groups, padding at the end only, nothing in between. OpenSSL's block decoder
 * lets spaces, dashes and inner padding pass. Pure. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_BASE64_H
#define ACCOUNT_ACCOUNT_BASE64_H

#include <stddef.h>
#include "base/buf.h"
#include "base/span.h"

/* account_base64_decode - append to out; -1: not base64, or no room (unchanged). */
int account_base64_decode(struct span text, struct buf *out);
/* account_base64_encode - append to out, which has room for 4/3 of n and 5. */
void account_base64_encode(const void *p, size_t n, struct buf *out);

#endif
