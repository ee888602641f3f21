/* accept_envelope.c - MAIL and RCPT: may this credential send as that sender,
 * and what the client asked for along the way (RFC 1870, 3461, 6152, 6531). */
#include <string.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

#define ALLOWED_MAX 300 /* bytes of a reply that name what is allowed */

void
accept_envelope_free(struct accept_envelope **envelope)
{
	struct accept_envelope *e = *envelope;

	*envelope = NULL;
	if (e == NULL)
		return;
	accept_body_free(&e->body);
	mail_message_free(&e->message);
	accept_quota_return(&e->meter, &e->share);
	mem_free(e->recipient);
	map_free(&e->seen);
	mem_free(e);
}

void
accept_envelope_allowed(const struct account_credential *credential, struct buf *out)
{
	if (credential->froms == 0)
		(void)buf_append_text(out, "nothing: no sender was given to it");
	for (size_t i = 0; i < credential->froms; i++) {
		if (out->len + strlen(credential->from[i]) > ALLOWED_MAX) {
			(void)buf_append_text(out, ", ...");
			return;
		}
		(void)buf_printf(out, "%s%s", i > 0 ? ", " : "", credential->from[i]);
	}
}

/* ---- MAIL ----------------------------------------------------------------------------- */

static int
check_sender(const struct account_credential *credential, const struct smtp_command *command,
	     struct accept_refusal *refusal)
{
	struct buf allowed;

	if (command->is_null_path) {
		if (credential->may_send_null)
			return 0;
		return accept_refuse(refusal, 550,
				     "5.7.1 The null sender <> is not allowed for credential %s",
				     credential->name);
	}
	if (command->address.is_utf8 && !command->smtputf8)
		return accept_refuse(refusal, 553,
				     "5.6.7 A sender beyond ASCII needs the SMTPUTF8 parameter");
	if (account_credential_may_send(credential, command->path))
		return 0;
	buf_init(&allowed, ALLOWED_MAX + 64);
	accept_envelope_allowed(credential, &allowed);
	(void)accept_refuse(
		refusal, 550,
		"5.7.1 Sender %.*s is not allowed for credential %s; it may send as %.*s",
		(int)command->path.n, command->path.p, credential->name, (int)allowed.len,
		buf_data(&allowed));
	buf_deinit(&allowed);
	return -1;
}

static int
check_room(struct accept_session *session, const struct smtp_command *command,
	   struct accept_refusal *refusal)
{
	uint64_t most = accept_quota_message_bytes(session);
	struct store_stats stats;

	if (command->size_bytes > most)
		return accept_refuse(refusal, 552,
				     "5.3.4 A message of %llu bytes is over the limit of %llu",
				     (unsigned long long)command->size_bytes,
				     (unsigned long long)most);
	store_stats_read(session->accept->store, &stats);
	if (stats.is_full)
		return accept_refuse(refusal, 452, "4.3.1 Disk space is short, try again later");
	if (stats.is_broken)
		return accept_refuse(refusal, 451,
				     "4.3.0 The queue cannot be written, try again later");
	return 0;
}

/* accept_envelope_schedule - a time that has passed means at once (RFC 4865 s4). */
int
accept_envelope_schedule(struct accept *accept, struct mail_message *message, const char *what,
			 int64_t release_unix_ms, int code, struct accept_refusal *refusal)
{
	int64_t ahead_ms = accept->config->limits.future_release_ms, now = clock_unix_ms();
	char limit[UNITS_TEXT_SIZE];

	units_format_duration(ahead_ms, limit);
	if (release_unix_ms - now > ahead_ms)
		return accept_refuse(refusal, code,
				     "5.5.4 %s is further ahead than the %s allowed here "
				     "(limits.future_release)",
				     what, limit);
	message->release_unix_ms = release_unix_ms > now ? release_unix_ms : 0;
	if (message->by && message->release_unix_ms >= message->by_unix_ms)
		return accept_refuse(refusal, code, "5.5.4 BY is over before %s", what);
	return 0;
}

/* take_by - the time runs from now on (RFC 2852 s4). */
static int
take_by(struct accept *accept, struct mail_message *message, const struct smtp_command *command,
	struct accept_refusal *refusal)
{
	int64_t min_ms = accept->config->limits.deliver_by_min_ms, by_ms = command->by_sec * 1000LL;

	if ((command->by & SMTP_BY_RETURN) && by_ms < min_ms)
		return accept_refuse(refusal, 555,
				     "5.5.4 BY with R is at least %lld seconds here "
				     "(limits.deliver_by_min)", (long long)(min_ms / 1000));
	message->by = (unsigned char)command->by;
	message->by_unix_ms = command->by ? clock_unix_ms() + by_ms : 0;
	return 0;
}

static int
schedule(struct accept *accept, struct mail_message *message, const struct smtp_command *command,
	 struct accept_refusal *refusal)
{
	if (take_by(accept, message, command, refusal) < 0)
		return -1;
	if (command->hold_for_sec > 0)
		return accept_envelope_schedule(accept, message, "HOLDFOR",
						clock_unix_ms() + command->hold_for_sec * 1000LL,
						501, refusal);
	if (command->hold_until_unix_ms > 0)
		return accept_envelope_schedule(accept, message, "HOLDUNTIL",
						command->hold_until_unix_ms, 501, refusal);
	return 0;
}

static struct accept_envelope *
make_envelope(struct accept_session *session, const struct account_credential *credential,
	      const struct smtp_command *command)
{
	struct accept_envelope *e = mem_zero(1, sizeof *e);
	struct mail_message *m = e->message = mail_message_new();
	struct arena *arena = m->arena;

	m->credential_id = credential->id;
	m->credential = arena_strdup(arena, credential->name);
	m->sender = command->is_null_path ? "" : arena_span(arena, command->path);
	m->return_path = m->sender;
	m->envid = command->envid.n > 0 ? arena_span(arena, command->envid) : NULL;
	m->ret = (unsigned char)command->ret;
	m->smtputf8 = command->smtputf8;
	m->is_bulk = credential->is_bulk;
	m->client_address = arena_strdup(arena, session->address);
	m->client_name = arena_strdup(arena, session->client_name);
	m->tls = arena_strdup(arena, session->tls);
	return e;
}

static void
refuse_mail(struct accept_session *session, const struct smtp_command *command,
	    const struct accept_refusal *refusal)
{
	char sender[SMTP_ADDRESS_MAX + 1] = "";

	if (command->path.n <= SMTP_ADDRESS_MAX && command->path.n > 0)
		memcpy(sender, command->path.p, command->path.n);
	session->mail_refusal = *refusal;
	accept_session_refuse(session, refusal);
	if (refusal->code >= 500)
		accept_report_rejected(session, NULL, sender, refusal);
}

void
accept_envelope_mail(struct accept_session *session, const struct smtp_command *command)
{
	const struct account_credential *credential = accept_session_credential(session);
	struct accept_refusal refusal = { 0 };

	session->mail_refusal.code = 0;
	if (credential == NULL) { /* kind local: was_revoked has seen to the others */
		accept_session_reply(
			session, 451, "4.7.0",
			"Mail here is on behalf of %s, and not taken: %s",
			session->listener->credential, accept_session_local_obstacle(session));
		return;
	}
	if (check_sender(credential, command, &refusal) < 0 ||
	    check_room(session, command, &refusal) < 0 ||
	    accept_quota_check(credential, 1, &refusal) < 0) {
		refuse_mail(session, command, &refusal);
		return;
	}
	session->envelope = make_envelope(session, credential, command);
	if (schedule(session->accept, session->envelope->message, command, &refusal) < 0) {
		accept_session_drop_envelope(session);
		refuse_mail(session, command, &refusal);
		return;
	}
	accept_session_reply(session, 250, "2.1.0", "Sender ok");
}

/* ---- RCPT ----------------------------------------------------------------------------- */

static int
check_recipient(struct accept_session *session, const struct smtp_command *command,
		char domain[SMTP_DOMAIN_MAX + 1], struct accept_refusal *refusal)
{
	const struct account_credential *credential = accept_session_credential(session);
	const struct accept_envelope *e = session->envelope;
	uint32_t most = accept_quota_recipients(session);
	struct err err;

	if (command->address.domain.n == 0)
		return accept_refuse(refusal, 550,
				     "5.1.3 This relay has no mailboxes of its own: "
				     "the address needs a domain");
	if (command->address.is_utf8 && !e->message->smtputf8)
		return accept_refuse(refusal, 553,
				     "5.6.7 A recipient beyond ASCII needs SMTPUTF8 in MAIL FROM");
	if (smtp_domain_ascii(command->address.domain, domain, &err) < 0)
		return accept_refuse(refusal, 550, "5.1.2 %s", err.text);
	if (e->recipients >= most)
		return accept_refuse(
			refusal, 452,
			"4.5.3 At most %u recipients per message; send the rest in another", most);
	return credential != NULL ? accept_quota_check(credential, e->recipients + 1, refusal) : 0;
}

/* refuse_suppressed - only for a credential that asks for it; others have the
 * recipient accepted and recorded as suppressed. The sending domain is the
 * envelope's: the header is not there yet. */
static int
refuse_suppressed(struct accept_session *session, const struct smtp_command *command,
		  struct accept_refusal *refusal)
{
	const struct account_credential *credential = accept_session_credential(session);
	const char *sender = session->envelope->message->sender, *at = strrchr(sender, '@');
	char key[SMTP_ADDRESS_KEY_SIZE], sender_key[SMTP_ADDRESS_KEY_SIZE];
	char since[CLOCK_DAY_SIZE];
	struct suppress_hit hit;
	struct err err;

	if (credential == NULL || !credential->refuses_suppressed ||
	    smtp_address_key(command->path, key, &err) < 0)
		return 0;
	at = at != NULL && smtp_address_key(span_of(sender), sender_key, &err) == 0
		     ? strrchr(sender_key, '@') + 1
		     : NULL;
	if (!suppress_set_find(session->accept->suppressions, key, at, credential->name,
			       clock_unix_ms(), &hit))
		return 0;
	clock_format_day(hit.since_unix_ms, since);
	return accept_refuse(refusal, 550, "5.7.1 %.*s is suppressed since %s: %s",
			     (int)command->path.n, command->path.p, since,
			     mail_suppression_words(hit.reason));
}

/* is_new - the same mailbox twice is written to once. Local parts keep their
 * case: only the receiving side knows whether it matters. */
static bool
is_new(struct accept_envelope *e, const struct smtp_command *command, const char *domain)
{
	struct buf text;
	bool is_new;

	buf_init(&text, SMTP_ADDRESS_MAX + SMTP_DOMAIN_MAX + 2);
	(void)buf_append_span(&text, command->address.local);
	(void)buf_append_text(&text, "@");
	(void)buf_append_text(&text, domain);
	if (e->seen == NULL)
		e->seen = map_new();
	is_new = map_put(e->seen, buf_span(&text), e) == NULL;
	buf_deinit(&text);
	return is_new;
}

static void
add_recipient(struct accept_envelope *e, const struct smtp_command *command, const char *domain)
{
	struct arena *arena = e->message->arena;

	if (e->recipients == e->room) {
		e->room = e->room > 0 ? 2 * e->room : 4;
		e->recipient = mem_resize(e->recipient, e->room * sizeof *e->recipient);
	}
	e->recipient[e->recipients++] = (struct mail_recipient){
		.address = arena_span(arena, command->path),
		.domain = arena_strdup(arena, domain),
		.orcpt = command->orcpt.n > 0 ? arena_span(arena, command->orcpt) : NULL,
		.notify = command->notify,
	};
}

void
accept_envelope_rcpt(struct accept_session *session, const struct smtp_command *command)
{
	struct accept_refusal refusal = { 0 };
	char domain[SMTP_DOMAIN_MAX + 1], recipient[SMTP_ADDRESS_MAX + 1] = "";

	if (check_recipient(session, command, domain, &refusal) < 0 ||
	    refuse_suppressed(session, command, &refusal) < 0) {
		accept_session_refuse(session, &refusal);
		if (command->path.n <= SMTP_ADDRESS_MAX && command->path.n > 0)
			memcpy(recipient, command->path.p, command->path.n);
		accept_report_rejected(session, recipient, session->envelope->message->sender,
				       &refusal);
		return;
	}
	if (is_new(session->envelope, command, domain))
		add_recipient(session->envelope, command, domain);
	session->errors = 0;
	accept_session_reply(session, 250, "2.1.5", "Recipient ok");
}
