/* notice.h - mail to senders about their mail: delayed, failed, handed on without
 * confirmation (RFC 3461). A notice is a message like any other from here on; its
 * return path is null, so that nothing is ever said about a notice.
 *
 *   schedule: outcome, with what the sender is to be told
 *       |  store: recorded, and noted as owed, in one transaction
 *       v
 *   notice_due(message)       from the scheduler, by a function pipeline.c hands it;
 *       |                     at start, for each that is still owed
 *       |  `notices.gather` later: recipients that failed together share a notice
 *       v
 *   store_notice (body thread): the rows and the header
 *       v
 *   notice_compose -> submit: sign, and one transaction accepts the notice and
 *                     settles what it tells -> schedule
 *
 * A crash anywhere loses nothing (what is owed is found again) and doubles nothing.
 * Thread: its own, since composing and signing a hundred thousand bounces of a
 * campaign must stop neither sessions nor operators. A fixed number is under way
 * at once, the others wait as 64 bytes each. */
#ifndef NOTICE_NOTICE_H
#define NOTICE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/err.h"
#include "config.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "store/store.h"

#define NOTICE_CREDENTIAL "(notices)" /* no credential can have that name */

struct notice;

struct notice_options {
	const struct config *config;       /* referenced */
	struct account_snapshot *accounts; /* referenced */
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	uint32_t node, lane;               /* for ids */
	uint64_t not_before_id;
};

struct notice *notice_new(const struct notice_options *options, struct err *err);
int notice_start(struct notice *notice, struct err *err); /* after store_start */
void notice_stop(struct notice *notice); /* before the store; what is owed stays owed */
void notice_free(struct notice **notice); /* after schedule and store stopped */

/* new pictures, from the main thread; each takes a reference of its own */
void notice_set_config(struct notice *notice, const struct config *config);
void notice_set_accounts(struct notice *notice, struct account_snapshot *accounts);

/* notice_due - something about this message is to be told: an outcome that was
 * recorded as owed, or (is_delay) that it still waits. Thread: any. */
void notice_due(struct notice *notice, uint64_t message_id, bool is_delay);

#endif
