/* tls_record.h - the two TXT records about TLS towards a domain: MTA-STS (RFC 8461 s3.1) and TLS
 * reports (RFC 8460 s3). Pure, any bytes. Thread: any. */
#ifndef POLICY_TLS_RECORD_H
#define POLICY_TLS_RECORD_H

#include <stdbool.h>
#include "base/err.h"
#include "base/span.h"

/* Values that do not start like one are not counted as records; of those that do, there may be
 * only one. */
bool tls_record_is_sts(struct span txt);
bool tls_record_is_report(struct span txt);
/* tls_record_parse_sts - *id_out: the policy's id. -1: err INPUT; senders then see no policy. */
int tls_record_parse_sts(struct span txt, struct span *id_out, struct err *err);
/* tls_record_parse_report - *rua_out: the list of addresses, each checked. -1: err INPUT. */
int tls_record_parse_report(struct span txt, struct span *rua_out, struct err *err);

#endif
