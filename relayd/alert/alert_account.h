/* alert_account.h - what of credentials somebody should know: quotas nearly used, ends
 * that come, secrets that are old. Pure. Thread: any with a reference. */
#ifndef ALERT_ALERT_ACCOUNT_H
#define ALERT_ALERT_ACCOUNT_H

#include "account/account_snapshot.h"
#include "alert/alert.h"

#define ALERT_QUOTA_PERCENT 80
#define ALERT_EXPIRY_MS (7LL * 24 * 3600 * 1000) /* before the end of a credential */

/* secret_age_ms - a secret older than that should be rotated; 0: never said. */
void alert_account_say(struct alert_round *round, const struct account_snapshot *accounts,
                       int64_t secret_age_ms, int64_t now_unix_ms);

#endif
