/* deliver_greet.c - from the greeting to the first MAIL: EHLO, STARTTLS, AUTH. Loop thread.
 *
 * What goes wrong here is the host's matter, never a recipient's: the next
 * address is tried (deliver_host_next). Policy of TLS is here and only
 * here: opportunistic takes any certificate and, when the handshake fails, connects
 * again without TLS (a peer that cannot do TLS properly would get no mail
 * at all otherwise); required never sends in plain; verified and dane also
 * want a chain and name that verify. No TLSA records are looked up yet, so dane
 * means verified: never less than what was asked for, but a host with only a
 * TLSA record for its own certificate is refused. */
#include "deliver/deliver_private.h"

#include <openssl/evp.h>

#include "base/mem.h"

#define SECRET_MAX 1024 /* of user and password in base64 */

static bool
needs_tls(const struct deliver_session *session)
{
	return session->route->tls >= CONFIG_OUT_TLS_REQUIRED || session->route->user;
}

static bool
needs_verified(const struct deliver_session *session)
{
	return session->route->tls >= CONFIG_OUT_TLS_VERIFIED;
}

static bool
is_good(const struct deliver_session *session)
{
	return session->reply.code / 100 == 2;
}

static void
say_hello(struct deliver_session *session, enum deliver_state state, const char *verb)
{
	char line[512];

	/* the address's own name: receivers compare it with the PTR record */
	snprintf(line, sizeof line, "%s %s", verb,
	         config_ehlo(session->deliver->config, session->local_text[0]
	                                                       ? session->local_text
	                                                       : session->source_address));
	deliver_session_say(session, line);
	deliver_session_set_state(session, state);
}

void
deliver_greet_on_greeting(struct deliver_session *session)
{
	if (!is_good(session)) {
		deliver_host_next(session, &session->reply, NULL);
		return;
	}
	say_hello(session, DELIVER_STATE_EHLO, "EHLO");
}

/* ---- AUTH towards a smarthost ------------------------------------------------------ */
static void
encode(const void *p, size_t n, char out[SECRET_MAX])
{
	must(n / 3 * 4 + 5 < SECRET_MAX);
	EVP_EncodeBlock((unsigned char *)out, p, (int)n);
}

static void
start_auth_plain(struct deliver_session *session)
{
	const struct resolve_route *route = session->route;
	char plain[SECRET_MAX / 2], line[SECRET_MAX + 16] = "AUTH PLAIN ";
	size_t user_n = strlen(route->user), password_n = strlen(route->password);
	size_t n = user_n + password_n + 2;

	plain[0] = '\0'; /* no authorization identity (RFC 4616) */
	memcpy(plain + 1, route->user, user_n + 1);
	memcpy(plain + user_n + 2, route->password, password_n);
	encode(plain, n, line + strlen(line));
	deliver_session_say_secret(session, line, "AUTH PLAIN (not shown)");
	mem_wipe(plain, sizeof plain);
	mem_wipe(line, sizeof line);
	deliver_session_set_state(session, DELIVER_STATE_AUTH);
}

static void
start_auth(struct deliver_session *session)
{
	const struct resolve_route *route = session->route;

	if (!session->tls.on) {
		deliver_host_next(session, NULL, "TLS is needed to log in to this server: the "
		                          "password is never sent in plain text");
	} else if (!route->password ||
	           strlen(route->user) + strlen(route->password) > SECRET_MAX / 2 - 2) {
		deliver_host_next(session, NULL, "the route's password file cannot be read, or its "
		                          "user and password are too long");
	} else if (session->peer.can & DELIVER_AUTH_PLAIN) {
		start_auth_plain(session);
	} else if (session->peer.can & DELIVER_AUTH_LOGIN) {
		deliver_session_say(session, "AUTH LOGIN");
		deliver_session_set_state(session, DELIVER_STATE_AUTH_USER);
	} else {
		deliver_host_next(session, NULL, "the server offers neither AUTH PLAIN nor LOGIN, "
		                          "and the route says to log in");
	}
}

static void
answer_login(struct deliver_session *session, const char *text, enum deliver_state next)
{
	char line[SECRET_MAX];

	if (is_good(session)) { /* to what? nobody logged in yet */
		deliver_session_odd(session);
		return;
	}
	if (session->reply.code != 334) {
		deliver_host_next(session, &session->reply, NULL);
		return;
	}
	encode(text, strlen(text), line);
	deliver_session_say_secret(session, line, "(not shown)");
	mem_wipe(line, sizeof line);
	deliver_session_set_state(session, next);
}

void
deliver_greet_on_auth_user(struct deliver_session *session)
{
	answer_login(session, session->route->user, DELIVER_STATE_AUTH_PASSWORD);
}

void
deliver_greet_on_auth_password(struct deliver_session *session)
{
	answer_login(session, session->route->password, DELIVER_STATE_AUTH);
}

void
deliver_greet_on_auth(struct deliver_session *session)
{
	if (is_good(session))
		deliver_session_ready(session);
	else
		deliver_host_next(session, &session->reply, NULL);
}

/* ---- EHLO and STARTTLS ---------------------------------------------------------------- */
static void
go_on(struct deliver_session *session)
{
	if (needs_tls(session) && !session->tls.on)
		deliver_host_next(session, NULL, "TLS is required by our policy and the server "
		                          "does not offer STARTTLS");
	else if (session->route->user)
		start_auth(session);
	else
		deliver_session_ready(session);
}

static bool
wants_tls(const struct deliver_session *session)
{
	/* a peer that offers STARTTLS again inside TLS must not make us loop */
	if (session->tls.on || session->route->tls == CONFIG_OUT_TLS_NONE)
		return false;
	if (session->without_tls && !needs_tls(session))
		return false;
	return session->peer.can & DELIVER_STARTTLS;
}

void
deliver_greet_on_ehlo(struct deliver_session *session)
{
	if (session->reply.code / 100 == 5 && !session->tls.on) {
		say_hello(session, DELIVER_STATE_HELO, "HELO"); /* RFC 5321 s3.2 */
		return;
	}
	if (!is_good(session)) {
		deliver_host_next(session, &session->reply, NULL);
		return;
	}
	deliver_peer_read(buf_span(&session->reply.text), &session->peer);
	if (wants_tls(session)) {
		deliver_session_say(session, "STARTTLS");
		deliver_session_set_state(session, DELIVER_STATE_STARTTLS);
	} else {
		go_on(session);
	}
}

void
deliver_greet_on_helo(struct deliver_session *session)
{
	if (is_good(session))
		go_on(session);
	else
		deliver_host_next(session, &session->reply, NULL);
}

void
deliver_greet_on_starttls(struct deliver_session *session)
{
	bool relaxed = !needs_tls(session);
	/* the address we really have, also where the system chose it */
	struct ssl_ctx_st *ctx =
		tls_client_ctx_of(session->deliver->tls, session->local_text, relaxed);

	if (!is_good(session)) {
		if (needs_tls(session) || session->reply.code == 421)
			deliver_host_next(session, &session->reply, NULL);
		else
			go_on(session); /* "454 TLS not available": in plain, then */
		return;
	}
	deliver_session_set_state(session, DELIVER_STATE_HANDSHAKE);
	conn_start_tls_client(session->conn, ctx, session->host->name);
}

void
deliver_greet_on_handshake(struct deliver_session *session)
{
	char text[sizeof session->tls.verify_text + 64];

	tls_facts_read(conn_ssl(session->conn), session->host->name, &session->tls);
	deliver_trace_tls(session);
	if (needs_verified(session) && !session->tls.verify_ok) {
		snprintf(text, sizeof text, "TLS certificate of the server does not verify: %s",
		         session->tls.verify_text);
		deliver_host_next(session, NULL, text);
		return;
	}
	say_hello(session, DELIVER_STATE_EHLO, "EHLO"); /* RFC 3207 s4.2: all was forgotten */
}

bool
deliver_greet_may_be_plain(const struct deliver_session *session)
{
	return !needs_tls(session);
}

void
deliver_greet_retry_plain(struct deliver_session *session)
{
	struct deliver *deliver = session->deliver;

	deliver_memory_note(deliver->broken_tls, session->address, loop_now_mono_ms(deliver->loop));
	session->without_tls = true;
	conn_free(&session->conn);
	deliver_session_set_state(session, DELIVER_STATE_START);
	deliver_host_connect(session);
}
