/* rotation.h - sees DKIM keys through their life: looks for the records of new ones in the DNS,
 * switches when everybody has had them for a while, and finds out when the old records may go.
 *
 *   domain dkim rotate ---> new -> published -> active -> retired -> unneeded -> gone
 *                            the DNS  |  time     |   time and the queue  |  the DNS
 *
 * Each move is a change of account's, with an audit row by "relayd" and the event
 * domain.changed; what is stored is all that is remembered, so that a restart loses nothing.
 * The DNS is asked on a thread of its own, the queue by a question to the scheduler.
 * Thread: main. */
#ifndef ROTATION_ROTATION_H
#define ROTATION_ROTATION_H

#include "account/account.h"
#include "base/err.h"
#include "config.h"
#include "loop/loop.h"
#include "notify/notify.h"
#include "schedule/schedule.h"
#include "store/store.h"

struct rotation;

struct rotation_options { /* all borrowed but the configuration */
	struct loop *loop;
	struct account *account;
	struct schedule *schedule;
	struct store *store;
	struct notify *notify;
	const struct config *config; /* a reference is taken */
};

/* rotation_new - starts the thread; the first look comes soon. Returns owned or NULL (err). */
struct rotation *rotation_new(const struct rotation_options *options, struct err *err);
/* rotation_free - stops the thread. After account, scheduler and store stopped. */
void rotation_free(struct rotation **rotation);
void rotation_set_config(struct rotation *rotation, const struct config *config);

#endif
