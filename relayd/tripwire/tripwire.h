/* tripwire.h - a credential that behaves as it never did: somebody should know, and its
 * mail may be slowed or held until he looked.
 *
 *   accepted, bounced, complained events --> baseline of the credential --breach--> alert
 *                                                        tripwire=slow: 452 over what is usual
 *                                                        tripwire=hold: its queue is held
 *
 * It warns unless told otherwise, and loses nothing in any case. What it learned and what
 * it did are stored. Thread: main. */
#ifndef TRIPWIRE_TRIPWIRE_H
#define TRIPWIRE_TRIPWIRE_H

#include "account/account_snapshot.h"
#include "alert/alert.h"
#include "alert/alert_ask.h"
#include "base/err.h"
#include "loop/loop.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "store/store.h"
#include "tripwire/tripwire_baseline.h"

struct tripwire;

struct tripwire_options {
	struct loop *loop;
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	struct account_snapshot *accounts; /* a reference is taken */
	struct alert_ask *holds;       /* of SCHEDULE_LIST_HOLDS; asked again when they change */
};

struct tripwire *tripwire_new(const struct tripwire_options *options, struct err *err);
void tripwire_free(struct tripwire **tripwire); /* after the store stopped */
/* tripwire_load - a stored row; before tripwire_start. */
void tripwire_load(struct tripwire *tripwire, const struct store_tripwire *row);
void tripwire_start(struct tripwire *tripwire); /* listens from now on */
/* tripwire_stop - what was learned goes to the store; before that stops. */
void tripwire_stop(struct tripwire *tripwire);
void tripwire_set_accounts(struct tripwire *tripwire, struct account_snapshot *accounts);

/* tripwire_say - an alert for each breach that lasts. What it says of the mail is what is so
 * now, not what the option would do: an operator may have released it, or set it later. */
void tripwire_say(const struct tripwire *tripwire, struct alert_round *round);
/* tripwire_usual - false: nothing is known of it. */
bool tripwire_usual(const struct tripwire *tripwire, const char *credential,
                    struct tripwire_usual *usual_out);

#endif
