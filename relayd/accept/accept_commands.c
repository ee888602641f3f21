/* accept_commands.c - the table of commands: what each needs first, and who does
 * it. The short ones are here. RFC 5321 s4.1; 3207 for STARTTLS. */
#include <string.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	NEED_HELO = 1 << 0,
	NEED_TLS = 1 << 1,
	NEED_AUTH = 1 << 2,
	NEED_MAIL = 1 << 3,
	NEED_RCPT = 1 << 4,
	NO_MAIL = 1 << 5,   /* not while a message is being handed in */
	NO_CHUNKS = 1 << 6, /* not between BDATs of one message */
};

/* ---- preconditions ------------------------------------------------------------------ */

static bool
has_tls(const struct accept_session *session)
{
	return session->listener->tls == CONFIG_TLS_NONE || session->tls[0] != '\0';
}

static bool
has_helo(const struct accept_session *session)
{
	return session->client_name != NULL;
}

static bool
has_auth(const struct accept_session *session)
{
	return session->listener->kind == CONFIG_LOCAL || session->credential_id != 0;
}

static bool
has_mail(const struct accept_session *session)
{
	return session->envelope != NULL;
}

static bool
has_rcpt(const struct accept_session *session)
{
	return session->envelope != NULL && session->envelope->recipients > 0;
}

static bool
has_no_mail(const struct accept_session *session)
{
	return session->envelope == NULL;
}

static bool
has_no_chunks(const struct accept_session *session)
{
	return session->envelope == NULL || !session->envelope->is_chunked;
}

/* in the order they are asked */
static const struct {
	unsigned need;
	bool (*holds)(const struct accept_session *session);
	int code;
	const char *text;
} conditions[] = {
	{ NEED_TLS, has_tls, 530, "5.7.0 Must issue a STARTTLS command first" },
	{ NEED_HELO, has_helo, 503, "5.5.1 Say EHLO first" },
	{ NEED_AUTH, has_auth, 530, "5.7.0 Authentication required: use AUTH first" },
	{ NO_CHUNKS, has_no_chunks, 503, "5.5.1 Not between BDAT chunks of one message" },
	{ NO_MAIL, has_no_mail, 503,
	  "5.5.1 Not while a message is being handed in; RSET drops it" },
	{ NEED_MAIL, has_mail, 503, "5.5.1 Say MAIL FROM first" },
	{ NEED_RCPT, has_rcpt, 554, "5.5.1 No valid recipients" },
};

static bool
check(const struct accept_session *session, unsigned needs, struct accept_refusal *refusal)
{
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		if (!(needs & conditions[i].need) || conditions[i].holds(session))
			continue;
		accept_refuse(refusal, conditions[i].code, "%s", conditions[i].text);
		return false;
	}
	return true;
}

/* ---- commands ------------------------------------------------------------------------ */

static void
list_extensions(struct accept_session *session, struct buf *out)
{
	const struct config *config = session->accept->config;
	int64_t ahead_ms = config->limits.future_release_ms;
	char latest[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_unix_ms() + ahead_ms, latest);
	(void)buf_printf(out,
			 "\nPIPELINING\nSIZE %llu\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\n"
			 "CHUNKING\nDSN\nLIMITS RCPTMAX=%u\nFUTURERELEASE %lld %.19sZ\n"
			 "DELIVERBY %lld",
			 (unsigned long long)accept_quota_message_bytes(session),
			 accept_quota_recipients(session), (long long)(ahead_ms / 1000), latest,
			 (long long)(config->limits.deliver_by_min_ms / 1000));
	if (session->listener->kind == CONFIG_LOCAL)
		return;
	if (!has_tls(session)) {
		(void)buf_append_text(out, "\nSTARTTLS");
		return;
	}
	(void)buf_append_text(out, "\nAUTH ");
	accept_auth_list(session, out);
}

static void
hello(struct accept_session *session, const struct smtp_command *command)
{
	struct buf text;

	accept_session_drop_envelope(session);
	mem_free(session->client_name);
	session->client_name = mem_strndup(command->argument.p, command->argument.n);
	session->is_esmtp = command->verb == SMTP_EHLO;
	buf_init(&text, ACCEPT_OUTPUT_ROOM / 4);
	(void)buf_printf(&text, "%s greets %s", session->accept->config->hostname,
			 session->address);
	if (session->is_esmtp)
		list_extensions(session, &text);
	accept_session_reply(session, 250, NULL, "%.*s", (int)text.len, buf_data(&text));
	buf_deinit(&text);
}

/* After TLS the client starts anew: whatever it said before could have been
 * said by somebody in between (RFC 3207 s4.2). */
static void
start_tls(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	if (session->listener->tls != CONFIG_TLS_STARTTLS || session->tls[0] != '\0') {
		accept_session_reply(session, 503, "5.5.1",
				     session->tls[0] != '\0' ? "TLS is on already"
							     : "TLS is not offered here");
		return;
	}
	accept_session_reply(session, 220, "2.0.0", "Ready to start TLS");
	mem_free(session->client_name);
	session->client_name = NULL;
	accept_session_set_state(session, ACCEPT_HANDSHAKE);
	conn_start_tls_server(session->conn, session->accept->tls,
			      session->accept->accounts->wants_certificates);
}

static void
reset(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_session_drop_envelope(session);
	accept_session_reply(session, 250, "2.0.0", "Reset");
}

static void
no_operation(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_session_reply(session, 250, "2.0.0", "Ok");
}

static void
verify(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_session_reply(session, 252, "2.1.5",
			     "Send mail to it and the delivery log will say");
}

static void
unsupported(struct accept_session *session, const struct smtp_command *command)
{
	accept_session_reply(session, 502, "5.5.1", "%s is not supported",
			     smtp_verb_name(command->verb));
}

static void
help(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_session_reply(session, 214, "2.0.0",
			     "EHLO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT");
}

static void
quit(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_session_reply(session, 221, "2.0.0", "%s closing",
			     session->accept->config->hostname);
	accept_session_close(session);
}

static void
unknown(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_session_reply(session, 500, "5.5.1", "Unknown command");
}

static void
data(struct accept_session *session, const struct smtp_command *command)
{
	(void)command;
	accept_data_start(session);
}

static const struct {
	unsigned needs;
	void (*run)(struct accept_session *session, const struct smtp_command *command);
} rows[SMTP_VERB_COUNT] = {
	[SMTP_EHLO] = { NO_CHUNKS, hello },
	[SMTP_HELO] = { NO_CHUNKS, hello },
	[SMTP_STARTTLS] = { NO_MAIL, start_tls },
	[SMTP_AUTH] = { NEED_TLS | NEED_HELO | NO_MAIL, accept_auth_start },
	[SMTP_MAIL] = { NEED_TLS | NEED_HELO | NEED_AUTH | NO_MAIL, accept_envelope_mail },
	[SMTP_RCPT] = { NEED_TLS | NEED_HELO | NEED_AUTH | NEED_MAIL | NO_CHUNKS,
			accept_envelope_rcpt },
	[SMTP_DATA] = { NEED_TLS | NEED_HELO | NEED_AUTH | NO_CHUNKS | NEED_MAIL | NEED_RCPT,
			data },
	[SMTP_BDAT] = { NEED_TLS | NEED_HELO | NEED_AUTH | NEED_MAIL | NEED_RCPT,
			accept_data_start_chunk },
	[SMTP_RSET] = { 0, reset },
	[SMTP_NOOP] = { 0, no_operation },
	[SMTP_VRFY] = { NEED_TLS | NEED_HELO | NEED_AUTH, verify },
	[SMTP_EXPN] = { NEED_TLS | NEED_HELO | NEED_AUTH, unsupported },
	[SMTP_HELP] = { NEED_TLS, help },
	[SMTP_QUIT] = { 0, quit },
	[SMTP_UNKNOWN] = { 0, unknown },
};

/* ---- dispatch ------------------------------------------------------------------------- */

/* was_revoked - asked at each command once the accounts changed or time passed;
 * the session ends here, as the operator wanted. */
static bool
was_revoked(struct accept_session *session)
{
	if (session->credential_id == 0 || session->listener->kind == CONFIG_LOCAL ||
	    accept_session_credential(session) != NULL)
		return false;
	accept_session_reply(session, 421, "4.7.0",
			     "Your login as %s is not valid any more: revoked, expired, or not "
			     "from this address or with this certificate; closing",
			     session->credential);
	accept_session_close(session);
	return true;
}

/* close_early_talker - DATA was refused. It ends its group (RFC 2920 s3.1), so what
 * waits behind it is the message of a client that did not wait for 354, and would be
 * taken for commands: a text must never choose what is done here. Where DATA is taken,
 * an early text does no harm and is read as such. */
static void
close_early_talker(struct accept_session *session)
{
	if (session->state == ACCEPT_CLOSED || conn_input(session->conn)->len == 0)
		return;
	accept_session_reply(session, 421, "4.7.0",
			     "The message came before DATA was answered, closing");
	accept_session_close(session);
}

/* refuse_early - conditions did not hold. A chunk follows its BDAT in any case
 * and is read before the answer (RFC 3030 s4.2); of a recipient refused because
 * its MAIL was, the log tells. */
static void
refuse_early(struct accept_session *session, const struct smtp_command *command,
	     const struct accept_refusal *refusal)
{
	if (command->verb == SMTP_BDAT) {
		session->chunk_refusal = *refusal;
		accept_data_start_chunk(session, command);
		return;
	}
	if (command->verb == SMTP_RCPT && session->mail_refusal.code != 0 &&
	    session->envelope == NULL && command->path.n > 0 &&
	    command->path.n <= SMTP_ADDRESS_MAX) {
		char recipient[SMTP_ADDRESS_MAX + 1];

		memcpy(recipient, command->path.p, command->path.n);
		recipient[command->path.n] = '\0';
		accept_report_rejected(session, recipient, NULL, &session->mail_refusal);
	}
	accept_session_refuse(session, refusal);
	if (command->verb == SMTP_DATA)
		close_early_talker(session);
}

static bool
has_quota(struct accept_session *session, const struct smtp_command *command,
	  struct accept_refusal *refusal)
{
	bool begins_content = command->verb == SMTP_DATA || command->verb == SMTP_BDAT;

	if (!begins_content || accept_quota_take(session, refusal) == 0)
		return true;
	accept_session_drop_envelope(session); /* not all clients say RSET after this */
	return false;
}

void
accept_commands_run(struct accept_session *session, struct span line)
{
	struct accept_refusal refusal = { 0 };
	struct smtp_command command;
	struct err err;

	if (was_revoked(session))
		return;
	if (smtp_command_parse(line, &command, &err) < 0) {
		accept_session_reply(session, err.code, NULL, "%s", err.text);
		if (command.verb == SMTP_BDAT) /* what follows would be taken for commands */
			accept_session_close(session);
		else if (command.verb == SMTP_DATA)
			close_early_talker(session);
		return;
	}
	if (command.verb == SMTP_MAIL)
		accept_certificate_log_in(session);
	if (!check(session, rows[command.verb].needs, &refusal) ||
	    !has_quota(session, &command, &refusal))
		refuse_early(session, &command, &refusal);
	else
		rows[command.verb].run(session, &command);
}
