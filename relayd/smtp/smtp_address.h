/* smtp_address.h - mailboxes and domains as RFC 5321 s4.1.2 and RFC 6531 write them.
 * Pure. Thread: any. */
#ifndef SMTP_SMTP_ADDRESS_H
#define SMTP_SMTP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/span.h"

#define SMTP_LOCAL_MAX 64
#define SMTP_DOMAIN_MAX 255
#define SMTP_ADDRESS_MAX 254 /* RFC 5321 erratum 1690: a path is 256 with its brackets */

struct smtp_address {
	struct span local;  /* as written, quotes included; case kept */
	struct span domain; /* as written; "[192.0.2.1]" for a literal */
	bool is_utf8;	    /* has non-ASCII: needs SMTPUTF8 (or an A-label if only the domain) */
	bool is_literal;    /* domain is an address literal */
};

/* smtp_address_parse - the whole of text is one mailbox (no brackets, no source
 * route). Spans borrow from text. err INPUT says what is wrong. */
int smtp_address_parse(struct span text, struct smtp_address *address_out, struct err *err);

/* smtp_domain_ascii - lower-case A-label form for DNS and comparison (libidn2,
 * non-transitional; literals unchanged). err INPUT: not a domain name. */
int smtp_domain_ascii(struct span domain, char out[SMTP_DOMAIN_MAX + 1], struct err *err);
/* smtp_domain_is_valid - letters, digits, hyphens; labels 1..63; <= 255. */
bool smtp_domain_is_valid(struct span domain);
/* smtp_address_key - how an address is stored for look-ups: local part with
 * ASCII folded, @, A-label domain. out of SMTP_ADDRESS_MAX + SMTP_DOMAIN_MAX. */
#define SMTP_ADDRESS_KEY_SIZE 512
int smtp_address_key(struct span text, char out[SMTP_ADDRESS_KEY_SIZE], struct err *err);

#endif
