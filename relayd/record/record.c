/* record.c - from the peer's words to an outcome (stage 8). Pure. Thread: any.
 *
 * verdict/ says what a reply means; this module says what follows from it for
 * the queue: who is finished, who waits, and on whose account. Invariants: only
 * a 5xx bounces, never a 421, a 4xx or silence; only a bounce is hard. */
#include "record/record.h"

/* Whom a negative answer concerns when the phase alone decides: nothing said
 * before MAIL can be about a message, nothing said to RCPT is about the others. */
static const enum record_concern phase_concern[VERDICT_PHASE_COUNT] = {
	[VERDICT_PHASE_UNKNOWN] = RECORD_RECIPIENT,
	[VERDICT_PHASE_RESOLVE] = RECORD_SITE,
	[VERDICT_PHASE_CONNECT] = RECORD_SITE,
	[VERDICT_PHASE_GREETING] = RECORD_SITE,
	[VERDICT_PHASE_EHLO] = RECORD_SITE,
	[VERDICT_PHASE_STARTTLS] = RECORD_SITE,
	[VERDICT_PHASE_AUTH] = RECORD_SITE,
	[VERDICT_PHASE_MAIL] = RECORD_MESSAGE,
	[VERDICT_PHASE_RCPT] = RECORD_RECIPIENT,
	[VERDICT_PHASE_DATA] = RECORD_MESSAGE,
	[VERDICT_PHASE_BODY] = RECORD_MESSAGE,
};

/* Categories that are about us as a source, wherever in the session they are
 * said: going on at the same pace only makes them worse. */
static const bool concerns_site[VERDICT_CATEGORY_COUNT] = {
	[VERDICT_RATE_LIMITED] = true,
	[VERDICT_REPUTATION_BLOCK] = true,
	[VERDICT_PTR_REQUIRED] = true,
};

/* These belong to one address even when the server only says so after the dot
 * (some greylist there): the others in the transaction are judged by the same
 * reply anyway. */
static const bool concerns_recipient[VERDICT_CATEGORY_COUNT] = {
	[VERDICT_GREYLISTED] = true,
	[VERDICT_MAILBOX_UNKNOWN] = true,
	[VERDICT_MAILBOX_FULL] = true,
	[VERDICT_MAILBOX_DISABLED] = true,
	[VERDICT_MAILBOX_MOVED] = true,
};

static struct verdict_status
status_of(const struct smtp_reply *reply)
{
	return (struct verdict_status){ reply->enhanced.class, reply->enhanced.subject,
		                        reply->enhanced.detail };
}

static enum record_concern
find_concern(enum verdict_phase phase, int code, const struct verdict *verdict)
{
	enum record_concern by_phase = phase_concern[phase];
	enum verdict_category category = verdict->category;

	/* "this user gets mail too quickly" is said of one mailbox */
	if (by_phase != RECORD_SITE && concerns_site[category]
	    && verdict->scope == VERDICT_SCOPE_RECIPIENT)
		return RECORD_RECIPIENT;
	if (code == 421 || by_phase == RECORD_SITE || concerns_site[category])
		return RECORD_SITE;
	return concerns_recipient[category] ? RECORD_RECIPIENT : by_phase;
}

static enum mail_event_kind
find_kind(int code, const struct verdict *verdict)
{
	bool rule_says_wait = verdict->rule && !verdict->permanent;

	return code >= 500 && !rule_says_wait ? MAIL_EVENT_BOUNCED : MAIL_EVENT_DEFERRED;
}

void
record_judge(const struct record_facts *facts, struct mail_event *event,
             struct verdict *verdict_out, enum record_concern *concern_out)
{
	struct verdict_input input = { .phase = facts->phase, .provider = facts->provider };

	if (facts->reply) {
		input.code = facts->reply->code;
		input.enhanced = status_of(facts->reply);
		input.text = buf_span(&facts->reply->text);
	} else {
		input.text = span_of(facts->text);
		event->detail = facts->text;
	}
	event->code = input.code;
	event->enhanced = input.enhanced;
	event->reply = input.text;
	event->is_hard = false;
	if (input.code / 100 == 2) {
		event->kind = MAIL_EVENT_DELIVERED;
		event->category = VERDICT_NONE;
		*verdict_out = (struct verdict){ .category = VERDICT_NONE };
		*concern_out = RECORD_RECIPIENT;
		return;
	}
	verdict_judge(facts->rules, &input, verdict_out);
	event->kind = find_kind(input.code, verdict_out);
	event->category = verdict_out->category;
	event->is_hard = event->kind == MAIL_EVENT_BOUNCED && verdict_out->suppresses;
	*concern_out = find_concern(facts->phase, input.code, verdict_out);
}

bool
record_is_of_host(int code, enum verdict_category category)
{
	return code / 100 == 4
	       && (category == VERDICT_SYSTEM_ERROR || category == VERDICT_NETWORK_ERROR);
}

void
record_refuse(struct verdict_status status, const char *text, struct mail_event *event,
              struct verdict *verdict_out)
{
	struct verdict_input input = { .enhanced = status, .text = span_of(text) };

	verdict_judge(NULL, &input, verdict_out);
	verdict_out->permanent = true;
	verdict_out->suppresses = false; /* it is about the message, the address is fine */
	event->kind = MAIL_EVENT_BOUNCED;
	event->code = 0;
	event->enhanced = status;
	event->category = verdict_out->category;
	event->is_hard = false;
	event->reply = input.text;
	event->detail = text;
}
