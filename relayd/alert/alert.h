/* alert.h - conditions that last and somebody should know of: a certificate that runs
 * out, a quota that is used up, a full disk. Each is raised once and cleared once, as
 * an event, and mailed once if an address is configured.
 *
 *   every few seconds: collect() says what is so now --+-- new: alert.raised, stored
 *                                                      +-- gone: alert.cleared
 *                                                      +-- changes gathered --> one mail
 *
 * What is raised is stored, and what no mail has told yet (alert_outbox.h): a restart raises
 * nothing again, and mails what is left. Thread: main. */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include <stddef.h>
#include <stdint.h>
#include "account/account_snapshot.h"
#include "base/err.h"
#include "config.h"
#include "loop/loop.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "store/store.h"

#define ALERT_TEXT_SIZE 400 /* of what an alert says; longer is cut */

struct alert;
struct alert_round; /* one collection */

enum alert_level { ALERT_WARNING, ALERT_ERROR };

struct alert_options {
	struct loop *loop;
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	struct config *config;             /* references are taken */
	struct account_snapshot *accounts;
	uint32_t node, lane;               /* for the ids of mails */
	uint64_t not_before_id;
	/* collect - says all that is so now, with alert_say; called on the loop. */
	void (*collect)(struct alert_round *round, void *arg);
	void *arg;
};

struct alert *alert_new(const struct alert_options *options, struct err *err); /* Returns owned */
void alert_free(struct alert **alert); /* after the store stopped */
/* alert_load - a stored row, of others nothing is taken; before alert_start. */
void alert_load(struct alert *alert, const struct store_change *row);
void alert_start(struct alert *alert); /* the first round, once the loop runs */
void alert_set_config(struct alert *alert, const struct config *config);
void alert_set_accounts(struct alert *alert, struct account_snapshot *accounts);

/* alert_say - key: what it is about and never changes while it lasts, "quota:shop:day";
 * the text may, and is a sentence with the way out. A key said twice counts once. A warning
 * that becomes an error is raised again as that. */
void alert_say(struct alert_round *round, enum alert_level level, const char *key, const char *fmt,
               ...) __attribute__((format(printf, 4, 5)));
/* alert_keep - nothing is known yet of keys that begin so: they stay as they are. */
void alert_keep(struct alert_round *round, const char *prefix);

struct alert_row { /* borrowed until the next round */
	const char *key, *text;
	enum alert_level level;
	int64_t since_unix_ms;
};
/* alert_at - those raised now, errors first, then the oldest; false: no more. */
bool alert_at(const struct alert *alert, size_t i, struct alert_row *row_out);
/* alert_look - a round now: what is shown is not older than the question. */
void alert_look(struct alert *alert);

#endif
