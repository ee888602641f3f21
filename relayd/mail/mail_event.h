/* mail_event.h - something happened: to one recipient, or to the relay itself.
 * The same words everywhere: database, socket, webhooks, CLI, TUI. */
#ifndef MAIL_MAIL_EVENT_H
#define MAIL_MAIL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/span.h"
#include "verdict/verdict.h"

enum mail_event_kind {
	MAIL_EVENT_REJECTED, MAIL_EVENT_ACCEPTED, MAIL_EVENT_SCHEDULED, MAIL_EVENT_DEFERRED,
	MAIL_EVENT_DELIVERED, MAIL_EVENT_BOUNCED, MAIL_EVENT_SUPPRESSED, MAIL_EVENT_EXPIRED,
	MAIL_EVENT_CANCELLED, MAIL_EVENT_COMPLAINED, MAIL_EVENT_UNSUBSCRIBED,
	/* of the relay itself */
	MAIL_EVENT_AUTH_FAILED, MAIL_EVENT_THROTTLE_CHANGED, MAIL_EVENT_QUEUE_HELD,
	MAIL_EVENT_QUEUE_RELEASED, MAIL_EVENT_CREDENTIAL_CHANGED, MAIL_EVENT_DOMAIN_CHANGED,
	MAIL_EVENT_SOURCE_CHANGED, MAIL_EVENT_SUPPRESSION_CHANGED, MAIL_EVENT_ALERT_RAISED,
	MAIL_EVENT_ALERT_CLEARED,
	MAIL_EVENT_KIND_COUNT
};

/* a recipient's status, as stored and shown */
enum mail_status {
	MAIL_STATUS_QUEUED, MAIL_STATUS_DEFERRED, MAIL_STATUS_HELD, MAIL_STATUS_SCHEDULED,
	MAIL_STATUS_DELIVERED, MAIL_STATUS_BOUNCED, MAIL_STATUS_SUPPRESSED, MAIL_STATUS_EXPIRED,
	MAIL_STATUS_CANCELLED, MAIL_STATUS_REJECTED, MAIL_STATUS_COMPLAINED,
	MAIL_STATUS_COUNT
};

/* struct mail_event - all strings are borrowed from the owner of the event
 * (one allocation, see mail_event_dup); NULL or 0 where a fact does not apply. */
struct mail_event {
	uint64_t id;             /* time-ordered; 0 until recorded */
	int64_t at_unix_ms;
	enum mail_event_kind kind;
	uint64_t message_id;
	uint32_t recipient_no;   /* 0-based within the message */
	const char *recipient;
	const char *credential;
	const char *sender_domain;
	const char *site;        /* "google", or the first MX host of the set */
	const char *remote_host;
	const char *remote_address;
	const char *source_address;
	const char *tls_version;  /* "" plain */
	const char *tls_verified; /* "no", "opportunistic", "verified", "dane"; NULL not known */
	int code;                 /* SMTP code, 0 none */
	struct verdict_status enhanced;
	enum verdict_category category; /* VERDICT_NONE when delivered */
	bool is_hard;             /* a bounce: recipient is dead */
	struct span reply;        /* as received, any bytes */
	uint32_t attempt;         /* 1-based; 0 none was made */
	int64_t duration_ms;      /* of the attempt; -1 not known */
	int64_t next_attempt_unix_ms; /* deferred: when again; else 0 */
	const char *detail;       /* words for relay events and rejections */
};

/* mail_event_dup - one allocation holding the event and all it points to.
 * Returns owned (mem_free). Thread: any. */
struct mail_event *mail_event_dup(const struct mail_event *event);
const char *mail_event_kind_name(enum mail_event_kind kind);   /* "delivered", "auth.failed" */
bool mail_event_kind_parse(struct span name, enum mail_event_kind *kind_out);
const char *mail_status_name(enum mail_status status);
bool mail_status_parse(struct span name, enum mail_status *status_out);

#endif
