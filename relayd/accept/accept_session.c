/* accept_session.c - one client's connection from greeting to QUIT.
 *
 *   HANDSHAKE --on_tls--> COMMAND <--------------------------------+
 *   COMMAND --STARTTLS--> HANDSHAKE                                |
 *   COMMAND --AUTH--> AUTH --accept_auth_line--> WAIT --timer------+
 *   COMMAND --DATA--> DATA --CRLF.CRLF--> STORE --store answers----+
 *   COMMAND --BDAT--> CHUNK --so many bytes--> COMMAND, last: STORE
 *   any --accept_session_close--> CLOSED
 *
 * AUTH returns to COMMAND at once when nothing has to be held back, DATA and
 * CHUNK when the content was refused. In WAIT and STORE nothing is read: what
 * the client sends meanwhile stays in the socket. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "accept_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "smtp/smtp_line.h"
#include "smtp/smtp_reply.h"

#define MOVE(state) (1u << (state))

static const unsigned moves[] = {
	[ACCEPT_HANDSHAKE] = MOVE(ACCEPT_COMMAND) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_COMMAND] = MOVE(ACCEPT_HANDSHAKE) | MOVE(ACCEPT_AUTH) | MOVE(ACCEPT_WAIT) |
			   MOVE(ACCEPT_DATA) | MOVE(ACCEPT_CHUNK) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_AUTH] = MOVE(ACCEPT_COMMAND) | MOVE(ACCEPT_WAIT) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_WAIT] = MOVE(ACCEPT_COMMAND) | MOVE(ACCEPT_AUTH) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_DATA] = MOVE(ACCEPT_COMMAND) | MOVE(ACCEPT_STORE) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_CHUNK] = MOVE(ACCEPT_COMMAND) | MOVE(ACCEPT_STORE) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_STORE] = MOVE(ACCEPT_COMMAND) | MOVE(ACCEPT_CLOSED),
	[ACCEPT_CLOSED] = 0,
};
static_assert(sizeof moves / sizeof moves[0] == ACCEPT_STATE_COUNT, "moves of every state");

static const char *const state_name[] = { "handshake", "command", "auth",  "wait",
					  "data",      "chunk",	  "store", "closed" };
static_assert(sizeof state_name / sizeof state_name[0] == ACCEPT_STATE_COUNT, "a name each");

static const struct conn_ops ops;

/* ---- states ------------------------------------------------------------------------ */

static bool
is_reading(const struct accept_session *session)
{
	return session->state != ACCEPT_WAIT && session->state != ACCEPT_STORE;
}

static void
push_timeout(struct accept_session *session)
{
	const struct config *config = session->accept->config;
	int64_t ms = config->limits.idle_timeout_ms;

	if (session->state == ACCEPT_HANDSHAKE)
		ms = config->limits.handshake_timeout_ms;
	else if (session->state == ACCEPT_DATA || session->state == ACCEPT_CHUNK)
		ms = config->limits.data_timeout_ms;
	else if (!is_reading(session))
		ms = 0; /* we are the one who is awaited */
	conn_set_timeout(session->conn, ms);
}

void
accept_session_set_state(struct accept_session *session, enum accept_state state)
{
	must(moves[session->state] & MOVE(state));
	LOG(LOG_DEBUG, "smtp.state", LOG_UINT("session", session->number),
	    LOG_TEXT("from", state_name[session->state]), LOG_TEXT("to", state_name[state]));
	session->state = state;
	if (state == ACCEPT_CLOSED)
		return;
	push_timeout(session);
	if (!is_reading(session))
		conn_pause(session->conn);
}

/* ---- replies ----------------------------------------------------------------------- */

static void
write_reply(struct accept_session *session, int code, const char *enhanced, struct span text)
{
	struct buf reply;

	buf_init(&reply, ACCEPT_OUTPUT_ROOM);
	if (smtp_reply_write(&reply, code, enhanced, text) == 0)
		(void)conn_write(session->conn, buf_data(&reply), reply.len);
	buf_deinit(&reply);
	if (code < 400)
		return;
	LOG(LOG_INFO, "smtp.refused", LOG_UINT("session", session->number),
	    LOG_TEXT("address", session->address),
	    LOG_TEXT("credential", session->credential[0] ? session->credential : NULL),
	    LOG_INT("code", code), LOG_TEXT("status", enhanced), LOG_SPAN("text", text));
	session->errors++;
}

void
accept_session_reply(struct accept_session *session, int code, const char *enhanced,
		     const char *fmt, ...)
{
	char text[ACCEPT_OUTPUT_ROOM / 2];
	va_list ap;

	if (session->conn == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	write_reply(session, code, enhanced, span_of(text));
}

void
accept_session_refuse(struct accept_session *session, const struct accept_refusal *refusal)
{
	if (session->conn != NULL)
		write_reply(session, refusal->code, NULL, span_of(refusal->text));
}

int
accept_refuse(struct accept_refusal *refusal, int code, const char *fmt, ...)
{
	va_list ap;

	if (refusal->code != 0)
		return -1;
	refusal->code = code;
	va_start(ap, fmt);
	if (vsnprintf(refusal->text, sizeof refusal->text, fmt, ap) >= (int)sizeof refusal->text)
		memcpy(refusal->text + sizeof refusal->text - 4, "...", 4);
	va_end(ap);
	return -1;
}

/* ---- leaving ------------------------------------------------------------------------ */

void
accept_session_drop_envelope(struct accept_session *session)
{
	accept_envelope_free(&session->envelope);
}

static void
destroy(void *p)
{
	struct accept_session *session = p;

	mem_free(session->client_name);
	mem_free(session);
}

void
accept_session_close(struct accept_session *session)
{
	struct accept *accept = session->accept;

	if (session->state == ACCEPT_CLOSED)
		return;
	LOG(LOG_DEBUG, "smtp.closed", LOG_UINT("session", session->number),
	    LOG_TEXT("address", session->address), LOG_UINT("messages", session->messages),
	    LOG_UINT("errors", session->errors));
	accept_session_set_state(session, ACCEPT_CLOSED);
	conn_close_when_drained(&session->conn, ACCEPT_LINGER_MS);
	accept_finish_forget(session);
	accept_auth_free(&session->auth);
	accept_session_drop_envelope(session);
	accept_census_leave(accept->census, session->census_slot);
	list_remove(&session->link);
	accept->session_count--;
	loop_defer_free(accept->loop, session, destroy);
	accept_check_drained(accept);
}

bool
accept_session_leave(struct accept_session *session)
{
	bool is_idle = (session->state == ACCEPT_COMMAND && session->envelope == NULL) ||
		       session->state == ACCEPT_AUTH || session->state == ACCEPT_HANDSHAKE;

	if (!session->accept->is_draining || !is_idle)
		return false;
	if (session->state != ACCEPT_HANDSHAKE)
		accept_session_reply(session, 421, "4.3.2", "%s is shutting down, try again later",
				     session->accept->config->hostname);
	accept_session_close(session);
	return true;
}

/* ---- input --------------------------------------------------------------------------- */

static void
close_over_limit(struct accept_session *session, const char *what)
{
	accept_session_reply(session, 421, "4.7.0", "Too many %s, closing", what);
	accept_session_close(session);
}

static void
run_line(struct accept_session *session, struct span line)
{
	const struct config *config = session->accept->config;

	if (session->state == ACCEPT_AUTH)
		accept_auth_line(session, line);
	else if (++session->commands > config->limits.commands)
		close_over_limit(session, "commands");
	else
		accept_commands_run(session, line);
	if (session->state == ACCEPT_CLOSED)
		return;
	if (session->errors >= config->limits.errors)
		close_over_limit(session, "errors");
	else if (!accept_session_leave(session))
		push_timeout(session);
}

/* skip_line - the rest of a line that was too long; true when its end was met. */
static bool
skip_line(struct accept_session *session, struct buf *in)
{
	const char *lf = memchr(buf_data(in), '\n', in->len);

	session->is_skipping = lf == NULL;
	buf_consume(in, lf != NULL ? (size_t)(lf - buf_data(in)) + 1 : in->len);
	return lf != NULL;
}

/* step_line - a copy of the line is what is handled: a command may throw away
 * all input (STARTTLS), and a login's line is wiped. */
static bool
step_line(struct accept_session *session)
{
	struct buf *in = conn_input(session->conn);
	char copy[SMTP_COMMAND_LINE_MAX];
	struct span line;
	size_t used;
	enum smtp_line_result result;

	if (in->len == 0 || (session->is_skipping && !skip_line(session, in)))
		return false;
	result = smtp_line_read(buf_span(in), SMTP_COMMAND_LINE_MAX, &line, &used);
	if (result == SMTP_LINE_MORE)
		return false;
	if (result == SMTP_LINE_DONE) {
		memcpy(copy, line.p, line.n);
		mem_wipe(buf_data(in), line.n);
		buf_consume(in, used);
		run_line(session, (struct span){ copy, line.n });
		mem_wipe(copy, line.n);
		return session->state != ACCEPT_CLOSED;
	}
	session->is_skipping =
		result == SMTP_LINE_TOO_LONG && (used == 0 || buf_data(in)[used - 1] != '\n');
	buf_consume(in, used);
	if (result == SMTP_LINE_TOO_LONG)
		accept_session_reply(session, 500, "5.5.2", "Line longer than %d bytes",
				     SMTP_COMMAND_LINE_MAX);
	else
		accept_session_reply(session, 500, "5.5.2",
				     "Lines end in CR LF; this one had a bare CR, LF or a NUL");
	if (session->errors >= session->accept->config->limits.errors) {
		close_over_limit(session, "errors");
		return false;
	}
	return true;
}

static bool
step_nothing(struct accept_session *session)
{
	(void)session;
	return false;
}

/* each true when it got on and may be called again */
static bool (*const step_of[])(struct accept_session *) = {
	[ACCEPT_HANDSHAKE] = step_nothing, [ACCEPT_COMMAND] = step_line,
	[ACCEPT_AUTH] = step_line,	   [ACCEPT_WAIT] = step_nothing,
	[ACCEPT_DATA] = accept_data_step,  [ACCEPT_CHUNK] = accept_data_step_chunk,
	[ACCEPT_STORE] = step_nothing,	   [ACCEPT_CLOSED] = step_nothing,
};
static_assert(sizeof step_of / sizeof step_of[0] == ACCEPT_STATE_COUNT, "a step of every state");

/* may_reply - a client that sends commands and reads no replies waits. */
static bool
may_reply(struct accept_session *session)
{
	if (conn_output_room(session->conn) >= ACCEPT_OUTPUT_ROOM)
		return true;
	session->is_behind = true;
	conn_pause(session->conn);
	return false;
}

static void
run(struct accept_session *session)
{
	while (session->state != ACCEPT_CLOSED && may_reply(session) &&
	       step_of[session->state](session))
		;
	/* the client said all it had to say, and got its answers */
	if (session->state != ACCEPT_CLOSED && session->input_ended && is_reading(session) &&
	    !session->is_behind &&
	    (session->envelope == NULL || session->envelope->body == NULL ||
	     !accept_body_is_busy(session->envelope->body)))
		accept_session_close(session);
}

void
accept_session_go_on(struct accept_session *session)
{
	if (session->state == ACCEPT_CLOSED || accept_session_leave(session))
		return;
	push_timeout(session);
	if (is_reading(session))
		conn_resume(session->conn);
	run(session);
}

/* ---- what the connection tells -------------------------------------------------------- */

static void
on_read(struct conn *conn, void *arg)
{
	(void)conn;
	run(arg);
}

static void
on_drained(struct conn *conn, void *arg)
{
	struct accept_session *session = arg;

	(void)conn;
	if (!session->is_behind)
		return;
	session->is_behind = false;
	if (is_reading(session))
		accept_session_go_on(session);
}

static void
greet(struct accept_session *session)
{
	accept_session_set_state(session, ACCEPT_COMMAND);
	accept_session_reply(session, 220, NULL, "%s ESMTP relay",
			     session->accept->config->hostname);
}

static void
on_tls(struct conn *conn, void *arg)
{
	struct accept_session *session = arg;
	struct tls_facts facts;

	tls_facts_read(conn_ssl(conn), NULL, &facts);
	(void)snprintf(session->tls, sizeof session->tls, "%s %s", facts.version, facts.cipher);
	session->has_certificate =
		tls_peer_fingerprint(conn_ssl(conn), session->certificate.sha256) == 0;
	if (session->listener->tls == CONFIG_TLS_IMPLICIT)
		greet(session);
	else
		accept_session_set_state(session, ACCEPT_COMMAND);
}

static void
on_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	struct accept_session *session = arg;

	(void)conn;
	LOG(LOG_DEBUG, "smtp.ended", LOG_UINT("session", session->number),
	    LOG_TEXT("state", state_name[session->state]), LOG_TEXT("why", err->text));
	if (why == CONN_END_TLS)
		LOG(LOG_NOTICE, "smtp.tls_failed", LOG_UINT("session", session->number),
		    LOG_TEXT("address", session->address), LOG_TEXT("why", err->text));
	if (why == CONN_END_PEER) {
		session->input_ended = true;
		run(session);
		return;
	}
	if (why == CONN_END_TIMEOUT && session->state != ACCEPT_HANDSHAKE)
		accept_session_reply(session, 421, "4.4.2",
				     "Nothing came from you for too long, closing");
	accept_session_close(session);
}

static const struct conn_ops ops = {
	.on_read = on_read,
	.on_drained = on_drained,
	.on_tls = on_tls,
	.on_end = on_end,
};

void
accept_session_start(struct accept_listener *listener, int fd, const char *address,
		     uint32_t census_slot)
{
	struct accept *accept = listener->accept;
	struct accept_session *session = mem_zero(1, sizeof *session);

	session->accept = accept;
	session->listener = listener;
	session->number = ++accept->session_number;
	session->census_slot = census_slot;
	(void)snprintf(session->address, sizeof session->address, "%s", address);
	session->conn =
		conn_accepted(accept->loop, fd, &ops, session, ACCEPT_INPUT_MAX, ACCEPT_OUTPUT_MAX);
	conn_wipe(session->conn);
	list_push_back(&accept->sessions, &session->link);
	accept->session_count++;
	if (listener->tls == CONFIG_TLS_IMPLICIT) {
		conn_start_tls_server(session->conn, accept->tls,
				      accept->accounts->wants_certificates);
		push_timeout(session);
	} else {
		greet(session);
	}
}

/* ---- as who it sends -------------------------------------------------------------------- */

static bool
has_live_secret(const struct account_credential *credential, uint64_t secret_id)
{
	int64_t now = clock_unix_ms();

	for (size_t i = 0; i < credential->secrets; i++)
		if (credential->secret[i].id == secret_id)
			return account_secret_is_live(&credential->secret[i], now);
	return false;
}

static const struct account_credential *
find_local(const struct accept_session *session, const char **why_out)
{
	const struct account_credential *credential = account_snapshot_credential(
		session->accept->accounts, span_of(session->listener->credential));
	const struct account_login login = { .protocol = ACCOUNT_SMTP };

	*why_out = credential == NULL ? "there is no such credential yet"
				      : account_credential_obstacle(credential, &login,
								    clock_unix_ms());
	return credential;
}

const char *
accept_session_local_obstacle(const struct accept_session *session)
{
	const char *why;

	(void)find_local(session, &why);
	return why;
}

static const struct account_credential *
local_credential(struct accept_session *session)
{
	const char *why;
	const struct account_credential *credential = find_local(session, &why);

	if (why != NULL)
		return NULL;
	session->credential_id = credential->id;
	(void)snprintf(session->credential, sizeof session->credential, "%s", credential->name);
	return credential;
}

void
accept_session_login(const struct accept_session *session, bool has_password,
		     struct account_login *out)
{
	*out = (struct account_login){
		.protocol = ACCOUNT_SMTP,
		.address = session->address,
		.certificate = session->has_certificate ? &session->certificate : NULL,
		.has_password = has_password,
	};
}

const struct account_credential *
accept_session_credential(struct accept_session *session)
{
	const struct account_credential *credential;
	struct account_login login;

	if (session->listener->kind == CONFIG_LOCAL)
		return local_credential(session);
	accept_session_login(session, session->secret_id != 0, &login);
	credential = account_snapshot_credential_by_id(session->accept->accounts,
						       session->credential_id);
	if (credential == NULL ||
	    account_credential_obstacle(credential, &login, clock_unix_ms()) != NULL ||
	    (login.has_password && !has_live_secret(credential, session->secret_id)))
		return NULL;
	return credential;
}
