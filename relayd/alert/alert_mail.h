/* alert_mail.h - changes gathered into one mail. Pure. Thread: any. */
#ifndef ALERT_ALERT_MAIL_H
#define ALERT_ALERT_MAIL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define ALERT_MAIL_LINES_MAX 100 /* more changes are counted, not told */

struct alert_mail {
	const char *hostname, *from, *to;
	int64_t now_unix_ms;
	uint64_t id;
	/* what changed, in the order it did: "raised", a sentence; strings owned by the caller */
	const struct alert_change {
		bool is_raised;
		int64_t at_unix_ms;
		char *text;
	} *change;
	size_t changes, left_out;
	size_t raised; /* alerts there are now */
};

/* alert_mail_write - head: fields and the empty line; text: plain, UTF-8 as
 * quoted-printable. Both inited by the caller with room for ALERT_MAIL_LINES_MAX lines.
 * subject_out: for the log. */
void alert_mail_write(const struct alert_mail *mail, struct buf *head, struct buf *text,
                      struct buf *subject_out);

#endif
