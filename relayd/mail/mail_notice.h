/* mail_notice.h - which outcome a sender is told of by mail (RFC 3461).
 *
 * A delivery status notice goes to the envelope sender, about one recipient's
 * outcome, if NOTIFY asked for it or, where nothing was said, by default. Whether
 * anybody is there to be told (a null return path, a credential that mutes
 * notices) is the caller's question. Pure. Thread: any. */
#ifndef MAIL_MAIL_NOTICE_H
#define MAIL_MAIL_NOTICE_H

#include <stdbool.h>
#include "mail/mail_event.h"

enum mail_notice { /* stored by number: grows at its end only */
	MAIL_NOTICE_NONE,
	MAIL_NOTICE_FAILED,  /* for good */
	MAIL_NOTICE_DELAYED, /* not yet; attempts go on */
	MAIL_NOTICE_RELAYED, /* handed to a server that itself will not report success */
	MAIL_NOTICE_COUNT
};

/* mail_notice_of - a final outcome. notify: SMTP_NOTIFY_ bits, 0 not said, which
 * means failures (s4.1). next_reports: the server that took it offers DSN and was
 * given NOTIFY: success is its to report (s5.2.1). */
enum mail_notice mail_notice_of(enum mail_event_kind kind, unsigned notify, bool next_reports);
/* mail_notice_wants_delay - and mail that still waits? */
bool mail_notice_wants_delay(unsigned notify);
/* mail_notice_action - "failed": RFC 3464 s2.3.3; "" for NONE. */
const char *mail_notice_action(enum mail_notice notice);

#endif
