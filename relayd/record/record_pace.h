/* record_pace.h - what a failure that concerns the site means for its pace: too
 * fast, too many connections, too long a connection, or trouble that passes by
 * waiting. Pure. Thread: any. */
#ifndef RECORD_RECORD_PACE_H
#define RECORD_RECORD_PACE_H

#include "mail/mail_event.h"
#include "pace/pace_gate.h"
#include "verdict/verdict.h"

/* record_pace_news - of an event whose concern is RECORD_SITE. phase: where in the
 * session, UNKNOWN: at a recipient or the message. Never PACE_ACCEPTED. */
enum pace_news record_pace_news(const struct mail_event *event, enum verdict_phase phase);

#endif
