/* spf_macro.h - SPF's macros (RFC 7208 s7): syntax and expansion. Pure. Thread: any. */
#ifndef POLICY_SPF_MACRO_H
#define POLICY_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define SPF_EXPANDED_MAX (64 * 1024) /* room a buf for spf_macro_expand needs at most */
#define SPF_NAME_MAX 253

enum spf_macro_place {
	SPF_MACRO_DOMAIN,     /* in a record: no spaces; c, r and t are not allowed */
	SPF_MACRO_EXPLANATION /* in the text that exp= leads to */
};

struct spf_macro_values {		  /* borrowed; s7.2 */
	struct span local, sender_domain; /* l, o; s is both */
	struct span domain;		  /* d: whose record is evaluated */
	struct span helo;		  /* h */
	struct span validated;		  /* p */
	struct span receiver;		  /* r */
	const char *dotted;		  /* i: 192.0.2.3, or 32 nibbles with dots */
	const char *readable;		  /* c */
	bool is_v6;			  /* v */
	int64_t now_unix_sec;		  /* t */
};

/* spf_macro_check - is text a macro-string? -1: err INPUT. */
int spf_macro_check(struct span text, enum spf_macro_place place, struct err *err);
/* spf_macro_ends_in_macro - does a macro-string's last macro-expand end where it ends? *last_out
 * gets what follows the last one (the whole text when there is none). */
bool spf_macro_ends_in_macro(struct span text, struct span *last_out);
/* spf_macro_uses - does it name this letter (lower case), in either case? */
bool spf_macro_uses(struct span text, char letter);
/* spf_macro_expand - a text that spf_macro_check passed, appended to out. -1: no room left. */
int spf_macro_expand(struct span text, const struct spf_macro_values *values, struct buf *out);
/* spf_macro_fit - an expanded domain-spec as the name to ask for: the final dot off, and labels
 * from the left while it is longer than 253 (s7.3). */
struct span spf_macro_fit(struct span name);

#endif
