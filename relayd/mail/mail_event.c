/* mail_event.c - the words for what happens, and events that own their text. */
#include "mail/mail_event.h"

#include <assert.h>

#include "base/mem.h"
#include "base/must.h"

static const char *const kind_names[] = {
	[MAIL_EVENT_REJECTED] = "rejected",
	[MAIL_EVENT_ACCEPTED] = "accepted",
	[MAIL_EVENT_SCHEDULED] = "scheduled",
	[MAIL_EVENT_DEFERRED] = "deferred",
	[MAIL_EVENT_DELIVERED] = "delivered",
	[MAIL_EVENT_BOUNCED] = "bounced",
	[MAIL_EVENT_SUPPRESSED] = "suppressed",
	[MAIL_EVENT_EXPIRED] = "expired",
	[MAIL_EVENT_CANCELLED] = "cancelled",
	[MAIL_EVENT_COMPLAINED] = "complained",
	[MAIL_EVENT_UNSUBSCRIBED] = "unsubscribed",
	[MAIL_EVENT_AUTH_FAILED] = "auth.failed",
	[MAIL_EVENT_THROTTLE_CHANGED] = "throttle.changed",
	[MAIL_EVENT_QUEUE_HELD] = "queue.held",
	[MAIL_EVENT_QUEUE_RELEASED] = "queue.released",
	[MAIL_EVENT_CREDENTIAL_CHANGED] = "credential.changed",
	[MAIL_EVENT_DOMAIN_CHANGED] = "domain.changed",
	[MAIL_EVENT_SOURCE_CHANGED] = "source.changed",
	[MAIL_EVENT_SUPPRESSION_CHANGED] = "suppression.changed",
	[MAIL_EVENT_ALERT_RAISED] = "alert.raised",
	[MAIL_EVENT_ALERT_CLEARED] = "alert.cleared",
};
static_assert(sizeof kind_names / sizeof kind_names[0] == MAIL_EVENT_KIND_COUNT,
              "every kind of event has a name");

static const char *const status_names[] = {
	[MAIL_STATUS_QUEUED] = "queued",
	[MAIL_STATUS_DEFERRED] = "deferred",
	[MAIL_STATUS_HELD] = "held",
	[MAIL_STATUS_SCHEDULED] = "scheduled",
	[MAIL_STATUS_DELIVERED] = "delivered",
	[MAIL_STATUS_BOUNCED] = "bounced",
	[MAIL_STATUS_SUPPRESSED] = "suppressed",
	[MAIL_STATUS_EXPIRED] = "expired",
	[MAIL_STATUS_CANCELLED] = "cancelled",
	[MAIL_STATUS_REJECTED] = "rejected",
	[MAIL_STATUS_COMPLAINED] = "complained",
};
static_assert(sizeof status_names / sizeof status_names[0] == MAIL_STATUS_COUNT,
              "every status has a name");

/* the strings of an event, for whoever has to visit them all */
static const size_t text_offsets[] = {
	offsetof(struct mail_event, recipient),
	offsetof(struct mail_event, credential),
	offsetof(struct mail_event, sender_domain),
	offsetof(struct mail_event, site),
	offsetof(struct mail_event, remote_host),
	offsetof(struct mail_event, remote_address),
	offsetof(struct mail_event, source_address),
	offsetof(struct mail_event, tls_version),
	offsetof(struct mail_event, tls_verified),
	offsetof(struct mail_event, detail),
};
#define TEXTS (sizeof text_offsets / sizeof text_offsets[0])

static const char **
text_at(struct mail_event *event, size_t i)
{
	return (const char **)(void *)((char *)event + text_offsets[i]);
}

struct mail_event *
mail_event_dup(const struct mail_event *event)
{
	struct mail_event plain = *event, *copy;
	size_t bytes = sizeof plain + event->reply.n, n;
	char *p;

	for (size_t i = 0; i < TEXTS; i++)
		if (*text_at(&plain, i))
			bytes += strlen(*text_at(&plain, i)) + 1;
	copy = mem_alloc(bytes);
	*copy = plain;
	p = (char *)(copy + 1);
	for (size_t i = 0; i < TEXTS; i++) {
		const char **text = text_at(copy, i);

		if (*text == NULL)
			continue;
		n = strlen(*text) + 1;
		*text = memcpy(p, *text, n);
		p += n;
	}
	if (event->reply.n > 0)
		copy->reply.p = memcpy(p, event->reply.p, event->reply.n);
	return copy;
}

static bool
find_name(const char *const *names, int count, struct span name, int *index_out)
{
	for (int i = 0; i < count; i++) {
		if (span_is(name, names[i])) {
			*index_out = i;
			return true;
		}
	}
	return false;
}

const char *
mail_event_kind_name(enum mail_event_kind kind)
{
	must(kind >= 0 && kind < MAIL_EVENT_KIND_COUNT);
	return kind_names[kind];
}

bool
mail_event_kind_parse(struct span name, enum mail_event_kind *kind_out)
{
	int i;

	if (!find_name(kind_names, MAIL_EVENT_KIND_COUNT, name, &i))
		return false;
	*kind_out = (enum mail_event_kind)i;
	return true;
}

const char *
mail_status_name(enum mail_status status)
{
	must(status >= 0 && status < MAIL_STATUS_COUNT);
	return status_names[status];
}

bool
mail_status_parse(struct span name, enum mail_status *status_out)
{
	int i;

	if (!find_name(status_names, MAIL_STATUS_COUNT, name, &i))
		return false;
	*status_out = (enum mail_status)i;
	return true;
}
