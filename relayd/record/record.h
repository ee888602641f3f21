/* record.h - stage 8: judge what came back. One module decides what failed:
 * this recipient, this message, this host, the site, or us. Pure. Thread: any. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdint.h>
#include "mail/mail_event.h"
#include "smtp/smtp_reply.h"
#include "verdict/verdict.h"

struct record_facts {
	enum verdict_phase phase;
	const struct smtp_reply *reply;  /* NULL: none came; text says what happened */
	const char *text;                /* "connection timed out after 60s" */
	const char *provider;            /* or NULL */
	const struct verdict_rules *rules; /* NULL: the shipped ones */
};

enum record_concern { /* whom a negative answer concerns: who has to wait */
	RECORD_RECIPIENT,  /* back off this recipient */
	RECORD_MESSAGE,    /* all recipients of this message */
	RECORD_SITE,       /* stop talking to the site for a while; nobody's attempt is used up */
};

/* record_judge - fills event: kind (DELIVERED for 2xx, DEFERRED, BOUNCED), code,
 * enhanced, category, is_hard, reply (borrowed from facts; without a reply it is
 * facts->text and code is 0, and so is detail). A 5xx that concerns our
 * reputation or rate is a BOUNCED (soft) all the same unless the rule says
 * it is temporary; a 4xx, a 421 and silence are never a bounce. */
void record_judge(const struct record_facts *facts, struct mail_event *event,
                  struct verdict *verdict_out, enum record_concern *concern_out);

/* record_is_of_host - a refusal at MAIL that another host of the domain need not share
 * (RFC 5321 s5.1): for now, and for the server's own trouble. Refusals of our pace or
 * standing are the provider's, whichever host says them: they are not carried to
 * the next door. */
bool record_is_of_host(int code, enum verdict_category category);

/* record_refuse - for what we know without asking the peer: the message cannot
 * go there as it is (no 8BITMIME, over the announced SIZE). status: 5.x.x. Fills
 * event like record_judge: BOUNCED, code 0, text as reply and detail. */
void record_refuse(struct verdict_status status, const char *text, struct mail_event *event,
                   struct verdict *verdict_out);

#endif
