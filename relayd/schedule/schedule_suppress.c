/* schedule_suppress.c - recipients that are to get no mail leave the queue with the
 * reason, untried: when they come in, when they are loaded, and, since the list
 * grows while they wait, when it is their turn. What the store put on the list in
 * the transaction of an outcome is told to the owner of the set from here.
 * Thread: scheduler. */
#include "schedule/schedule_outcome.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "smtp/smtp_address.h"
#include "schedule/schedule_message.h"

/* as smtp_address_key has it; the queue's name is the domain in that form already */
static bool
make_key(const struct schedule_recipient *r, char out[SMTP_ADDRESS_KEY_SIZE])
{
	const char *at = strrchr(r->address, '@'), *domain = r->lane->queue->domain;
	size_t local_n = at ? (size_t)(at - r->address) : 0, domain_n = strlen(domain);

	if (r->address[0] == '"') { /* quotes that are not needed are not part of it */
		struct err err;

		return smtp_address_key(span_of(r->address), out, &err) == 0;
	}
	if (at == NULL || local_n + domain_n + 2 > SMTP_ADDRESS_KEY_SIZE)
		return false;
	for (size_t i = 0; i < local_n; i++)
		out[i] = r->address[i] >= 'A' && r->address[i] <= 'Z' ? (char)(r->address[i] + 32)
		                                                      : r->address[i];
	out[local_n] = '@';
	memcpy(out + local_n + 1, domain, domain_n + 1);
	return true;
}

bool
schedule_suppress_finish(struct schedule *s, struct schedule_recipient *r)
{
	char key[SMTP_ADDRESS_KEY_SIZE], since[CLOCK_RFC3339_SIZE], detail[96];
	struct mail_event event = { .kind = MAIL_EVENT_SUPPRESSED, .duration_ms = -1,
		                    .enhanced = { 5, 7, 1 } };
	struct suppress_hit hit;

	if (s->suppressions == NULL || !make_key(r, key)
	    || !suppress_set_find(s->suppressions, key, schedule_message_from_domain(r->message),
	                          r->message->credential->name, s->now_unix_ms, &hit))
		return false;
	clock_format_rfc3339(hit.since_unix_ms, since);
	/* the reason first, as `find` has it in brackets; the time behind it */
	snprintf(detail, sizeof detail, "%s; since %s", mail_suppression_words(hit.reason), since);
	event.detail = detail;
	if (s->suppress)
		suppress_note_blocked(s->suppress, r->message->credential->name);
	schedule_outcome_finish(s, r, &event);
	return true;
}

void
schedule_suppress_tell(struct schedule *s, const struct store_record *request)
{
	char key[SMTP_ADDRESS_KEY_SIZE];
	struct err err;

	for (size_t i = 0; i < request->outcomes; i++) {
		const struct store_outcome *o = &request->outcome[i];

		if (o->is_suppressing && s->suppress
		    && smtp_address_key(span_of(o->event->recipient), key, &err) == 0)
			suppress_note(s->suppress, key, o->suppression, o->event->at_unix_ms,
			              o->suppressed_until_unix_ms);
	}
}
