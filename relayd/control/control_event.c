/* control_event.c - events and recipients' rows as JSON. Thread: main. */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "control/control_filter.h"

static void
put_enhanced(json_t *object, const struct verdict_status *status)
{
	char text[16];

	if (status->class == 0) {
		api_json_put_null(object, "enhanced");
		return;
	}
	snprintf(text, sizeof text, "%u.%u.%u", status->class, status->subject, status->detail);
	api_json_put_text(object, "enhanced", text);
}

static void
put_positive(json_t *object, const char *key, int64_t value)
{
	if (value > 0)
		api_json_put_int(object, key, value);
	else
		api_json_put_null(object, key);
}

/* put_reply - sessions keep code and text apart; people and scripts know a
 * reply as "550 5.1.1 no such user". */
static void
put_reply(json_t *one, const struct mail_event *event)
{
	struct buf whole;

	if (event->code == 0 || event->reply.n == 0) {
		api_json_put_reply(one, event->reply);
		return;
	}
	buf_init(&whole, event->reply.n + 16);
	(void)buf_printf(&whole, "%d", event->code);
	if (event->reply.n >= 3 && memcmp(event->reply.p, buf_data(&whole), 3) == 0)
		buf_clear(&whole); /* has its code */
	else
		(void)buf_append(&whole, " ", 1);
	(void)buf_append_span(&whole, event->reply);
	api_json_put_reply(one, buf_span(&whole));
	buf_deinit(&whole);
}

json_t *
control_event_json(const struct mail_event *event)
{
	json_t *one = json_object();

	api_json_put_id(one, "id", event->id);
	api_json_put_time(one, "at", event->at_unix_ms);
	api_json_put_text(one, "event", mail_event_kind_name(event->kind));
	api_json_put_id(one, "message", event->message_id);
	api_json_put_int(one, "recipient_no", event->recipient_no);
	api_json_put_text(one, "recipient", event->recipient);
	api_json_put_text(one, "credential", event->credential);
	api_json_put_text(one, "sender_domain", event->sender_domain);
	api_json_put_text(one, "site", event->site);
	api_json_put_text(one, "remote_host", event->remote_host);
	api_json_put_text(one, "remote_address", event->remote_address);
	api_json_put_text(one, "source_address", event->source_address);
	api_json_put_text(one, "tls", event->tls_version);
	api_json_put_text(one, "tls_verified", event->tls_verified);
	put_positive(one, "code", event->code);
	put_enhanced(one, &event->enhanced);
	api_json_put_text(one, "category", event->category == VERDICT_NONE ? NULL :
	                  verdict_category_name(event->category));
	api_json_put_bool(one, "hard", event->is_hard);
	put_reply(one, event);
	put_positive(one, "attempt", event->attempt);
	if (event->duration_ms >= 0 && event->attempt > 0)
		api_json_put_int(one, "duration_ms", event->duration_ms);
	else
		api_json_put_null(one, "duration_ms");
	api_json_put_time(one, "next_attempt_at", event->next_attempt_unix_ms);
	api_json_put_text(one, "detail", event->detail);
	return one;
}

/* accepted_event - the message's row says it, so the log holds no event of it. */
static struct mail_event
accepted_event(const struct store_found *found)
{
	return (struct mail_event){
		.id = found->id,
		.at_unix_ms = found->accepted_unix_ms,
		.kind = MAIL_EVENT_ACCEPTED,
		.message_id = found->id,
		.recipient_no = found->recipient_no,
		.recipient = found->recipient,
		.credential = found->credential,
		.sender_domain = found->from_domain,
		.remote_host = found->client_name,
		.remote_address = found->client_address,
		.tls_version = found->tls,
		.duration_ms = -1,
		.detail = found->signature && found->signature[0] ? found->signature : NULL,
	};
}

static bool
has_accepted(const struct store_found *found)
{
	return found->events > 0 && found->event[0].kind == MAIL_EVENT_ACCEPTED;
}

static void
add_event(json_t *events, const struct mail_event *event, const struct api_terms *only)
{
	if (!only || control_event_matches(only, event))
		json_array_append_new(events, control_event_json(event));
}

json_t *
control_found_events(const struct store_found *found, const struct api_terms *only)
{
	json_t *events = json_array();

	if (found->id != 0 && found->status != MAIL_STATUS_REJECTED && !has_accepted(found)) {
		struct mail_event accepted = accepted_event(found);

		add_event(events, &accepted, only);
	}
	for (size_t i = 0; i < found->events; i++)
		add_event(events, &found->event[i], only);
	return events;
}

/* put_tags - "a,b" as a list. */
static void
put_tags(json_t *object, const char *tags)
{
	struct span rest = span_of(tags);
	json_t *list = json_array();

	while (rest.n)
		json_array_append_new(list, api_json_string(span_cut(rest, ',', &rest)));
	api_json_put(object, "tags", list);
}

json_t *
control_found_json(const struct store_found *found)
{
	json_t *one = json_object();

	api_json_put_id(one, "id", found->id);
	api_json_put_text(one, "message_id", found->message_id);
	api_json_put_text(one, "sender", found->sender);
	api_json_put_text(one, "recipient", found->recipient);
	api_json_put_int(one, "recipient_no", found->recipient_no);
	api_json_put_int(one, "recipients", found->recipients);
	api_json_put_text(one, "credential", found->credential);
	api_json_put_text(one, "status", mail_status_name(found->status));
	api_json_put_time(one, "accepted_at", found->accepted_unix_ms);
	api_json_put_time(one, "next_attempt_at", found->next_attempt_unix_ms);
	api_json_put_time(one, "expires_at", found->expires_unix_ms);
	api_json_put_time(one, "finished_at", found->finished_unix_ms);
	api_json_put_bool(one, "suppressed", found->status == MAIL_STATUS_SUPPRESSED);
	api_json_put_int(one, "attempts", found->attempts);
	api_json_put_text(one, "subject", found->subject);
	put_tags(one, found->tags);
	api_json_put_int(one, "size_bytes", (int64_t)found->size_bytes);
	api_json_put_text(one, "client_address", found->client_address);
	api_json_put_text(one, "client_name", found->client_name);
	api_json_put_text(one, "tls", found->tls);
	api_json_put_text(one, "signature", found->signature);
	api_json_put(one, "events", control_found_events(found, NULL));
	return one;
}
