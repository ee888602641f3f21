/* dmarc_hold.h - holds all mail of a sending domain while it would fail DMARC, where the domain
 * wants that (domain limit NAME dmarc-fail=hold).
 *
 *   a check finds that mail fails, p=quarantine or reject --> hold from:@DOMAIN --> acted, stored
 *   a check finds that it is right, or the option goes    --> that hold is released, forgotten
 *
 * One failure is acted on once: what somebody released by hand is not held again until the check
 * was right in between, over restarts too. What others hold is never touched: control_order.
 * A check that cannot tell changes nothing. Thread: main. */
#ifndef RELAYD_DMARC_HOLD_H
#define RELAYD_DMARC_HOLD_H

#include "account/account.h"
#include "alert/alert.h"
#include "alert/alert_ask.h"
#include "control/control.h"
#include "domain/domain_watch.h"
#include "loop/loop.h"
#include "notify/notify.h"
#include "store/store.h"

struct dmarc_hold;

struct dmarc_hold_options { /* borrowed */
	struct loop *loop;
	struct store *store;
	struct notify *notify;
	struct account *account;
	struct domain_watch *domains;
	struct control *control;
	struct alert_ask *holds; /* of SCHEDULE_LIST_HOLDS; asked again when they change */
};

struct dmarc_hold *dmarc_hold_new(const struct dmarc_hold_options *options, struct err *err);
void dmarc_hold_free(struct dmarc_hold **hold); /* after store and control stopped */
/* dmarc_hold_load - a stored row, of others nothing is taken; before dmarc_hold_start. */
void dmarc_hold_load(struct dmarc_hold *hold, const struct store_change *row);
void dmarc_hold_start(struct dmarc_hold *hold);
void dmarc_hold_stop(struct dmarc_hold *hold);
void dmarc_hold_look(struct dmarc_hold *hold); /* something changed: soon */
/* dmarc_hold_say - an alert for each domain that is held. */
void dmarc_hold_say(const struct dmarc_hold *hold, struct alert_round *round);
/* dmarc_hold_has - its mail is held by us, as far as is known. */
bool dmarc_hold_has(const struct dmarc_hold *hold, const char *domain);

#endif
