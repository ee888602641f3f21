/* notify.c - counters for everybody, events for those who listen.
 *
 * Publishing counts with atomics; only while somebody listens is the event
 * copied and sent to the main loop. There each subscriber is offered it, and
 * one that cannot take it now keeps it in a ring: when that is full the oldest
 * goes, for who looks at a live log wants to see now. Copies are shared by
 * the rings. Lost ones are counted, here or on the way.
 * Thread: any for publish, totals and latency; main for the rest. */
#include "notify/notify.h"

#include <stdatomic.h>
#include <stddef.h>
#include "base/id.h"
#include "base/list.h"
#include "base/mem.h"

#define HUB_MAX 8192               /* events on their way to the main loop */
#define RING_EVENTS 4096           /* a power of two */
#define RING_BYTES (256 * 1024)

/* struct shared - a copy of an event; on the main loop counted by who keeps it. */
struct shared {
	struct mailbox_item item;
	struct mail_event *event;      /* owned */
	size_t bytes;
	unsigned refs;
};

struct notify_subscriber {
	struct list link;
	struct notify *notify;
	notify_filter_fn filter;
	notify_fn fn;
	void *arg;
	struct shared **ring;          /* RING_EVENTS places */
	size_t first, count, bytes;
	uint64_t lost;                 /* by this ring */
	uint64_t hub_lost_seen;        /* of notify->hub_lost */
	bool is_feeding;               /* fn is on the stack */
	bool is_gone;                  /* unsubscribed: only the memory is left */
};

/* what a kind of event counts as: an offset in struct notify_totals' order */
enum total {
	TOTAL_NONE, TOTAL_ACCEPTED, TOTAL_DELIVERED, TOTAL_DEFERRED, TOTAL_BOUNCED, TOTAL_REJECTED,
	TOTAL_EXPIRED, TOTAL_SUPPRESSED, TOTAL_AUTH_FAILED, TOTAL_COUNT
};

static const unsigned char total_of[MAIL_EVENT_KIND_COUNT] = {
	[MAIL_EVENT_ACCEPTED] = TOTAL_ACCEPTED,
	[MAIL_EVENT_DELIVERED] = TOTAL_DELIVERED,
	[MAIL_EVENT_DEFERRED] = TOTAL_DEFERRED,
	[MAIL_EVENT_BOUNCED] = TOTAL_BOUNCED,
	[MAIL_EVENT_REJECTED] = TOTAL_REJECTED,
	[MAIL_EVENT_EXPIRED] = TOTAL_EXPIRED,
	[MAIL_EVENT_SUPPRESSED] = TOTAL_SUPPRESSED,
	[MAIL_EVENT_AUTH_FAILED] = TOTAL_AUTH_FAILED,
};

struct notify {
	struct loop *loop;             /* borrowed */
	struct mailbox *mailbox;
	struct list subscribers;
	atomic_uint listeners;         /* subscribers; written on the main loop */
	atomic_uint_least64_t hub_lost; /* the mailbox was full */
	atomic_uint_least64_t total[TOTAL_COUNT];
	atomic_uint_least64_t latency[NOTIFY_LATENCY_BUCKETS];
};

/* ---- counters ------------------------------------------------------------------------------ */

static int
latency_bucket(int64_t ms)
{
	int bucket = 0;

	for (ms >>= 1; ms > 0 && bucket < NOTIFY_LATENCY_BUCKETS - 1; ms >>= 1)
		bucket++;
	return bucket;
}

static void
count_event(struct notify *notify, const struct mail_event *event)
{
	enum total total = total_of[event->kind];

	if (total == TOTAL_NONE)
		return;
	atomic_fetch_add_explicit(&notify->total[total], 1, memory_order_relaxed);
	if (event->kind == MAIL_EVENT_DELIVERED && event->message_id) {
		int64_t ms = event->at_unix_ms - id_unix_ms(event->message_id);

		atomic_fetch_add_explicit(&notify->latency[latency_bucket(ms)], 1,
		                          memory_order_relaxed);
	}
}

static uint64_t
read_total(struct notify *notify, enum total total)
{
	return atomic_load_explicit(&notify->total[total], memory_order_relaxed);
}

void
notify_totals_read(struct notify *notify, struct notify_totals *totals_out)
{
	*totals_out = (struct notify_totals){
		.accepted = read_total(notify, TOTAL_ACCEPTED),
		.delivered = read_total(notify, TOTAL_DELIVERED),
		.deferred = read_total(notify, TOTAL_DEFERRED),
		.bounced = read_total(notify, TOTAL_BOUNCED),
		.rejected = read_total(notify, TOTAL_REJECTED),
		.expired = read_total(notify, TOTAL_EXPIRED),
		.suppressed = read_total(notify, TOTAL_SUPPRESSED),
		.auth_failed = read_total(notify, TOTAL_AUTH_FAILED) };
}

void
notify_latency_read(struct notify *notify, uint64_t bucket_out[NOTIFY_LATENCY_BUCKETS])
{
	for (int i = 0; i < NOTIFY_LATENCY_BUCKETS; i++)
		bucket_out[i] = atomic_load_explicit(&notify->latency[i], memory_order_relaxed);
}

/* ---- a subscriber's ring -------------------------------------------------------------------- */

static void
shared_unref(struct shared *shared)
{
	if (--shared->refs > 0)
		return;
	mem_free(shared->event);
	mem_free(shared);
}

static struct shared *
ring_pop(struct notify_subscriber *subscriber)
{
	struct shared *shared = subscriber->ring[subscriber->first];

	subscriber->first = (subscriber->first + 1) % RING_EVENTS;
	subscriber->count--;
	subscriber->bytes -= shared->bytes;
	return shared;
}

static void
ring_push(struct notify_subscriber *subscriber, struct shared *shared)
{
	while (subscriber->count > 0
	       && (subscriber->count == RING_EVENTS
	           || subscriber->bytes + shared->bytes > RING_BYTES)) {
		shared_unref(ring_pop(subscriber));
		subscriber->lost++;
	}
	shared->refs++;
	subscriber->ring[(subscriber->first + subscriber->count) % RING_EVENTS] = shared;
	subscriber->count++;
	subscriber->bytes += shared->bytes;
}

/* feed - what waits, in order, until it takes no more. It may unsubscribe meanwhile. */
static void
feed(struct notify_subscriber *subscriber)
{
	if (subscriber->is_feeding)
		return;
	subscriber->is_feeding = true;
	while (!subscriber->is_gone && subscriber->count > 0) {
		struct shared *shared = subscriber->ring[subscriber->first];
		bool was_taken;

		shared->refs++;
		was_taken = subscriber->fn(shared->event, subscriber->arg);
		if (was_taken && !subscriber->is_gone)
			shared_unref(ring_pop(subscriber));
		shared_unref(shared);
		if (!was_taken)
			break;
	}
	subscriber->is_feeding = false;
}

static void
subscriber_free(void *p)
{
	struct notify_subscriber *subscriber = p;

	mem_free(subscriber->ring);
	mem_free(subscriber);
}

struct notify_subscriber *
notify_subscribe(struct notify *notify, notify_filter_fn filter, notify_fn fn, void *arg)
{
	struct notify_subscriber *subscriber = mem_zero(1, sizeof *subscriber);

	must_be_on(notify->loop);
	subscriber->notify = notify;
	subscriber->filter = filter;
	subscriber->fn = fn;
	subscriber->arg = arg;
	subscriber->ring = mem_alloc(RING_EVENTS * sizeof(struct shared *));
	subscriber->hub_lost_seen = atomic_load(&notify->hub_lost);
	list_push_back(&notify->subscribers, &subscriber->link);
	atomic_fetch_add(&notify->listeners, 1);
	return subscriber;
}

void
notify_unsubscribe(struct notify *notify, struct notify_subscriber **subscriber)
{
	struct notify_subscriber *leaving = *subscriber;

	if (leaving == NULL)
		return;
	must_be_on(notify->loop);
	*subscriber = NULL;
	leaving->is_gone = true;
	while (leaving->count > 0)
		shared_unref(ring_pop(leaving));
	/* its link is left as it is: an event may be on its round just now */
	leaving->link.prev->next = leaving->link.next;
	leaving->link.next->prev = leaving->link.prev;
	atomic_fetch_sub(&notify->listeners, 1);
	loop_defer_free(notify->loop, leaving, subscriber_free);
}

void
notify_resume(struct notify_subscriber *subscriber)
{
	must_be_on(subscriber->notify->loop);
	feed(subscriber);
}

uint64_t
notify_take_lost(struct notify_subscriber *subscriber)
{
	uint64_t hub_lost = atomic_load(&subscriber->notify->hub_lost);
	uint64_t lost = subscriber->lost + (hub_lost - subscriber->hub_lost_seen);

	subscriber->lost = 0;
	subscriber->hub_lost_seen = hub_lost;
	return lost;
}

/* ---- the hub ------------------------------------------------------------------------- */

static void
on_event(struct mailbox_item *item, void *owner)
{
	struct shared *shared = (struct shared *)(void *)item;
	struct notify *notify = owner;
	struct list *l, *next;

	if (notify) {
		for (l = notify->subscribers.next; l != &notify->subscribers; l = next) {
			struct notify_subscriber *subscriber =
				LIST_OWNER(l, struct notify_subscriber, link);

			if (!subscriber->is_gone
			    && (subscriber->filter == NULL
			        || subscriber->filter(shared->event, subscriber->arg))) {
				ring_push(subscriber, shared);
				feed(subscriber);
			}
			next = l->next;
		}
	}
	shared_unref(shared);
}

static size_t
event_bytes(const struct mail_event *event)
{
	const char *const texts[] = { event->recipient, event->credential, event->sender_domain,
		                      event->site, event->remote_host, event->remote_address,
		                      event->source_address, event->tls_version,
		                      event->tls_verified, event->detail };
	size_t bytes = sizeof *event + event->reply.n;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
	return bytes;
}

void
notify_publish(struct notify *notify, const struct mail_event *event)
{
	struct mailbox_item *item;
	struct shared *shared;

	count_event(notify, event);
	if (atomic_load_explicit(&notify->listeners, memory_order_relaxed) == 0)
		return;
	shared = mem_zero(1, sizeof *shared);
	shared->event = mail_event_dup(event);
	shared->bytes = sizeof *shared + event_bytes(event);
	shared->refs = 1;
	item = &shared->item;
	item->fn = on_event;
	if (!mailbox_try_send(notify->mailbox, &item)) {
		atomic_fetch_add(&notify->hub_lost, 1);
		shared_unref(shared);
	}
}

struct notify *
notify_new(struct loop *loop, struct err *err)
{
	struct notify *notify = mem_zero(1, sizeof *notify);

	notify->loop = loop;
	list_init(&notify->subscribers);
	notify->mailbox = mailbox_new("notify", HUB_MAX, notify, err);
	if (notify->mailbox == NULL) {
		mem_free(notify);
		return NULL;
	}
	mailbox_attach(notify->mailbox, loop);
	return notify;
}

void
notify_free(struct notify **notify)
{
	struct notify *n = *notify;

	if (n == NULL)
		return;
	mailbox_free(&n->mailbox);
	while (!list_is_empty(&n->subscribers)) {
		struct notify_subscriber *subscriber =
			LIST_OWNER(n->subscribers.next, struct notify_subscriber, link);

		notify_unsubscribe(n, &subscriber);
	}
	mem_free(n);
	*notify = NULL;
}
