/* deliver_session.c - one outbound connection: states, replies in, ends. Loop thread.
 *
 *   START -> CONNECT -> GREETING -> EHLO [-> HELO] [-> STARTTLS -> HANDSHAKE -> EHLO]
 *     ^________|___________|__________|______ next address, next host (at the first MAIL too)
 *            [-> AUTH -> AUTH_USER -> AUTH_PASSWORD]
 *              -> [RSET ->] MAIL -> RCPT.. -> DATA -> BODY -> IDLE -> MAIL .. QUIT -> CLOSED
 *
 * One row of steps[] per state: whose reply is awaited, which function takes it
 * (deliver_greet.c up to AUTH, deliver_transaction.c from MAIL on; deliver_host.c goes from
 * host to host). Invariants:
 * a session in IDLE or beyond has no job; a job leaves exactly once, through
 * deliver_session_finish; after that conn, walk and stream mean nothing to it. */
#include "deliver/deliver_private.h"

#include <stdio.h>
#include <arpa/inet.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"

#define IN_MAX (128 * 1024)        /* > the longest reply: SMTP_REPLY_LINES_MAX lines */
#define ODD_MAX 512                /* of what is no reply: goes into the trace */
#define OUT_MAX (1024 * 1024)      /* > the longest pipelined envelope */

enum wait { WAIT_REPLY, WAIT_CONNECT, WAIT_DOT, WAIT_IDLE, WAIT_QUIT };

#define TO(state) (1u << DELIVER_STATE_##state)
#define ANY_END (TO(START) | TO(CLOSED))

struct step {
	const char *name;
	const char *doing;         /* "... while waiting for DOING" */
	enum verdict_phase phase;
	enum wait wait;
	void (*on_reply)(struct deliver_session *session);
	unsigned to;               /* states that may follow */
};

static void on_idle_reply(struct deliver_session *session);
static void on_quit_reply(struct deliver_session *session);

static const struct step steps[DELIVER_STATE_COUNT] = {
	[DELIVER_STATE_START] = {
		"start", "a connection", VERDICT_PHASE_CONNECT, WAIT_REPLY, NULL,
		TO(CONNECT) | TO(CLOSED) },
	[DELIVER_STATE_CONNECT] = {
		"connect", "the connection", VERDICT_PHASE_CONNECT, WAIT_CONNECT, NULL,
		TO(GREETING) | ANY_END },
	[DELIVER_STATE_GREETING] = {
		"greeting", "the greeting", VERDICT_PHASE_GREETING, WAIT_REPLY,
		deliver_greet_on_greeting, TO(EHLO) | ANY_END },
	[DELIVER_STATE_EHLO] = {
		"ehlo", "the reply to EHLO", VERDICT_PHASE_EHLO, WAIT_REPLY,
		deliver_greet_on_ehlo,
		TO(HELO) | TO(STARTTLS) | TO(AUTH) | TO(AUTH_USER) | TO(MAIL) | TO(IDLE) |
		TO(QUIT) | ANY_END },
	[DELIVER_STATE_HELO] = {
		"helo", "the reply to HELO", VERDICT_PHASE_EHLO, WAIT_REPLY,
		deliver_greet_on_helo, TO(MAIL) | TO(IDLE) | TO(QUIT) | ANY_END },
	[DELIVER_STATE_STARTTLS] = {
		"starttls", "the reply to STARTTLS", VERDICT_PHASE_STARTTLS, WAIT_REPLY,
		deliver_greet_on_starttls,
		TO(HANDSHAKE) | TO(MAIL) | TO(IDLE) | TO(QUIT) | ANY_END },
	[DELIVER_STATE_HANDSHAKE] = {
		"handshake", "the TLS handshake", VERDICT_PHASE_STARTTLS, WAIT_REPLY, NULL,
		TO(EHLO) | ANY_END },
	[DELIVER_STATE_AUTH] = {
		"auth", "the reply to AUTH", VERDICT_PHASE_AUTH, WAIT_REPLY,
		deliver_greet_on_auth, TO(MAIL) | TO(IDLE) | TO(QUIT) | ANY_END },
	[DELIVER_STATE_AUTH_USER] = {
		"auth_user", "the reply to AUTH", VERDICT_PHASE_AUTH, WAIT_REPLY,
		deliver_greet_on_auth_user, TO(AUTH_PASSWORD) | ANY_END },
	[DELIVER_STATE_AUTH_PASSWORD] = {
		"auth_password", "the reply to the user name", VERDICT_PHASE_AUTH, WAIT_REPLY,
		deliver_greet_on_auth_password, TO(AUTH) | ANY_END },
	[DELIVER_STATE_IDLE] = {
		"idle", "work", VERDICT_PHASE_UNKNOWN, WAIT_IDLE, on_idle_reply,
		TO(RSET) | TO(MAIL) | TO(QUIT) | TO(CLOSED) },
	[DELIVER_STATE_RSET] = {
		"rset", "the reply to RSET", VERDICT_PHASE_MAIL, WAIT_REPLY,
		deliver_transaction_on_rset, TO(MAIL) | TO(CLOSED) },
	[DELIVER_STATE_MAIL] = {
		"mail", "the reply to MAIL", VERDICT_PHASE_MAIL, WAIT_REPLY,
		deliver_transaction_on_mail, TO(RCPT) | TO(IDLE) | TO(QUIT) | ANY_END },
	[DELIVER_STATE_RCPT] = {
		"rcpt", "the reply to RCPT", VERDICT_PHASE_RCPT, WAIT_REPLY,
		deliver_transaction_on_rcpt,
		TO(DATA) | TO(BODY) | TO(IDLE) | TO(QUIT) | TO(CLOSED) },
	[DELIVER_STATE_DATA] = {
		"data", "the reply to DATA", VERDICT_PHASE_DATA, WAIT_REPLY,
		deliver_transaction_on_data, TO(BODY) | TO(IDLE) | TO(QUIT) | TO(CLOSED) },
	[DELIVER_STATE_BODY] = {
		"body", "the reply to the message", VERDICT_PHASE_BODY, WAIT_DOT,
		deliver_transaction_on_body, TO(IDLE) | TO(QUIT) | TO(CLOSED) },
	[DELIVER_STATE_QUIT] = {
		"quit", "the reply to QUIT", VERDICT_PHASE_UNKNOWN, WAIT_QUIT, on_quit_reply,
		TO(CLOSED) },
	[DELIVER_STATE_CLOSED] = {
		"closed", "nothing", VERDICT_PHASE_UNKNOWN, WAIT_REPLY, NULL, 0 },
};

enum verdict_phase
deliver_state_phase(enum deliver_state state)
{
	return steps[state].phase;
}

static int64_t
wait_ms(const struct deliver_session *session, enum wait wait)
{
	const struct config *config = session->deliver->config;

	switch (wait) {
	case WAIT_CONNECT:
		return config->delivery.connect_timeout_ms;
	case WAIT_DOT:
		return config->delivery.dot_timeout_ms;
	case WAIT_IDLE:
		return config->delivery.idle_timeout_ms;
	case WAIT_QUIT:
		return DELIVER_QUIT_MS;
	case WAIT_REPLY:
		break;
	}
	return config->delivery.reply_timeout_ms;
}

static void
restart_timeout(struct deliver_session *session)
{
	if (session->conn)
		conn_set_timeout(session->conn, wait_ms(session, steps[session->state].wait));
}

void
deliver_session_set_state(struct deliver_session *session, enum deliver_state state)
{
	must(state == session->state ? state == DELIVER_STATE_RCPT
	                             : (steps[session->state].to & 1u << state) != 0);
	LOG(LOG_DEBUG, "deliver.state", LOG_UINT("session", session->id),
	    LOG_TEXT("old", steps[session->state].name), LOG_TEXT("new", steps[state].name));
	session->state = state;
	restart_timeout(session);
}

/* ---- writing ------------------------------------------------------------------ */
void
deliver_session_write(struct deliver_session *session, struct span bytes)
{
	/* OUT_MAX is above all that our own caps allow to be queued */
	if (bytes.n)
		must(conn_write(session->conn, bytes.p, bytes.n) == 0);
}

void
deliver_session_command(struct deliver_session *session, struct span lines)
{
	trace_script_lines(&session->script, TRACE_US, loop_now_mono_ms(session->deliver->loop),
	                   lines);
	deliver_session_write(session, lines);
}

void
deliver_session_say_secret(struct deliver_session *session, const char *line, const char *shown)
{
	struct buf *scratch = &session->deliver->scratch;

	trace_script_add(&session->script, TRACE_US, loop_now_mono_ms(session->deliver->loop),
	                 span_of(shown));
	buf_clear(scratch);
	buf_append_text(scratch, line);
	buf_append_text(scratch, "\r\n");
	deliver_session_write(session, buf_span(scratch));
}

void
deliver_session_say(struct deliver_session *session, const char *line)
{
	deliver_session_say_secret(session, line, line);
}

/* ---- life ------------------------------------------------------------------------ */
static void
free_session(void *p)
{
	struct deliver_session *session = p;

	resolve_route_unref(&session->route);
	smtp_reply_deinit(&session->reply);
	trace_script_deinit(&session->script);
	mem_free(session);
}

void
deliver_session_close(struct deliver_session *session)
{
	struct deliver *deliver = session->deliver;

	must(!session->job);
	if (session->state != DELIVER_STATE_CLOSED) {
		conn_free(&session->conn);
		deliver_stream_stop(session);
		deliver_forget_session(session);
		deliver_session_set_state(session, DELIVER_STATE_CLOSED);
	}
	if (session->stream.reading)
		return; /* the spool's last answer comes back here */
	list_remove(&session->link);
	loop_defer_free(deliver->loop, session, free_session);
	deliver_note_end(deliver);
}

void
deliver_session_quit(struct deliver_session *session)
{
	must(!session->job);
	deliver_forget_session(session);
	deliver_session_say(session, "QUIT");
	deliver_session_set_state(session, DELIVER_STATE_QUIT);
}

static void
hand_back(struct deliver_session *session, enum deliver_end end, bool is_open)
{
	struct deliver_job *job = session->job;

	deliver_trace_keep(session, end);
	session->job = NULL;
	job->end = end;
	job->is_open = is_open;
	job->conn_id = session->id;
	job->connected_host = end == DELIVER_NO_CONNECTION ? NULL : session->host->name;
	job->ended_unix_ms = clock_unix_ms();
	mailbox_answer(&job->back, &job->item);
}

static bool
may_go_on(const struct deliver_session *session)
{
	const struct deliver_peer *peer = &session->peer;

	return !session->deliver->is_draining &&
	       (!peer->messages_max || session->messages < peer->messages_max);
}

void
deliver_session_finish(struct deliver_session *session, enum deliver_end end)
{
	bool is_open = end == DELIVER_DONE && !session->is_over && may_go_on(session);

	if (is_open && session->state != DELIVER_STATE_IDLE)
		deliver_session_set_state(session, DELIVER_STATE_IDLE);
	hand_back(session, end, is_open);
	if (is_open)
		return;
	if (end == DELIVER_DONE && !session->is_over)
		deliver_session_quit(session);
	else
		deliver_session_close(session);
}

void
deliver_session_start(struct deliver *deliver, struct deliver_job *job)
{
	struct deliver_session *session = mem_zero(1, sizeof *session);
	struct in6_addr scratch;
	sa_family_t family = AF_UNSPEC;

	if (job->source_address)
		family = inet_pton(AF_INET6, job->source_address, &scratch) == 1 ? AF_INET6
		                                                                 : AF_INET;
	session->deliver = deliver;
	session->id = ++deliver->last_id;
	session->job = job;
	session->context = job->context;
	session->route = resolve_route_ref(job->route);
	session->source_address = job->source_address;
	session->job_mono_ms = loop_now_mono_ms(deliver->loop);
	job->started_unix_ms = clock_unix_ms();
	smtp_reply_init(&session->reply);
	trace_script_init(&session->script, deliver_trace_is_on(deliver), session->job_mono_ms);
	deliver_walk_init(&session->walk, session->route, family);
	list_push_back(&deliver->sessions, &session->link);
	map_put(deliver->by_id, map_key_u64(&session->id), session);
	deliver_host_next(session, NULL, NULL);
}

void
deliver_session_run(struct deliver_session *session, struct deliver_job *job)
{
	must(session->state == DELIVER_STATE_IDLE && !session->job);
	session->job = job;
	session->job_mono_ms = loop_now_mono_ms(session->deliver->loop);
	job->started_unix_ms = clock_unix_ms();
	deliver_transaction_start(session);
}

void
deliver_session_ready(struct deliver_session *session)
{
	deliver_memory_forget(session->deliver->failed, session->address);
	mem_free(session->job->failure); /* what a host before this one said has no effect now */
	session->job->failure = NULL;
	deliver_transaction_start(session);
}

/* ---- replies in ---------------------------------------------------------------------- */
static void
lost(struct deliver_session *session, const char *text, bool may_be_race)
{
	bool is_race = may_be_race && !session->is_answered && session->messages > 1;

	if (session->state <= DELIVER_STATE_AUTH_PASSWORD) {
		deliver_host_next(session, NULL, text);
		return;
	}
	if (session->state == DELIVER_STATE_IDLE) {
		deliver_tell_gone(session);
		deliver_session_close(session);
		return;
	}
	if (!session->job) { /* QUIT */
		deliver_session_close(session);
		return;
	}
	/* An idle connection may close while the next job is on its way: nobody's fault. */
	if (!is_race)
		deliver_transaction_lost(session, text);
	deliver_session_finish(session, DELIVER_LOST);
}

void
deliver_session_odd(struct deliver_session *session)
{
	char text[128];

	snprintf(text, sizeof text, "protocol error: %d is not %s", session->reply.code,
	         steps[session->state].doing);
	lost(session, text, false);
}

static void
on_idle_reply(struct deliver_session *session)
{
	deliver_tell_gone(session); /* nobody asked: a 421, in all likelihood */
	deliver_session_close(session);
}

static void
on_quit_reply(struct deliver_session *session)
{
	deliver_session_close(session);
}

static void
record_heard(struct deliver_session *session, struct span bytes)
{
	trace_script_lines(&session->script, TRACE_SERVER, loop_now_mono_ms(session->deliver->loop),
	                   bytes);
}

static void
take_replies(struct deliver_session *session)
{
	enum smtp_reply_result result = SMTP_REPLY_DONE;
	struct err err = { ERR_NONE, 0, "" };
	size_t used;

	while (session->conn && steps[session->state].on_reply) {
		struct buf *in = conn_input(session->conn);

		if (in->len == 0)
			return;
		result = smtp_reply_parse(buf_span(in), &session->reply, &used, &err);
		if (result != SMTP_REPLY_DONE)
			break;
		record_heard(session, (struct span){ buf_span(in).p, used });
		buf_consume(in, used);
		session->is_answered = true;
		steps[session->state].on_reply(session);
	}
	if (result == SMTP_REPLY_BAD) {
		char text[sizeof err.text + 32];
		struct span in = buf_span(conn_input(session->conn));

		record_heard(session, (struct span){ in.p, in.n < ODD_MAX ? in.n : ODD_MAX });
		snprintf(text, sizeof text, "protocol error: %s", err.text);
		lost(session, text, false);
	}
}

static void
on_read(struct conn *conn, void *arg)
{
	(void)conn;
	take_replies(arg);
}

static void
on_drained(struct conn *conn, void *arg)
{
	struct deliver_session *session = arg;

	(void)conn;
	if (session->state != DELIVER_STATE_BODY)
		return;
	restart_timeout(session); /* the peer does take it, however slowly */
	if (session->job && !session->stream.is_sent)
		deliver_stream_go_on(session);
}

static void
on_connect(struct conn *conn, void *arg)
{
	struct deliver_session *session = arg;

	snprintf(session->local_text, sizeof session->local_text, "%s", conn_local_text(conn));
	deliver_trace_note(session, "connected");
	deliver_session_set_state(session, DELIVER_STATE_GREETING);
}

static void
on_tls(struct conn *conn, void *arg)
{
	(void)conn;
	deliver_greet_on_handshake(arg);
}

static void
describe_end(const struct deliver_session *session, enum conn_end why, const struct err *err,
             char *text, size_t size)
{
	const struct step *step = &steps[session->state];
	char duration[UNITS_TEXT_SIZE];

	units_format_duration(wait_ms(session, step->wait), duration);
	switch (why) {
	case CONN_END_CONNECT:
		snprintf(text, size, "connect failed: %s",
		         err && err->code ? strerror(err->code)
		         : err            ? err->text
		                          : "no reason given");
		return;
	case CONN_END_TIMEOUT:
		if (session->state == DELIVER_STATE_CONNECT)
			snprintf(text, size, "connect timed out after %s", duration);
		else
			snprintf(text, size, "timed out after %s waiting for %s", duration,
			         step->doing);
		return;
	case CONN_END_TLS:
		snprintf(text, size, "TLS failed: %s", err ? err->text : "no reason given");
		return;
	case CONN_END_RESET:
		snprintf(text, size, "connection reset while waiting for %s", step->doing);
		return;
	case CONN_END_PEER:
		break;
	}
	snprintf(text, size, "connection closed by the server while waiting for %s", step->doing);
}

static void
on_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	struct deliver_session *session = arg;
	char text[256];

	(void)conn;
	if (session->state == DELIVER_STATE_IDLE && why == CONN_END_TIMEOUT) {
		deliver_session_say(session,
		                    "QUIT"); /* on_end was the last call: nobody waits for 221 */
		conn_close_when_drained(&session->conn, DELIVER_QUIT_MS);
	}
	describe_end(session, why, err, text, sizeof text);
	if (session->state == DELIVER_STATE_HANDSHAKE && deliver_greet_may_be_plain(session)) {
		deliver_trace_note(session, text);
		deliver_greet_retry_plain(session);
		return;
	}
	lost(session, text, why != CONN_END_TIMEOUT);
}

static const struct conn_ops ops = {
	.on_connect = on_connect,
	.on_read = on_read,
	.on_drained = on_drained,
	.on_tls = on_tls,
	.on_end = on_end,
};

void
deliver_session_open(struct deliver_session *session, const union resolve_address *source)
{
	const union resolve_address *to = session->address;
	socklen_t n = to->sa.sa_family == AF_INET6 ? sizeof to->in6 : sizeof to->in;

	session->conn =
		conn_connect(session->deliver->loop, &to->sa, n, source ? &source->sa : NULL,
	                     source ? n : 0, &ops, session, IN_MAX, OUT_MAX);
	deliver_trace_connect(session, source);
	deliver_session_set_state(session, DELIVER_STATE_CONNECT);
}

void
deliver_session_cut(struct deliver_session *session)
{
	if (!session->job) {
		deliver_session_close(session);
		return;
	}
	/* nobody's fault, and nothing to remember of the site, unless it may have arrived */
	mem_free(session->job->failure);
	session->job->failure = NULL;
	if (deliver_transaction_is_sent(session))
		deliver_transaction_lost(session, "relayd is stopping: the session was cut");
	deliver_session_finish(session, session->state < DELIVER_STATE_IDLE ? DELIVER_NO_CONNECTION
	                                                                   : DELIVER_LOST);
}
