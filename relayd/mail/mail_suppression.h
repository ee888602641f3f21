/* mail_suppression.h - why an address gets no mail: the same words in the database,
 * on the socket and in answers. Pure. Thread: any. */
#ifndef MAIL_MAIL_SUPPRESSION_H
#define MAIL_MAIL_SUPPRESSION_H

#include <stdbool.h>
#include "base/span.h"

enum mail_suppression { /* stored by number: grows at its end only */
	MAIL_SUPPRESSION_HARD_BOUNCE, MAIL_SUPPRESSION_COMPLAINT, MAIL_SUPPRESSION_UNSUBSCRIBE,
	MAIL_SUPPRESSION_MANUAL,
	MAIL_SUPPRESSION_MAILBOX_FULL, MAIL_SUPPRESSION_COUNT
};
const char *mail_suppression_name(enum mail_suppression reason);  /* "hard_bounce" */
const char *mail_suppression_words(enum mail_suppression reason); /* "hard bounce" */
bool mail_suppression_parse(struct span name, enum mail_suppression *reason_out);

#endif
