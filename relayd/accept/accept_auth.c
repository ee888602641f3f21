/* accept_auth.c - AUTH (RFC 4954) by PLAIN, LOGIN, SCRAM-SHA-256 and -PLUS, and by
 * EXTERNAL (RFC 4422 appendix A) for clients whose TLS certificate is their login.
 *
 *   accept_auth_start -> [challenge <-> accept_auth_line] -> judge -> answer
 *
 * judge does the same work for a known and an unknown user, and holds the
 * answer back as long as the gate says, whether it is yes or no. Nobody outside
 * can tell an unknown user from a wrong password, a revoked or an ended one. */
#include <stdio.h>
#include <string.h>

#include "account/account_base64.h"
#include "account/account_scram.h"
#include "account/account_secret.h"
#include "accept_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"

#define RESPONSE_MAX SMTP_COMMAND_LINE_MAX /* decoded */
#define USER_SIZE 256

enum step { FIRST, SECOND, LAST };

struct mechanism {
	const char *name;
	const char *prompt; /* the challenge when no initial response was given */
	bool (*is_offered)(struct accept_session *session); /* NULL: always */
	void (*take)(struct accept_session *session, struct span response);
};

struct accept_auth {
	const struct mechanism *mechanism;
	enum step step;
	char user[USER_SIZE];
	struct account_scram *scram;
	/* judged: */
	uint64_t credential_id, secret_id; /* 0: not let in */
	char credential[ACCEPT_NAME_SIZE];
	struct buf final;	/* SCRAM: what the server still has to say */
	struct loop_timer hold; /* until the answer may be given */
};

static void take_plain(struct accept_session *session, struct span response);
static void take_login(struct accept_session *session, struct span response);
static void take_scram(struct accept_session *session, struct span response);
static void take_external(struct accept_session *session, struct span response);
static bool has_binding(struct accept_session *session);

static const struct mechanism mechanisms[] = {
	/* best first */
	{ "EXTERNAL", "", accept_certificate_is_login, take_external },
	{ "SCRAM-SHA-256-PLUS", "", has_binding, take_scram },
	{ "SCRAM-SHA-256", "", NULL, take_scram },
	{ "PLAIN", "", NULL, take_plain },
	{ "LOGIN", "Username:", NULL, take_login },
};
#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

/* ---- channel binding ----------------------------------------------------------------- */

static const struct {
	enum tls_binding kind;
	const char *name;
} bindings[] = {
	{ TLS_BINDING_EXPORTER, "tls-exporter" },
	{ TLS_BINDING_UNIQUE, "tls-unique" },
	{ TLS_BINDING_END_POINT, "tls-server-end-point" },
};
#define BINDINGS (sizeof bindings / sizeof bindings[0])

struct binding_data {
	unsigned char bytes[BINDINGS][TLS_BINDING_MAX_BYTES];
	struct account_scram_binding binding[BINDINGS];
	size_t count;
};

static void
read_bindings(struct accept_session *session, struct binding_data *out)
{
	out->count = 0;
	for (size_t i = 0; i < BINDINGS && conn_ssl(session->conn) != NULL; i++) {
		unsigned char *bytes = out->bytes[out->count];
		size_t n;

		if (tls_binding_data(conn_ssl(session->conn), bindings[i].kind, bytes, &n) < 0)
			continue;
		out->binding[out->count++] =
			(struct account_scram_binding){ bindings[i].name, bytes, n };
	}
}

static bool
has_binding(struct accept_session *session)
{
	struct binding_data data;

	read_bindings(session, &data);
	return data.count > 0;
}

void
accept_auth_list(struct accept_session *session, struct buf *out)
{
	const char *sep = "";

	for (size_t i = 0; i < MECHANISMS; i++) {
		if (mechanisms[i].is_offered != NULL && !mechanisms[i].is_offered(session))
			continue;
		(void)buf_printf(out, "%s%s", sep, mechanisms[i].name);
		sep = " ";
	}
}

/* ---- the exchange ---------------------------------------------------------------------- */

void
accept_auth_free(struct accept_auth **auth)
{
	struct accept_auth *a = *auth;

	*auth = NULL;
	if (a == NULL)
		return;
	account_scram_free(&a->scram);
	buf_deinit(&a->final);
	loop_timer_deinit(&a->hold);
	mem_free(a);
}

static void
end(struct accept_session *session)
{
	accept_auth_free(&session->auth);
	if (session->state != ACCEPT_COMMAND)
		accept_session_set_state(session, ACCEPT_COMMAND);
}

static void
fail(struct accept_session *session, int code, const char *enhanced, const char *text)
{
	end(session);
	accept_session_reply(session, code, enhanced, "%s", text);
}

static void
challenge(struct accept_session *session, struct span bytes)
{
	struct buf text;

	buf_init(&text, 2 * ACCOUNT_SCRAM_MESSAGE_MAX);
	account_base64_encode(bytes.n > 0 ? bytes.p : "", bytes.n, &text);
	if (session->state != ACCEPT_AUTH)
		accept_session_set_state(session, ACCEPT_AUTH);
	(void)conn_printf(session->conn, "334 %.*s\r\n", (int)text.len, buf_data(&text));
	buf_deinit(&text);
}

static void
take_response(struct accept_session *session, struct span text)
{
	struct buf decoded;

	buf_init(&decoded, RESPONSE_MAX);
	if (account_base64_decode(text, &decoded) < 0)
		fail(session, 501, "5.5.2", "That is not base64");
	else
		session->auth->mechanism->take(session, buf_span(&decoded));
	if (decoded.mem != NULL)
		mem_wipe(decoded.mem, decoded.cap);
	buf_deinit(&decoded);
}

static const struct mechanism *
find_mechanism(struct accept_session *session, struct span name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (span_is_nocase(name, mechanisms[i].name) &&
		    (mechanisms[i].is_offered == NULL || mechanisms[i].is_offered(session)))
			return &mechanisms[i];
	return NULL;
}

static void answer_now(void *arg);

void
accept_auth_start(struct accept_session *session, const struct smtp_command *command)
{
	const struct mechanism *mechanism = find_mechanism(session, command->argument);

	if (session->listener->kind == CONFIG_LOCAL) {
		accept_session_reply(session, 503, "5.5.1", "No login here: all mail is %s's",
				     session->listener->credential);
		return;
	}
	if (session->credential_id != 0) {
		accept_session_reply(session, 503, "5.5.1", "You are logged in as %s already",
				     session->credential);
		return;
	}
	if (mechanism == NULL) {
		accept_session_reply(session, 504, "5.5.4",
				     "Unknown mechanism; EHLO lists those there are");
		return;
	}
	session->auth = mem_zero(1, sizeof *session->auth);
	session->auth->mechanism = mechanism;
	buf_init(&session->auth->final, ACCOUNT_SCRAM_MESSAGE_MAX);
	loop_timer_init(&session->auth->hold, session->accept->loop, answer_now, session);
	if (command->initial.p == NULL)
		challenge(session, span_of(mechanism->prompt));
	else if (span_is(command->initial, "="))
		take_response(session, SPAN_EMPTY);
	else
		take_response(session, command->initial);
}

static void answer(struct accept_session *session);

void
accept_auth_line(struct accept_session *session, struct span line)
{
	if (span_is(line, "*")) {
		fail(session, 501, "5.7.0", "Login cancelled");
		return;
	}
	if (session->auth->step == LAST) { /* it has seen server-final and says nothing more */
		answer(session);
		return;
	}
	take_response(session, line);
}

/* ---- judging ------------------------------------------------------------------------------ */

static struct span
address_of(const struct accept_session *session)
{
	return span_of(session->address);
}

/* shown_user - for the log: people swap the two fields, and a password is not a name. */
static const char *
shown_user(const char *user)
{
	return account_secret_is_like(span_of(user)) ? "(a password)" : user;
}

/* knock - what the gate says about this address and user; -1: shut, and said so. */
static int64_t
knock(struct accept_session *session, const char *user)
{
	int64_t delay = account_gate_delay(session->accept->gate, address_of(session),
					   span_of(user), loop_now_mono_ms(session->accept->loop));

	if (delay < 0) {
		LOG(LOG_NOTICE, "auth.shut_out", LOG_UINT("session", session->number),
		    LOG_TEXT("address", session->address),
		    LOG_TEXT("user", shown_user(user)));
		fail(session, 454, "4.7.0", "Too many failed logins, try again later");
	}
	return delay;
}

static void
let_in(struct accept_session *session)
{
	struct accept_auth *auth = session->auth;

	session->credential_id = auth->credential_id;
	session->secret_id = auth->secret_id;
	memcpy(session->credential, auth->credential, sizeof session->credential);
	session->errors = 0;
	if (session->secret_id != 0)
		store_note_use(session->accept->store, session->secret_id, clock_unix_ms(),
			       session->address);
	end(session);
	accept_session_reply(session, 235, "2.7.0", "Logged in as %s", session->credential);
}

/* answer - what was judged, now that it may be told. */
static void
answer(struct accept_session *session)
{
	struct accept_auth *auth = session->auth;

	if (auth->credential_id == 0) {
		fail(session, 535, "5.7.8", "Authentication failed: wrong user name or password");
		return;
	}
	if (auth->final.len > 0 && auth->step != LAST) {
		auth->step = LAST;
		challenge(session, buf_span(&auth->final));
		return;
	}
	let_in(session);
}

static void
answer_now(void *arg)
{
	struct accept_session *session = arg;

	answer(session);
	accept_session_go_on(session);
}

static void
report(struct accept_session *session, const char *why)
{
	const struct accept_auth *auth = session->auth;

	LOG(LOG_NOTICE, "auth.failed", LOG_UINT("session", session->number),
	    LOG_TEXT("address", session->address), LOG_TEXT("user", shown_user(auth->user)),
	    LOG_TEXT("mechanism", auth->mechanism->name), LOG_TEXT("why", why));
	accept_report_auth_failed(session, shown_user(auth->user), why);
}

/* judge - secret NULL: not let in. delay_ms: what knock said. */
static void
judge(struct accept_session *session, const struct account_credential *credential,
      const struct account_secret *secret, int64_t delay_ms)
{
	struct accept_auth *auth = session->auth;
	struct accept *accept = session->accept;
	int64_t now = loop_now_mono_ms(accept->loop);
	const char *obstacle = NULL;
	struct account_login login;

	accept_session_login(session, true, &login);
	if (secret != NULL)
		obstacle = account_credential_obstacle(credential, &login, clock_unix_ms());
	if (secret != NULL && obstacle == NULL) {
		auth->credential_id = credential->id;
		auth->secret_id = secret->id;
		(void)snprintf(auth->credential, sizeof auth->credential, "%s", credential->name);
		account_gate_succeeded(accept->gate, address_of(session), span_of(auth->user), now);
	} else {
		account_gate_failed(accept->gate, address_of(session), span_of(auth->user), now);
		report(session, obstacle != NULL ? obstacle : "wrong name or password");
	}
	if (delay_ms == 0) {
		answer(session);
		return;
	}
	accept_session_set_state(session, ACCEPT_WAIT);
	loop_timer_set(&auth->hold, delay_ms);
}

static void
judge_plain(struct accept_session *session, struct span password)
{
	const struct account_credential *credential;
	const struct account_secret *secret;
	int64_t delay = knock(session, session->auth->user);

	if (delay < 0)
		return;
	secret = account_snapshot_login(session->accept->accounts, span_of(session->auth->user),
					password, clock_unix_ms(), &credential);
	judge(session, credential, secret, delay);
}

/* ---- mechanisms ---------------------------------------------------------------------------- */

/* keep_user - names longer than any of ours are cut: they are nobody's. */
static void
keep_user(struct accept_auth *auth, struct span user)
{
	size_t n = user.n < USER_SIZE - 1 ? user.n : USER_SIZE - 1;

	if (n > 0)
		memcpy(auth->user, user.p, n);
	auth->user[n] = '\0';
}

/* RFC 4616: [authzid] NUL authcid NUL passwd */
static void
take_plain(struct accept_session *session, struct span response)
{
	struct span rest, authzid, user, password;

	authzid = span_cut(response, '\0', &rest);
	if (authzid.n == response.n) {
		fail(session, 501, "5.5.2", "PLAIN is NUL user NUL password");
		return;
	}
	user = span_cut(rest, '\0', &password);
	if (user.n == rest.n || user.n == 0 || memchr(password.p, '\0', password.n) != NULL) {
		fail(session, 501, "5.5.2", "PLAIN is NUL user NUL password");
		return;
	}
	keep_user(session->auth, user);
	if (authzid.n > 0 && !span_equals(authzid, user))
		password = SPAN_EMPTY; /* acting for somebody else: as good as a wrong password */
	judge_plain(session, password);
}

static void
take_login(struct accept_session *session, struct span response)
{
	if (session->auth->step == FIRST) {
		keep_user(session->auth, response);
		session->auth->step = SECOND;
		challenge(session, SPAN_LIT("Password:"));
		return;
	}
	judge_plain(session, response);
}

static void
take_scram_first(struct accept_session *session, struct span response)
{
	struct accept_auth *auth = session->auth;
	unsigned char nonce[ACCOUNT_SCRAM_NONCE_BYTES];
	struct binding_data data;
	struct buf out;
	struct err err;

	read_bindings(session, &data);
	rand_secret(nonce, sizeof nonce);
	buf_init(&out, ACCOUNT_SCRAM_MESSAGE_MAX);
	auth->scram = account_scram_first(
		&(struct account_scram_options){
			.is_plus = auth->mechanism->is_offered == has_binding,
			.offers_plus = data.count > 0,
			.binding = data.binding,
			.bindings = data.count,
			.nonce = nonce,
		},
		session->accept->accounts, response, &out, &err);
	if (auth->scram == NULL) {
		fail(session, 501, "5.5.2", err.text);
	} else {
		keep_user(auth, span_of(account_scram_user(auth->scram)));
		auth->step = SECOND;
		challenge(session, buf_span(&out));
	}
	buf_deinit(&out);
}

static void
take_scram(struct accept_session *session, struct span response)
{
	struct accept_auth *auth = session->auth;
	const struct account_credential *credential;
	const struct account_secret *secret;
	int64_t delay;
	struct err err;

	if (auth->step == FIRST) {
		take_scram_first(session, response);
		return;
	}
	if ((delay = knock(session, auth->user)) < 0)
		return;
	secret = account_scram_final(auth->scram, session->accept->accounts, response,
				     clock_unix_ms(), &credential, &auth->final, &err);
	if (secret == NULL && err.kind == ERR_INPUT)
		fail(session, 501, "5.5.2", err.text);
	else
		judge(session, credential, secret, delay);
}

/* RFC 4422 appendix A: who it wants to be, or nothing. A certificate cannot be guessed:
 * the gate that slows guessing down is not asked. */
static void
take_external(struct accept_session *session, struct span response)
{
	struct accept_auth *auth = session->auth;
	const struct account_credential *credential;
	struct account_refused refused;

	keep_user(auth, response);
	credential = accept_certificate_credential(session, response, &refused);
	if (credential == NULL) {
		report(session, refused.why);
	} else {
		auth->credential_id = credential->id;
		(void)snprintf(auth->credential, sizeof auth->credential, "%s", credential->name);
	}
	answer(session);
}
