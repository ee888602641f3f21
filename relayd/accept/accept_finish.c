/* accept_finish.c - content is whole: head rewritten and signed, the message
 * committed, "250" said, and the message handed to the scheduler.
 *
 * Once the store has it, the message goes on even when the client is gone: it
 * may have gone because it did not want to wait for our answer. */
#include <stdio.h>
#include <string.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "sign/sign.h"
#include "smtp/smtp_code.h"
#include "store/store_spool.h"

#define HEAD_SLACK 16384 /* what we add: Received, Date, Message-ID, signatures */

/* one commit under way; made by send_commit(), freed by committed() */
struct accept_commit {
	struct accept_session *session; /* NULL: it is gone */
	struct account_meter *meter;	/* share was taken of it; a reference, or NULL */
	struct account_share share;
};

/* ---- the head ----------------------------------------------------------------------------- */

/* RFC 3848, RFC 6531 s4.3: what "with" says */
static void
write_protocol(const struct accept_session *session, bool smtputf8, char out[16])
{
	bool is_local = session->listener->kind == CONFIG_LOCAL;

	if (smtputf8)
		(void)snprintf(out, 16, "UTF8SMTP%s%s", session->tls[0] ? "S" : "",
			       is_local ? "" : "A");
	else
		(void)snprintf(out, 16, "%s%s%s", session->is_esmtp ? "ESMTP" : "SMTP",
			       session->tls[0] ? "S" : "", is_local ? "" : "A");
}

static int
rewrite(struct accept_session *session, struct accept_body *body, struct buf *out, struct err *err)
{
	const struct config *config = session->accept->config;
	struct mail_message *m = session->envelope->message;
	char protocol[16], id[ID_TEXT_SIZE];
	const char *add_message_id = NULL;

	parse_header_describe(&body->header, m);
	if (m->message_id == NULL || m->message_id[0] == '\0') {
		id_format(m->id, id);
		add_message_id = m->message_id =
			arena_printf(m->arena, "%s@%s", id, config->hostname);
	}
	write_protocol(session, m->smtputf8, protocol);
	return parse_header_rewrite(
		&body->header,
		&(struct parse_trace){
			.hostname = config->hostname,
			.client_name = session->client_name,
			.client_address = config->trace.hide_client ? NULL : session->address,
			.protocol = protocol,
			.tls = session->tls,
			.credential = session->credential,
			.id = m->id,
			.single_recipient = session->envelope->recipients == 1
						    ? session->envelope->recipient[0].address
						    : NULL,
			.now_unix_ms = clock_unix_ms(),
		},
		add_message_id, out, err);
}

/* make_head - signatures first: each signs all that follows it. */
static int
make_head(struct accept_session *session, struct accept_body *body, struct buf *head,
	  struct err *err)
{
	struct mail_message *m = session->envelope->message;
	const struct account_domain *domain = account_snapshot_domain_above(
		session->accept->accounts, span_of(body->from_domain));
	struct buf fields;
	int rc;

	buf_init(&fields, head->max);
	rc = rewrite(session, body, &fields, err);
	if (rc == 0)
		rc = sign_message(domain, buf_span(&fields), body->body_hash, clock_unix_ms(),
				  m->arena, head, &m->signature, err);
	if (rc == 0 && buf_append_span(head, buf_span(&fields)) < 0)
		rc = err_set(err, ERR_LIMIT, 0, "the header grew over its limit");
	buf_deinit(&fields);
	return rc;
}

static void
take_text(struct accept_body *body, char **text_out, uint64_t *bytes_out)
{
	size_t n;

	*text_out = NULL;
	*bytes_out = body->text_bytes;
	if (body->spool_id == 0)
		*text_out = buf_take(&body->text, &n);
}

/* expiry_of - its age counts from when it may be sent. */
static int64_t
expiry_of(const struct mail_message *m, int64_t max_age_ms)
{
	int64_t from = m->release_unix_ms > 0 ? m->release_unix_ms : id_unix_ms(m->id);
	bool is_shorter = m->lifetime_ms > 0 && m->lifetime_ms < max_age_ms;

	from += is_shorter ? m->lifetime_ms : max_age_ms;
	return (m->by & SMTP_BY_RETURN) && m->by_unix_ms < from ? m->by_unix_ms : from;
}

/* complete - the envelope's message gets its body and what else it lacks. */
static int
complete(struct accept_session *session, struct accept_body *body, struct err *err)
{
	struct accept_envelope *e = session->envelope;
	struct mail_message *m = e->message;
	struct buf head;
	char *text, *head_bytes;
	uint64_t text_bytes;
	size_t head_n;

	buf_init(&head, session->accept->config->limits.header_bytes + HEAD_SLACK);
	if (make_head(session, body, &head, err) < 0) {
		buf_deinit(&head);
		return -1;
	}
	head_bytes = buf_take(&head, &head_n);
	take_text(body, &text, &text_bytes);
	m->body = mail_body_new(head_bytes, head_n, text, text_bytes, body->spool_id);
	m->body->head_8bit = body->header.has_8bit;
	m->body->text_8bit = body->text_8bit;
	m->size_bytes = mail_body_bytes(m->body);
	m->expires_unix_ms = expiry_of(m, session->accept->config->delivery.max_age_ms);
	m->recipients = e->recipients;
	m->recipient = arena_copy(m->arena, e->recipient, e->recipients * sizeof *e->recipient);
	return 0;
}

/* ---- after the commit ------------------------------------------------------------------------ */

static void
publish_accepted(struct accept *accept, const struct mail_message *m)
{
	int64_t now = clock_unix_ms();
	char version[16];

	(void)snprintf(version, sizeof version, "%.*s", (int)strcspn(m->tls, " "), m->tls);
	for (size_t i = 0; i < m->recipients; i++) {
		struct mail_event event = {
			.id = id_gen_next(&accept->ids, now),
			.at_unix_ms = now,
			.kind = MAIL_EVENT_ACCEPTED,
			.message_id = m->id,
			.recipient_no = (uint32_t)i,
			.recipient = m->recipient[i].address,
			.credential = m->credential,
			.sender_domain = m->from_domain,
			.remote_host = m->client_name,
			.remote_address = m->client_address,
			.tls_version = version,
			.duration_ms = -1,
		};

		notify_publish(accept->notify, &event);
	}
}

static void
hand_on(struct accept *accept, struct mail_message **message)
{
	const struct mail_message *m = *message;

	LOG(LOG_INFO, "smtp.accepted", LOG_ID("id", m->id), LOG_TEXT("credential", m->credential),
	    LOG_TEXT("sender", m->sender), LOG_UINT("rcpts", m->recipients),
	    LOG_UINT("bytes", m->size_bytes), LOG_TEXT("client", m->client_address));
	publish_accepted(accept, m);
	schedule_submit(accept->schedule, message);
}

void
accept_finish_forget(struct accept_session *session)
{
	if (session->commit != NULL)
		session->commit->session = NULL;
	session->commit = NULL;
}

/* tell - the client, if it is still there. */
static void
tell(struct accept_session *session, uint64_t id, const struct store_accept *request)
{
	struct smtp_code code = smtp_code_of(request->err.kind);
	char text[ID_TEXT_SIZE];

	session->commit = NULL;
	accept_session_set_state(session, ACCEPT_COMMAND);
	if (request->result < 0) {
		accept_session_reply(session, code.code, code.enhanced, "%s, try again later",
				     request->err.text);
	} else {
		session->messages++;
		session->errors = session->commands = 0;
		id_format(id, text);
		accept_session_reply(session, 250, "2.0.0", "Ok: queued as %s", text);
	}
	accept_session_go_on(session);
}

static void
committed(struct mailbox_item *item, void *owner)
{
	struct store_accept *request = (struct store_accept *)(void *)item;
	struct accept_commit *commit = request->context;
	struct mail_message *message = request->message;
	struct accept *accept = owner;
	uint64_t id = message->id;

	if (accept == NULL) { /* stopped: what was committed is loaded at the next start */
		mail_message_free(&message);
	} else if (request->result == 0) {
		account_meter_unref(&commit->meter);
		hand_on(accept, &message);
	} else {
		LOG(LOG_ERROR, "smtp.not_stored", LOG_ID("id", id),
		    LOG_TEXT("why", request->err.text));
		if (message->body->spool_id != 0)
			store_spool_discard(accept->store, message->body->spool_id);
		mail_message_free(&message);
	}
	if (accept != NULL) {
		accept->requests--;
		if (commit->session != NULL)
			tell(commit->session, id, request);
		accept_check_drained(accept);
	}
	accept_quota_return(&commit->meter, &commit->share);
	mem_free(commit);
	mem_free(request);
}

static void
send_commit(struct accept_session *session)
{
	struct accept_envelope *e = session->envelope;
	struct store_accept *request = mem_zero(1, sizeof *request);
	struct accept_commit *commit = mem_zero(1, sizeof *commit);

	commit->session = session;
	request->back = (struct mailbox_return){ session->accept->box, committed };
	request->context = commit;
	request->message = e->message;
	request->secret_id = session->secret_id;
	commit->meter = e->meter;
	commit->share = e->share;
	e->meter = NULL;
	request->used = (struct store_use){
		.day = e->share.window[ACCOUNT_DAY],
		.day_used = e->share.recipients,
		.month = e->share.window[ACCOUNT_MONTH],
		.month_used = e->share.recipients,
	};
	if (!store_accept_send(session->accept->store, &request)) {
		accept_quota_return(&commit->meter, &commit->share);
		mem_free(commit);
		mem_free(request);
		accept_session_drop_envelope(session); /* removes the spool file */
		accept_session_set_state(session, ACCEPT_COMMAND);
		accept_session_reply(session, 451, "4.3.1",
				     "Too many messages wait for the disk, "
				     "try again later");
		return;
	}
	session->commit = commit;
	session->accept->requests++;
	e->message = NULL;
	accept_body_keep_spool(e->body);
	accept_session_drop_envelope(session);
}

/* ---- the end of content
 * -------------------------------------------------------------------------- */

static void
give_up(struct accept_session *session, const struct accept_refusal *refusal)
{
	struct accept_refusal said = *refusal; /* the body goes with its envelope */

	if (said.code >= 500)
		accept_report_content(session, &said);
	accept_session_drop_envelope(session);
	accept_session_set_state(session, ACCEPT_COMMAND);
	accept_session_refuse(session, &said);
}

void
accept_finish_content(struct accept_session *session)
{
	struct accept_body *body = session->envelope->body;
	struct err err;

	if (accept_session_credential(session) == NULL) /* since the header was judged */
		(void)accept_refuse(&body->refusal, 550,
				    "5.7.1 The password of credential %s was revoked",
				    session->credential);
	if (body->refusal.code != 0) {
		give_up(session, &body->refusal);
		return;
	}
	if (session->state != ACCEPT_STORE)
		accept_session_set_state(session, ACCEPT_STORE);
	if (!accept_body_is_settled(body))
		return; /* the spool's last answer comes back here */
	if (complete(session, body, &err) < 0) {
		struct smtp_code code = smtp_code_of(err.kind);

		(void)accept_refuse(&body->refusal,
				    err.kind == ERR_INPUT && err.code > 0 ? err.code : code.code,
				    "%s %s", code.enhanced, err.text);
		give_up(session, &body->refusal);
		return;
	}
	send_commit(session);
}
