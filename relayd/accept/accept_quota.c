/* accept_quota.c - what a credential may still send: asked at MAIL and RCPT, so that a
 * client hears early; taken once, for all recipients, before the content is read; given
 * back if the message is not accepted after all. */
#include <stdio.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/mem.h"

uint64_t
accept_quota_message_bytes(struct accept_session *session)
{
	const struct account_credential *credential = accept_session_credential(session);
	uint64_t most = session->accept->config->limits.message_bytes;

	return credential != NULL && credential->size_max_bytes > 0 &&
			       credential->size_max_bytes < most
		       ? credential->size_max_bytes
		       : most;
}

uint32_t
accept_quota_recipients(struct accept_session *session)
{
	const struct account_credential *credential = accept_session_credential(session);
	uint32_t most = session->accept->config->limits.recipients;

	return credential != NULL && credential->recipients_max > 0 &&
			       credential->recipients_max < most
		       ? credential->recipients_max
		       : most;
}

/* refuse - 452 whatever is full: the rest may be sent later (RFC 5321 s4.5.3.1.10). */
static int
refuse(const struct account_credential *credential, const struct account_full *full,
       size_t recipients, struct accept_refusal *refusal)
{
	char opens[CLOCK_RFC3339_SIZE], used_up[48] = "is used up:";
	bool is_rate = full->window == ACCOUNT_RATE;
	char period[UNITS_TEXT_SIZE];

	if (full->used < full->limit) /* the message's others would take the rest */
		(void)snprintf(used_up, sizeof used_up, "has no room for %zu in one message: used",
			       recipients);

	clock_format_rfc3339(full->opens_unix_ms, opens);
	if (is_rate)
		units_format_duration(credential->limits.rate.period_ms, period);
	return accept_refuse(refusal, 452,
			     "4.7.1 The %s of credential %s %s %u of %u recipients per %s; "
			     "it opens again at %.19sZ",
			     is_rate ? "rate" : "quota", credential->name, used_up, full->used,
			     full->limit,
			     is_rate ? period : account_window_name(full->window), opens);
}

int
accept_quota_check(const struct account_credential *credential, size_t recipients,
		   struct accept_refusal *refusal)
{
	struct account_full full;

	if (account_meter_fits(credential->meter, &credential->limits, (uint32_t)recipients,
			       clock_unix_ms(), &full))
		return 0;
	return refuse(credential, &full, recipients, refusal);
}

int
accept_quota_take(struct accept_session *session, struct accept_refusal *refusal)
{
	const struct account_credential *credential = accept_session_credential(session);
	struct accept_envelope *e = session->envelope;
	struct account_full full;

	if (e->meter != NULL || credential == NULL) /* an earlier chunk took it; or the content
						     * is refused at its end */
		return 0;
	if (!account_meter_take(credential->meter, &credential->limits, (uint32_t)e->recipients,
				clock_unix_ms(), &e->share, &full))
		return refuse(credential, &full, e->recipients, refusal);
	e->meter = account_meter_ref(credential->meter);
	return 0;
}

void
accept_quota_return(struct account_meter **meter, const struct account_share *share)
{
	if (*meter != NULL)
		account_meter_return(*meter, share);
	account_meter_unref(meter);
}
