/* conditions.h - what is wrong with this relay now, in sentences that say the way out:
 * the alerts' source. Thread: main. */
#ifndef RELAYD_CONDITIONS_H
#define RELAYD_CONDITIONS_H

#include "account/account_snapshot.h"
#include "alert/alert.h"
#include "alert/alert_migrate.h"
#include "alert/alert_pool.h"
#include "alert/alert_secret.h"
#include "config.h"
#include "dmarc_hold.h"
#include "domain/domain_watch.h"
#include "loop/tls.h"
#include "source/source_watch.h"
#include "store/store.h"
#include "tripwire/tripwire.h"

struct conditions { /* where to look; all borrowed */
	const struct config *config, *started; /* in force; the one of the start */
	struct tls_server *tls;
	struct store *store;
	struct source_watch *sources;
	const struct domain_watch *domains;
	const struct account_snapshot *accounts;
	const struct tripwire *tripwire;
	const struct dmarc_hold *dmarc_hold;
	const struct alert_secret *secrets;
	const struct alert_ask *pools, *migrations, *stops;
	size_t plain_keys;	/* DKIM keys that the store has in the clear */
	const char *unreadable; /* why the first DKIM key that was left out was; NULL: none */
};

void conditions_say(const struct conditions *where, struct alert_round *round);

#endif
