/* alert_secret.h - a rotated secret that nobody uses any more may be retired. The store
 * knows the last uses; it is asked once a minute. Thread: main. */
#ifndef ALERT_ALERT_SECRET_H
#define ALERT_ALERT_SECRET_H

#include "account/account_snapshot.h"
#include "alert/alert.h"
#include "loop/loop.h"
#include "store/store.h"

#define ALERT_SECRET_QUIET_MS (24LL * 3600 * 1000) /* jobs that run once a day count, too */

/* alert_secret_is_idle - it lives, a newer one of its credential is in use, and for a day
 * it was not used itself: to be retired. uses: all secrets there are, or that
 * credential's. Pure. */
bool alert_secret_is_idle(const struct store_secret_list *uses, size_t i, int64_t now_unix_ms);

struct alert_secret;
/* alert_secret_new - asks for the first time once the loop runs. Returns owned, or NULL (err). */
struct alert_secret *alert_secret_new(struct loop *loop, struct store *store, struct err *err);
void alert_secret_free(struct alert_secret **watch); /* after the store stopped */
void alert_secret_say(const struct alert_secret *watch, const struct account_snapshot *accounts,
                      struct alert_round *round);

#endif
