/* alert_outbox.h - changes of alerts on their way to the configured address: gathered into
 * one mail, and none sooner than alerts.interval after another.
 *
 *   add: stored with its alert --> gathered --interval--> one mail; the store notes in the
 *                                      ^                   batch that accepts it what it tells
 *                                      '--- at start: what no mail has told yet
 *
 * So a restart loses no change and repeats none, and does not shorten the interval. A mail that
 * was refused is made again, with what came since. Owned by alert. Thread: main. */
#ifndef ALERT_ALERT_OUTBOX_H
#define ALERT_ALERT_OUTBOX_H

#include "alert/alert.h"

struct alert_outbox;

/* alert_outbox_new - answers about what it stores go to back. Returns owned. */
struct alert_outbox *alert_outbox_new(const struct alert_options *options,
                                      struct mailbox_return back, struct err *err);
void alert_outbox_free(struct alert_outbox **outbox); /* after the store stopped */
/* alert_outbox_load - a stored row, in their order. */
void alert_outbox_load(struct alert_outbox *outbox, const struct store_alert_change *row,
                       const struct config *config);
/* alert_outbox_add - write: has the alert's own row, and room for one more. Beyond
 * ALERT_MAIL_LINES_MAX they are only counted, until the next mail or restart. */
void alert_outbox_add(struct alert_outbox *outbox, struct store_write *write, bool is_raised,
                      const char *text, int64_t at_unix_ms);
/* alert_outbox_mail - what gathered, if any, and if it is time; raised: alerts there are. */
void alert_outbox_mail(struct alert_outbox *outbox, const struct config *config,
                       struct account_snapshot *accounts, size_t raised);

#endif
