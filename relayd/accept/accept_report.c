/* accept_report.c - refused mail and failed logins become events: an operator
 * who searches for a recipient finds that the relay itself said no, and why.
 *
 * A flood of refusals must not fill the log: a bucket of so many a second, and
 * what did not fit is counted and said in one line. */
#include <string.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define EVENTS_BURST 200
#define EVENTS_PER_SEC 20
#define RECIPIENTS_MAX 50 /* of one refused message */

static bool
may_report(struct accept *accept)
{
	struct accept_report *r = &accept->report;
	int64_t now = loop_now_mono_ms(accept->loop);
	int64_t new_tokens = (now - r->filled_mono_ms) * EVENTS_PER_SEC / 1000;

	if (new_tokens > 0) {
		int64_t tokens = r->tokens + new_tokens;

		r->tokens = tokens > EVENTS_BURST ? EVENTS_BURST : (uint32_t)tokens;
		r->filled_mono_ms = now;
		if (r->dropped > 0)
			LOG(LOG_WARNING, "smtp.refusals_not_recorded",
			    LOG_UINT("count", r->dropped));
		r->dropped = 0;
	}
	if (r->tokens == 0) {
		r->dropped++;
		return false;
	}
	r->tokens--;
	return true;
}

static void
recorded(struct mailbox_item *item, void *owner)
{
	struct store_record *record = (struct store_record *)(void *)item;
	struct accept *accept = owner;

	if (accept != NULL) {
		for (size_t i = 0; i < record->outcomes && record->result == 0; i++)
			notify_publish(accept->notify, record->outcome[i].event);
		accept->requests--;
		accept_check_drained(accept);
	}
	store_record_free(&record);
}

/* send_event - event's strings are copied. */
static void
send_event(struct accept *accept, const struct mail_event *event)
{
	struct store_record *record = mem_zero(1, sizeof *record);

	record->back = (struct mailbox_return){ accept->box, recorded };
	record->outcome = mem_zero(1, sizeof *record->outcome);
	record->outcome->event = mail_event_dup(event);
	record->outcome->status = MAIL_STATUS_REJECTED;
	record->outcome->is_final = true;
	record->outcomes = 1;
	accept->requests++;
	store_record_send(accept->store, &record);
}

static struct mail_event
make_event(const struct accept_session *session, enum mail_event_kind kind)
{
	return (struct mail_event){
		.at_unix_ms = clock_unix_ms(),
		.kind = kind,
		.credential = session->credential[0] != '\0' ? session->credential : NULL,
		.remote_host = session->client_name,
		.remote_address = session->address,
		.duration_ms = -1,
	};
}

static const char *
domain_of(const char *address)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return at != NULL ? at + 1 : NULL;
}

void
accept_report_rejected(struct accept_session *session, const char *recipient, const char *sender,
		       const struct accept_refusal *refusal)
{
	struct mail_event event = make_event(session, MAIL_EVENT_REJECTED);
	struct verdict_input input;

	if (!may_report(session->accept))
		return;
	verdict_parse_reply(span_of(refusal->text), &input);
	event.recipient = recipient;
	event.sender_domain = domain_of(sender);
	event.code = refusal->code;
	event.enhanced = input.enhanced;
	event.reply = span_of(refusal->text);
	event.detail =
		input.text.n > 0 ? refusal->text + strcspn(refusal->text, " ") : refusal->text;
	event.detail += *event.detail == ' ';
	send_event(session->accept, &event);
}

void
accept_report_content(struct accept_session *session, const struct accept_refusal *refusal)
{
	const struct accept_envelope *envelope = session->envelope;

	for (size_t i = 0; i < envelope->recipients && i < RECIPIENTS_MAX; i++)
		accept_report_rejected(session, envelope->recipient[i].address,
				       envelope->message->sender, refusal);
}

void
accept_report_auth_failed(struct accept_session *session, const char *user, const char *detail)
{
	struct mail_event event = make_event(session, MAIL_EVENT_AUTH_FAILED);

	if (!may_report(session->accept))
		return;
	event.credential = user;
	event.code = 535;
	event.enhanced = (struct verdict_status){ 5, 7, 8 };
	event.detail = detail;
	send_event(session->accept, &event);
}
