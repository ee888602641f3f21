/* record.c - from the peer's words to an outcome (stage 8). Pure. Thread: any.
 *
 * verdict/ says what a reply means; record_ruling.c says what failed and what
 * follows; here both become an event. Invariants: only a 5xx bounces, never a 421, a
 * 4xx or silence, and none before MAIL; only a bounce is hard. */
#include "record/record.h"

static struct verdict_status
status_of(const struct smtp_reply *reply)
{
	return (struct verdict_status){ reply->enhanced.class, reply->enhanced.subject,
		                        reply->enhanced.detail };
}

static enum mail_event_kind
find_kind(int code, const struct verdict *verdict, const struct record_ruling *ruling)
{
	bool rule_says_wait = verdict->rule && !verdict->permanent;

	return code >= 500 && ruling->is_final && !rule_says_wait ? MAIL_EVENT_BOUNCED
	                                                          : MAIL_EVENT_DEFERRED;
}

void
record_judge(const struct record_facts *facts, struct mail_event *event,
             struct verdict *verdict_out, const struct record_ruling **ruling_out)
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
		*ruling_out = NULL;
		return;
	}
	verdict_judge(facts->rules, &input, verdict_out);
	*ruling_out = record_ruling_of(&(struct record_case){
		facts->phase, record_answer_of(input.code, facts->is_sent), verdict_out->category,
		verdict_out->scope });
	event->kind = find_kind(input.code, verdict_out, *ruling_out);
	event->category = verdict_out->category;
	event->is_hard = event->kind == MAIL_EVENT_BOUNCED && verdict_out->suppresses;
}

void
record_refuse(struct verdict_status status, const char *text, struct mail_event *event,
              struct verdict *verdict_out, const struct record_ruling **ruling_out)
{
	struct verdict_input input = { .enhanced = status, .text = span_of(text) };

	verdict_judge(NULL, &input, verdict_out);
	*ruling_out = record_ruling_of(&(struct record_case){
		VERDICT_PHASE_MAIL, RECORD_NEVER, verdict_out->category, VERDICT_SCOPE_MESSAGE });
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
