/* alert_pool.h - what of source addresses somebody should know: switched off or not of
 * this host, and who steps in; too idle to stay warm; a warm-up that is frozen. The
 * scheduler knows. Thread: main. */
#ifndef ALERT_ALERT_POOL_H
#define ALERT_ALERT_POOL_H

#include "account/account_snapshot.h"
#include "alert/alert.h"
#include "alert/alert_ask.h"
#include "config.h"

/* Below it a dedicated address is too idle to keep a standing of its own: large senders
 * and their providers name figures from one to several thousand a day. */
#define ALERT_POOL_BUSY_PER_DAY 1000
#define ALERT_POOL_KNOWN_MS (14LL * 24 * 3600 * 1000) /* in use for less: not judged yet */

/* alert_pool_is_dedicated - one credential's or one domain's own, and nobody's overflow.
 * Pure. */
bool alert_pool_is_dedicated(const struct config *config, const struct account_snapshot *accounts,
                             const struct config_pool *pool);
/* alert_pool_is_idle - by its mean in recipients a day, and since when it is used (0: it
 * never was). Pure. */
bool alert_pool_is_idle(double mean_per_day, int64_t first_unix_ms, int64_t now_unix_ms);

/* alert_pool_instead - what takes the mail of an address of pool that does not send: "192.0.2.2
 * steps in", "pool shared steps in", "nothing steps in, its mail waits". last: of
 * SCHEDULE_LIST_SOURCES. Returns out. Pure. */
#define ALERT_POOL_INSTEAD_SIZE 160
const char *alert_pool_instead(const struct config *config, const struct config_pool *pool,
                               const struct schedule_ask *last, const char *address,
                               char out[ALERT_POOL_INSTEAD_SIZE]);

/* alert_pool_say - sources: of SCHEDULE_LIST_SOURCES. */
void alert_pool_say(const struct alert_ask *sources, const struct config *config,
                    const struct account_snapshot *accounts, struct alert_round *round);

/* alert_pool_source - of that address in an answer of LIST_SOURCES; NULL: none. */
const struct schedule_source_row *alert_pool_source(const struct schedule_ask *last,
                                                    const char *address);

#endif
