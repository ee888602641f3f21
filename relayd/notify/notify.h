/* notify.h - stage 9: who listens. Events that are on disk go to live
 * subscribers, and counters to whoever asks. (Webhooks join here later.)
 *
 * notify_publish may be called from any thread and never blocks or waits: with
 * no subscriber it costs an atomic read and a few counters. The hub lives on
 * the main loop; each subscriber has a bounded ring there and is told how many
 * it lost. */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "mail/mail_event.h"

struct notify;

struct notify *notify_new(struct loop *loop, struct err *err); /* on the main loop */
void notify_free(struct notify **notify);

/* notify_publish - event is borrowed (copied if anybody listens). It has its id. */
void notify_publish(struct notify *notify, const struct mail_event *event);

/* subscribers: on the main loop only. fn is called for each matching event in
 * order; returning false means "cannot take it now": it waits in the ring. */
struct notify_subscriber;
typedef bool (*notify_fn)(const struct mail_event *event, void *arg);
typedef bool (*notify_filter_fn)(const struct mail_event *event, void *arg); /* pure */
struct notify_subscriber *notify_subscribe(struct notify *notify, notify_filter_fn filter,
                                           notify_fn fn, void *arg);
void notify_unsubscribe(struct notify *notify, struct notify_subscriber **subscriber);
void notify_resume(struct notify_subscriber *subscriber);   /* it can take again */
uint64_t notify_take_lost(struct notify_subscriber *subscriber); /* count since last asked */

/* totals since start; exact; Thread: any */
struct notify_totals {
	uint64_t accepted, delivered, deferred, bounced, rejected, expired, suppressed, auth_failed;
};
void notify_totals_read(struct notify *notify, struct notify_totals *totals_out);
/* attempt latency: accept -> delivered, log2 buckets of ms, since start: bucket i counts
 * 2^i <= ms < 2^(i+1), the first from 0. Thread: any */
#define NOTIFY_LATENCY_BUCKETS 32
void notify_latency_read(struct notify *notify, uint64_t bucket_out[NOTIFY_LATENCY_BUCKETS]);

#endif
