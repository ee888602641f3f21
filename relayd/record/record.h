/* record.h - stage 8: judge what came back: what it means (verdict/), what failed
 * (record_ruling.h), and the event of it. Pure. Thread: any. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdint.h>
#include "mail/mail_event.h"
#include "record/record_ruling.h"
#include "smtp/smtp_reply.h"
#include "verdict/verdict.h"

struct record_facts {
	enum verdict_phase phase;
	const struct smtp_reply *reply;  /* NULL: none came; text says what happened */
	const char *text;                /* "connection timed out after 60s" */
	bool is_sent;                    /* no reply, but the whole message had been sent */
	const char *provider;            /* or NULL */
	const struct verdict_rules *rules; /* NULL: the shipped ones */
};

/* record_judge - fills event: kind (DELIVERED for 2xx, DEFERRED, BOUNCED), code,
 * enhanced, category, is_hard, reply (borrowed from facts; without a reply it is
 * facts->text and code is 0, and so is detail). A 5xx that concerns our
 * reputation or rate is a BOUNCED (soft) all the same unless the rule says
 * it is temporary; a 4xx, a 421, silence, and what is said before MAIL never are a
 * bounce. ruling_out: NULL of a 2xx. */
void record_judge(const struct record_facts *facts, struct mail_event *event,
                  struct verdict *verdict_out, const struct record_ruling **ruling_out);

/* record_refuse - for what we know without asking the peer: the message cannot
 * go there as it is (no 8BITMIME, over the announced SIZE). status: 5.x.x. Fills
 * event like record_judge: BOUNCED, code 0, text as reply and detail. */
void record_refuse(struct verdict_status status, const char *text, struct mail_event *event,
                   struct verdict *verdict_out, const struct record_ruling **ruling_out);

#endif
