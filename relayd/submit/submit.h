/* submit.h - a message that begins inside the relay: signed, made durable, handed
 * to the scheduler, as one that came over SMTP is.
 *
 *   maker -> submit_send: sign -> store (commit) -> accepted events -> schedule
 *                                   |
 *                                   +-> done(request), on the maker's loop
 *
 * Notices are its first user. It stands beside accept: what it gets has been made
 * by us, so it checks nothing. One loop owns it. */
#ifndef SUBMIT_SUBMIT_H
#define SUBMIT_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"
#include "mail/mail_message.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "store/store.h"

struct submit;

struct submit_options {
	struct loop *loop;
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	uint32_t node, lane;           /* for ids */
	uint64_t not_before_id;
};

struct submit *submit_new(const struct submit_options *options, struct err *err);
/* submit_free - after the store stopped; what is under way ends without done. */
void submit_free(struct submit **submit);
uint64_t submit_next_id(struct submit *submit); /* for the message being made */

struct submit_request;
typedef void (*submit_done_fn)(struct submit_request *request, void *arg); /* takes it */

struct submit_request {
	struct mail_message *message;  /* complete but for body, size and signature */
	struct buf head, text;         /* inited; head: fields and the empty line, unsigned */
	bool head_8bit, text_8bit;
	struct store_told told;        /* noted with it; borrowed from message's arena */
	struct store_alerts_told alerts_told; /* likewise */
	submit_done_fn done;
	void *arg;
	/* answered: then message is the scheduler's, or NULL as well */
	uint64_t id;
	int result;
	struct err err;                /* LIMIT, TEMP: later; SYSTEM: the store cannot write */
};

struct submit_request *submit_request_new(void); /* Returns owned */
void submit_request_free(struct submit_request **request);
/* submit_send - takes *request. domain (borrowed for the call): whose keys sign, NULL:
 * nobody's. done may be called before it returns. */
void submit_send(struct submit *submit, struct submit_request **request,
                 const struct account_domain *domain);

#endif
