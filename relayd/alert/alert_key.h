/* alert_key.h - the alerts about DKIM keys: what an operator is to publish, to take out of the
 * DNS, to rotate. Thread: main. */
#ifndef ALERT_ALERT_KEY_H
#define ALERT_ALERT_KEY_H

#include "account/account_snapshot.h"
#include "alert/alert.h"

#define ALERT_KEY_WAITING_MS (24LL * 3600 * 1000) /* for its record: then it was forgotten */

/* alert_key_say - key_age_ms 0: nobody is reminded of old keys. */
void alert_key_say(struct alert_round *round, const struct account_snapshot *accounts,
		   int64_t key_age_ms, int64_t now_unix_ms);

#endif
