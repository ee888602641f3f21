/* tag_list.h - "name=value; name=value": the form DKIM keys, DMARC, MTA-STS and TLS-RPT records
 * share (RFC 6376 s3.2, and stricter relatives). Pure, any bytes. Thread: any. */
#ifndef POLICY_TAG_LIST_H
#define POLICY_TAG_LIST_H

#include <stdbool.h>
#include "base/err.h"
#include "base/span.h"

struct tag {
	struct span name, value; /* without the white space around them */
};

enum tag_form {
	TAG_FOLDED, /* DKIM: white space and line ends around names and values */
	TAG_SPACED, /* DMARC: spaces and tabs there */
	TAG_TIGHT   /* MTA-STS, TLS-RPT: spaces and tabs only beside semicolons */
};

/* tag_next - takes the next tag off *rest. 1: there it is; 0: the end, a last semicolon before it
 * is fine; -1: this is none (err INPUT); its text is the tag's name then, *rest is behind it and
 * may be read on. */
int tag_next(struct span *rest, enum tag_form form, struct tag *tag_out, struct err *err);
/* tag_show - the beginning of text, printable, for a sentence. Returns out. */
const char *tag_show(struct span text, char out[64]);

#endif
